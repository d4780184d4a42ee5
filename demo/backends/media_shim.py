"""A small reverse proxy that lets the official Elasticsearch client talk to an OpenSearch-like server."""

import aiohttp
from aiohttp import web

VENDOR_TYPES = {
    "application/vnd.elasticsearch+json": "application/json",
    "application/vnd.elasticsearch+x-ndjson": "application/x-ndjson",
}
# Bulk requests of a log shipper may be large.
MAX_BODY = 64 * 1024 * 1024


def plain_media_type(value: str) -> str:
    """Return the plain type for a vendor type, else the value itself."""
    return VENDOR_TYPES.get(value.partition(";")[0].strip().lower(), value)


class MediaTypeShim:
    """Rewrites the client's vendor media types on the way in and names the product on the way out."""

    def __init__(self, upstream: str, port: int) -> None:
        self._upstream = upstream
        self._port = port
        self._session: aiohttp.ClientSession | None = None
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen on the port."""
        self._session = aiohttp.ClientSession(auto_decompress=False)
        app = web.Application(client_max_size=MAX_BODY)
        app.router.add_route("*", "/{path:.*}", self._forward)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()

    async def stop(self) -> None:
        """Close the port."""
        if self._runner:
            await self._runner.cleanup()
        if self._session:
            await self._session.close()

    async def _forward(self, request: web.Request) -> web.Response:
        assert self._session is not None
        headers = {
            name: plain_media_type(request.headers[name])
            for name in ("Content-Type", "Accept")
            if name in request.headers
        }
        body = await request.read()
        try:
            async with self._session.request(
                request.method, self._upstream + request.raw_path, headers=headers, data=body or None
            ) as answer:
                content = await answer.read()
                kind = answer.headers.get("Content-Type", "application/json")
                named = {"X-Elastic-Product": "Elasticsearch", "Content-Type": kind}
                return web.Response(status=answer.status, body=content, headers=named)
        except aiohttp.ClientError:
            return web.json_response({"error": "the log store does not answer", "status": 503}, status=503)
