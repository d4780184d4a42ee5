"""Health for orchestrators and metrics for Prometheus."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from agent.domain.incident import Priority
from agent.domain.notification import NotificationState
from agent.errors import OpsError
from agent.ports.jobs import Jobs
from agent.ports.store import Store
from agent.telemetry.metrics import Metrics

ReadyCheck = Callable[[], Awaitable[str | None]]
"""Returns None when ready, else what is missing; may raise an OpsError instead."""

_CHECK_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class _Health:
    store: Store
    jobs: Jobs
    metrics: Metrics
    registry: CollectorRegistry
    ready: Mapping[str, ReadyCheck]

    async def healthz(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def readyz(self, _: web.Request) -> web.Response:
        answers = await asyncio.gather(*(_ask(check) for check in self.ready.values()))
        missing = {name: answer for name, answer in zip(self.ready, answers, strict=True) if answer}
        body = {
            "status": "not ready" if missing else "ready",
            "missing": missing,
            "checked": list(self.ready),
        }
        return web.json_response(body, status=503 if missing else 200)

    async def show_metrics(self, _: web.Request) -> web.Response:
        async with self.store.read() as tx:
            waiting, counts = await tx.inbox.waiting(), await self.jobs.counts(tx)
            messages, running = await tx.notifications.counts(), await tx.incidents.open()
        self.metrics.intake_queue_depth.set(waiting)
        for state in ("waiting", "running", "dead"):
            self.metrics.jobs.labels(state=state).set(getattr(counts, state))
        for kind in NotificationState:
            self.metrics.notifications.labels(state=kind.value).set(messages.get(kind.value, 0))
        for priority in Priority:
            count = sum(one.priority is priority for one in running)
            self.metrics.incidents_open.labels(priority=priority.value).set(count)
        return web.Response(
            body=generate_latest(self.registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )


async def _ask(check: ReadyCheck) -> str | None:
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            return await check()
    except TimeoutError:
        return "no answer in time"
    except OpsError as error:
        return error.user_message


def health_routes(
    store: Store, jobs: Jobs, metrics: Metrics, registry: CollectorRegistry, ready: Mapping[str, ReadyCheck]
) -> list[web.RouteDef]:
    """Return the health and metrics routes."""
    health = _Health(store, jobs, metrics, registry, ready)
    return [
        web.get("/healthz", health.healthz),
        web.get("/readyz", health.readyz),
        web.get("/metrics", health.show_metrics),
    ]
