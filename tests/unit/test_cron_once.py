"""Recurring work is started once: whoever looks, whoever dies, however the clocks jump, and late after a time away."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.errors import Unavailable
from agent.operations.cron import Cron, CronEntry
from agent.ports.store import Tx
from agent.store.engine import SqlStore
from bench.cron_mortal import Fate, Killed, MortalStore
from tests.support.store import StillClock, store_at

EIGHT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
HOUR = 3_600


@dataclass
class Book:
    """Notes what was started and what was missed, in the transaction that did it."""

    started: list[datetime] = field(default_factory=list)
    missed: list[datetime] = field(default_factory=list)

    async def start(self, tx: Tx, occurrence: datetime) -> None:
        tx.after_commit(lambda: self.started.append(occurrence))

    async def miss(self, tx: Tx, occurrences: Sequence[datetime]) -> None:
        tx.after_commit(lambda: self.missed.extend(occurrences))


def entry(book: Book, schedule: str = "0 9 * * *") -> CronEntry:
    return CronEntry("morning", schedule, "UTC", timedelta(hours=6), book.start, book.miss)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    async with store_at(tmp_path) as found:
        yield found


def nine(day: int) -> datetime:
    return datetime(2026, 11, day, 9, 0, tzinfo=UTC)


async def test_it_is_started_once_when_it_is_due(store: SqlStore) -> None:
    book, clock = Book(), StillClock(EIGHT)
    cron = Cron(store, clock, lambda: [entry(book)])

    for _ in range(20):
        await cron.look()
        clock.advance(10 * 60)

    assert [nine(23)] == book.started
    assert [] == book.missed


async def test_nothing_is_owed_from_before_it_was_known(store: SqlStore) -> None:
    book, clock = Book(), StillClock(EIGHT + timedelta(hours=2))
    cron = Cron(store, clock, lambda: [entry(book)])

    await cron.look()
    await cron.look()

    assert [] == book.started


async def test_two_who_look_at_once_start_it_once(tmp_path: Path) -> None:
    book, clock = Book(), StillClock(EIGHT - timedelta(hours=22))
    async with store_at(tmp_path) as one, store_at(tmp_path) as two:
        workers = [Cron(store, clock, lambda: [entry(book)]) for store in (one, two)]
        await workers[0].look()
        for _ in range(5):
            clock.advance(24 * HOUR)
            await asyncio.gather(*(worker.look() for worker in workers))

    assert [nine(day) for day in (23, 24, 25, 26, 27)] == sorted(book.started)


async def test_after_a_time_away_the_newest_runs_late_and_older_ones_are_missed(store: SqlStore) -> None:
    book, clock = Book(), StillClock(EIGHT)
    cron = Cron(store, clock, lambda: [entry(book)])
    await cron.look()

    clock.advance(3 * 24 * HOUR + 4 * HOUR)
    await cron.look()

    assert [nine(26)] == book.started
    assert [nine(23), nine(24), nine(25)] == book.missed


async def test_what_is_older_than_the_catch_up_is_missed(store: SqlStore) -> None:
    book, clock = Book(), StillClock(EIGHT)
    cron = Cron(store, clock, lambda: [entry(book)])
    await cron.look()

    clock.advance(1 * HOUR + 6 * HOUR + 1)
    await cron.look()

    assert ([], [nine(23)]) == (book.started, book.missed)


async def test_a_clock_that_goes_back_repeats_nothing(store: SqlStore) -> None:
    book, clock = Book(), StillClock(EIGHT)
    cron = Cron(store, clock, lambda: [entry(book)])
    await cron.look()

    for step in (HOUR, -2 * HOUR, HOUR, HOUR, -12 * HOUR, 12 * HOUR, HOUR):
        clock.advance(step)
        await cron.look()

    assert [nine(23)] == book.started


async def test_a_clock_that_was_years_ahead_holds_nothing_back(store: SqlStore) -> None:
    book, clock = Book(), StillClock(EIGHT)
    cron = Cron(store, clock, lambda: [entry(book)])
    await cron.look()

    clock.advance(3_650 * 24 * HOUR)
    await cron.look()
    book.started.clear()
    clock.advance(-3_650 * 24 * HOUR)
    await cron.look()
    clock.advance(2 * HOUR)
    await cron.look()

    assert [nine(23)] == book.started


async def test_what_ran_is_not_called_missed_because_a_clock_went_back(store: SqlStore) -> None:
    book, clock = Book(), StillClock(EIGHT)
    cron = Cron(store, clock, lambda: [entry(book)])
    for step in (0, 2 * HOUR, 22 * HOUR, 2 * HOUR):
        clock.advance(step)
        await cron.look()

    clock.advance(-23 * HOUR)
    await cron.look()
    clock.advance(23 * HOUR)
    await cron.look()

    assert ([nine(23), nine(24)], []) == (book.started, book.missed)


async def test_another_schedule_owes_nothing_of_the_past(store: SqlStore) -> None:
    book, clock = Book(), StillClock(EIGHT)
    current = [entry(book)]
    cron = Cron(store, clock, lambda: current)
    await cron.look()
    clock.advance(6 * HOUR)
    await cron.look()

    current[0] = entry(book, "0 12 * * *")
    await cron.look()
    clock.advance(22 * HOUR)
    await cron.look()

    assert [nine(23), nine(24).replace(hour=12)] == book.started


async def test_what_fails_is_rolled_back_and_tried_again(store: SqlStore) -> None:
    book, clock, fails = Book(), StillClock(EIGHT), [True]

    async def start(tx: Tx, occurrence: datetime) -> None:
        await tx.seen.first_time("effect", occurrence)
        await book.start(tx, occurrence)
        if fails:
            fails.pop()
            raise Unavailable("The database is away.", backend="database")

    cron = Cron(store, clock, lambda: [replace(entry(book), start=start)])
    await cron.look()
    clock.advance(2 * HOUR)

    assert 0 == await cron.look()
    async with store.write() as tx:
        assert await tx.seen.first_time("other", EIGHT)
    assert 1 == await cron.look()
    assert [nine(23)] == book.started


async def test_one_entry_s_bug_does_not_stop_the_others(store: SqlStore) -> None:
    book, clock = Book(), StillClock(EIGHT)

    async def broken(tx: Tx, occurrence: datetime) -> None:
        raise ZeroDivisionError

    wrong = replace(entry(book), name="a broken one", start=broken)
    cron = Cron(store, clock, lambda: [wrong, entry(book)])
    await cron.look()
    clock.advance(2 * HOUR)
    await cron.look()

    assert [nine(23)] == book.started


@pytest.mark.parametrize("seed", range(8))
async def test_whoever_dies_at_any_await(tmp_path: Path, seed: int) -> None:
    fate, clock = Fate(random.Random(seed), 0.08), StillClock(EIGHT - timedelta(hours=22))

    async def start(tx: Tx, occurrence: datetime) -> None:
        await with_count(tx, occurrence)

    async def with_count(tx: Tx, occurrence: datetime) -> None:
        assert await tx.seen.first_time(f"effect:{occurrence.isoformat()}", occurrence)

    book = Book()
    async with store_at(tmp_path) as store:
        for _ in range(4):
            while True:
                cron = Cron(MortalStore(store, fate), clock, lambda: [replace(entry(book), start=start)])
                try:
                    await cron.look()
                except Killed:
                    continue
                break
            clock.advance(24 * HOUR)
        async with store.write() as tx:
            new = [await tx.seen.first_time(f"effect:{nine(day).isoformat()}", EIGHT) for day in (23, 24, 25)]

    assert [False, False, False] == new
    assert [] == book.missed


async def test_it_sleeps_until_the_next_one_and_not_longer_than_half_a_minute(store: SqlStore) -> None:
    book, clock = Book(), StillClock(EIGHT)
    cron = Cron(store, clock, lambda: [entry(book)])

    assert 30 == cron.pause()
    clock.advance(HOUR - 4)
    assert 4 == cron.pause()
    assert 30 == Cron(store, clock, lambda: []).pause()


async def test_the_mark_outlives_what_is_forgotten(store: SqlStore) -> None:
    book, clock = Book(), StillClock(EIGHT)
    cron = Cron(store, clock, lambda: [entry(book)])
    await cron.look()
    clock.advance(2 * HOUR)
    await cron.look()

    async with store.write() as tx:
        await tx.retention.forget(EIGHT + timedelta(days=400))
    await cron.look()

    assert [nine(23)] == book.started
