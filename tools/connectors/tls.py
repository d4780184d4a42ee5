"""Looks at the certificate that a TLS server presents, by handshake; a certificate that fails to verify is a result."""

import asyncio
import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.errors import BadAnswer, Misconfigured, TimedOut, Unavailable
from tools.connectors.http_json import excerpt

BACKEND = "tls"
_MAX_NAMES = 100
_MAX_CHAIN = 10
_SHORT = {"commonName": "CN", "organizationName": "O", "countryName": "C"}


@dataclass(frozen=True, slots=True)
class Certified:
    """One certificate of the chain: whose it is, who signed it, and from when to when it is valid."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True)
class Presented:
    """What a server presented, its own certificate first; `problem` says why it does not verify, empty if it does."""

    chain: tuple[Certified, ...]
    problem: str = ""

    @property
    def leaf(self) -> Certified:
        """Return the server's own certificate."""
        return self.chain[0]


class TlsHandshakes:
    """Shakes hands and hangs up: no request is sent. `ca_file` adds an authority to those that the system trusts."""

    def __init__(self, *, timeout_seconds: float, ca_file: Path | None = None) -> None:
        self._timeout = timeout_seconds
        self._trusting = ssl.create_default_context()
        try:
            if ca_file is not None:
                self._trusting.load_verify_locations(cafile=ca_file)
        except (OSError, ssl.SSLError) as error:
            raise Misconfigured(
                f"The authorities in {ca_file.name if ca_file else ''} cannot be read."
            ) from error

    async def look(self, host: str, port: int) -> Presented:
        """Return what the server presents now."""
        try:
            # The blocking handshake has a deadline of its own, so the thread ends soon after ours at the latest.
            async with asyncio.timeout(2 * self._timeout):
                return await asyncio.to_thread(self._look, host, port)
        except TimeoutError as error:
            raise TimedOut(f"{host}:{port} did not shake hands in time.", backend=BACKEND) from error
        except ssl.SSLError as error:
            said = excerpt(error.reason or "no TLS", 80)
            raise BadAnswer(
                f"{host}:{port} does not complete a TLS handshake: {said}.", backend=BACKEND
            ) from error
        except (OSError, UnicodeError) as error:
            raise Unavailable(f"{host}:{port} cannot be reached.", backend=BACKEND) from error

    def _look(self, host: str, port: int) -> Presented:
        try:
            return Presented(self._handshake(self._trusting, host, port))
        except ssl.SSLCertVerificationError as error:
            problem = excerpt(error.verify_message or "it does not verify", 160)
        open_eyed = ssl.create_default_context()
        open_eyed.check_hostname = False
        # Only looked at, never trusted: nothing is sent to a server whose certificate does not verify.
        open_eyed.verify_mode = ssl.CERT_NONE
        return Presented(self._handshake(open_eyed, host, port), problem)

    def _handshake(self, context: ssl.SSLContext, host: str, port: int) -> tuple[Certified, ...]:
        with (
            socket.create_connection((host, port), timeout=self._timeout) as plain,
            context.wrap_socket(plain, server_hostname=host) as tls,
        ):
            # Python 3.13 made this public as SSLSocket.get_unverified_chain; the inner object has had it since 3.10.
            inner: Any = getattr(tls, "_sslobj")  # noqa: B009 - says that it is not ours
            chain = inner.get_unverified_chain() or ()
        found = tuple(certified(one.get_info()) for one in chain[:_MAX_CHAIN])
        if not found:
            raise BadAnswer(f"{host}:{port} presents no certificate.", backend=BACKEND)
        return found


def certified(info: dict[str, Any]) -> Certified:
    """Read a certificate as Python's ssl describes it."""
    try:
        return Certified(
            subject=_name(info.get("subject", ())),
            issuer=_name(info.get("issuer", ())),
            names=tuple(excerpt(str(value), 253) for _, value in info.get("subjectAltName", ()))[:_MAX_NAMES],
            not_before=_moment(info["notBefore"]),
            not_after=_moment(info["notAfter"]),
        )
    except (LookupError, AttributeError, TypeError, ValueError, OverflowError) as error:
        raise BadAnswer("A certificate cannot be read.", backend=BACKEND) from error


def _name(parts: Any) -> str:
    pairs = [pair for part in parts for pair in part if pair[0] in _SHORT]
    return ", ".join(f"{_SHORT[key]}={excerpt(str(value), 100)}" for key, value in pairs)


def _moment(text: str) -> datetime:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC)
