"""The bot's own watching on a world in memory: minutes that pass, replicas, and what they sent."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry

from agent.brain.toolbelt import Toolbelt
from agent.domain.alert import AlertGroup
from agent.intake.receive import receive
from agent.jobs.leases import LeaseJobs
from agent.operations.watch import WATCH, Mode, Watch
from agent.operations.watch_lead import Leads
from agent.ports.jobs import Handler
from agent.telemetry.metrics import build_metrics
from tests.support.alerts import Desk
from tools.connections import Connections
from tools.connectors.memory import MemoryMetrics, MemoryWorld
from tools.metrics_collector.survey import Surveyor


class NoPainter:
    """Draws nothing."""

    async def draw(self, spec: object) -> bytes:
        """Return no picture."""
        return b""

    async def close(self) -> None:
        """Do nothing."""


@dataclass
class Post:
    """One replica's watch on a desk's store and clock; `sent` holds what went into the inbox."""

    desk: Desk
    world: MemoryWorld
    mode: Mode = "alert"
    sent: list[AlertGroup] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.registry = CollectorRegistry()
        metrics = build_metrics(self.registry)
        reader = MemoryMetrics(self.world)
        desk = self.desk
        self.watch = Watch(
            desk.store,
            desk.jobs,
            Surveyor(reader),
            desk.clock,
            mode=self.mode,
            deliver=self._deliver,
            metrics=metrics,
        )
        reads = Toolbelt(Connections(metrics=reader), desk.clock, painter=NoPainter())
        self.leads = Leads(self.watch, desk.store, reads, desk.clock, metrics=metrics)

    async def _deliver(self, group: AlertGroup) -> None:
        self.sent.append(group)
        await receive(self.desk.store, self.desk.jobs, group)

    async def minute(self, count: int = 1) -> None:
        """Let minutes pass, look in each, and let intake work off what came."""
        for _ in range(count):
            self.desk.clock.advance(60)
            await self.watch.look({})
            await work(self.desk, {})

    def number(self, name: str) -> float:
        """Return a metric's value, 0 when it was never touched."""
        found = [s for m in self.registry.collect() for s in m.samples if s.name == name]
        return sum(sample.value for sample in found)


async def work(desk: Desk, *handlers: dict[str, Handler]) -> None:
    """Let a worker for each set of handlers, and intake with the first of them, run all jobs that are due."""
    queues = [LeaseJobs(desk.store, desk.clock, poll_seconds=0.005, alone=False) for _ in handlers]
    intake = desk.processor.handlers()
    tasks = [
        asyncio.create_task(queue.run({**intake, **own})) for queue, own in zip(queues, handlers, strict=True)
    ]
    async with asyncio.timeout(60):
        while await _due(desk):
            await asyncio.sleep(0.01)
    for queue in queues:
        await queue.stop(1.0)
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task


async def _due(desk: Desk) -> Sequence[object]:
    now = int(desk.clock.now().timestamp() * 1_000_000)
    async with desk.store.read() as tx:
        rows = await tx.connection.exec_driver_sql(
            "SELECT kind FROM jobs WHERE kind IN (?, ?) AND (state = 'running' OR run_at <= ?)",
            (WATCH, "intake.process", now),
        )
        return list(rows)


async def replicas_minute(desk: Desk, posts: Sequence[Post], count: int = 1) -> None:
    """Let minutes pass with several replicas that ask and work side by side."""
    for _ in range(count):
        for post in posts:
            await post.watch.ask()
        desk.clock.advance(60)
        handlers: list[dict[str, Handler]] = [{WATCH: post.watch.look} for post in posts]
        await work(desk, *handlers)
