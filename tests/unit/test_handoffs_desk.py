"""Hand-offs: asked once, answered once, refused or timed out where people see it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from agent.domain.handoff import (
    AssessAction,
    ExplainRelease,
    Handoff,
    HandoffState,
    ReleaseExplained,
    ReviewRecurrence,
    RisksReviewed,
    SubAgent,
)
from agent.domain.incident import Incident
from agent.domain.view import IncidentView
from agent.errors import BadInput, Misconfigured, NotPermitted, Unavailable
from agent.handoffs.desk import HandoffDesk
from agent.lifecycle.announce import announce
from agent.lifecycle.view import load_view
from agent.ports.handoffs import Reply
from agent.ports.store import Tx
from tests.support.alerts import Desk
from tests.support.store import store_at

Answering = Callable[[Handoff, IncidentView | None], Awaitable[Reply]]


@dataclass
class Scripted:
    """A risk-manager that answers as it is told."""

    answering: Answering
    asked: list[Handoff] = field(default_factory=list)
    name: SubAgent = SubAgent.RISK_MANAGER

    async def reply(self, handoff: Handoff, view: IncidentView | None) -> Reply:
        self.asked.append(handoff)
        return await self.answering(handoff, view)


@dataclass
class Room:
    """An incident, a sub-agent and the desk between them."""

    desk: Desk
    incident: Incident
    agent: Scripted
    handoffs: HandoffDesk

    async def ask(self, key: str | None = "k") -> Handoff:
        async with self.desk.store.write() as tx:
            return await self.handoffs.ask(
                tx, ReviewRecurrence(), by="life", incident=self.incident, key=key, finding_ids=("f1",)
            )

    async def now_is(self, handoff: Handoff) -> Handoff:
        async with self.desk.store.read() as tx:
            found = await tx.handoffs.get(handoff.id)
        assert found is not None
        return found

    async def told(self) -> list[object]:
        events = await self.desk.timeline(self.incident.id)
        return [event.data.get("outcome", event.kind.value) for event in events if "handoff" in event.data]

    async def shown(self) -> int:
        async with self.desk.store.read() as tx:
            slot = await tx.outbox.get(f"handoffs:{self.incident.id}")
        assert slot is not None
        assert {"handoffs": self.incident.id} == slot.payload
        assert f"card:{self.incident.id}" == slot.thread_of
        return slot.wanted


async def answers(handoff: Handoff, view: IncidentView | None) -> Reply:
    assert view is not None
    return Reply(RisksReviewed(entries=(view.incident.number,)))


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with store_at(tmp_path) as store:
        desk = Desk(store)
        await desk.fire("HighErrorRate", service="payment", namespace="shop")
        agent = Scripted(answers)

        async def view(incident_id: str) -> IncidentView | None:
            async with store.read() as tx:
                return await load_view(tx, incident_id, desk.policies, desk.clock.now())

        book = type("Book", (), {"current": desk.policies})()
        handoffs = HandoffDesk(store, desk.jobs, desk.clock, book, [agent], view=view, announce=announce)
        yield Room(desk, (await desk.incidents())[-1], agent, handoffs)


async def test_a_question_is_answered_once_and_seen(room: Room) -> None:
    asked = await room.ask()
    assert (HandoffState.ASKED, SubAgent.RISK_MANAGER, ("f1",)) == (asked.state, asked.to, asked.finding_ids)

    await room.handoffs.work(asked.id)
    await room.handoffs.work(asked.id)
    done = await room.now_is(asked)

    assert (HandoffState.ANSWERED, 1, "deterministic") == (done.state, done.attempt, done.form)
    assert RisksReviewed(entries=(room.incident.number,)) == done.answer
    assert 1 == len(room.agent.asked)
    assert ["handoff_asked", "handoff_accepted", "answered"] == await room.told()
    assert 3 == await room.shown()


async def test_the_same_key_is_the_same_question(room: Room) -> None:
    first, second = await room.ask("same"), await room.ask("same")

    assert first == second
    assert 1 == len(await room.desk.queued("handoff.work"))
    assert ["handoff_asked"] == await room.told()
    assert (await room.ask(None)).id != (await room.ask(None)).id


async def test_a_question_that_is_rolled_back_was_never_asked(room: Room) -> None:
    async def ask_and_fail() -> None:
        async with room.desk.store.write() as tx:
            await room.handoffs.ask(tx, ReviewRecurrence(), by="life", incident=room.incident, key="lost")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await ask_and_fail()

    assert [] == await room.desk.queued("handoff.work")
    assert [] == await room.told()


async def test_what_is_kept_is_kept_with_the_answer_or_not_at_all(room: Room) -> None:
    async def keep(tx: Tx) -> None:
        await tx.seen.first_time("kept", room.desk.clock.now())
        raise BadInput("There is nothing to keep.")

    async def reply(handoff: Handoff, view: IncidentView | None) -> Reply:
        return Reply(RisksReviewed(), keep=keep)

    room.agent.answering = reply
    asked = await room.ask()
    await room.handoffs.work(asked.id)
    done = await room.now_is(asked)

    assert (HandoffState.REFUSED, "There is nothing to keep.", None) == (done.state, done.why, done.answer)
    async with room.desk.store.write() as tx:
        assert await tx.seen.first_time("kept", room.desk.clock.now())


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (NotPermitted("Not here."), "Not here."),
        (Misconfigured("Set OPS_X."), "It failed: Set OPS_X."),
        (ZeroDivisionError("secret=hunter2"), "It failed: ZeroDivisionError"),
    ],
)
async def test_a_refusal_and_a_defect_are_seen(room: Room, error: Exception, why: str) -> None:
    async def reply(handoff: Handoff, view: IncidentView | None) -> Reply:
        raise error

    room.agent.answering = reply
    asked = await room.ask()
    await room.handoffs.work(asked.id)
    done = await room.now_is(asked)

    assert (HandoffState.REFUSED, why) == (done.state, done.why)
    assert ["handoff_asked", "handoff_accepted", "refused"] == await room.told()


async def test_an_answer_of_another_type_is_refused(room: Room) -> None:
    async def reply(handoff: Handoff, view: IncidentView | None) -> Reply:
        return Reply(ReleaseExplained())

    room.agent.answering = reply
    asked = await room.ask()
    await room.handoffs.work(asked.id)

    assert HandoffState.REFUSED is (await room.now_is(asked)).state


async def test_what_nobody_answers_is_refused(room: Room) -> None:
    async with room.desk.store.write() as tx:
        asked = await room.handoffs.ask(tx, ExplainRelease(service="payment"), by="ada")
    await room.handoffs.work(asked.id)
    done = await room.now_is(asked)

    assert (HandoffState.REFUSED, SubAgent.DEPLOYMENT_MANAGER) == (done.state, done.to)
    assert "deployment-manager" in done.why


async def test_what_may_work_later_is_tried_again_until_the_deadline(room: Room) -> None:
    async def reply(handoff: Handoff, view: IncidentView | None) -> Reply:
        if handoff.attempt < 3:
            raise Unavailable("The memory is away.", backend="memory")
        return await answers(handoff, view)

    room.agent.answering = reply
    asked = await room.ask()
    for _ in range(2):
        with pytest.raises(Unavailable):
            await room.handoffs.work(asked.id)
    await room.handoffs.work(asked.id)

    assert (HandoffState.ANSWERED, 3) == ((done := await room.now_is(asked)).state, done.attempt)
    assert ["handoff_asked", "handoff_accepted", "answered"] == await room.told()


async def test_time_runs_out_where_people_see_it(room: Room) -> None:
    asked = await room.ask()
    await room.handoffs.expire(asked.id)
    assert HandoffState.ASKED is (await room.now_is(asked)).state

    room.desk.clock.advance((asked.deadline - asked.at).total_seconds())
    await room.handoffs.work(asked.id)
    await room.handoffs.expire(asked.id)
    await room.handoffs.expire(asked.id)

    assert HandoffState.TIMED_OUT is (await room.now_is(asked)).state
    assert [] == room.agent.asked
    assert ["handoff_asked", "timed_out"] == await room.told()


async def test_a_late_answer_is_dropped_and_told(room: Room) -> None:
    async def reply(handoff: Handoff, view: IncidentView | None) -> Reply:
        room.desk.clock.advance(timedelta(hours=2).total_seconds())
        await room.handoffs.expire(handoff.id)
        return await answers(handoff, view)

    room.agent.answering = reply
    asked = await room.ask()
    await room.handoffs.work(asked.id)
    done = await room.now_is(asked)

    assert (HandoffState.TIMED_OUT, None) == (done.state, done.answer)
    assert ["handoff_asked", "handoff_accepted", "timed_out", "late"] == await room.told()


async def test_a_try_ends_before_the_deadline(room: Room) -> None:
    async def reply(handoff: Handoff, view: IncidentView | None) -> Reply:
        await asyncio.Event().wait()
        raise AssertionError

    room.agent.answering = reply
    soon = room.desk.clock.now() + timedelta(seconds=1.05)
    async with room.desk.store.write() as tx:
        asked = await room.handoffs.ask(tx, AssessAction(action_id="a"), by="desk", deadline=soon)
    with pytest.raises(Unavailable):
        await room.handoffs.work(asked.id)

    assert HandoffState.ACCEPTED is (await room.now_is(asked)).state


async def test_who_fails_after_somebody_else_has_answered_takes_nothing_back(room: Room) -> None:
    async def reply(handoff: Handoff, view: IncidentView | None) -> Reply:
        room.agent.answering = answers
        await room.handoffs.work(handoff.id)
        raise BadInput("too late to matter", field="x")

    room.agent.answering = reply
    asked = await room.ask()
    await room.handoffs.work(asked.id)
    done = await room.now_is(asked)

    assert HandoffState.ANSWERED is done.state
    assert done.answer is not None
    assert ["handoff_asked", "handoff_accepted", "answered"] == await room.told()


async def test_two_receivers_of_one_question_give_one_answer(room: Room) -> None:
    both = asyncio.Barrier(2)

    async def reply(handoff: Handoff, view: IncidentView | None) -> Reply:
        await both.wait()
        return Reply(RisksReviewed(entries=(handoff.attempt,)))

    room.agent.answering = reply
    asked = await room.ask()
    await asyncio.gather(room.handoffs.work(asked.id), room.handoffs.work(asked.id))

    assert HandoffState.ANSWERED is (await room.now_is(asked)).state
    assert ["handoff_asked", "handoff_accepted", "answered"] == await room.told()
