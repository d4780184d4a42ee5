"""The runner together with the real desk: voted, run once, verified, ended and taken back, with a toy world to change."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest_asyncio

from agent.domain.action import ActionState
from agent.domain.alert import AlertStatus
from agent.domain.evidence import Diagnosis
from agent.domain.incident import IncidentStatus
from agent.domain.recovery import RecoveryRun, RecoveryState
from agent.execution.recoveries import Recoveries
from agent.execution.work import recovery_consider
from agent.lifecycle import changes
from agent.ports.jobs import Handler
from tests.support.guarded import Guarded
from tests.support.reads import ScriptedReads
from tests.support.recoveries import alert, caused, recovery
from tests.support.store import store_at

RECOVERY = recovery(
    """
trigger: [{cause: [change.*]}]
steps:
- {id: grow, action: resize, params: {name: web, size: 6}}
- {id: shrink, action: resize, params: {name: web, size: 2}}
roll_back: {after: 30m}
"""
)


class Together(Guarded):
    """The desk's toy world with a runner whose jobs run in the same queue."""

    def begin(self) -> None:
        self.book.current = replace(self.book.current, recoveries=(RECOVERY,))
        self.reads = ScriptedReads(self.clock.now())
        self.desk = self.another_desk()

    def another_desk(self, store: Any = None, **changed: Any) -> Any:
        desk = super().another_desk(store, **changed)
        inner = desk.handlers
        runner = Recoveries(
            self.store,
            self.queue,
            desk,
            ScriptedReads(self.clock.now()),
            self.book,
            changes,
            self.clock,
            environment="demo",
            language="en",
        )

        def handlers() -> dict[str, Handler]:
            return {**inner(), **runner.handlers()}

        desk.handlers = handlers  # type: ignore[method-assign]  # both halves share one queue, as in the product
        return desk

    async def trouble(self) -> str:
        """Open a diagnosed incident with a firing alert, and have recoveries considered."""
        incident = await self.incident()
        record = alert(since=self.clock.now()).model_copy(update={"incident_id": incident.id})
        async with self.store.write() as tx:
            await tx.alerts.upsert([record])
            await tx.evidence.put_diagnosis(incident.id, Diagnosis(cause=caused()), self.clock.now())
            await self.queue.enqueue(tx, recovery_consider(incident.id))
        await self.run(5)
        return incident.id

    async def the_run(self, incident_id: str) -> RecoveryRun:
        async with self.store.read() as tx:
            (found,) = await tx.recoveries.of_incident(incident_id)
        return found

    async def newest(self) -> Any:
        async with self.store.read() as tx:
            return (await tx.actions.recent(1))[0]

    async def calm(self, incident_id: str) -> None:
        async with self.store.write() as tx:
            for record in await tx.alerts.of_incident(incident_id):
                gone = record.alert.model_copy(
                    update={"status": AlertStatus.RESOLVED, "ends_at": self.clock.now()}
                )
                await tx.alerts.upsert([record.model_copy(update={"alert": gone})])


@pytest_asyncio.fixture
async def together(tmp_path: Path) -> AsyncIterator[Together]:
    async with store_at(tmp_path) as store:
        made = Together(store)
        made.begin()
        yield made


async def test_an_approved_step_recovers_the_incident_and_is_taken_back_after_half_an_hour_of_calm(
    together: Together,
) -> None:
    incident_id = await together.trouble()
    action = await together.newest()
    assert (ActionState.WAITING, {"name": "web", "size": 6}) == (action.state, action.request.params)

    await together.approve(action)
    await together.run(120)
    assert 6 == together.world.sizes["web"]
    run = await together.the_run(incident_id)
    assert (RecoveryState.ROLLING_BACK, "recovered") == (run.state, run.why)
    async with together.store.read() as tx:
        incident = await tx.incidents.get(incident_id)
    assert incident is not None
    assert IncidentStatus.MITIGATED is incident.status

    await together.calm(incident_id)
    await together.run(31 * 60)
    undo = await together.newest()
    assert (action.id, ActionState.WAITING) == (undo.request.undo_of, undo.state)
    await together.approve(undo)
    await together.run(10 * 60)

    assert 3 == together.world.sizes["web"]
    assert RecoveryState.SUCCEEDED is (await together.the_run(incident_id)).state
    assert {1} == set(together.world.effects.values())


async def test_a_step_that_made_it_worse_is_undone_and_the_next_one_is_asked_for(together: Together) -> None:
    together.judge.coming = ["worse"]
    incident_id = await together.trouble()
    await together.approve(await together.newest())
    await together.run(60)

    states = {step.name: step.state.value for step in (await together.the_run(incident_id)).steps}
    assert {"grow": "failed", "shrink": "acting"} == states
    assert 3 == together.world.sizes["web"]
    assert {"name": "web", "size": 2} == (await together.newest()).request.params


async def test_a_target_that_changed_meanwhile_is_asked_for_anew_and_the_step_follows(
    together: Together,
) -> None:
    incident_id = await together.trouble()
    first = await together.newest()
    together.world.touch("web")
    refused = await together.approve(first)
    assert not refused.accepted
    await together.run(40)

    second = await together.newest()
    assert first.id == second.request.replaces
    assert second.id == (await together.the_run(incident_id)).steps[0].action_id
    await together.approve(second)
    await together.run(120)
    assert 6 == together.world.sizes["web"]


async def test_a_rejection_is_followed_by_the_next_step(together: Together) -> None:
    incident_id = await together.trouble()
    await together.vote(await together.newest(), "ada", approve=False)
    await together.run(40)

    steps = (await together.the_run(incident_id)).steps
    assert ("failed", "acting") == (steps[0].state.value, steps[1].state.value)
    assert "was rejected" in steps[0].why


async def test_a_better_cause_takes_back_what_still_waits(together: Together) -> None:
    incident_id = await together.trouble()
    waiting = await together.newest()
    async with together.store.write() as tx:
        await tx.evidence.put_diagnosis(
            incident_id, Diagnosis(cause=caused("memory.oom")), together.clock.now()
        )
        await together.queue.enqueue(tx, recovery_consider(incident_id))
    await together.run(60)

    async with together.store.read() as tx:
        found = await tx.actions.get(waiting.id)
    assert found is not None
    assert ActionState.CANCELLED is found.state
    assert RecoveryState.STOPPED is (await together.the_run(incident_id)).state
