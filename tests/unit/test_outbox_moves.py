"""A card whose incident becomes louder moves to the channel where its people look, and is never there twice."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agent.domain.alert import Reason
from agent.domain.incident import Incident, Priority
from agent.domain.noun import Json
from agent.domain.page import Page, PageState, Way
from agent.domain.update import Moment, Update, UpdateState
from agent.errors import Unavailable
from agent.lifecycle.announce import announce
from agent.lifecycle.changes import declare, set_priority
from agent.policy.load import Policies
from agent.ports.chat import Posted, Rendered
from agent.ports.outbox import Slot, SlotKind
from agent.store.engine import SqlStore, open_store
from agent.transport.outbox import Outbox
from agent.transport.outbox_delivery import Drawn
from agent.transport.outbox_pacing import OutboxLimits
from tests.support.alerts import shipped_policies
from tests.support.chat import MemoryChat
from tests.support.store import StillClock, prepared


class Words:
    """Draws each slot as its key; a card changes with each drawing."""

    drawn = 0

    async def draw(self, slot: Slot) -> Drawn:
        self.drawn += 1
        return Drawn(Rendered(text=f"{slot.key} {self.drawn}"), colour=str(self.drawn))


@dataclass
class Desk:
    """An incident, its outbox and a chat."""

    store: SqlStore
    chat: MemoryChat = field(default_factory=MemoryChat)
    clock: StillClock = field(default_factory=StillClock)
    policies: Policies = field(default_factory=shipped_policies)

    def __post_init__(self) -> None:
        limits = OutboxLimits(edit_gap_seconds=0)
        self.outbox = Outbox(self.store, self.chat, Words(), self.clock, limits)

    async def declare(self, priority: Priority = Priority.P2) -> Incident:
        async with self.store.write() as tx:
            return await declare(
                tx,
                self.policies,
                title="checkout is slow",
                service="checkout",
                priority=priority,
                by="mina",
                at=self.clock.now(),
                environment="production",
            )

    async def rank(self, incident: Incident, priority: Priority) -> None:
        async with self.store.write() as tx:
            await set_priority(
                tx,
                self.policies,
                incident.id,
                priority=priority,
                reason=Reason(rule="r", sentence="it spreads"),
                by="ops-monitor",
                at=self.clock.now(),
            )

    async def deliver(self) -> None:
        for _ in range(3):
            self.clock.advance(5)
            await self.outbox.deliver_due()

    def places(self) -> list[tuple[str, str | None]]:
        """Return (key, channel) of every message that is there."""
        return sorted((kept.key or "", kept.channel) for kept in self.chat.messages.values())


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    store = await open_store(await prepared(f"sqlite:///{tmp_path / 'o.db'}"))
    yield Desk(store)
    await store.close()


def at_home(incident: Incident, channel: str) -> list[tuple[str, str]]:
    return [(f"{kind}:{incident.id}", channel) for kind in ("card", "details")]


async def test_a_card_moves_to_the_louder_channel_with_its_details(desk: Desk) -> None:
    incident = await desk.declare()
    await desk.deliver()
    before = desk.places()
    await desk.rank(incident, Priority.P1)
    await desk.deliver()
    async with desk.store.read() as tx:
        after = await tx.incidents.get(incident.id)

    assert at_home(incident, "#alerts-warning") == before
    assert at_home(incident, "#alerts-critical") == desk.places()
    assert after is not None
    assert "#alerts-critical" == after.conversation.channel
    assert desk.chat.messages[after.conversation.ts or ""].key == f"card:{incident.id}"


async def test_the_new_card_stands_before_the_old_one_goes(desk: Desk) -> None:
    incident = await desk.declare()
    await desk.deliver()
    desk.chat.refusing = {"#alerts-critical": Unavailable("down", backend="slack")}
    await desk.rank(incident, Priority.P1)
    await desk.deliver()
    during = desk.places()
    desk.chat.refusing = {}
    desk.clock.advance(60)
    await desk.deliver()

    assert at_home(incident, "#alerts-warning") == during
    assert at_home(incident, "#alerts-critical") == desk.places()


async def test_a_card_on_its_way_moves_when_it_has_arrived(desk: Desk) -> None:
    incident = await desk.declare()
    posting = desk.chat.post

    async def post(channel: str, message: Rendered, **options: str | None) -> Posted:
        desk.chat.post = posting  # type: ignore[method-assign]  # the first post only
        await desk.rank(incident, Priority.P1)
        return await posting(channel, message, **options)

    desk.chat.post = post  # type: ignore[method-assign]  # a raise while the post is under way
    await desk.deliver()

    assert at_home(incident, "#alerts-critical") == desk.places()


async def test_an_edit_under_way_does_not_bring_the_old_place_back(desk: Desk) -> None:
    incident = await desk.declare()
    await desk.deliver()
    editing = desk.chat.update

    async def update(posted: Posted, message: Rendered, *, key: str | None = None) -> None:
        desk.chat.update = editing  # type: ignore[method-assign]  # the first edit only
        await editing(posted, message, key=key)
        await desk.rank(incident, Priority.P1)

    desk.chat.update = update  # type: ignore[method-assign]  # a raise while an edit is under way
    async with desk.store.write() as tx:
        await announce(tx, incident, desk.policies, desk.clock.now())
    await desk.deliver()

    assert at_home(incident, "#alerts-critical") == desk.places()


@pytest.mark.parametrize("quieter", [Priority.P2, Priority.P3])
async def test_a_card_stays_where_it_was_when_the_incident_becomes_quieter(
    desk: Desk, quieter: Priority
) -> None:
    incident = await desk.declare(Priority.P1)
    await desk.deliver()
    await desk.rank(incident, quieter)
    await desk.deliver()

    assert at_home(incident, "#alerts-critical") == desk.places()


async def test_a_raise_within_one_channel_moves_nothing(desk: Desk) -> None:
    incident = await desk.declare(Priority.P1)
    await desk.deliver()
    await desk.rank(incident, Priority.P0)
    await desk.deliver()

    assert "retire" not in [what for what, _ in desk.chat.calls]
    assert at_home(incident, "#alerts-critical") == [
        p for p in desk.places() if not p[0].startswith("raised")
    ]


async def test_a_reply_on_its_way_follows_the_card_that_moved_meanwhile(desk: Desk) -> None:
    incident = await desk.declare()
    posting = desk.chat.post

    async def post(channel: str, message: Rendered, **options: str | None) -> Posted:
        if str(options.get("key")).startswith("details:"):
            desk.chat.post = posting  # type: ignore[method-assign]  # its first post only
            await desk.rank(incident, Priority.P1)
        return await posting(channel, message, **options)

    desk.chat.post = post  # type: ignore[method-assign]  # a raise while the reply is under way
    await desk.deliver()
    await desk.deliver()

    assert {f"{kind}:{incident.id}" for kind in ("card", "details")} <= {
        key for key, channel in desk.places() if channel == "#alerts-critical"
    }


async def asked_below(desk: Desk, incident: Incident, key: str, payload: dict[str, Json]) -> None:
    async with desk.store.write() as tx:
        await tx.outbox.request(
            key,
            SlotKind.REPLY,
            channel="#alerts-warning",
            priority=incident.priority.rank,
            incident_id=incident.id,
            thread_of=f"card:{incident.id}",
            payload=payload,
            at=desk.clock.now(),
        )


@pytest.mark.parametrize(
    ("state", "channels"), [(UpdateState.WAITING, ["#alerts-critical"]), (UpdateState.SENT, [])]
)
async def test_an_update_that_waits_for_a_yes_goes_where_the_card_goes(
    desk: Desk, state: UpdateState, channels: list[str]
) -> None:
    incident = await desk.declare()
    update = Update(
        id=f"update:{incident.id}:customers:en:opened:1",
        number=1,
        incident_id=incident.id,
        at=desk.clock.now(),
        audience="customers",
        language="en",
        moment=Moment.OPENED,
        title="t",
        sentences=(),
        destinations=(),
        state=state,
    )
    async with desk.store.write() as tx:
        await tx.updates.create(update)
    await asked_below(desk, incident, update.id, {"update": update.id})
    await desk.deliver()
    await desk.rank(incident, Priority.P1)
    await desk.deliver()

    assert channels == [channel for key, channel in desk.places() if key == update.id]


@pytest.mark.parametrize(("state", "stays"), [(PageState.ACCEPTED, True), (PageState.ANSWERED, False)])
async def test_a_call_that_nobody_answered_stays_with_its_buttons_and_calls_nobody_twice(
    desk: Desk, state: PageState, stays: bool
) -> None:
    incident = await desk.declare()
    page = Page(
        id=f"{incident.id}:1:P2.0:bob:slack",
        number=1,
        incident_id=incident.id,
        at=desk.clock.now(),
        person="bob",
        target="primary",
        way=Way.SLACK,
        reason="opened",
        state=state,
    )
    key = f"page:{page.id}"
    async with desk.store.write() as tx:
        await tx.pages.create(page)
    await asked_below(desk, incident, key, {"page": page.id})
    await desk.deliver()
    await desk.rank(incident, Priority.P1)
    await desk.deliver()

    assert ([(key, "#alerts-warning")] if stays else []) == [one for one in desk.places() if one[0] == key]
    assert {f"{kind}:{incident.id}" for kind in ("card", "details")} <= {
        key for key, channel in desk.places() if channel == "#alerts-critical"
    }
    assert stays is ("retire" not in [what for what, _ in desk.chat.calls])
