"""Corners of a life: calls cut off in mid-air, looks that fail by the hundred, and ends told to everybody who heard."""

import time
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.domain.handoff import InformAudiences
from agent.domain.incident import Priority
from agent.domain.notification import Notification, NotificationState
from agent.domain.page import Way
from agent.domain.record import Statement
from agent.domain.update import Destination, Moment, Update, UpdateState
from agent.lifecycle.paging_pages import Means
from agent.policy.routing import route_incident
from tests.support.life import Lives, lives

HOUR = 3600.0


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[Lives]:
    async with lives(tmp_path) as opened:
        yield opened


async def carried(world: Lives, incident: str, way: Way, **changed: Any) -> Notification:
    """Change the message of the call by a way, as a courier would have left it, and return it."""
    page = next(page for page in await world.pages(incident) if page.way is way)
    async with world.store.write() as tx:
        message = await tx.notifications.get(f"page:{page.id}")
        assert message is not None
        left = message.model_copy(update={"attempts": 1, "sending_since": world.clock.now(), **changed})
        await tx.notifications.put(left)
    return left


async def state_of(world: Lives, message: Notification) -> NotificationState:
    async with world.store.read() as tx:
        found = await tx.notifications.get(message.key)
    assert found is not None
    return found.state


async def test_a_pager_that_may_have_heard_is_told_of_the_answer_and_of_the_end(world: Lives) -> None:
    incident = await world.declare()
    await world.turn()
    message = await carried(world, incident, Way.PAGERDUTY, state=NotificationState.WAITING)
    await world.acknowledge(incident)
    await world.turn(1)
    taken_back = await state_of(world, message)
    await world.resolve(incident)
    await world.turn(HOUR)

    assert NotificationState.WITHDRAWN is taken_back
    assert ["trigger", "acknowledge", "resolve"] == [one.event_action for one in await world.rings(incident)]


async def test_a_pager_that_certainly_heard_nothing_is_told_nothing(world: Lives) -> None:
    incident = await world.declare()
    await world.turn()
    await world.acknowledge(incident)
    await world.turn(1)
    await world.resolve(incident)
    await world.turn(HOUR)

    assert ["trigger"] == [one.event_action for one in await world.rings(incident)]


async def test_a_call_given_up_without_an_answer_may_still_ring_and_is_ended(world: Lives) -> None:
    incident = await world.declare()
    await world.turn()
    await carried(world, incident, Way.PAGERDUTY)
    await world.settle(accept=False)
    await world.resolve(incident)
    await world.turn(HOUR)

    assert "resolve" in [one.event_action for one in await world.rings(incident)]


async def test_a_text_on_its_way_is_not_tried_again_after_the_answer(tmp_path: Path) -> None:
    only_text = Means(ways=frozenset({Way.SMS}))
    async with lives(tmp_path, means=only_text) as world:
        incident = await world.declare()
        await world.turn()
        message = await carried(world, incident, Way.SMS, state=NotificationState.SENDING)
        await world.acknowledge(incident)
        await world.turn(1)

        assert NotificationState.WITHDRAWN is await state_of(world, message)


async def test_hundreds_of_looks_that_fail_do_not_hide_a_new_incident(world: Lives) -> None:
    await world.turn()
    async with world.store.write() as tx:
        for number in range(201):
            await tx.life.wake(f"broken-{number}", world.clock.now() - timedelta(hours=1))
    later = dict.fromkeys((f"broken-{number}" for number in range(201)), time.monotonic() + HOUR)
    world.life._later.update(later)
    incident = await world.declare()
    await world.turn(1)

    assert await world.called(incident)


class Desk:
    """Takes questions."""

    def __init__(self) -> None:
        self.questions: list[InformAudiences] = []

    async def ask(self, tx: Any, question: InformAudiences, **more: Any) -> None:
        self.questions.append(question)


def by_hand(incident: str, world: Lives, state: UpdateState) -> Update:
    return Update(
        id="update:by-hand",
        number=0,
        incident_id=incident,
        at=world.clock.now(),
        audience="customers",
        language="en",
        moment=Moment.BY_HAND,
        title="News",
        sentences=(Statement(text="We are looking into it.", sources=("person:U0ADA",)),),
        destinations=(Destination(way="statuspage", address=""),),
        public=True,
        state=state,
    )


@pytest.mark.parametrize(
    ("state", "told"),
    [(UpdateState.SENT, ("customers", "development")), (UpdateState.WITHDRAWN, ("development",))],
)
async def test_whoever_was_told_by_hand_hears_of_the_end_too(
    tmp_path: Path, state: UpdateState, told: Sequence[str]
) -> None:
    desk: Any = Desk()
    async with lives(tmp_path, handoffs=desk) as world:
        incident = await world.declare(Priority.P2)
        await world.turn()
        async with world.store.write() as tx:
            await tx.updates.add_once(by_hand(incident, world, state))
        await world.turn(60)
        await world.resolve(incident)
        await world.turn(60)

        assert (Moment.RESOLVED, told) == (desk.questions[-1].moment, desk.questions[-1].audiences)


async def test_a_priority_that_comes_back_calls_everybody_again(world: Lives) -> None:
    incident = await world.declare()
    await world.turn()
    await world.settle()
    await world.turn(HOUR / 4)
    await world.priority(incident, Priority.P3)
    await world.turn(8 * HOUR)
    before = len(await world.called(incident))
    await world.priority(incident, Priority.P0)
    await world.turn(1)
    again = (await world.called(incident))[before:]
    await world.turn(HOUR / 4)
    later = (await world.called(incident))[before:]

    assert [("ada", "pagerduty", "priority_raised"), ("ada", "slack", "priority_raised")] == again
    assert ("cleo", "pagerduty", "escalated") in later
    assert not [reason for _, _, reason in later if reason == "target_missed"]


async def test_a_priority_that_is_lowered_back_calls_nobody(world: Lives) -> None:
    incident = await world.declare(Priority.P2)
    await world.turn()
    await world.priority(incident, Priority.P0)
    await world.turn(1)
    await world.settle()
    await world.post()
    await world.turn(1)
    before = await world.called(incident)
    await world.priority(incident, Priority.P2)
    await world.turn(60)

    assert before == await world.called(incident)


@pytest.mark.parametrize(
    ("priority", "replies"), [(Priority.P0, ["near"]), (Priority.P3, ["missed", "near"])]
)
async def test_a_missed_target_changes_its_warning_where_somebody_is_called_for_it(
    world: Lives, priority: Priority, replies: list[str]
) -> None:
    incident = await world.declare(priority)
    within = route_incident(world.book.current, await world.incident(incident)).resolve_within_seconds or 0
    await world.turn(1)
    for share in (0.8, 0.25):
        await world.turn(within * share)
    async with world.store.read() as tx:
        key = f"target:{incident}:1:{priority.value}:"
        found = {word: await tx.outbox.get(f"{key}{word}") for word in ("missed", "near")}

    assert replies == [word for word, slot in found.items() if slot is not None]
    told = found[replies[0]]
    assert told is not None
    assert "missed" == told.payload["target"]
