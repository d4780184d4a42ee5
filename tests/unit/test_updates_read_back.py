"""What was sent is read back: the same words however Slack writes them, other words, none, and what cannot be read."""

import html
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.timeline import TimelineKind
from agent.domain.update import Destination, Reading, Update
from agent.errors import BackendError, Refused, Unavailable
from agent.lifecycle.updates import slack_settled
from agent.lifecycle.updates_back import PAUSES, READ_SLACK, ReadBack, want_reading
from agent.lifecycle.updates_reading import alike, page_alike
from agent.ports.chat import Posted
from agent.transport.slack.people.rereading import SlackReading
from agent.transport.slack.shown import words_of
from tests.support.guarded import HandQueue
from tests.support.updates import Newsroom, newsroom

LEADERS = Destination(way="slack", address="#leaders")
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cf")), max_size=60)


@dataclass
class Wall:
    """What a channel shows, by ts; `failing` errors are raised one per look."""

    shows: dict[str, str | None] = field(default_factory=dict)
    failing: list[BackendError] = field(default_factory=list)
    threads: list[str | None] = field(default_factory=list)

    async def read(self, posted: Posted, *, thread_ts: str | None = None) -> str | None:
        self.threads.append(thread_ts)
        if self.failing:
            raise self.failing.pop(0)
        return self.shows.get(posted.ts)


@dataclass
class Desk:
    """A newsroom with a channel, and the jobs that read it."""

    room: Newsroom
    queue: HandQueue
    wall: Wall = field(default_factory=Wall)

    async def told(self, moment: str = "opened") -> Update:
        """Have the leaders told."""
        await self.room.tell(moment, "executives")
        return await self.room.newest("executives")

    async def posted(self, update: Update, *, shows: bool = True) -> None:
        """Let Slack take what waits for it, and show it as it was sent."""
        root = f"update:{self.room.incident.id}:executives:en:slack:#leaders"
        async with self.room.store.write() as tx:
            for number, key in enumerate((root, f"{update.id}:slack:#leaders"), 1):
                slot = await tx.outbox.get(key)
                if slot is None:
                    continue
                ts = slot.ts or f"{update.number}.{number}"
                await tx.outbox.sent(key, slot.wanted, channel="C0LEADERS", ts=ts)
                self.wall.shows[ts] = words_of(slot.payload) if shows else None
            now = self.room.clock.now()
            await slack_settled(tx, now)
            await want_reading(tx, self.queue, update.id, LEADERS, now)

    async def work(self) -> None:
        """Run what is queued until nothing is."""
        back = ReadBack(
            self.room.store, self.queue, self.room.clock, SlackReading(self.room.store, self.wall).look
        )
        while (job := self.queue.take()) is not None or self.queue.next_time() is not None:
            if job is None:
                self.room.clock.advance(60)
                continue
            assert job.kind == READ_SLACK
            await back.read(job.payload)

    async def reading(self, update: Update) -> Reading:
        """Return how an update reads for the leaders."""
        async with self.room.store.read() as tx:
            found = await tx.updates.get(update.id)
        assert found is not None
        return next(one.reading for one in found.delivered if one.destination == LEADERS)

    async def words(self, key: str) -> bool:
        """Say whether a reply was wanted."""
        async with self.room.store.read() as tx:
            return await tx.outbox.get(key) is not None

    async def unlike(self) -> int:
        """Count the lines of the timeline about updates that read differently."""
        view = await self.room.view()
        return sum(event.kind is TimelineKind.UPDATE_UNLIKE for event in view.timeline)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with newsroom(tmp_path) as room:
        yield Desk(room, HandQueue(room.clock))


async def test_what_reads_as_agreed_is_noted_and_told_to_nobody(desk: Desk) -> None:
    update = await desk.told()
    await desk.posted(update)
    await desk.work()

    assert await desk.reading(update) is Reading.SAME
    assert not await desk.words(f"unlike:{update.id}:slack:#leaders")
    assert await desk.unlike() == 0


@pytest.mark.parametrize("held", ["something else", None])
async def test_what_reads_differently_or_is_gone_is_told_once(desk: Desk, held: str | None) -> None:
    update = await desk.told()
    await desk.posted(update)
    desk.wall.shows = dict.fromkeys(desk.wall.shows, held)
    await desk.work()
    async with desk.room.store.write() as tx:
        await want_reading(tx, desk.queue, update.id, LEADERS, desk.room.clock.now())

    assert await desk.reading(update) is (Reading.GONE if held is None else Reading.DIFFERS)
    assert await desk.words(f"unlike:{update.id}:slack:#leaders")
    assert await desk.unlike() == 1
    assert desk.queue.next_time() is None


