"""The page that shows the world outside Slack: what people find in their mailboxes, on their phones and on the web."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp import web
from aiohttp.typedefs import Handler

from demo.vendors.door import Vendor

PAGE = Path(__file__).parent / "page"
WORKSPACE_PAGE = Path(__file__).parents[1] / "workspace" / "page"
# What the page has in common with the workspace's.
SHARED = ("base.css", "dom.js", "icon.svg")
_HOSTS = ("127.0.0.1", "localhost", "[::1]")
_ID = re.compile(r"\w{1,40}", re.ASCII)


class OutsideServer:
    """Serves the page on loopback; an async context manager.

    `pager_url` is where PagerDuty's double listens, whose phones can be answered; `names` tells whose a number is.
    """

    def __init__(
        self,
        vendors: Sequence[Vendor],
        *,
        pager_url: str = "",
        names: Mapping[str, str] | None = None,
        port: int = 0,
    ) -> None:
        self._vendors = vendors
        self._pager_url = pager_url
        self._names = dict(names or {})
        self._port = port
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[_own_page_only])
        app.add_routes(
            [
                web.get("/", _file(PAGE / "index.html")),
                web.get("/state", self._state),
                web.post("/phone/{incident}/{act}", self._phone),
                *(web.get(f"/static/{name}", _file(WORKSPACE_PAGE / name)) for name in SHARED),
                *(web.get(f"/static/{path.name}", _file(path)) for path in sorted(PAGE.iterdir())),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _state(self, _: web.Request) -> web.Response:
        held = {vendor.name: vendor.state() for vendor in self._vendors}
        return web.json_response({**held, "names": self._names})

    async def _phone(self, request: web.Request) -> web.Response:
        """Press a button on somebody's phone."""
        incident, act = request.match_info["incident"], request.match_info["act"]
        if not self._pager_url or act != "acknowledge" or not _ID.fullmatch(incident):
            return web.json_response({"error": "there is no such button"}, status=404)
        try:
            user = str((await request.json())["user"])
        except (json.JSONDecodeError, KeyError, TypeError):
            return web.json_response({"error": "whose phone is it?"}, status=400)
        url = f"{self._pager_url}/_phone/{incident}/{act}"
        async with aiohttp.ClientSession() as http, http.post(url, json={"user": user}) as response:
            return web.json_response({"ok": response.ok}, status=response.status)


def _file(path: Path) -> Handler:
    async def send(_: web.Request) -> web.StreamResponse:
        return web.FileResponse(path, headers={"Cache-Control": "no-store"})

    return send


@web.middleware
async def _own_page_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what another site's page sends through a browser: by a name of its own for us, or from its own origin."""
    origin = request.headers.get("Origin")
    host = request.host.rpartition(":")[0] or request.host
    if host not in _HOSTS or (origin is not None and origin != f"http://{request.host}"):
        return web.Response(status=403, text="This page is for people on this machine only.")
    return await handler(request)
