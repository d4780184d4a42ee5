"""The way in for Web API calls: faults, token, scope, rate limit, handler, record."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from aiohttp import web

from demo.workspace.api.arguments import read_arguments
from demo.workspace.api.call import Call, Method
from demo.workspace.api.credentials import caller, scope_headers
from demo.workspace.api.methods import DEPRECATED, METHODS
from demo.workspace.api.scopes import needed_scopes
from demo.workspace.errors import SlackRefusal
from demo.workspace.faults import Fault
from demo.workspace.rate import Tier
from demo.workspace.recorder import Recorded, harmless, summarize
from demo.workspace.state import Grant
from demo.workspace.workspace import Workspace

Json = dict[str, Any]
_TABLE: dict[str, Method] = {method.name: method for method in METHODS}


class RateLimited(Exception):
    """The call is one too many; Slack answers with 429."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class ApiDoor:
    """Answer `/api/{method}`."""

    def __init__(self, workspace: Workspace, link_url: Callable[[str], str]) -> None:
        self._workspace = workspace
        self._link_url = link_url

    async def call(self, request: web.Request) -> web.StreamResponse:
        """Answer one call and record it."""
        begun = time.perf_counter()
        name = request.match_info["method"]
        args: Json = {}
        headers = {"X-Slack-Req-Id": self._workspace.state.ids.secret()}
        reply: Json
        try:
            args = await read_arguments(request)
            fault = self._workspace.faults.on_call(name)
            if fault is not None and fault.kind != "lost_answer":
                return await self._spoil(fault, name, args, begun)
            reply = {"ok": True} | self._run(request, name, args, headers)
            if fault is not None:
                return await self._spoil(fault, name, args, begun)
        except SlackRefusal as refusal:
            reply = {"ok": False, "error": refusal.code, **refusal.extra}
        except RateLimited as limited:
            self._record(name, args, "ratelimited", begun, {})
            return _too_many(limited.seconds)
        self._record(name, args, "ok" if reply["ok"] else str(reply["error"]), begun, reply)
        return web.json_response(reply, headers=headers)

    def _run(self, request: web.Request, name: str, args: Json, headers: dict[str, str]) -> Json:
        if name in DEPRECATED:
            raise SlackRefusal("method_deprecated")
        method = _TABLE.get(name)
        if method is None:
            raise SlackRefusal("unknown_method", req_method=name)
        grant = caller(self._workspace, request, method, args)
        headers |= scope_headers(self._workspace, grant, method, args)
        self._check_scope(method, grant, args)
        self._check_rate(method, grant, args)
        call = Call(self._workspace, name, args, grant, self._link_url)
        return method.run(call)

    def _check_scope(self, method: Method, grant: Grant, args: Json) -> None:
        for needed in needed_scopes(self._workspace.state, method.scope, args):
            if not grant.scopes & set(needed.split("|")):
                provided = ",".join(sorted(grant.scopes))
                raise SlackRefusal("missing_scope", needed=needed.replace("|", ","), provided=provided)

    def _check_rate(self, method: Method, grant: Grant, args: Json) -> None:
        key = grant.token
        if method.tier is Tier.POSTING:
            key += str(args.get("channel") or "")
        seconds = self._workspace.buckets.wait(method.name, method.tier, key)
        if seconds:
            raise RateLimited(seconds)

    async def _spoil(self, fault: Fault, name: str, args: Json, begun: float) -> web.StreamResponse:
        self._record(name, args, f"fault: {fault.kind}", begun, {})
        if fault.kind == "ratelimited":
            return _too_many(fault.retry_after)
        if fault.kind == "server_error":
            return web.Response(status=500, text="Internal Server Error")
        if fault.kind == "garbage":
            return web.Response(text="<html>gateway</html>", content_type="text/html")
        if fault.kind in ("timeout", "lost_answer"):
            await asyncio.sleep(fault.seconds)
            return web.Response(status=504)
        return web.json_response({"ok": False, "error": fault.error})

    def _record(self, name: str, args: Json, status: str, begun: float, reply: Json) -> None:
        self._workspace.recorder.add(
            Recorded(
                at=self._workspace.clock.now(),
                direction="call",
                name=name,
                status=status,
                ms=round((time.perf_counter() - begun) * 1000, 1),
                summary=summarize(args),
                args=harmless(args),
                reply=harmless(reply),
            )
        )


def _too_many(seconds: int) -> web.Response:
    reply = {"ok": False, "error": "ratelimited"}
    return web.json_response(reply, status=429, headers={"Retry-After": str(seconds)})
