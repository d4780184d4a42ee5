"""Servers that stand where a backend should be and answer nothing, or nothing that can be used."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Liar:
    """A running server; `asked` are the paths that somebody wanted."""

    url: str
    asked: list[str] = field(default_factory=list)


async def nothing(_: web.Request) -> web.StreamResponse:
    """Take the request and never answer."""
    await asyncio.sleep(3600)
    return web.Response()


async def html(_: web.Request) -> web.StreamResponse:
    """Answer as a proxy does that knows no such backend."""
    return web.Response(text="<html><body>It works!</body></html>", content_type="text/html")


async def cut_off(_: web.Request) -> web.StreamResponse:
    """Answer JSON that ends in its middle."""
    return web.Response(text='{"status":"success","data":{"resultType":"vec', content_type="application/json")


async def broken(_: web.Request) -> web.StreamResponse:
    """Answer that something broke."""
    return web.Response(status=500, text="internal error")


async def wrong_shape(_: web.Request) -> web.StreamResponse:
    """Answer JSON that is none of what was asked for."""
    return web.json_response([{"status": 7, "data": None, "hits": [], "items": {"a": 1}}])


async def flood(_: web.Request) -> web.StreamResponse:
    """Answer ten megabytes that are no JSON."""
    return web.Response(body=b"x" * 10_000_000, content_type="application/json")


@asynccontextmanager
async def lying_server(answer: Answer) -> AsyncIterator[Liar]:
    """Serve one answer to everything."""
    liar = Liar("")

    async def take(request: web.Request) -> web.StreamResponse:
        liar.asked.append(request.path)
        return await answer(request)

    app = web.Application(client_max_size=50_000_000)
    app.router.add_route("*", "/{path:.*}", take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    liar.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield liar
    finally:
        await runner.cleanup()
