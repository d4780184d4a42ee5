"""Certificates made by openssl at run time: an authority, and server certificates with any validity."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from demo.backends.process import find_program, run_tool

INSTALL = "apt-get install openssl"
CA_SETTINGS = """[ca]
default_ca = demo
[demo]
new_certs_dir = {home}
database = {home}/index.txt
serial = {home}/serial
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
"""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate with its key, as files."""

    certificate: Path
    key: Path
    expires: datetime


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%d%H%M%SZ")


class Authority:
    """A certificate authority of the demo, in one directory."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._openssl = find_program(["openssl"], INSTALL)
        self._count = 0
        # openssl keeps the authority's books in files of its own, which bear one writer at a time.
        self._books = asyncio.Lock()
        self.certificate = home / "ca.pem"

    async def create(self) -> None:
        """Make the authority's key and certificate."""
        self._prepare()
        subject = ["-subj", "/CN=demo authority", "-days", "3650"]
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        where = ["-keyout", str(self._home / "ca.key"), "-out", str(self.certificate)]
        extensions = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"]
        await run_tool([self._openssl, "req", "-x509", *curve, *subject, *extensions, *where])

    def _prepare(self) -> None:
        self._home.mkdir(parents=True, exist_ok=True)
        self._home.chmod(0o700)
        (self._home / "index.txt").write_text("")
        (self._home / "serial").write_text("01\n")
        (self._home / "ca.cnf").write_text(CA_SETTINGS.format(home=self._home))

    async def issue(self, name: str, *, starts: timedelta, ends: timedelta) -> Certificate:
        """Issue a server certificate for 127.0.0.1 whose validity is given relative to now."""
        self._count += 1
        stem = self._home / f"{name}-{self._count}"
        key, request, certificate = (stem.with_suffix(end) for end in (".key", ".csr", ".pem"))
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        named = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name},IP:127.0.0.1"]
        await run_tool(
            [self._openssl, "req", "-new", *curve, *named, "-keyout", str(key), "-out", str(request)]
        )
        now = datetime.now(UTC)
        window = ["-startdate", _stamp(now + starts), "-enddate", _stamp(now + ends)]
        signer = ["-keyfile", str(self._home / "ca.key"), "-cert", str(self.certificate)]
        files = ["-in", str(request), "-out", str(certificate), "-config", str(self._home / "ca.cnf")]
        async with self._books:
            await run_tool([self._openssl, "ca", "-batch", "-notext", *signer, *window, *files])
        return Certificate(certificate, key, now + ends)

    async def validity(self, pem: str) -> tuple[datetime, datetime]:
        """Read from when to when a certificate is valid; raise BackendFailed when it is none."""
        self._count += 1
        file = self._home / f"read-{self._count}.pem"
        await asyncio.to_thread(file.write_text, pem)
        try:
            text = await run_tool([self._openssl, "x509", "-noout", "-dates", "-in", str(file)])
        finally:
            await asyncio.to_thread(file.unlink)
        found = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
        return _moment(found["notBefore"]), _moment(found["notAfter"])


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%b %d %H:%M:%S %Y %Z").replace(tzinfo=UTC)
