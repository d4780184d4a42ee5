"""An incident's end withdraws what was to cure it: at once, with its reason, and for good."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from agent.domain.action import Action, ActionState
from agent.domain.decision import ApprovalState
from agent.domain.incident import Incident
from agent.domain.timeline import TimelineKind
from agent.errors import Conflict
from agent.lifecycle import changes
from agent.ports.outbox import SlotKind
from tests.support.guarded import Guarded, guarded_at

OVER = (ActionState.STALE, "incident-over")


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Guarded]:
    async with guarded_at(tmp_path) as made:
        yield made


async def ended(guarded: Guarded, incident: Incident) -> None:
    async with guarded.store.write() as tx:
        await changes.resolve(tx, guarded.book.current, incident.id, by="bob", at=guarded.clock.now())


async def reopened(guarded: Guarded, incident: Incident) -> None:
    async with guarded.store.write() as tx:
        await changes.reopen(tx, guarded.book.current, incident.id, by="bob", at=guarded.clock.now())


async def proposed(guarded: Guarded, **more: Any) -> tuple[Incident, Action]:
    incident = await guarded.incident()
    return incident, await guarded.propose(incident_id=incident.id, **more)


@pytest.mark.parametrize("origin", ["person", "model", "recovery:run#step", "handoff:1"])
async def test_what_waits_for_approval_is_withdrawn_with_the_end(guarded: Guarded, origin: str) -> None:
    incident, action = await proposed(guarded, origin=origin)
    await ended(guarded, incident)
    assert OVER == await guarded.state(action)
    assert ApprovalState.VOID is (await guarded.approval(action)).state
    async with guarded.store.read() as tx:
        told = [e for e in await tx.timeline.of(incident.id) if e.kind is TimelineKind.ACTION_ENDED]
    assert [action.id] == [event.data["action_id"] for event in told]


async def test_what_was_agreed_to_and_has_not_begun_is_withdrawn_too(guarded: Guarded) -> None:
    incident, action = await proposed(guarded)
    await guarded.approve(action)
    await ended(guarded, incident)
    await guarded.run()
    assert OVER == await guarded.state(action)


async def test_an_incident_that_comes_back_does_not_bring_its_proposals_back(guarded: Guarded) -> None:
    incident, action = await proposed(guarded)
    await ended(guarded, incident)
    guarded.clock.advance(60)
    await reopened(guarded, incident)
    assert not (await guarded.approve(action)).accepted
    assert OVER == await guarded.state(action)
    new = await guarded.propose(incident_id=incident.id)
    assert (ActionState.WAITING, True) == (new.state, new.id != action.id)


async def test_what_a_person_asks_for_after_the_end_can_be_agreed_to(guarded: Guarded) -> None:
    incident = await guarded.incident()
    await ended(guarded, incident)
    guarded.clock.advance(60)
    action = await guarded.propose(incident_id=incident.id)
    assert (await guarded.approve(action)).accepted


async def test_after_the_end_nothing_but_a_person_proposes_a_cure(guarded: Guarded) -> None:
    incident = await guarded.incident()
    await ended(guarded, incident)
    guarded.clock.advance(60)
    with pytest.raises(Conflict):
        await guarded.propose(incident_id=incident.id, origin="handoff:1")
    assert [] == await guarded.all()


async def test_the_question_in_the_thread_is_drawn_anew(guarded: Guarded) -> None:
    incident, action = await proposed(guarded)
    key = f"approval:{action.id}"
    async with guarded.store.write() as tx:
        await tx.outbox.request(
            key,
            SlotKind.REPLY,
            channel="C1",
            priority=1,
            incident_id=incident.id,
            payload={"approval": action.id},
            at=guarded.clock.now(),
        )
        await tx.outbox.sent(key, 1, channel="C1", ts="1.0")
    await ended(guarded, incident)
    async with guarded.store.read() as tx:
        slot = await tx.outbox.get(key)
    assert slot is not None
    assert slot.wanted > slot.sent
    assert {"approval": action.id} == slot.payload
