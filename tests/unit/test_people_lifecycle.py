"""Command, tasks, priority by hand, an incident's own channel and kept messages: each once, each on the timeline."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from agent.domain.incident import Incident, Priority
from agent.domain.notification import Channel, Notification, NotificationState, Receipt, Ticket
from agent.domain.task import TaskState
from agent.errors import BadInput, NotFound
from agent.lifecycle import changes, changes_by_hand, roles, rooms, tasks
from agent.lifecycle.view import load_view
from agent.locale.messages import LANGUAGES
from agent.locale.timeline import happened
from tests.support.alerts import Desk
from tests.support.store import store_at

MINA, JUN = "U0MINA0001", "U0JUN00002"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with store_at(tmp_path) as store:
        desk = Desk(store)
        await desk.fire("HighErrorRate", service="payment", namespace="shop")
        yield desk


async def incident_of(desk: Desk) -> Incident:
    return (await desk.incidents())[-1]


async def end(desk: Desk, incident_id: str) -> None:
    async with desk.store.write() as tx:
        await changes.resolve(tx, desk.policies, incident_id, by=MINA, at=desk.clock.now())


async def test_command_is_taken_handed_over_and_given_up_once_each(desk: Desk) -> None:
    incident = await incident_of(desk)
    async with desk.store.write() as tx:
        for _ in range(2):
            await roles.take_command(tx, desk.policies, incident.id, by=MINA, at=desk.clock.now())
        for _ in range(2):
            await roles.hand_command(tx, desk.policies, incident.id, to=JUN, by=MINA, at=desk.clock.now())
        led = await tx.incidents.get(incident.id)
        for _ in range(2):
            await roles.release(tx, desk.policies, incident.id, by=JUN, at=desk.clock.now())
    events = await desk.timeline(incident.id)

    assert led is not None
    assert JUN == led.commander
    assert (await incident_of(desk)).commander is None
    assert [
        ("command_taken", {"to": MINA, "before": ""}),
        ("command_taken", {"to": JUN, "before": MINA}),
        ("command_released", {"before": JUN}),
    ] == [(event.kind.value, event.data) for event in events[1:]]
    assert ["U0MINA0001 took command", "U0MINA0001 gave command to U0JUN00002"] == [
        happened("en", event, person=str, foreign=str) for event in events[1:3]
    ]


async def test_nobody_leads_what_is_over(desk: Desk) -> None:
    incident = await incident_of(desk)
    await end(desk, incident.id)
    async with desk.store.write() as tx:
        after = await roles.take_command(tx, desk.policies, incident.id, by=MINA, at=desk.clock.now())
        with pytest.raises(NotFound):
            await roles.release(tx, desk.policies, "no-such", by=MINA, at=desk.clock.now())

    assert after.commander is None


async def test_a_task_is_added_given_done_and_shown(desk: Desk) -> None:
    incident = await incident_of(desk)
    later = desk.clock.now() + timedelta(minutes=30)
    async with desk.store.write() as tx:
        for _ in range(2):
            task = await tasks.add(
                tx,
                desk.policies,
                incident.id,
                text="  call   the provider ",
                by=MINA,
                at=desk.clock.now(),
                key="click-1",
                remind_at=later,
            )
        for _ in range(2):
            await tasks.assign(tx, desk.policies, task.id, owner=JUN, by=MINA, at=desk.clock.now())
        for _ in range(2):
            await tasks.finish(tx, desk.policies, task.id, by=JUN, at=desk.clock.now())
        done = await tasks.drop(tx, desk.policies, task.id, by=MINA, at=desk.clock.now())
        slot = await tx.outbox.get(f"tasks:{incident.id}")
        view = await load_view(tx, incident.id, desk.policies, desk.clock.now())

    assert ("call the provider", "T-1", TaskState.DONE) == (done.text, done.name, done.state)
    assert (JUN, JUN, None) == (done.owner, done.ended_by, done.remind_at)
    assert ["task_added", "task_assigned", "task_done"] == (await desk.kinds(incident.id))[1:]
    assert slot is not None
    assert (3, {"tasks": incident.id}) == (slot.wanted, slot.payload)
    assert view is not None
    assert (done,) == view.tasks


async def test_a_task_needs_words_and_a_reminder_lies_ahead(desk: Desk) -> None:
    incident, now = await incident_of(desk), desk.clock.now()
    async with desk.store.write() as tx:
        with pytest.raises(BadInput):
            await tasks.add(tx, desk.policies, incident.id, text="  ", by=MINA, at=now, key="k")
        with pytest.raises(NotFound):
            await tasks.add(tx, desk.policies, "no-such", text="x", by=MINA, at=now, key="k")
        with pytest.raises(NotFound):
            await tasks.finish(tx, desk.policies, "no-such", by=MINA, at=now)
        task = await tasks.add(tx, desk.policies, incident.id, text="x", by=MINA, at=now, key="k")
        with pytest.raises(BadInput):
            await tasks.remind(tx, desk.policies, task.id, remind_at=now, by=MINA, at=now)
        later = await tasks.remind(
            tx, desk.policies, task.id, remind_at=now + timedelta(minutes=5), by=MINA, at=now
        )
        due = await tx.life.due(now, 10)

    assert now + timedelta(minutes=5) == later.remind_at
    assert [incident.id] == due


async def test_the_tracker_s_key_is_kept_once(desk: Desk) -> None:
    incident, now = await incident_of(desk), desk.clock.now()
    async with desk.store.write() as tx:
        task = await tasks.add(
            tx, desk.policies, incident.id, text="add a canary", by=MINA, at=now, key="k", kind="follow_up"
        )
        sent = Notification(
            key="ticket:1",
            channel=Channel.JIRA,
            address="OPS",
            content=Ticket(thread=f"task:{task.id}", summary="s", description="d"),
            about=f"task:{task.id}",
            at=now,
            state=NotificationState.SENT,
            receipt=Receipt(reference="OPS-7", link="https://jira.example/OPS-7"),
        )
        for _ in range(2):
            await tasks.ticket_settled(tx, desk.policies, sent, now)
        kept = await tx.tasks.get(task.id)

    assert kept is not None
    assert "OPS-7" == kept.ticket
    assert ["task_added", "task_filed"] == (await desk.kinds(incident.id))[1:]


async def test_a_priority_by_hand_needs_a_reason_which_stands_on_the_card(desk: Desk) -> None:
    incident, now = await incident_of(desk), desk.clock.now()
    lower = Priority.P3
    async with desk.store.write() as tx:
        with pytest.raises(BadInput):
            await changes_by_hand.change_priority(
                tx, desk.policies, incident.id, priority=lower, why="  ", by=MINA, at=now
            )
        for _ in range(2):
            changed = await changes_by_hand.change_priority(
                tx, desk.policies, incident.id, priority=lower, why="only  one user", by=MINA, at=now
            )

    assert (lower, "by-hand", "only one user") == (
        changed.priority,
        changed.priority_reason.rule,
        changed.priority_reason.sentence,
    )
    assert ["priority_changed"] == (await desk.kinds(incident.id))[1:]


async def test_what_a_person_lowers_the_rules_do_not_raise_again_but_something_worse_does(desk: Desk) -> None:
    incident, now = await incident_of(desk), desk.clock.now()
    async with desk.store.write() as tx:

        async def by_hand(priority: Priority) -> Incident:
            return await changes_by_hand.change_priority(
                tx, desk.policies, incident.id, priority=priority, why="one user", by=MINA, at=now
            )

        first = await by_hand(Priority.P2)
        lowered = await by_hand(Priority.P3)
        raised = await by_hand(Priority.P2)
        await by_hand(Priority.P3)
        await changes.resolve(tx, desk.policies, incident.id, by=MINA, at=now)
        later = now + timedelta(hours=1)
        again = await changes.reopen(tx, desk.policies, incident.id, by=MINA, at=later)

    levels = list(Priority)
    assert Priority.P1 is incident.priority
    assert [Priority.P0] == [one for one in levels if first.rises_to(one)]
    assert [Priority.P0] == [one for one in levels if lowered.rises_to(one)]
    assert [Priority.P0, Priority.P1] == [one for one in levels if raised.rises_to(one)]
    assert [Priority.P0, Priority.P1, Priority.P2] == [one for one in levels if again.rises_to(one)]


async def test_a_channel_is_wished_for_once_and_the_first_one_stays(desk: Desk) -> None:
    incident, now = await incident_of(desk), desk.clock.now()
    async with desk.store.write() as tx:
        wishes = [await rooms.want(tx, incident.id, at=now) for _ in range(2)]
        for room in ("C0ROOM0001", "C0ROOM0002"):
            await rooms.opened(
                tx, desk.policies, incident.id, room=room, name="#inc-1", by="ops-monitor", at=now
            )
        late = await rooms.want(tx, incident.id, at=now)
        found = await tx.incidents.by_room("C0ROOM0001")
        stranger = await tx.incidents.by_room("C0ROOM0002")

    assert [True, False] == wishes
    assert not late
    assert found is not None
    assert incident.id == found.id
    assert stranger is None
    assert ["room_opened"] == (await desk.kinds(incident.id))[1:]


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_a_message_is_kept_once_with_its_author(desk: Desk, lang: str) -> None:
    incident, now = await incident_of(desk), desk.clock.now()
    async with desk.store.write() as tx:
        kept = [
            await changes_by_hand.keep_message(
                tx,
                desk.policies,
                incident.id,
                text=words,
                author=JUN,
                place="C1:1.0",
                by=MINA,
                at=now,
            )
            for words in ("", "we changed the flag", "we changed the flag")
        ]
    [event] = (await desk.timeline(incident.id))[1:]

    assert [False, True, False] == kept
    assert ("note", MINA, JUN) == (event.kind.value, event.actor, event.data["pinned_from"])
    said = happened(lang, event, person=lambda who: f"<{who}>", foreign=str)
    assert f"<{JUN}>" in said
    assert "we changed the flag" in said