async def test_a_later_update_is_read_in_its_thread_and_at_its_top(desk: Desk) -> None:
    await desk.posted(await desk.told())
    desk.room.clock.advance(1800)
    later = await desk.told("due")
    await desk.posted(later)
    await desk.work()
    root = next(iter(desk.wall.shows))

    assert await desk.reading(later) is Reading.SAME
    assert desk.wall.threads[-2:] == [root, None]


async def test_an_update_whose_place_a_later_one_took_is_no_difference(desk: Desk) -> None:
    first = await desk.told()
    await desk.posted(first)
    desk.room.clock.advance(1800)
    later = await desk.told("due")
    await desk.posted(later)
    await desk.work()

    assert (await desk.reading(first), await desk.reading(later)) == (Reading.OVERTAKEN, Reading.SAME)


async def test_a_read_that_fails_is_tried_again(desk: Desk) -> None:
    update = await desk.told()
    await desk.posted(update)
    desk.wall.failing = [Unavailable("away", backend="slack")] * len(PAUSES)
    await desk.work()

    assert await desk.reading(update) is Reading.SAME


@pytest.mark.parametrize(
    ("error", "looks"),
    [(Unavailable("away", backend="slack"), len(PAUSES) + 1), (Refused("no scope", backend="slack"), 1)],
)
async def test_what_cannot_be_read_is_said_so(desk: Desk, error: BackendError, looks: int) -> None:
    update = await desk.told()
    await desk.posted(update)
    desk.wall.failing = [error] * 20
    await desk.work()
    async with desk.room.store.read() as tx:
        kept = await tx.updates.get(update.id)

    assert await desk.reading(update) is Reading.UNREADABLE
    assert kept is not None
    assert error.user_message in {one.unread_because for one in kept.delivered}
    assert len(desk.wall.threads) == looks
    assert await desk.words(f"unread:{desk.room.incident.id}:slack:#leaders")
    assert await desk.unlike() == 0


@given(WORDS)
def test_words_are_alike_however_slack_escapes_them(words: str) -> None:
    assert alike(words, words)
    assert alike(words, html.escape(words, quote=False))


@given(WORDS, WORDS)
def test_words_that_read_differently_are_not_alike(words: str, more: str) -> None:
    letters = "".join(one for one in more if one.isalnum())

    assert not alike(words, f"{words} x{letters}")


@pytest.mark.parametrize(
    ("sent", "held"),
    [
        ("See shop.example", "See <http://shop.example|shop.example>"),
        ("See https://shop.example/a", "See <https://shop.example/a>"),
        ("Mail to a@shop.example", "Mail to <mailto:a@shop.example|a@shop.example>"),
        ("<https://a.example> & more", "&lt;<https://a.example>&gt; &amp; more"),
        ("It works 🎉 again", "It works :tada: again"),
        ("two\nlines", "two  lines "),
    ],
)
def test_links_emoji_and_spaces_come_back_in_slacks_writing(sent: str, held: str) -> None:
    assert alike(sent, held)


@pytest.mark.parametrize(
    ("sent", "held"),
    [
        ("from 10:30:15 on", "from 10:30:45 on"),
        ("We refund nobody", "We refund everybody"),
        ("paid", ""),
        ("See shop.example", "See <http://evil.example|evil.example>"),
        ("a:b:c", "a c"),
    ],
)
def test_other_words_are_not_alike(sent: str, held: str) -> None:
    assert not alike(sent, held)


async def test_a_status_page_has_to_show_title_words_and_components(desk: Desk) -> None:
    await desk.room.tell("opened", "customers")
    update = await desk.room.newest("customers")
    shown = f"{update.title}\n{update.stage}: {update.body}\nPayments: major_outage"
    others = [
        shown.replace("major_outage", "operational"),
        shown.replace(update.title, "Nothing happened"),
        shown.replace("\nPayments", " and more.\nPayments"),
        f"{update.title}\nresolved: {update.body}\nPayments: major_outage",
        f"{shown}\nBy the way, all is well",
    ]

    assert page_alike(update, shown)
    assert page_alike(update, f"{shown}\nSearch: partial_outage")
    assert [page_alike(update, one) for one in others] == [False] * len(others)
    assert page_alike(update, shown.replace(update.title, "Later title"), overtaken=True)
