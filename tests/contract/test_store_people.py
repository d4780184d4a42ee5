"""What every store must do with records of people's work, messages to the outside, and the clock of incidents' lives."""

import asyncio
from datetime import timedelta

import pytest

from agent.domain.notification import Channel, Mail, Notification, NotificationState, PagerEvent
from agent.domain.page import Page, PageState, Way
from agent.domain.task import Task, TaskState
from agent.errors import Conflict
from agent.store.engine import SqlStore
from tests.support.store import NOON

MINUTE = timedelta(minutes=1)


def task(number: int = 1, **changes: object) -> Task:
    base = Task(id=f"t{number}", number=number, incident_id="i1", at=NOON, text="look", by="U0ADA")
    return base.model_copy(update=changes)


def page(number: int = 1, **changes: object) -> Page:
    base = Page(
        id=f"p{number}",
        number=number,
        incident_id="i1",
        at=NOON,
        person="ada",
        target="primary",
        way=Way.PAGERDUTY,
        reason="opened",
    )
    return base.model_copy(update=changes)


def message(number: int = 1, **changes: object) -> Notification:
    base = Notification(
        key=f"k{number}",
        channel=Channel.PAGERDUTY,
        address="",
        content=PagerEvent(event_action="trigger", dedup_key="d", details={"a": [1, None]}),
        incident_id="i1",
        about=f"page:p{number}",
        at=NOON,
    )
    return base.model_copy(update=changes)


async def test_records_are_found_by_id_number_incident_subject_state_and_time(store: SqlStore) -> None:
    later = task(2, owner="U0BOB", state=TaskState.DONE, at=NOON + MINUTE, incident_id="i2")
    async with store.write() as tx:
        await tx.tasks.create(task(1, owner="U0ADA"))
        await tx.tasks.create(later)
    async with store.read() as tx:
        assert 3 == await tx.tasks.next_number()
        assert task(1, owner="U0ADA") == await tx.tasks.get("t1")
        assert later == await tx.tasks.by_number(2)
        assert (None, None) == (await tx.tasks.get("t9"), await tx.tasks.by_number(9))
        assert ["t1"] == [one.id for one in await tx.tasks.of_incident("i1")]
        assert ["t2"] == [one.id for one in await tx.tasks.of_subject("U0BOB", 5)]
        assert ["t1"] == [one.id for one in await tx.tasks.in_states([TaskState.OPEN])]
        assert ["t2"] == [one.id for one in await tx.tasks.since(NOON + MINUTE)]


