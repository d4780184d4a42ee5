"""The language model's endpoint outside the cluster: a real TLS listener whose certificate can be replaced."""

import asyncio
import random
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web

from demo.shop.exporter import Exporter, family
from demo.shop.tls import Authority, Certificate

NAME = "model-gateway"
HEALTHY = (timedelta(days=-30), timedelta(days=60))
EXPIRED = (timedelta(days=-90), timedelta(hours=-1))


class ModelGateway:
    """Answers questions over TLS and lets a probe read the expiry of what it presents."""

    def __init__(self, home: Path) -> None:
        self._authority = Authority(home)
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._runner: web.AppRunner | None = None
        self._shown: Certificate | None = None
        self._chance = random.Random(11)
        self.probe = Exporter(self._probe)
        self.url = ""

    @property
    def authority_file(self) -> Path:
        """Return the file with the authority's certificate, for clients."""
        return self._authority.certificate

    @property
    def expired(self) -> bool:
        """Tell whether the presented certificate has expired."""
        return self._shown is not None and self._shown.expires < datetime.now(UTC)

    async def start(self) -> None:
        """Make the authority, take a good certificate and listen."""
        await self._authority.create()
        await self.renew()
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

    async def renew(self) -> None:
        """Present a certificate that is valid for 60 days."""
        await self._present(*HEALTHY)

    async def let_expire(self) -> None:
        """Present a certificate that ended an hour ago."""
        await self._present(*EXPIRED)

    async def _present(self, starts: timedelta, ends: timedelta) -> None:
        self._shown = await self._authority.issue(NAME, starts=starts, ends=ends)
        # New handshakes use what the context holds; nothing has to be restarted.
        self._tls.load_cert_chain(self._shown.certificate, self._shown.key)

    async def _complete(self, request: web.Request) -> web.Response:
        await request.json()
        await asyncio.sleep(self._chance.uniform(0.08, 0.25))
        return web.json_response({"text": "Try the first step.", "tokens": self._chance.randint(120, 700)})

    async def _probe(self) -> str:
        """Draw what a blackbox probe of the endpoint sees, by a real handshake."""
        expiry = await asyncio.to_thread(self._presented_expiry)
        valid = 1.0 if expiry > datetime.now(UTC).timestamp() else 0.0
        return family("probe_success", "gauge", "Whether the probe succeeded", [({}, valid)]) + family(
            "probe_ssl_earliest_cert_expiry",
            "gauge",
            "Expiry of the certificate, in Unix time",
            [({}, expiry)],
        )

    def _presented_expiry(self) -> float:
        host, _, port = self.url.removeprefix("https://").partition(":")
        presented = ssl.get_server_certificate((host, int(port)), timeout=2)
        assert self._shown is not None
        same = presented.strip() == self._shown.certificate.read_text().strip()
        return self._shown.expires.timestamp() if same else 0.0
