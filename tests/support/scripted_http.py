"""An HTTP server that answers every request with the same scripted, usually broken, answer."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from agent.errors import BackendError


@dataclass
class Script:
    """What to answer; `promised` sends a longer Content-Length than the body has, `delay` waits first."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    promised: int | None = None
    delay: float = 0.0
    chunks: int = 0
    seen: list[str] = field(default_factory=list)
    url: str = ""


GARBAGE: dict[str, Script] = {
    "an HTML page": Script(
        body=b"<html><title>Sign in</title></html>", headers={"Content-Type": "text/html"}
    ),
    "JSON cut off": Script(body=b'{"status": "success", "data": {"resu'),
    "nothing": Script(body=b""),
    "null": Script(body=b"null"),
    "a number": Script(body=b"42"),
    "a list of nonsense": Script(body=b'[1, null, "x", {"a": []}]'),
    "an object of nonsense": Script(body=b'{"status": 7, "data": [[[]]], "hits": 3, "items": {"a": 1}}'),
    "an error with status 200": Script(
        body=b'{"status": "error", "errorType": "internal", "error": "kaput"}'
    ),
    "deep nesting": Script(body=b"[" * 100_000),
    "wrong types within": Script(
        body=b'{"status": "success", "data": {"resultType": "matrix", "result": [{"metric": 4, "values": "x"}]},'
        b' "hits": {"total": "many", "hits": [{"_source": 3}, 5]}, "items": [1, {"metadata": 2, "status": []}]}'
    ),
    "bytes that are no text": Script(body=bytes(range(128, 256)) * 4),
    "half an answer": Script(body=b'{"status": "success"', promised=5000),
}


@contextlib.asynccontextmanager
async def scripted(script: Script) -> AsyncIterator[Script]:
    """Serve the script on a free loopback port; `url` then says where."""

    async def answer(request: web.Request) -> web.StreamResponse:
        script.seen.append(request.path_qs)
        await asyncio.sleep(script.delay)
        headers = {"Content-Type": "application/json", "X-Elastic-Product": "Elasticsearch", **script.headers}
        if script.promised is None and not script.chunks:
            return web.Response(status=script.status, body=script.body, headers=headers)
        response = web.StreamResponse(status=script.status, headers=headers)
        if script.promised is not None:
            response.content_length = script.promised
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            for _ in range(script.chunks or 1):
                await response.write(script.body)
        if script.promised is not None and request.transport:
            request.transport.abort()
        return response

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    script.url = f"http://{host}:{port}"
    try:
        yield script
    finally:
        await runner.cleanup()


async def ended(call: Awaitable[Any]) -> Any:
    """Return what a call returned, or the backend error that it raised."""
    try:
        return await call
    except BackendError as error:
        return error
