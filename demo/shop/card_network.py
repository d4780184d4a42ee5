"""A third party that payment depends on: an address that answers whether it works, and a public status page."""

from typing import Any

from aiohttp import web

NAME = "card-network"
HEALTH = "/health"


class CardNetwork:
    """Answers `ok` until it is `down`; then 503, and its status page admits a major outage."""

    def __init__(self) -> None:
        self.down = False
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Open a port that the system chooses."""
        app = web.Application()
        app.add_routes([web.get(HEALTH, self._health), web.get("/api/v2/summary.json", self._summary)])
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"

    async def stop(self) -> None:
        """Close the port."""
        if self._runner:
            await self._runner.cleanup()

    async def _health(self, _: web.Request) -> web.Response:
        if self.down:
            return web.Response(status=503, text="authorisation is not available")
        return web.Response(text="ok")

    async def _summary(self, _: web.Request) -> web.Response:
        indicator, said = (
            ("major", "Partial System Outage") if self.down else ("none", "All Systems Operational")
        )
        status = "major_outage" if self.down else "operational"
        page: dict[str, Any] = {
            "page": {"id": "card", "name": "Card network", "url": self.url},
            "status": {"indicator": indicator, "description": said},
            "components": [
                {"id": "c1", "name": "Authorisation", "status": status},
                {"id": "c2", "name": "Settlement", "status": "operational"},
            ],
            "incidents": [],
        }
        return web.json_response(page)
