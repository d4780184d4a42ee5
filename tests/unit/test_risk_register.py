"""The risk register: people keep it, and once a week the channel hears of it, whatever the clocks and replicas do."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.analysis.redaction import Redactor
from agent.domain.risk import RiskEntry, RiskLevel, RiskState
from agent.errors import BadInput, NotFound
from agent.handoffs.risk_manager.digest import RiskDigest, message, week_of
from agent.handoffs.risk_manager.register import RiskRegister
from agent.ports.outbox import Slot
from agent.store.engine import SqlStore
from tests.support.alerts import shipped_policies
from tests.support.blockkit import wrong_with
from tests.support.hostile import stored
from tests.support.store import StillClock, store_at

POLICIES = shipped_policies()
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
BOOK: Any = type("Book", (), {"current": POLICIES})()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    async with store_at(tmp_path) as found:
        yield found


def register(clock: StillClock) -> RiskRegister:
    return RiskRegister(BOOK, clock, redactor=Redactor(["hunter2"]))


async def known(store: SqlStore, clock: StillClock, **wanted: Any) -> RiskEntry:
    fields: dict[str, Any] = {
        "title": "the pool runs dry",
        "service": "payment",
        "likelihood": 3,
        "impact": 4,
    } | wanted
    async with store.write() as tx:
        return await register(clock).add(tx, **fields)


async def told(store: SqlStore, week: str = "2026-W48") -> Slot | None:
    async with store.read() as tx:
        return await tx.outbox.get(f"risk-digest:{week}")


async def test_people_keep_the_register(store: SqlStore) -> None:
    clock = StillClock(MONDAY)
    book = register(clock)
    light = await known(store, clock, likelihood=1, impact=2)
    heavy = await known(store, clock, likelihood=9, impact=5, title="key hunter2\nis  old")
    async with store.write() as tx:
        assert [heavy, light] == await book.entries(tx)
        await book.assign(tx, heavy.number, " ada ")
        await book.review(tx, heavy.number, date(2026, 12, 1))
        await book.annotate(tx, heavy.number, "see hunter2")
        await book.move(tx, light.number, RiskState.CLOSED)
        (left,) = await book.entries(tx)

    assert (25, RiskLevel.SEVERE, "ada", date(2026, 12, 1)) == (
        left.score,
        left.level,
        left.owner,
        left.review_on,
    )
    assert "hunter2" not in left.title + left.note
    assert "\n" not in left.title


async def test_what_cannot_be_used_is_refused_with_a_sentence(store: SqlStore) -> None:
    clock = StillClock(MONDAY)
    entry = await known(store, clock)
    async with store.write() as tx:
        with pytest.raises(NotFound, match="R-9"):
            await register(clock).assign(tx, 9, "ada")
        with pytest.raises(BadInput):
            await register(clock).assign(tx, entry.number, " ")
        with pytest.raises(BadInput):
            await register(clock).review(tx, entry.number, date(2026, 11, 22))


async def test_a_review_is_overdue_the_day_after_and_accepting_sets_the_next(store: SqlStore) -> None:
    clock = StillClock(MONDAY)
    entry = await known(store, clock)
    assert date(2026, 12, 23) == entry.review_on
    async with store.write() as tx:
        assert [] == await register(clock).overdue(tx, entry.review_on)
        assert [entry] == await register(clock).overdue(tx, entry.review_on + timedelta(days=1))
        clock.advance(40 * 86_400)
        accepted = await register(clock).move(tx, entry.number, RiskState.ACCEPTED)

    assert accepted.review_on > clock.now().date()


async def test_a_week_is_told_once_by_whoever_comes_first(store: SqlStore) -> None:
    clock = StillClock(MONDAY - timedelta(seconds=1))
    await known(store, clock)
    replicas = [RiskDigest(store, BOOK, clock, register(clock)) for _ in range(3)]
    assert not await replicas[0].tell_if_due()
    clock.advance(1)

    assert [True, False, False] == sorted(
        await asyncio.gather(*(one.tell_if_due() for one in replicas)), reverse=True
    )
    clock.advance(-3600)
    assert not await replicas[0].tell_if_due()
    clock.advance(3 * 86_400)
    assert not await replicas[1].tell_if_due()
    clock.advance(7 * 86_400)
    assert await replicas[2].tell_if_due()
    slot = await told(store)
    assert slot is not None
    assert ("#alerts-warning", None, 1) == (slot.channel, slot.thread_of, slot.wanted)
    assert "R-1" in json.dumps(slot.payload)
    assert await told(store, "2026-W49") is not None


async def test_a_week_without_risks_is_quiet(store: SqlStore) -> None:
    digest = RiskDigest(store, BOOK, StillClock(MONDAY), register(StillClock(MONDAY)))

    assert not await digest.tell_if_due()
    assert await told(store) is None


@settings(max_examples=60)
@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2032, 12, 31), timezones=st.just(UTC)),
    st.sampled_from(["UTC", "Asia/Seoul", "America/New_York", "Europe/Berlin"]),
)
def test_every_week_of_any_zone_has_one_nine_o_clock(now: datetime, zone: str) -> None:
    policies = replace(POLICIES, freezes=POLICIES.freezes.model_copy(update={"zone": zone}))
    due, week = week_of(policies, now)
    after, same = week_of(policies, due)

    assert (due, week) == (after, same)
    assert (0, 9, 0) == (due.weekday(), due.hour, due.minute)
    assert abs(due - now) < timedelta(days=7, hours=2)


@settings(max_examples=60)
@given(st.lists(st.tuples(stored, stored, st.none() | stored, st.integers(1, 5)), max_size=40))
def test_any_entries_make_a_message_that_fits(rows: list[tuple[str, str, str | None, int]]) -> None:
    entries = [
        RiskEntry(
            id=str(number),
            number=number,
            at=MONDAY,
            title=title[:150],
            service=service[:253],
            likelihood=size,
            impact=size,
            owner=owner[:80] if owner else None,
            review_on=MONDAY.date() + timedelta(days=size - 3),
            changed_at=MONDAY,
        )
        for number, (title, service, owner, size) in enumerate(rows, start=1)
    ]
    for language in ("en", "ko"):
        payload = message(entries, "2026-W48", MONDAY.date(), language)
        blocks = payload["blocks"]

        assert isinstance(blocks, list)
        assert [] == wrong_with(blocks)  # type: ignore[arg-type]  # JSON by its type, blocks by its making
        assert "<!" not in json.dumps(payload)
        assert "<http" not in json.dumps(payload)
