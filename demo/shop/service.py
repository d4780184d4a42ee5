"""The frame of every service: one aiohttp application with health, metrics, request log and error answers."""

import asyncio
import time
import traceback
from collections.abc import Sequence
from typing import ClassVar

from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import generate_latest

from demo.shop.calls import CallFailed
from demo.shop.context import MIB, PodContext
from demo.shop.trace import current_span, new_span

PROBES = ("/healthz", "/readyz")
QUIET_PATHS = ("/metrics", "/healthz", "/readyz", "/admin")
# A fleet is never perfect: about one request in a thousand per hop fails for no reason of its own.
HICCUP = 0.0008
# Whoever calls a service that hangs has given up long before.
HANGS_SECONDS = 30.0


class Problem(Exception):
    """An answer of 4xx or 5xx that the service means to give."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class StartRefused(Exception):
    """The service cannot start with its configuration; the container exits with code 1."""


class Service:
    """One service inside one container; subclasses give routes and behaviour."""

    cpu_per_request: ClassVar[float] = 0.02
    idle_memory: ClassVar[int] = 96 * MIB

    def __init__(self, pod: PodContext) -> None:
        self.pod = pod
        self._requests_seen = 0

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes besides health and metrics."""
        return ()

    async def begin(self) -> None:
        """Prepare before the port opens; raise StartRefused when the configuration is wrong."""

    async def tick(self, seconds: float) -> None:
        """Do the work of a passed moment; called about once a second."""

    async def end(self) -> None:
        """Let go of what begin and tick took."""

    def exit_code(self) -> int | None:
        """Return the code with which a task has ended, or None while it runs and for a service, which never ends."""
        return None

    def memory(self) -> float:
        """Return the bytes in use now, without what a leak has added."""
        return self.idle_memory + min(self._requests_seen, 2_000) * 4096.0

    def application(self) -> web.Application:
        """Return the aiohttp application of this container."""
        app = web.Application(middlewares=[self._observe])
        app.add_routes([web.get("/healthz", self._healthy), web.get("/readyz", self._healthy)])
        app.add_routes([web.get("/metrics", self._metrics), *self.routes()])
        return app

    async def work(self, low: float, high: float) -> None:
        """Take time as real work would, in seconds, with the Pod's trouble on top."""
        extra = self.pod.trouble.answer_delay
        await asyncio.sleep(self.pod.chance.uniform(low, high) + extra * self.pod.chance.uniform(0.7, 1.3))

    async def _healthy(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _metrics(self, _: web.Request) -> web.Response:
        page = generate_latest(self.pod.telemetry.registry)
        return web.Response(body=page, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    @web.middleware
    async def _observe(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self.pod.trouble.hung and not request.path.startswith(PROBES):
            return await self._hang()
        if request.path.startswith(QUIET_PATHS):
            return await handler(request)
        span = current_span.set(new_span(request.headers.get("traceparent")))
        started = time.perf_counter()
        try:
            response = await self._answer(request, handler)
            self._record(request, response.status, time.perf_counter() - started)
            return response
        finally:
            current_span.reset(span)

    async def _hang(self) -> web.Response:
        """Keep the caller waiting; the probes have a thread of their own, so the cluster believes that all is well."""
        give_up = time.monotonic() + HANGS_SECONDS
        while self.pod.trouble.hung and time.monotonic() < give_up:
            await asyncio.sleep(0.2)
        return web.json_response({"error": "deadlock"}, status=503)

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        context = type(self).__name__
        try:
            if self.pod.trouble.no_files_left:
                raise Problem(500, "cannot open session store: too many open files (EMFILE)")
            if self.pod.chance.random() < HICCUP:
                raise Problem(503, "connection reset by peer while reading the session store")
            return await handler(request)
        except Problem as problem:
            status, message = problem.status, str(problem)
        except CallFailed as failed:
            status = 504 if failed.status == 504 else 502 if failed.status >= 500 else failed.status
            message = f"Upstream call failed: {failed}"
        except web.HTTPException as answer:
            status, message = answer.status, answer.reason
        except Exception as error:  # noqa: BLE001 - the edge of a request: any defect becomes a 500 and a log line
            status, message = 500, f"Unhandled exception in {request.method} {_route(request)}: {error!r}"
            self.pod.log.write("error", message, context=context, stack=traceback.format_exc(limit=-3))
            return web.json_response({"error": "internal error"}, status=500)
        level = "error" if status >= 500 else "warn"
        self.pod.log.write(level, message, context=context, status=status)
        return web.json_response({"error": message}, status=status)

    def _record(self, request: web.Request, status: int, seconds: float) -> None:
        self._requests_seen += 1
        self.pod.usage.cpu_seconds += self.cpu_per_request * self.pod.chance.uniform(0.6, 1.4)
        route = _route(request)
        self.pod.telemetry.observe(request.method, route, status, seconds)
        self.pod.log.write(
            "info",
            f"{request.method} {request.path} {status} {seconds * 1000:.0f}ms",
            context="AccessLog",
            log_type="access",
            method=request.method,
            route=route,
            status=status,
            duration_ms=round(seconds * 1000, 1),
        )


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource else "unmatched"
