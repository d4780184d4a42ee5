"""The HTTP face: who asks, what for, in which form, and the answer."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from demo.cluster.demand import Answer
from demo.cluster.discovery import VERSION, Discovery
from demo.cluster.identity import Identity, identify
from demo.cluster.negotiation import JSON, accepted_form, aggregated_discovery
from demo.cluster.objects import Obj
from demo.cluster.rbac import Attempt, Authorizer
from demo.cluster.resources import Resources
from demo.cluster.routes import parse_route
from demo.cluster.status import ApiError, PlainNotFoundError, internal
from demo.cluster.watching import Watch

_log = logging.getLogger(__name__)
_HEALTH = ("/livez", "/readyz", "/healthz")


def json_response(
    body: Any, code: int = 200, headers: Mapping[str, str] | None = None, form: str = JSON
) -> web.Response:
    """Build an answer of JSON with the exact content type."""
    raw = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
    return web.Response(body=raw, status=code, headers={**(headers or {}), "Content-Type": form})


def _plain(text: str, code: int = 200, form: str = "text/plain; charset=utf-8") -> web.Response:
    return web.Response(body=text.encode(), status=code, headers={"Content-Type": form})


class Http:
    """Turns requests into calls and calls into responses."""

    def __init__(
        self,
        tokens: Mapping[str, Identity],
        authorizer: Authorizer,
        resources: Resources,
        discovery: Discovery,
    ) -> None:
        self._tokens = tokens
        self._authorizer = authorizer
        self._resources = resources
        self._discovery = discovery

    def application(self) -> web.Application:
        """Build the application that serves every path."""
        application = web.Application(client_max_size=8 * 1024 * 1024)
        application.router.add_route("*", "/{path:.*}", self.handle)
        return application

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        try:
            return await self._answer(request)
        except PlainNotFoundError:
            return _plain("404 page not found\n", 404)
        except ApiError as refused:
            return json_response(refused.body(), refused.code, refused.headers)
        except ConnectionResetError:
            # The client hung up in the middle of a stream; nobody is left to tell.
            return web.Response(status=499)
        except Exception as broken:  # noqa: BLE001 - outermost edge of a request: the client gets a Status
            _log.exception("request failed: %s %s", request.method, request.path)
            return json_response(internal(f"{type(broken).__name__}").body(), 500)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        identity = self._identity(request)
        route = parse_route(request.path)
        if route is None:
            return self._general(request, identity)
        query = dict(request.query.items())
        attempt = route.attempt(request.method, query)
        self._authorizer.require(identity, attempt)
        answer = await self._resources.answer(request, route, attempt, identity, query)
        if isinstance(answer, Watch):
            return await self._stream(request, answer)
        if isinstance(answer, web.StreamResponse):
            return answer
        return self._shown(answer)

    @staticmethod
    def _shown(answer: Answer) -> web.Response:
        if answer.text is not None:
            return _plain(answer.text, answer.code, "text/plain")
        if answer.body is None:
            response = web.Response(status=answer.code)
            response.headers.popall("Content-Type", None)
            return response
        headers = dict(answer.headers)
        if answer.warnings:
            headers["Warning"] = ", ".join(f"299 - {json.dumps(text)}" for text in answer.warnings)
        return json_response(answer.body, answer.code, headers)

    def _identity(self, request: web.Request) -> Identity:
        identity = identify(self._tokens, request.headers.get("Authorization"))
        user = request.headers.get("Impersonate-User")
        if not user:
            return identity
        groups = tuple(request.headers.getall("Impersonate-Group", []))
        self._authorizer.require(identity, Attempt("impersonate", "", "users", name=user))
        for group in groups:
            self._authorizer.require(identity, Attempt("impersonate", "", "groups", name=group))
        return Identity(user, groups)

    def _general(self, request: web.Request, identity: Identity) -> web.Response:
        path = request.path
        self._authorizer.require(identity, Attempt(request.method.lower(), path=path))
        bare = path.rstrip("/")
        if bare in _HEALTH:
            return _plain("ok")
        if bare == "/version":
            return json_response(VERSION)
        accept = request.headers.get("Accept", "")
        form = aggregated_discovery(accept)
        if form is not None and bare in ("/api", "/apis"):
            return json_response(self._discovery.aggregated(core=bare == "/api"), form=form)
        body = self._described(bare, request)
        accepted_form(accept)
        return json_response(body)

    def _described(self, path: str, request: web.Request) -> Obj:
        parts = [part for part in path.split("/") if part]
        if parts[:2] == ["openapi", "v3"]:
            return self._discovery.openapi("/".join(parts[2:]))
        if parts == ["api"]:
            return self._discovery.core_versions(request.host)
        if parts == ["apis"]:
            return self._discovery.groups()
        if len(parts) == 2 and parts[0] == "api":
            return self._discovery.resources("", parts[1])
        if len(parts) == 2 and parts[0] == "apis":
            return self._discovery.group(parts[1])
        if len(parts) == 3 and parts[0] == "apis":
            return self._discovery.resources(parts[1], parts[2])
        raise PlainNotFoundError

    @staticmethod
    async def _stream(request: web.Request, watch: Watch) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": JSON, "Cache-Control": "no-cache, private"})
        response.enable_chunked_encoding()
        await response.prepare(request)
        async for event in watch.events():
            await response.write(json.dumps(event, separators=(",", ":")).encode() + b"\n")
        await response.write_eof()
        return response
