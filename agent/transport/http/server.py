"""Builds and serves the HTTP door."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from aiohttp import web
from prometheus_client import CollectorRegistry

from agent.intake.generic import Mapping as GenericMapping
from agent.ports.clock import Clock
from agent.ports.jobs import Jobs
from agent.ports.store import Store
from agent.telemetry.metrics import Metrics
from agent.transport.http.health import ReadyCheck, health_routes
from agent.transport.http.middleware import answer_errors, log_access
from agent.transport.http.webhooks import webhook_routes


@dataclass(frozen=True, slots=True)
class HttpNeeds:
    """What the door needs; without a `webhook_token` every webhook is refused, and `known_secrets` are never stored."""

    store: Store
    jobs: Jobs
    clock: Clock
    metrics: Metrics
    registry: CollectorRegistry
    webhook_token: str | None = field(repr=False)
    max_bytes: int = 4 * 1024 * 1024
    queue_bound: int = 5000
    mappings: Mapping[str, GenericMapping] = field(default_factory=dict)
    known_secrets: Sequence[str] = field(default=(), repr=False)
    ready: Mapping[str, ReadyCheck] = field(default_factory=dict)


def build_http(needs: HttpNeeds) -> web.Application:
    """Return the application; more routes may be added before it is started."""
    app = web.Application(middlewares=[log_access, answer_errors], client_max_size=needs.max_bytes)
    app.add_routes(
        webhook_routes(
            needs.store,
            needs.jobs,
            needs.clock,
            needs.metrics,
            token=needs.webhook_token,
            max_bytes=needs.max_bytes,
            queue_bound=needs.queue_bound,
            mappings=needs.mappings,
            known_secrets=needs.known_secrets,
        )
    )
    app.add_routes(health_routes(needs.store, needs.jobs, needs.metrics, needs.registry, needs.ready))
    return app


@dataclass(frozen=True, slots=True)
class RunningHttp:
    """A door that listens; `port` is the real one when 0 was asked for."""

    port: int
    close: Callable[[], Awaitable[None]]


async def start_http(app: web.Application, host: str, port: int) -> RunningHttp:
    """Listen; raises OSError when the address is taken."""
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=5.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError:
        await runner.cleanup()
        raise
    return RunningHttp(port=int(runner.addresses[0][1]), close=runner.cleanup)
