"""Each slot is posted once and edited afterwards, whatever Slack does in between."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from agent.domain.incident import Incident, Priority
from agent.domain.timeline import TimelineKind
from agent.errors import Refused, TimedOut, Unavailable
from agent.lifecycle.changes import declare
from agent.ports.chat import Rendered
from agent.ports.outbox import Slot, SlotKind
from agent.store.engine import SqlStore, open_store
from agent.transport.outbox import Outbox
from agent.transport.outbox_delivery import Drawn
from agent.transport.outbox_pacing import OutboxLimits
from tests.support.alerts import shipped_policies
from tests.support.backends import eventually
from tests.support.chat import MemoryChat
from tests.support.store import StillClock, prepared


@dataclass
class Words:
    """Draws each slot as its key and whatever the test says is its state now."""

    state: dict[str, str] = field(default_factory=dict)
    colours: dict[str, str] = field(default_factory=dict)
    drawn: int = 0
    broken: set[str] = field(default_factory=set)

    async def draw(self, slot: Slot) -> Drawn | None:
        self.drawn += 1
        if slot.key in self.broken:
            raise ZeroDivisionError("cannot be drawn")
        said = self.state.get(slot.key, "new")
        return (
            None if said == "gone" else Drawn(Rendered(text=said), colour=self.colours.get(slot.key, "red"))
        )


@dataclass
class Desk:
    """A store, a chat and an outbox on a clock that stands still."""

    store: SqlStore
    chat: MemoryChat
    words: Words
    clock: StillClock
    limits: OutboxLimits = field(default_factory=lambda: OutboxLimits(edit_gap_seconds=0))

    def __post_init__(self) -> None:
        self.outbox = self.fresh()

    def fresh(self) -> Outbox:
        """Return an outbox that knows nothing, as after a restart."""
        self.outbox = Outbox(self.store, self.chat, self.words, self.clock, self.limits)
        return self.outbox

    async def want(
        self,
        key: str = "card:a",
        *,
        channel: str = "#alerts",
        priority: int = 2,
        kind: SlotKind = SlotKind.REPLY,
        thread_of: str | None = None,
    ) -> None:
        async with self.store.write() as tx:
            await tx.outbox.request(
                key, kind, channel=channel, priority=priority, thread_of=thread_of, at=self.clock.now()
            )

    async def slot(self, key: str = "card:a") -> Slot:
        async with self.store.read() as tx:
            found = await tx.outbox.get(key)
        assert found is not None
        return found

    async def later(self, seconds: float) -> int:
        self.clock.advance(seconds)
        return await self.outbox.deliver_due()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    store = await open_store(await prepared(f"sqlite:///{tmp_path / 'o.db'}"))
    yield Desk(store, MemoryChat(), Words(), StillClock())
    await store.close()


async def test_a_slot_is_posted_once_and_edited_afterwards(desk: Desk) -> None:
    await desk.want()
    await desk.outbox.deliver_due()
    desk.words.state["card:a"] = "newer"
    await desk.want()
    await desk.later(1)

    assert desk.chat.texts("card:a") == [["new", "newer"]]


async def test_wishes_fold_and_the_newest_state_is_shown(desk: Desk) -> None:
    for number in range(200):
        desk.words.state["card:a"] = f"state {number}"
        await desk.want()
    await desk.outbox.deliver_due()

    assert desk.chat.texts("card:a") == [["state 199"]]


async def test_an_edit_that_changes_nothing_is_not_sent(desk: Desk) -> None:
    await desk.want()
    await desk.outbox.deliver_due()
    await desk.want()
    await desk.later(5)

    assert [("post", "#alerts")] == desk.chat.calls
    assert (await desk.slot()).sent == 2


async def test_a_lost_answer_is_looked_for_before_posting_again(desk: Desk) -> None:
    desk.chat.lose_answers = 1
    await desk.want()
    await desk.outbox.deliver_due()
    desk.words.state["card:a"] = "newer"
    await desk.later(2)

    assert desk.chat.texts("card:a") == [["new", "newer"]]


async def test_a_lost_answer_is_found_after_a_restart(desk: Desk) -> None:
    desk.chat.lose_answers = 1
    await desk.want()
    await desk.outbox.deliver_due()
    desk.fresh()
    await desk.later(2)

    assert len(desk.chat.texts("card:a")) == 1
    assert (await desk.slot()).ts == "1.000001"


async def test_a_post_that_did_not_happen_is_made_after_looking(desk: Desk) -> None:
    desk.chat.failing = [TimedOut("Slack did not answer in time.", backend="slack")]
    await desk.want()
    await desk.outbox.deliver_due()
    await desk.later(2)

    assert [what for what, _ in desk.chat.calls] == ["post", "find", "post"]
    assert desk.chat.texts("card:a") == [["new"]]


async def test_outages_are_waited_out_with_growing_pauses(desk: Desk) -> None:
    desk.chat.failing = [Unavailable("Slack could not be reached.", backend="slack") for _ in range(9)]
    await desk.want()
    pauses = []
    for _ in range(9):
        before = (await desk.slot()).attempts
        assert before == len(pauses)
        await desk.outbox.deliver_due()
        slot = await desk.slot()
        assert slot.not_before is not None
        pauses.append((slot.not_before - desk.clock.now()).total_seconds())
        desk.clock.advance(pauses[-1])

    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]


async def test_a_refused_channel_is_reported_and_tried_each_minute(desk: Desk) -> None:
    refusal = Refused("Slack refused (posting to #gone): there is no such channel.", backend="slack")
    desk.chat.refusing = {"#gone": refusal}
    await desk.want("card:gone", channel="#gone")
    await desk.want("card:here", channel="#here")
    await desk.outbox.deliver_due()
    trouble = desk.outbox.trouble
    desk.chat.refusing = {}
    early = await desk.later(30)
    late = await desk.later(31)

    assert trouble == {"#gone": refusal.user_message}
    assert desk.chat.texts("card:here") == [["new"]]
    assert (early, late) == (0, 1)
    assert desk.outbox.trouble == {}
    assert "find" not in [what for what, channel in desk.chat.calls if channel == "#gone"]


async def test_a_pause_asked_by_slack_stops_one_channel_only(desk: Desk) -> None:
    slow = Unavailable("Slack asks for a pause.", backend="slack", retry_after_seconds=10)
    await desk.want("card:p0", channel="#busy", priority=0)
    await desk.want("card:p3", channel="#calm", priority=3)
    await desk.want("card:p3b", channel="#busy", priority=3)
    desk.chat.refusing = {"#busy": slow}
    await desk.outbox.deliver_due()
    desk.chat.refusing = {}
    early = await desk.later(5)
    late = await desk.later(6)

    assert desk.chat.texts("card:p3") == [["new"]]
    assert early == 0
    assert late == 2
    assert "find" not in [what for what, _ in desk.chat.calls]


async def test_the_worst_incident_is_posted_first(desk: Desk) -> None:
    desk.limits = OutboxLimits(post_burst=1, posts_per_second=1)
    desk.fresh()
    for priority in (3, 1, 2, 0):
        await desk.want(f"card:p{priority}", priority=priority)
    posted = []
    for _ in range(4):
        await desk.outbox.deliver_due()
        posted.append(list(desk.chat.messages.values())[-1].key)
        desk.clock.advance(1.01)

    assert posted == ["card:p0", "card:p1", "card:p2", "card:p3"]


async def test_edits_of_minor_incidents_leave_room_for_the_worst(desk: Desk) -> None:
    desk.limits = OutboxLimits(
        post_burst=50, edit_burst=6, urgent_reserve=3, edits_per_second=0.01, edit_gap_seconds=0
    )
    desk.fresh()
    for number in range(8):
        await desk.want(f"card:{number}", priority=3)
    await desk.want("card:p0", priority=0)
    await desk.outbox.deliver_due()
    for number in range(8):
        desk.words.state[f"card:{number}"] = "changed"
        await desk.want(f"card:{number}", priority=3)
    await desk.outbox.deliver_due()
    desk.words.state["card:p0"] = "changed"
    await desk.want("card:p0", priority=0)
    await desk.outbox.deliver_due()
    edits = [kept.key for kept in desk.chat.messages.values() if len(kept.shown) > 1]

    assert "card:p0" in edits
    assert 0 < len(edits) < 9


async def test_edits_wait_a_little_unless_the_colour_changed(desk: Desk) -> None:
    desk.limits = OutboxLimits(edit_gap_seconds=2)
    desk.fresh()
    await desk.want()
    await desk.outbox.deliver_due()
    desk.words.state["card:a"] = "more evidence"
    await desk.want()
    await desk.later(0.5)
    held = desk.chat.texts("card:a")
    desk.words.state["card:a"], desk.words.colours["card:a"] = "resolved", "green"
    await desk.want()
    await desk.later(0.1)

    assert held == [["new"]]
    assert desk.chat.texts("card:a") == [["new", "resolved"]]


async def test_a_held_edit_leaves_when_its_time_has_come(desk: Desk) -> None:
    desk.limits = OutboxLimits(edit_gap_seconds=2)
    desk.fresh()
    await desk.want()
    await desk.outbox.deliver_due()
    desk.words.state["card:a"] = "more evidence"
    await desk.want()
    await desk.later(0.5)
    await desk.later(1.6)

    assert desk.chat.texts("card:a") == [["new", "more evidence"]]


async def test_a_clock_that_is_set_back_holds_no_edit(desk: Desk) -> None:
    desk.limits = OutboxLimits(edit_gap_seconds=2)
    desk.fresh()
    await desk.want()
    await desk.outbox.deliver_due()
    await desk.later(-3600)
    desk.words.state["card:a"] = "more evidence"
    await desk.want()
    await desk.outbox.deliver_due()

    assert desk.chat.texts("card:a") == [["new", "more evidence"]]


async def test_details_wait_for_their_card_and_go_into_its_thread(desk: Desk) -> None:
    desk.chat.refusing = {"#alerts": Unavailable("down", backend="slack")}
    await desk.want("card:a")
    await desk.want("details:a", thread_of="card:a")
    await desk.outbox.deliver_due()
    desk.chat.refusing = {}
    await desk.later(5)

    threads = {kept.key: kept.thread_ts for kept in desk.chat.messages.values()}
    assert threads == {"card:a": None, "details:a": "1.000001"}


async def test_what_cannot_be_drawn_is_set_aside_and_stops_nobody(desk: Desk) -> None:
    desk.words.broken = {"card:bad"}
    await desk.want("card:bad", priority=0)
    await desk.want("card:good")
    await desk.outbox.deliver_due()
    slot = await desk.slot("card:bad")

    assert desk.chat.texts("card:good") == [["new"]]
    assert slot.last_error == "The message could not be drawn."
    assert slot.not_before == desk.clock.now() + timedelta(seconds=1)


async def test_a_slot_with_nothing_to_show_is_done(desk: Desk) -> None:
    desk.words.state["card:a"] = "gone"
    await desk.want()
    await desk.outbox.deliver_due()
    async with desk.store.read() as tx:
        waiting = await tx.outbox.waiting()

    assert desk.chat.calls == []
    assert waiting == 0


async def test_home_tabs_are_published(desk: Desk) -> None:
    await desk.want("home:U1", channel="U1", kind=SlotKind.HOME)
    await desk.outbox.deliver_due()

    assert list(desk.chat.homes) == ["U1"]


async def test_a_posted_card_is_remembered_with_its_incident(desk: Desk) -> None:
    policies = shipped_policies()
    async with desk.store.write() as tx:
        incident: Incident = await declare(
            tx,
            policies,
            title="checkout hangs",
            service="checkout",
            priority=Priority.P1,
            by="mina",
            at=desk.clock.now(),
            environment="production",
        )
    await desk.outbox.deliver_due()
    async with desk.store.read() as tx:
        found = await tx.incidents.by_conversation("#alerts-critical", "1.000001")
        kinds = [event.kind for event in await tx.timeline.of(incident.id)]

    assert found is not None
    assert found.id == incident.id
    assert kinds.count(TimelineKind.CARD_POSTED) == 1


async def test_the_loop_delivers_when_it_is_woken_and_stops_cleanly(desk: Desk) -> None:
    import asyncio

    running = asyncio.create_task(desk.outbox.run())
    await desk.want()
    desk.outbox.wake()
    await eventually(lambda: desk.chat.messages, every=0.01)
    await desk.outbox.stop()
    await asyncio.wait_for(running, 60)

    assert desk.chat.texts("card:a") == [["new"]]
