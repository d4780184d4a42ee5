"""Freezes, the stop switch and the catalogue: declared once, for a time, by people, with a reason."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from agent.domain.action import ActionState
from agent.domain.decision import ApprovalState
from agent.domain.incident import IncidentStatus
from agent.errors import BadInput
from agent.execution.catalogue_type import Catalogue
from agent.lifecycle import changes
from tests.support.guarded import Guarded, guarded_at, person
from tests.support.writes import Resize, Smash


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Guarded]:
    async with guarded_at(tmp_path) as one:
        yield one


async def test_a_freeze_holds_until_it_ends(guarded: Guarded) -> None:
    until = guarded.clock.now() + timedelta(hours=2)
    declared = await guarded.desk.freeze(person("bob"), until=until, reason="  release\nweekend ", key="f")
    again = await guarded.desk.freeze(person("bob"), until=until, reason="release weekend", key="f")

    assert (declared.id, "release weekend", "demo") == (again.id, declared.reason, declared.environment)
    await guarded.propose()
    assert ("release weekend",) == guarded.rules.seen[-1].freezes
    guarded.clock.advance(7201)
    await guarded.propose(size=7)
    assert () == guarded.rules.seen[-1].freezes
    assert 1 == len(await guarded.audit("frozen"))


async def test_thawing_lifts_what_people_declared(guarded: Guarded) -> None:
    until = guarded.clock.now() + timedelta(hours=2)
    declared = await guarded.desk.freeze(person("bob"), until=until, reason="release", key="f")

    lifted = await guarded.desk.thaw(person("cyd"), key="t")
    repeated = await guarded.desk.thaw(person("cyd"), key="t")

    assert [(declared.id, "cyd")] == [(one.id, one.lifted_by) for one in lifted]
    assert () == repeated
    async with guarded.store.read() as tx:
        assert [] == await tx.brakes.freezes(guarded.clock.now())


@pytest.mark.parametrize("hours", [-1, 0, 24 * 31])
async def test_a_freeze_ends_in_the_near_future(guarded: Guarded, hours: int) -> None:
    until = guarded.clock.now() + timedelta(hours=hours)

    with pytest.raises(BadInput, match="14 days"):
        await guarded.desk.freeze(person("bob"), until=until, reason="release", key="f")


async def test_brakes_need_a_reason(guarded: Guarded) -> None:
    until = guarded.clock.now() + timedelta(hours=1)

    with pytest.raises(BadInput, match="Say why"):
        await guarded.desk.freeze(person("bob"), until=until, reason=" \n ", key="f")
    with pytest.raises(BadInput, match="Say why"):
        await guarded.desk.stop(person("bob"), reason="", key="s")


async def test_the_stop_switch_calls_off_what_is_queued_and_leaves_what_waits(guarded: Guarded) -> None:
    queued, waiting = await guarded.propose(size=5), await guarded.propose(size=6)
    await guarded.approve(queued)

    first = await guarded.desk.stop(person("bob"), reason="odd", key="s")
    repeat = await guarded.desk.stop(person("cyd"), reason="other", key="s")

    assert (True, "bob", "odd") == (first.stopped, repeat.by, repeat.reason)
    assert (ActionState.CANCELLED, "stopped") == await guarded.state(queued)
    assert ApprovalState.VOID is (await guarded.approval(queued)).state
    assert ActionState.WAITING is (await guarded.get(waiting)).state
    released = await guarded.desk.resume(person("bob"), key="r")
    assert not released.stopped
    assert (await guarded.approve(waiting)).accepted


async def test_a_time_limit_waits_for_the_stop_switch(guarded: Guarded) -> None:
    guarded.rules.undo_after = 600
    action = await guarded.propose()
    await guarded.approve(action)
    await guarded.run(60)
    await guarded.desk.stop(person("bob"), reason="odd", key="s")
    await guarded.run(1000)
    assert ActionState.SUCCEEDED is (await guarded.get(action)).state
    assert "/ops resume" in (await guarded.get(action)).detail

    await guarded.desk.resume(person("bob"), key="r")
    await guarded.run(100)

    assert (ActionState.UNDONE, "undone-timer") == await guarded.state(action)


async def test_mitigated_is_not_resolved(guarded: Guarded) -> None:
    incident = await guarded.incident()
    async with guarded.store.write() as tx:
        for _ in range(2):
            await changes.mitigate(
                tx, guarded.book.current, incident.id, by="action:A-1", at=guarded.clock.now()
            )
        resolved = await changes.resolve(
            tx, guarded.book.current, incident.id, by="ada", at=guarded.clock.now()
        )
        after = await changes.mitigate(
            tx, guarded.book.current, incident.id, by="action:A-1", at=guarded.clock.now()
        )
        kinds = [event.kind.value for event in await tx.timeline.of(incident.id)]

    assert ["opened", "mitigated", "resolved"] == kinds
    assert IncidentStatus.RESOLVED is after.status
    assert resolved.times.mitigated_at == guarded.clock.now()


def test_the_catalogue_refuses_twins_and_strangers(guarded: Guarded) -> None:
    with pytest.raises(ValueError, match="same name"):
        Catalogue((Resize, Resize), {})
    with pytest.raises(ValueError, match="not in the catalogue"):
        Catalogue((Resize,), {"smash": Smash(guarded.world)})


async def test_the_catalogue_tells_what_it_takes(guarded: Guarded) -> None:
    kinds = {kind.name: kind for kind in guarded.desk.catalogue()}

    assert ["resize", "smash"] == list(kinds)
    assert (True, False) == (kinds["resize"].reversible, kinds["smash"].reversible)
    properties = kinds["resize"].params_schema["properties"]
    assert isinstance(properties, dict)
    assert {"name", "size"} == set(properties)
