"""The control door for tests in other processes: faults, sockets, the record of calls, transcripts."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from demo.workspace.delivery.socket_mode import SocketGate
from demo.workspace.errors import SlackRefusal
from demo.workspace.faults import Fault
from demo.workspace.workspace import Workspace

Json = dict[str, Any]
_REASONS = ("warning", "refresh_requested", "link_disabled")
_FAULT_FIELDS = {"kind", "method", "every", "times", "retry_after", "error", "seconds"}
_FAULT_KINDS = ("ratelimited", "server_error", "timeout", "garbage", "refuse")


class Control:
    """Routes under `/control`, behind the same login as the page."""

    def __init__(self, workspace: Workspace, sockets: Mapping[str, SocketGate]) -> None:
        self._workspace = workspace
        self._sockets = sockets

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the routes for the application."""
        return [
            web.post("/control/faults", self._add_fault),
            web.delete("/control/faults", self._clear_faults),
            web.post("/control/sockets", self._cut_sockets),
            web.get("/control/calls", self._calls),
            web.get("/control/transcript", self._transcript),
        ]

    async def _add_fault(self, request: web.Request) -> web.Response:
        body: Json = await request.json()
        for name in ("duplicate", "lose_acks"):
            if name in body:
                getattr(self._workspace.faults, name)(int(body.pop(name)))
        if body:
            if set(body) - _FAULT_FIELDS or body.get("kind") not in _FAULT_KINDS:
                return web.json_response({"ok": False, "error": "invalid_fault"}, status=400)
            self._workspace.faults.add(Fault(**body))
        return web.json_response({"ok": True})

    async def _clear_faults(self, _request: web.Request) -> web.Response:
        self._workspace.faults.clear()
        return web.json_response({"ok": True})

    async def _cut_sockets(self, request: web.Request) -> web.Response:
        reason = str((await request.json()).get("reason", "drop"))
        if reason != "drop" and reason not in _REASONS:
            return web.json_response({"ok": False, "error": "invalid_reason"}, status=400)
        for gate in self._sockets.values():
            await (gate.drop() if reason == "drop" else gate.disconnect(reason))
        return web.json_response({"ok": True})

    async def _calls(self, request: web.Request) -> web.Response:
        found = self._workspace.recorder.calls(request.query.get("method"))
        return web.json_response(
            [{"at": r.at, "name": r.name, "status": r.status, "args": dict(r.args)} for r in found]
        )

    async def _transcript(self, request: web.Request) -> web.Response:
        try:
            return web.Response(text=self._workspace.transcript(request.query.get("channel", "")))
        except SlackRefusal as refusal:
            return web.Response(status=404, text=refusal.code)
