"""Releases on a real store and a world in memory: signals, looks turned by hand, and what people were told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from agent.analysis.redaction import Redactor
from agent.brain.toolbelt import Toolbelt
from agent.domain.alert import Reason
from agent.domain.deployment import Contrast, Deployment, DeploymentSignal
from agent.domain.incident import Incident, Priority
from agent.lifecycle import changes
from agent.lifecycle.announce import announce
from agent.operations.releases import RELEASE_LOOK, ReleaseKit, take
from agent.operations.releases_cluster import ClusterReleases
from agent.operations.releases_look import Looker
from agent.operations.releases_watch import Watch
from agent.policy.load import Policies
from agent.ports.outbox import Slot
from agent.ports.reads import Reads
from agent.ports.store import Tx
from agent.store.engine import SqlStore
from agent.telemetry.metrics import build_metrics
from tests.support.alerts import shipped_policies
from tests.support.guarded import HandQueue, Shelf
from tests.support.store import NOON, StillClock, store_at
from tests.support.watching import NoPainter
from tools.connections import Connections
from tools.connectors.memory import MemoryMetrics, MemoryWorld
from tools.connectors.memory_shop import healthy_shop

SECRETS = ("a-known-secret-value",)


def signal(
    source: str = "generic", key: str = "d-1", status: str = "succeeded", **more: Any
) -> DeploymentSignal:
    """Return what a sender says of `checkout 1.8.2`, which is out since noon."""
    said: dict[str, Any] = {
        "service": "checkout",
        "environment": "production",
        "release": "1.8.2",
        "actor": "Mina",
        "started_at": NOON - timedelta(minutes=2),
        "finished_at": NOON if status != "started" else None,
        "told_at": NOON,
    }
    return DeploymentSignal.model_validate({"source": source, "key": key, "status": status, **said, **more})


class Dots(NoPainter):
    """Draws something that nobody has to look at."""

    async def draw(self, spec: object) -> bytes:
        return b"\x89PNG dots"


@dataclass
class Responses:
    """Opens incidents as the product does, and remembers for which releases a way back was asked."""

    policies: Policies
    planned: list[tuple[str, str]] = field(default_factory=list)

    async def open(self, tx: Tx, deployment: Deployment, worst: Contrast, at: datetime) -> Incident:
        return await changes.open_incident(
            tx,
            self.policies,
            title=f"{deployment.service} {worst.signal}",
            service=deployment.service,
            environment=deployment.environment,
            namespace=deployment.namespace,
            priority=Priority.P1,
            reason=Reason(rule="release-regression", sentence="it became worse"),
            started_at=at,
            at=at,
            data={},
        )

    async def plan(self, tx: Tx, deployment: Deployment, incident: Incident) -> None:
        self.planned.append((deployment.id, incident.id))


@dataclass
class Rig:
    """Everything about releases; `minutes` lets time pass and does every look that is due."""

    store: SqlStore
    clock: StillClock
    world: MemoryWorld
    kit: ReleaseKit
    jobs: HandQueue
    response: Responses
    registry: CollectorRegistry
    reads: Reads

    def __post_init__(self) -> None:
        self.watch = Watch(self.store, self.kit, Looker(self.reads), self.response)

    def reading(self, reads: Reads) -> None:
        """Look at another world from now on."""
        self.reads = reads
        self.watch = Watch(self.store, self.kit, Looker(reads), self.response)

    def cluster(self) -> ClusterReleases:
        return ClusterReleases(self.store, self.kit, self.reads, ("shop",))

    async def tell(self, said: DeploymentSignal, *, own: bool = False) -> Deployment | None:
        async with self.store.write() as tx:
            return await take(self.kit, tx, said, own=own)

    async def minutes(self, count: float, *, step: float = 30) -> None:
        for _ in range(int(count * 60 / step)):
            self.clock.advance(step)
            await self.work()

    async def work(self) -> None:
        """Do every look that is due."""
        while (job := self.jobs.take()) is not None:
            assert job.kind == RELEASE_LOOK
            await self.watch.look(job.payload)

    async def all(self) -> list[Deployment]:
        async with self.store.read() as tx:
            return await tx.deployments.since(NOON - timedelta(days=30))

    async def only(self) -> Deployment:
        (found,) = await self.all()
        return found

    async def slot(self, deployment: Deployment) -> Slot:
        async with self.store.read() as tx:
            found = await tx.outbox.get(f"release:{deployment.id}")
        assert found is not None
        return found

    async def incidents(self) -> list[Incident]:
        async with self.store.read() as tx:
            return await tx.incidents.recent(10)

    async def kinds(self, incident: Incident) -> list[str]:
        async with self.store.read() as tx:
            return [event.kind.value for event in await tx.timeline.of(incident.id)]

    async def incident(self, service: str = "checkout") -> Incident:
        """Open an incident of a service."""
        async with self.store.write() as tx:
            return await changes.declare(
                tx,
                self.kit.book.current,
                title="it is slow",
                service=service,
                priority=Priority.P2,
                by="U-ADA",
                at=self.clock.now(),
                environment="production",
            )

    def counted(self, **labels: str) -> float:
        value = self.registry.get_sample_value("ops_monitor_deployments_total", labels)
        return value or 0.0


@asynccontextmanager
async def rig_at(folder: Path, **policy: Any) -> AsyncIterator[Rig]:
    """Open everything in a folder; `policy` changes fields of deployments.yaml."""
    shipped = shipped_policies()
    policies = replace(shipped, deployments=shipped.deployments.model_copy(update=policy))
    clock, registry = StillClock(), CollectorRegistry()
    world = healthy_shop(NOON)
    reads = Toolbelt(Connections(metrics=MemoryMetrics(world)), clock, painter=Dots())
    async with store_at(folder) as store:
        jobs = HandQueue(clock)

        async def shown(tx: Tx, incident: Incident, at: datetime) -> None:
            await announce(tx, incident, policies, at)

        kit = ReleaseKit(
            jobs=jobs,
            book=Shelf(policies),  # type: ignore[arg-type] # a shelf holds the policies as the book does
            clock=clock,
            metrics=build_metrics(registry),
            redactor=Redactor(SECRETS),
            announce=shown,
            environment="production",
        )
        yield Rig(store, clock, world, kit, jobs, Responses(policies), registry, reads)
