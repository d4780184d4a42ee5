"""Real Prometheus, Alertmanager and log stores on free ports, with a scrape target and a webhook sink."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from demo.backends.alertmanager import AlertmanagerServer, webhook_configuration
from demo.backends.logstore import NoidaStore, OsmemStore
from demo.backends.prometheus import PrometheusServer, ScrapeJob, Target, backfill

__all__ = [
    "AlertmanagerServer",
    "MetricsPage",
    "NoidaStore",
    "OsmemStore",
    "PrometheusServer",
    "ScrapeJob",
    "Target",
    "WebhookSink",
    "alertmanager_to",
    "eventually",
    "metrics_page",
    "prometheus_with_past",
    "webhook_sink",
]


async def eventually(
    fact: Callable[[], Awaitable[Any]] | Callable[[], Any], *, within: float = 120.0, every: float = 0.1
) -> Any:
    """Wait until the fact is true and return it; fail with TimeoutError after the given seconds."""
    async with asyncio.timeout(within):
        while True:
            found = fact()
            if isinstance(found, Awaitable):
                found = await found
            if found:
                return found
            await asyncio.sleep(every)


@dataclass
class MetricsPage:
    """A /metrics page whose text a test may change."""

    address: str
    text: str = ""


@dataclass
class WebhookSink:
    """Keeps what was posted to it; `status` is what it answers."""

    url: str
    status: int = 200
    bodies: list[dict[str, Any]] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)


@contextlib.asynccontextmanager
async def _served(app: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"{host}:{port}"
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def metrics_page(text: str = "") -> AsyncIterator[MetricsPage]:
    """Serve a /metrics page."""
    page = MetricsPage("", text)

    async def show(_: web.Request) -> web.Response:
        return web.Response(text=page.text, content_type="text/plain")

    app = web.Application()
    app.router.add_get("/metrics", show)
    async with _served(app) as address:
        page.address = address
        yield page


@contextlib.asynccontextmanager
async def webhook_sink() -> AsyncIterator[WebhookSink]:
    """Serve a webhook that remembers its requests."""
    sink = WebhookSink("")

    async def take(request: web.Request) -> web.Response:
        sink.authorizations.append(request.headers.get("Authorization", ""))
        sink.bodies.append(await request.json())
        return web.Response(status=sink.status)

    app = web.Application()
    app.router.add_post("/webhook", take)
    async with _served(app) as address:
        sink.url = f"http://{address}/webhook"
        yield sink


def alertmanager_to(
    directory: Path, webhook_url: str, *, token_file: Path | None = None
) -> AlertmanagerServer:
    """Return an Alertmanager (not yet started) that sends every alert to the webhook after one second."""
    return AlertmanagerServer(directory, webhook_configuration(webhook_url, token_file=token_file))


async def prometheus_with_past(directory: Path, openmetrics: str, **options: Any) -> PrometheusServer:
    """Return a Prometheus (not yet started) whose store already holds the samples of an OpenMetrics text."""
    server = PrometheusServer(directory, **options)
    source = directory / "past.om"
    await asyncio.to_thread(directory.mkdir, parents=True, exist_ok=True)
    await asyncio.to_thread(source.write_text, openmetrics)
    await backfill(source, server.data)
    return server
