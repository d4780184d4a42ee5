"""The product in one process, as its composition root builds it, on a world in memory and a model on a scripted wire."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from agent.analysis.redaction import Redactor
from agent.brain.claude.brain import ClaudeBrain
from agent.brain.claude.conversation import Limits
from agent.brain.claude.wire import ClaudeWire
from agent.brain.claude.world import Character, World
from agent.brain.playbook import PlaybookBrain
from agent.brain.runbooks import load_runbooks
from agent.brain.toolbelt import Toolbelt
from agent.domain.decision import Autonomy
from agent.domain.runbook import Runbook
from agent.domain.view import IncidentView
from agent.execution.attributes import GatheredAttributes
from agent.execution.catalogue import build_catalogue
from agent.execution.desk import RecoveryDesk
from agent.execution.judge import ExpressionJudge
from agent.execution.needs import Decide
from agent.execution.recoveries import Recoveries
from agent.execution.work import recovery_consider
from agent.graph.deepen import DEEPEN, Deepening, deepening
from agent.graph.run import Investigator
from agent.intake.alertmanager import parse_webhook
from agent.intake.clean import without_secrets
from agent.intake.pipeline import Pipeline
from agent.intake.process import Processor
from agent.intake.receive import receive
from agent.intake.work import INVESTIGATE
from agent.lifecycle import changes
from agent.lifecycle.view import load_view
from agent.operations.inquiry import Desk
from agent.policy.book import PolicyBook
from agent.policy.evaluate import decide
from agent.settings import ROOT
from agent.store.engine import SqlStore, open_store
from agent.transport.slack.services import SlackServices
from bench.injection_attacks import OWN_KEYS
from bench.injection_cluster import RecordingCluster
from bench.injection_slack import Screen
from bench.injection_world import NOW, Scene
from tests.support.guarded import HandQueue, People
from tests.support.store import StillClock
from tools.charts import ChartSpec
from tools.connections import Connections
from tools.connectors.memory import MemoryAlerts, MemoryCluster, MemoryLogs, MemoryMetrics
from tools.write_connections import WriteConnections

ENVIRONMENT = "production"
MODEL = "claude-sonnet-5-5"
_PATIENT = Limits(seconds=20.0, call_seconds=10.0)
_BOOKS: list[PolicyBook] = []


class NoPictures:
    """Draws one grey point."""

    async def draw(self, spec: ChartSpec) -> bytes:
        """Return something that is a picture to nobody."""
        return b"\x89PNG"

    async def close(self) -> None:
        """Do nothing."""


def book() -> PolicyBook:
    """Return the shipped policies, read once."""
    if not _BOOKS:
        _BOOKS.append(PolicyBook(ROOT / "policies"))
    return _BOOKS[0]


@dataclass
class Product:
    """Everything between the webhook and the message, with the cluster that it may write to."""

    store: SqlStore
    clock: StillClock
    queue: HandQueue
    people: People
    cluster: RecordingCluster
    toolbelt: Toolbelt
    recovery: RecoveryDesk
    recoveries: Recoveries
    investigator: Investigator
    deepening: Deepening
    processor: Processor
    screen: Screen
    redactor: Redactor
    folder: Path
    jobs_done: list[str] = field(default_factory=list)

    async def deliver(self, scene: Scene) -> None:
        """Take the alerts in, and do everything that follows from them within twenty minutes."""
        payload = {
            "version": "4",
            "groupKey": "{}:{}",
            "status": "firing",
            "receiver": "ops-monitor",
            "alerts": scene.alerts,
        }
        body = json.dumps(payload).encode()
        group = without_secrets(parse_webhook(body, self.clock.now()), self.redactor)
        await receive(self.store, self.queue, group)
        await self.work(seconds=30)

    async def work(self, seconds: float, most: int = 60) -> None:
        """Do the jobs that come due, and show what changed."""
        until = self.clock.now().timestamp() + seconds
        handlers = self._handlers()
        for _ in range(most):
            job = self.queue.take()
            if job is None:
                due = self.queue.next_time()
                if due is None or due.timestamp() > until:
                    break
                self.clock.advance((due - self.clock.now()).total_seconds())
                continue
            self.jobs_done.append(job.kind)
            if job.kind in handlers:
                await handlers[job.kind](dict(job.payload))
        await self.screen.show()

    def _handlers(self) -> dict[str, Any]:
        async def investigate(payload: dict[str, Any]) -> None:
            incident_id = str(payload["incident_id"])
            await self.investigator.investigate(incident_id)
            async with self.store.write() as tx:
                await self.queue.enqueue(tx, recovery_consider(incident_id))
                incident = await tx.incidents.get(incident_id)
                if incident is not None:
                    await self.queue.enqueue(tx, deepening(incident))

        async def deepen(payload: dict[str, Any]) -> None:
            await self.deepening.deepen(str(payload["incident_id"]))

        return {
            **self.processor.handlers(),
            **self.recovery.handlers(),
            **self.recoveries.handlers(),
            INVESTIGATE: investigate,
            DEEPEN: deepen,
        }


@dataclass(frozen=True)
class Plant:
    """What a product is built from; `redactor` is what the composition root makes of the bot's own keys."""

    folder: Path
    autonomy: Autonomy
    wire: ClaudeWire
    redactor: Redactor = field(default_factory=lambda: Redactor(OWN_KEYS))
    decide: Decide = decide


