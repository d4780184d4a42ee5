"""A run that is cut off anywhere goes on where it was, and nothing is there twice."""

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.brain.playbook import PlaybookBrain
from agent.domain.evidence import ReadRequest
from agent.domain.timeline import TimelineKind
from agent.graph.checkpoints import Checkpoints
from agent.graph.run import Investigator
from agent.store.engine import SqlStore
from tests.support import troubles as t
from tests.support.alerts import shipped_policies
from tests.support.reads import ScriptedReads
from tests.support.store import StillClock, store_at

POLICIES = shipped_policies()


class Killed(BaseException):
    """Ends a run as abruptly as a process can end."""


class FragileStore:
    """A store that dies before or after its n-th write transaction."""

    def __init__(self, inner: SqlStore, at: int, *, after: bool) -> None:
        self.inner = inner
        self.left = at
        self.after = after

    def read(self) -> Any:
        return self.inner.read()

    def write(self) -> Any:
        self.left -= 1
        return _Dying(
            self.inner.write(), before=self.left == 0 and not self.after, after=self.left == 0 and self.after
        )


class _Dying:
    def __init__(self, inner: Any, *, before: bool, after: bool) -> None:
        self.inner, self.before, self.after = inner, before, after

    async def __aenter__(self) -> Any:
        if self.before:
            raise Killed
        return await self.inner.__aenter__()

    async def __aexit__(self, *what: Any) -> Any:
        result = await self.inner.__aexit__(*what)
        if self.after:
            raise Killed
        return result


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    async with store_at(tmp_path) as opened:
        _, view = t.memory_leak()
        async with opened.write() as tx:
            await tx.incidents.create(view.incident)
            await tx.alerts.upsert(view.alerts)
            await tx.timeline.append("inc_1", TimelineKind.OPENED, "intake", t.NOW, {})
        yield opened


def investigator(store: Any, reads: ScriptedReads, checkpoints: Checkpoints) -> Investigator:
    clock = StillClock(t.NOW)
    return Investigator(
        store, reads, PlaybookBrain(reads, store, clock), POLICIES, clock, checkpoints=checkpoints
    )


async def outcome(store: SqlStore) -> tuple[list[str], int, str]:
    async with store.read() as tx:
        kinds = [event.kind.value for event in await tx.timeline.of("inc_1")]
        evidence = await tx.evidence.of_incident("inc_1")
        diagnosis = await tx.evidence.diagnosis("inc_1")
    assert diagnosis is not None
    assert diagnosis.cause is not None
    return kinds, len(evidence), diagnosis.cause.claim


# The writes of this trouble's run: 1 start, 2 triage, 3-10 first reads, 11 announcement, 12-21 further reads,
# 22 diagnosis, 23 message.
CUTS = [
    (1, True),
    (2, True),
    (6, False),
    (6, True),
    (11, True),
    (15, False),
    (22, False),
    (22, True),
    (23, True),
]


@pytest.mark.parametrize(("at", "after"), CUTS)
async def test_a_run_cut_off_at_any_write_ends_as_if_it_had_not_been(
    store: SqlStore, tmp_path: Path, at: int, after: bool
) -> None:
    reads, _ = t.memory_leak()
    checkpoints = Checkpoints(tmp_path / "runs.db")
    with contextlib.suppress(Killed):
        await investigator(FragileStore(store, at, after=after), reads, checkpoints).investigate("inc_1")
    await checkpoints.close()

    again = Checkpoints(tmp_path / "runs.db")
    await investigator(store, reads, again).investigate("inc_1")
    await again.close()

    kinds, evidence, claim = await outcome(store)
    assert kinds == ["opened", "triaged", "investigated", "diagnosed"]
    assert evidence == 18
    assert claim.startswith("catalog runs out of memory")


async def test_iterations_that_were_done_are_not_read_again(store: SqlStore, tmp_path: Path) -> None:
    reads, _ = t.memory_leak()
    checkpoints = Checkpoints(tmp_path / "runs.db")

    def die_at_topology(request: ReadRequest) -> None:
        if request.tool == "metrics_collector.topology":
            raise Killed

    reads.on_run = die_at_topology
    with pytest.raises(BaseException):  # noqa: B017 - the kill may arrive inside a group
        await investigator(store, reads, checkpoints).investigate("inc_1")
    reads.on_run = None
    await investigator(store, reads, checkpoints).investigate("inc_1")
    await checkpoints.close()

    assert len(reads.asked_for("incident_responder.events")) == 1
    assert len(reads.asked_for("metrics_collector.topology")) == 2


async def test_a_finished_run_leaves_no_progress_behind(store: SqlStore, tmp_path: Path) -> None:
    reads, _ = t.memory_leak()
    checkpoints = Checkpoints(tmp_path / "runs.db")
    await investigator(store, reads, checkpoints).investigate("inc_1")

    saver = await checkpoints.saver()
    cursor = await saver.conn.execute("SELECT count(*) FROM checkpoints")
    rows = await cursor.fetchone()
    await checkpoints.close()

    assert rows == (0,)


async def test_progress_that_nobody_came_back_to_is_pruned(store: SqlStore, tmp_path: Path) -> None:
    reads, _ = t.memory_leak()
    checkpoints = Checkpoints(tmp_path / "runs.db")

    def die(request: ReadRequest) -> None:
        raise Killed

    reads.on_run = die
    with pytest.raises(BaseException):  # noqa: B017 - the kill may arrive inside a group
        await investigator(store, reads, checkpoints).investigate("inc_1")
    now = datetime.now(UTC)

    assert await checkpoints.prune(timedelta(hours=1), now) == 0
    assert await checkpoints.prune(timedelta(hours=1), now + timedelta(hours=2)) == 1
    await checkpoints.close()