async def test_kinds_of_records_do_not_meet_and_each_counts_for_itself(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.tasks.create(task(1, id="same"))
        await tx.pages.create(page(1, id="same"))
        assert (2, 2, 1) == (
            await tx.tasks.next_number(),
            await tx.pages.next_number(),
            await tx.risks.next_number(),
        )
        assert await tx.tasks.get("same") == task(1, id="same")
        assert await tx.pages.get("same") == page(1, id="same")


async def test_the_same_record_is_added_once_and_numbered_by_the_store(store: SqlStore) -> None:
    async with store.write() as tx:
        assert await tx.pages.add_once(page(7))
        assert not await tx.pages.add_once(page(7, person="bob"))
        assert await tx.pages.add_once(page(8))
    async with store.read() as tx:
        assert [("p7", 1, "ada"), ("p8", 2, "ada")] == [
            (one.id, one.number, one.person) for one in await tx.pages.of_incident("i1")
        ]


async def test_a_taken_id_or_number_is_refused_and_the_transaction_goes_on(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.tasks.create(task(1))
        for twin in (task(5, id="t1"), task(1, id="t5")):
            with pytest.raises(Conflict):
                await tx.tasks.create(twin)
        await tx.tasks.create(task(2))
    async with store.read() as tx:
        assert ["t1", "t2"] == [one.id for one in await tx.tasks.of_incident("i1")]


async def test_an_outdated_record_cannot_be_saved(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.pages.create(page())
        saved = await tx.pages.save(page(state=PageState.ACCEPTED))
        assert 2 == saved.version
        with pytest.raises(Conflict):
            await tx.pages.save(page(state=PageState.FAILED))
        assert [saved] == await tx.pages.in_states([PageState.ACCEPTED])


async def test_messages_are_stored_once_and_due_urgent_ones_first(store: SqlStore) -> None:
    async with store.write() as tx:
        assert await tx.notifications.add(message(1, at=NOON + MINUTE))
        assert not await tx.notifications.add(message(1, address="else"))
        await tx.notifications.add(message(2, priority=0, at=NOON + 2 * MINUTE))
        await tx.notifications.add(message(3, not_before=NOON + 5 * MINUTE))
        await tx.notifications.add(message(4, state=NotificationState.SENDING))
        await tx.notifications.add(
            message(5, state=NotificationState.DEAD, content=Mail(subject="s", text="t"))
        )
    async with store.read() as tx:
        due = await tx.notifications.due(NOON + 3 * MINUTE, 10)
        assert ["k2", "k4", "k1"] == [one.key for one in due]
        assert ["k2"] == [one.key for one in await tx.notifications.due(NOON + 3 * MINUTE, 1)]
        assert ["k3", "k4", "k5", "k1", "k2"] == [one.key for one in await tx.notifications.of_incident("i1")]
        assert ["k5"] == [one.key for one in await tx.notifications.in_state(NotificationState.DEAD)]
        assert {"waiting": 3, "sending": 1, "dead": 1} == await tx.notifications.counts()
        assert message(1, at=NOON + MINUTE) == await tx.notifications.get("k1")


async def test_how_far_a_message_has_come_is_kept(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.notifications.add(message())
        sent = message(state=NotificationState.SENT, attempts=2, sent_at=NOON + MINUTE)
        await tx.notifications.put(sent)
    async with store.read() as tx:
        assert sent == await tx.notifications.get("k1")
        assert [] == await tx.notifications.due(NOON + MINUTE, 10)


async def test_an_incident_is_looked_at_when_it_is_due_the_longest_due_first(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.life.wake("late", NOON + MINUTE)
        await tx.life.wake("early", NOON)
        await tx.life.wake("early", NOON + 9 * MINUTE)
        await tx.life.wake("moved", NOON + 9 * MINUTE)
        await tx.life.wake("moved", NOON + 2 * MINUTE)
    async with store.read() as tx:
        assert [] == await tx.life.due(NOON - MINUTE, 10)
        assert ["early", "late"] == await tx.life.due(NOON + MINUTE, 10)
        assert ["early", "late", "moved"] == await tx.life.due(NOON + 2 * MINUTE, 10)
        assert ["early"] == await tx.life.due(NOON + 2 * MINUTE, 1)


async def test_a_settled_incident_waits_for_its_next_look_or_for_none(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.life.wake("a", NOON)
        await tx.life.wake("b", NOON)
        await tx.life.settle("a", NOON + MINUTE)
        await tx.life.settle("b", None)
        assert [] == await tx.life.due(NOON, 10)
        assert ["a"] == await tx.life.due(NOON + MINUTE, 10)


async def test_a_deed_is_done_once_and_its_first_time_stays(store: SqlStore) -> None:
    async with store.write() as tx:
        assert await tx.life.done("i1", "call:1:P0:0", NOON)
        assert not await tx.life.done("i1", "call:1:P0:0", NOON + MINUTE)
        assert await tx.life.done("i2", "call:1:P0:0", NOON + MINUTE)
        assert {"call:1:P0:0": NOON} == await tx.life.all_done("i1")
        assert {} == await tx.life.all_done("i3")


async def test_two_at_once_do_a_deed_once(store: SqlStore) -> None:
    async def attempt() -> bool:
        async with store.write() as tx:
            await asyncio.sleep(0)
            return await tx.life.done("i1", "call", NOON)

    assert 1 == sum(await asyncio.gather(*(attempt() for _ in range(5))))


async def test_a_rolled_back_deed_was_not_done(store: SqlStore) -> None:
    async def cut_off() -> None:
        async with store.write() as tx:
            await tx.life.done("i1", "call", NOON)
            await tx.pages.add_once(page())
            raise RuntimeError("cut off")

    with pytest.raises(RuntimeError):
        await cut_off()
    async with store.write() as tx:
        assert await tx.life.done("i1", "call", NOON)
        assert None is await tx.pages.get("p1")


async def test_a_language_is_chosen_and_forgotten(store: SqlStore) -> None:
    async with store.write() as tx:
        assert None is await tx.preferences.language("user:U0ADA")
        await tx.preferences.choose("user:U0ADA", "ko")
        await tx.preferences.choose("user:U0ADA", "en")
        assert "en" == await tx.preferences.language("user:U0ADA")
        await tx.preferences.choose("user:U0ADA", None)
        assert None is await tx.preferences.language("user:U0ADA")