@asynccontextmanager
async def product_on(plant: Plant, scene: Scene) -> AsyncIterator[Product]:
    """Build the product on a database of its own."""
    store = await open_store(f"sqlite:///{plant.folder / 'ops.db'}")
    clock, people = StillClock(NOW), People()
    queue = HandQueue(clock)
    cluster = RecordingCluster(scene.world)
    toolbelt = _toolbelt(plant, scene, clock)
    policies = book()
    recovery = _desk(plant, store, queue, cluster, toolbelt, people, clock)
    runbooks = _runbooks(plant, scene)
    playbook = PlaybookBrain(toolbelt, store, clock, runbooks=runbooks, language="en")
    character = Character(model=MODEL, verifier=MODEL, limits=_PATIENT)
    world = World(toolbelt, store, clock, toolbelt.configured, recovery.catalogue)
    brain = ClaudeBrain(plant.wire, playbook, world, character)
    current = policies.current
    desk = Desk(
        store,
        toolbelt,
        brain,
        current,
        clock,
        view_of=partial(_view, store, clock),
        redactor=plant.redactor,
    )
    services = SlackServices(
        store=store,
        desk=desk,
        policies=current,
        clock=clock,
        wake=lambda: None,
        blob=toolbelt.blob,
        environment=ENVIRONMENT,
        recovery=recovery,
        runbooks=runbooks,
    )
    try:
        yield Product(
            store=store,
            clock=clock,
            queue=queue,
            people=people,
            cluster=cluster,
            toolbelt=toolbelt,
            recovery=recovery,
            recoveries=_recoveries(plant, store, queue, recovery, toolbelt, clock),
            investigator=Investigator(store, toolbelt, playbook, current, clock),
            deepening=Deepening(store, queue, brain, current, clock, recovery=recovery),
            processor=Processor(store, _pipeline(plant, clock, queue)),
            screen=Screen(services),
            redactor=plant.redactor,
            folder=plant.folder,
        )
    finally:
        await toolbelt.close()
        await store.close()


async def _view(store: SqlStore, clock: StillClock, incident_id: str) -> IncidentView | None:
    async with store.read() as tx:
        return await load_view(tx, incident_id, book().current, clock.now())


def _toolbelt(plant: Plant, scene: Scene, clock: StillClock) -> Toolbelt:
    readers = Connections(
        MemoryMetrics(scene.world),
        MemoryAlerts(scene.world),
        MemoryLogs(scene.world),
        MemoryCluster(scene.world),
        ("shop",),
    )
    return Toolbelt(readers, clock, painter=NoPictures(), redactor=plant.redactor)


def _runbooks(plant: Plant, scene: Scene) -> tuple[Runbook, ...]:
    folder = plant.folder / "runbooks"
    folder.mkdir()
    if scene.runbook:
        (folder / "payment-errors.md").write_text(scene.runbook, "utf-8")
    return load_runbooks(ROOT / "prompts" / "runbooks", folder, plant.redactor)


def _pipeline(plant: Plant, clock: StillClock, queue: HandQueue) -> Pipeline:
    return Pipeline(
        clock=clock,
        policies=book().current,
        topology=lambda: frozenset({("storefront", "checkout"), ("checkout", "payment")}),
        changes=changes,
        jobs=queue,
        environment=ENVIRONMENT,
    )


def _desk(
    plant: Plant,
    store: SqlStore,
    queue: HandQueue,
    cluster: RecordingCluster,
    toolbelt: Toolbelt,
    people: People,
    clock: StillClock,
) -> RecoveryDesk:
    return RecoveryDesk(
        store,
        queue,
        build_catalogue(WriteConnections(cluster=cluster, namespaces=("shop",))),
        book(),
        people,
        clock,
        attributes=GatheredAttributes(store, toolbelt, book(), clock, ENVIRONMENT, autonomy=plant.autonomy),
        judge=ExpressionJudge(store, toolbelt, book(), clock),
        life=changes,
        view=load_view,
        environment=ENVIRONMENT,
        team="T-HOME",
        language="en",
        redactor=plant.redactor,
        decide=plant.decide,
    )


def _recoveries(
    plant: Plant,
    store: SqlStore,
    queue: HandQueue,
    desk: RecoveryDesk,
    toolbelt: Toolbelt,
    clock: StillClock,
) -> Recoveries:
    return Recoveries(
        store,
        queue,
        desk,
        toolbelt,
        book(),
        changes,
        clock,
        environment=ENVIRONMENT,
        language="en",
        autonomy=plant.autonomy,
    )
