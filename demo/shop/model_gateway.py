"""The language model's endpoint outside the cluster: a real TLS listener whose certificate can be replaced."""

import asyncio
import random
import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web

from demo.shop.exporter import Exporter, family
from demo.shop.tls import Authority

NAME = "model-gateway"
HEALTHY = (timedelta(days=-30), timedelta(days=60))


class ModelGateway:
    """Answers questions over TLS and lets a probe read the expiry of what it presents."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.authority = Authority(home)
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._runner: web.AppRunner | None = None
        self._known: dict[str, datetime] = {}
        self.expires = datetime.now(UTC)
        self._chance = random.Random(11)
        self.probe = Exporter(self._probe)
        self.name = NAME
        self.url = ""

    @property
    def authority_file(self) -> Path:
        """Return the file with the authority's certificate, for clients."""
        return self.authority.certificate

    @property
    def expired(self) -> bool:
        """Tell whether the presented certificate has expired."""
        return self.expires < datetime.now(UTC)

    async def start(self) -> None:
        """Make the authority, take a good certificate and listen."""
        await self.authority.create()
        first = await self.authority.issue(NAME, starts=HEALTHY[0], ends=HEALTHY[1])
        await self.present(first.certificate.read_text(), first.key.read_text())
        app = web.Application()
        app.router.add_post("/complete", self._complete)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._tls).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"https://{host}:{port}"
        await self.probe.start()

    async def stop(self) -> None:
        """Close the ports."""
        await self.probe.stop()
        if self._runner:
            await self._runner.cleanup()

    async def present(self, certificate: str, key: str) -> None:
        """Present a chain from now on; raise ssl.SSLError or BackendFailed when the two cannot be used together."""
        expires = await self._expiry(certificate)
        await asyncio.to_thread(self._load, certificate, key)
        self.expires = expires

    def _load(self, certificate: str, key: str) -> None:
        # Tried on a context of its own: a bad pair must not spoil the one that serves.
        for context in (ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), self._tls):
            with tempfile.TemporaryDirectory(dir=self._home) as folder:
                files = Path(folder, "tls.crt"), Path(folder, "tls.key")
                for file, text in zip(files, (certificate, key), strict=True):
                    file.write_text(text)
                # New handshakes use what the context holds; nothing has to be restarted.
                context.load_cert_chain(*files)

    async def _expiry(self, pem: str) -> datetime:
        if pem.strip() not in self._known:
            self._known[pem.strip()] = (await self.authority.validity(pem))[1]
        return self._known[pem.strip()]

    async def _complete(self, request: web.Request) -> web.Response:
        await request.json()
        await asyncio.sleep(self._chance.uniform(0.08, 0.25))
        return web.json_response({"text": "Try the first step.", "tokens": self._chance.randint(120, 700)})

    async def _probe(self) -> str:
        """Draw what a blackbox probe of the endpoint sees, by a real handshake."""
        expiry = (await self._expiry(await asyncio.to_thread(self._presented))).timestamp()
        valid = 1.0 if expiry > datetime.now(UTC).timestamp() else 0.0
        return family("probe_success", "gauge", "Whether the probe succeeded", [({}, valid)]) + family(
            "probe_ssl_earliest_cert_expiry",
            "gauge",
            "Expiry of the certificate, in Unix time",
            [({}, expiry)],
        )

    def _presented(self) -> str:
        host, _, port = self.url.removeprefix("https://").partition(":")
        return ssl.get_server_certificate((host, int(port)), timeout=2)
