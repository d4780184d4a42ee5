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
from agent.brain.claude.world import Character, World
from agent.brain.playbook import PlaybookBrain
from agent.brain.toolbelt import Toolbelt
from agent.domain.view import IncidentView
from agent.execution.desk import RecoveryDesk
from agent.execution.recoveries import Recoveries
from agent.execution.work import recovery_consider
from agent.graph.deepen import DEEPEN, Deepening, deepening
from agent.graph.run import Investigator
from agent.intake.alertmanager import parse_webhook
from agent.intake.clean import without_secrets
from agent.intake.process import Processor
from agent.intake.receive import receive
from agent.intake.work import INVESTIGATE
from agent.lifecycle.view import load_view
from agent.operations.inquiry import Desk
from agent.store.engine import SqlStore, open_store
from agent.transport.slack.services import SlackServices
from bench.injection_cluster import RecordingCluster
from bench.injection_plant import (
    ENVIRONMENT,
    Plant,
    book,
    desk_for,
    pipeline_for,
    recoveries_for,
    runbooks_for,
    toolbelt_for,
)
from bench.injection_slack import Screen
from bench.injection_world import NOW, Scene
from tests.support.guarded import HandQueue, People
from tests.support.store import StillClock

MODEL = "claude-sonnet-5-5"
_PATIENT = Limits(seconds=20.0, call_seconds=10.0)


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


@asynccontextmanager
async def product_on(plant: Plant, scene: Scene) -> AsyncIterator[Product]:
    """Build the product on a database of its own."""
    store = await open_store(f"sqlite:///{plant.folder / 'ops.db'}")
    clock, people = StillClock(NOW), People()
    queue = HandQueue(clock)
    cluster = RecordingCluster(scene.world)
    toolbelt = toolbelt_for(plant, scene, clock)
    recovery = desk_for(plant, store, queue, cluster, toolbelt, people, clock)
    runbooks = runbooks_for(plant, scene)
    playbook = PlaybookBrain(toolbelt, store, clock, runbooks=runbooks, language="en")
    character = Character(model=MODEL, verifier=MODEL, limits=_PATIENT)
    world = World(toolbelt, store, clock, toolbelt.configured, recovery.catalogue)
    brain = ClaudeBrain(plant.wire, playbook, world, character)
    current = book().current
    view_of = partial(_view, store, clock)
    services = SlackServices(
        store=store,
        desk=Desk(store, toolbelt, brain, current, clock, view_of=view_of, redactor=plant.redactor),
        policies=current,
        clock=clock,
        wake=lambda: None,
        blob=toolbelt.blob,
        environment=ENVIRONMENT,
        recovery=recovery,
        runbooks=runbooks,
        redactor=plant.redactor,
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
            recoveries=recoveries_for(plant, store, queue, recovery, toolbelt, clock),
            investigator=Investigator(store, toolbelt, playbook, current, clock),
            deepening=Deepening(store, queue, brain, current, clock, recovery=recovery),
            processor=Processor(store, pipeline_for(plant, clock, queue)),
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
