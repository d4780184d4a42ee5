"""A diagnosis with gaps is completed once the backend is back, a few times and no more."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from agent.brain.playbook import PlaybookBrain
from agent.domain.timeline import TimelineKind
from agent.graph.again import FIRST_PAUSE, MOST_LOOKS, look_again
from agent.graph.run import Investigator
from agent.jobs.leases import LeaseJobs
from agent.lifecycle import changes
from tests.support import troubles as t
from tests.support.alerts import shipped_policies
from tests.support.store import StillClock, store_at

POLICIES = shipped_policies()


async def _looked(
    folder: Path, *, away: str | None, configured: bool = True, looks: int = 0
) -> tuple[bool, int]:
    """Investigate with a backend away; return whether another look is coming and how many jobs wait."""
    async with store_at(folder) as store:
        clock = StillClock(t.NOW)
        reads, view = t.bad_deployment()
        if away:
            reads.down = {away: f"{away} did not answer."}
        jobs = LeaseJobs(store, clock)
        async with store.write() as tx:
            await tx.incidents.create(view.incident)
            await tx.alerts.upsert(view.alerts)
            await tx.timeline.append("inc_1", TimelineKind.OPENED, "intake", t.NOW, {})
        brain = PlaybookBrain(reads, store, clock)
        await Investigator(store, reads, brain, POLICIES, clock).investigate("inc_1")
        async with store.write() as tx:
            coming = await look_again(tx, jobs, clock.now(), "inc_1", looks, lambda _: configured)
        async with store.read() as tx:
            return coming, (await jobs.counts(tx)).waiting


async def test_a_backend_that_is_away_is_asked_again(tmp_path: Path) -> None:
    assert await _looked(tmp_path, away="elasticsearch") == (True, 1)


async def test_a_whole_diagnosis_needs_no_second_look(tmp_path: Path) -> None:
    assert await _looked(tmp_path, away=None) == (False, 0)


async def test_a_backend_that_nobody_set_up_will_not_come_back(tmp_path: Path) -> None:
    assert await _looked(tmp_path, away="elasticsearch", configured=False) == (False, 0)


async def test_the_looks_end(tmp_path: Path) -> None:
    assert await _looked(tmp_path, away="elasticsearch", looks=MOST_LOOKS) == (False, 0)


@pytest.mark.parametrize("looks", [0, 1, 2])
async def test_each_pause_is_twice_the_last(tmp_path: Path, looks: int) -> None:
    async with store_at(tmp_path) as store:
        clock = StillClock(t.NOW)
        reads, view = t.bad_deployment()
        reads.down = {"prometheus": "Prometheus did not answer."}
        jobs = LeaseJobs(store, clock)
        async with store.write() as tx:
            await tx.incidents.create(view.incident)
            await tx.timeline.append("inc_1", TimelineKind.OPENED, "intake", t.NOW, {})
        await Investigator(store, reads, PlaybookBrain(reads, store, clock), POLICIES, clock).investigate(
            "inc_1"
        )
        async with store.write() as tx:
            await look_again(tx, jobs, clock.now(), "inc_1", looks, lambda _: True)
            due = await tx.connection.scalar(text("select run_at from jobs"))

        pause = timedelta(microseconds=due - int(t.NOW.timestamp() * 1_000_000))
        assert pause == FIRST_PAUSE * 2**looks


async def test_an_ended_incident_is_left_alone(tmp_path: Path) -> None:
    async with store_at(tmp_path) as store:
        clock = StillClock(t.NOW)
        reads, view = t.bad_deployment()
        reads.down = {"prometheus": "Prometheus did not answer."}
        jobs = LeaseJobs(store, clock)
        async with store.write() as tx:
            await tx.incidents.create(view.incident)
            await tx.timeline.append("inc_1", TimelineKind.OPENED, "intake", t.NOW, {})
        await Investigator(store, reads, PlaybookBrain(reads, store, clock), POLICIES, clock).investigate(
            "inc_1"
        )
        async with store.write() as tx:
            await changes.resolve(tx, POLICIES, "inc_1", by="mina", at=t.NOW)
            coming = await look_again(tx, jobs, clock.now(), "inc_1", 0, lambda _: True)

    assert coming is False
