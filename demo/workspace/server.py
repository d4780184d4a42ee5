"""The workspace as a server on loopback: the Web API, Socket Mode, response urls, uploads and the page."""

import secrets
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from demo.workspace.api.door import ApiDoor
from demo.workspace.clock import Clock, SystemClock
from demo.workspace.delivery.signed_http import SignedHttp
from demo.workspace.delivery.socket_mode import SocketGate
from demo.workspace.delivery.transport import ACK_SECONDS
from demo.workspace.errors import SlackRefusal
from demo.workspace.panel import Panel
from demo.workspace.rate import RateLimits
from demo.workspace.seed import WorkspaceSeed
from demo.workspace.triggers import TRIGGER_SECONDS
from demo.workspace.web.consent import ConsentPage
from demo.workspace.web.control import Control
from demo.workspace.web.door import Door
from demo.workspace.web.login import login_guard
from demo.workspace.workspace import Workspace

Json = dict[str, Any]
_DEFAULT_LIMITS = RateLimits()


class WorkspaceServer:
    """Run one workspace; use as an async context manager.

    `ack_seconds` and `trigger_seconds` are Slack's own patience unless told otherwise.
    """

    def __init__(
        self,
        seed: WorkspaceSeed,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Clock | None = None,
        strict: bool = False,
        rate_limits: RateLimits | None = _DEFAULT_LIMITS,
        panel: Panel | None = None,
        login_token: str | None = None,
        links: Mapping[str, str] | None = None,
        ack_seconds: float = ACK_SECONDS,
        trigger_seconds: float = TRIGGER_SECONDS,
    ) -> None:
        if host not in ("127.0.0.1", "::1", "localhost"):
            # Whoever reaches this server can speak as anybody.
            raise ValueError("the workspace serves loopback only")
        self._host, self._port = host, port
        self._clock = clock or SystemClock()
        self._ack_seconds = ack_seconds
        self._login = login_token or secrets.token_urlsafe(16)
        self.workspace = Workspace(
            seed, self._clock, strict=strict, rate_limits=rate_limits, trigger_seconds=trigger_seconds
        )
        self.workspace.links.update(links or {})
        self.sockets = {
            app_id: SocketGate(app_id, self._clock, self.workspace.recorder, ack_seconds)
            for app_id in self.workspace.state.apps
        }
        self._door = Door(self.workspace, panel)
        self._api = ApiDoor(self.workspace, self._link_url)
        self._http: list[SignedHttp] = []
        self._runner: web.AppRunner | None = None
        self.url = ""

    @property
    def login_url(self) -> str:
        """Return the link that opens the page."""
        return f"{self.url}/?token={self._login}"

    @property
    def api_url(self) -> str:
        """Return what an SDK takes as `base_url`."""
        return f"{self.url}/api/"

    @property
    def gate(self) -> SocketGate:
        """Return the Socket Mode side of the first app."""
        return self.sockets[self.workspace.state.app.id]

    async def __aenter__(self) -> Self:
        guard = login_guard(self._login, self.workspace.app_may_read)
        app = web.Application(middlewares=[guard], client_max_size=60_000_000)
        app.add_routes(self._door.routes())
        app.add_routes(ConsentPage(self.workspace).routes())
        app.add_routes(Control(self.workspace, self.sockets).routes())
        app.add_routes(
            [
                web.route("*", "/api/{method}", self._api.call),
                web.get("/link", self._link),
                web.post("/response/{key}", self._response),
                web.post("/upload/{ticket}", self._upload),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self._door.watch_panel()
        self.url = f"http://{self._host}:{self._port}"
        self.workspace.keys.base_url = self.workspace.files.base_url = self.url
        for found in self.workspace.state.apps.values():
            if found.seed.delivery == "http" and found.seed.request_url:
                await self.use_http(found.seed.request_url, app_id=found.id, verify=False)
            else:
                self.use_socket(found.id)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._door.close()
        await self.workspace.close()
        for gate in self.sockets.values():
            await gate.close()
        for http in self._http:
            await http.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def use_socket(self, app_id: str = "") -> None:
        """Deliver to an app over Socket Mode from now on."""
        chosen = app_id or self.workspace.state.app.id
        self.workspace.courier.use(chosen, self.sockets[chosen])

    async def use_http(self, request_url: str, *, app_id: str = "", verify: bool = True) -> bool:
        """Deliver to a request url from now on; tell whether its `url_verification` succeeded."""
        app = self.workspace.state.apps[app_id] if app_id else self.workspace.state.app
        http = SignedHttp(
            request_url, app.seed.signing_secret, app.seed.verification_token, self._clock, self._ack_seconds
        )
        self._http.append(http)
        self.workspace.courier.use(app.id, http)
        return await http.verify() if verify else True

    async def refresh_panel(self) -> None:
        """Send the fault panel's present state to open pages."""
        await self._door.show_panel()

    def _link_url(self, app_id: str) -> str:
        gate = self.sockets[app_id]
        return f"ws://{self._host}:{self._port}/link?ticket={gate.ticket()}&app_id={app_id}"

    async def _link(self, request: web.Request) -> web.StreamResponse:
        gate = self.sockets.get(request.query.get("app_id", ""))
        if gate is None or not gate.accepts(request.query.get("ticket", "")):
            return web.Response(status=403, text="invalid ticket")
        return await gate.serve(request)

    async def _response(self, request: web.Request) -> web.Response:
        try:
            body = await request.json()
            self.workspace.responses.answer(request.match_info["key"], dict(body))
        except SlackRefusal as refusal:
            gone = refusal.code in ("used_url", "expired_url", "invalid_url")
            reply = {"ok": False, "error": refusal.code, **refusal.extra}
            return web.json_response(reply, status=404 if gone else 200)
        except (TypeError, ValueError):
            return web.Response(status=400, text="invalid_payload")
        return web.Response(text="ok")

    async def _upload(self, request: web.Request) -> web.Response:
        if request.content_type.startswith("multipart/"):
            form = await request.post()
            part = next((p for p in form.values() if isinstance(p, web.FileField)), None)
            content = part.file.read() if part else b""
        else:
            content = await request.read()
        try:
            self.workspace.files.receive(request.match_info["ticket"], content)
        except SlackRefusal as refusal:
            return web.Response(status=404, text=refusal.code)
        return web.Response(text=f"OK - {len(content)}")
