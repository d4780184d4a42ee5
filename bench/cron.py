"""Whether recurring work is started exactly once: 400 days over daylight-saving changes, two workers, random deaths.

Method: eighteen daily and weekly entries in three zones whose clocks change by an hour or (Lord Howe) by half of one, some
of them at times that are skipped or shown twice. Two workers with clocks a few seconds apart, each with its own connections
to one real database, look at random moments after each occurrence, at the same time. Each await of a look may be its last
(`kills`), before and after every statement and commit; the worker is then built anew. Now and then both are away for up to
five hours, and now and then their clocks go back by up to an hour. What was started is counted as rows that were written in
the starting transaction, and compared with `bench/cron_reference.py`, which knows no cron library. `missed` are occurrences
without a row, `doubled` are rows too many, `unexpected` are rows of times at which nothing was due. Beside that, real
processes are killed with `kill -9` (`killed_processes`) while time runs an hour a second. `--quick` takes 36 days in which
all three zones change their clocks; without it, the same also runs on PostgreSQL for 60 days.
"""

import asyncio
import random
import tempfile
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from agent.domain.timeline import TimelineKind
from agent.operations.cron import Cron, CronEntry
from agent.ports.store import Store, Tx
from agent.store.engine import open_store
from agent.telemetry.logs import configure_logs
from bench.cron_mortal import Fate, Killed, MortalStore
from bench.cron_processes import killed_processes
from bench.cron_reference import Daily, due_times
from bench.figures import options, report
from demo.backends.postgres import PostgresServer

ZONES = ("America/New_York", "Europe/Berlin", "Australia/Lord_Howe")
BEGIN = datetime(2026, 2, 1, 3, 17, tzinfo=UTC)
SPRING = datetime(2026, 3, 2, 3, 17, tzinfo=UTC)
DAYS, QUICK_DAYS, POSTGRES_DAYS = 400, 36, 60
CATCH_UP = timedelta(hours=6)
DEATHS = 0.06
LOG = "cron"


@dataclass
class Hands:
    """A clock that both workers see, each a little off."""

    at: datetime
    off: timedelta = timedelta(0)

    def now(self) -> datetime:
        """Return the simulated time."""
        return self.at + self.off


@dataclass
class World:
    """The two workers, what they have in common, and chance."""

    chance: random.Random
    wanted: list[Daily]
    stores: list[Store]
    fate: Fate
    clocks: list[Hands] = field(default_factory=lambda: [Hands(BEGIN), Hands(BEGIN, timedelta(seconds=2))])
    looks: int = 0

    def set(self, at: datetime) -> None:
        """Let it be a time."""
        for clock in self.clocks:
            clock.at = at

    async def look(self) -> None:
        """Have both workers look at once, and again for whom died, until neither does."""
        alive = [False, False]
        while not all(alive):
            alive = list(await asyncio.gather(*(self._one(n) for n, was in enumerate(alive) if not was)))

    async def _one(self, number: int) -> bool:
        self.looks += 1
        clock = self.clocks[number]
        cron = Cron(
            MortalStore(self.stores[number], self.fate), clock, lambda: [_entry(one) for one in self.wanted]
        )
        await asyncio.sleep(self.chance.random() * 0.0005)
        try:
            await cron.look()
        except Killed:
            return False
        return True


def entries() -> list[Daily]:
    """Return what recurs: checks as they are shipped, and times in the hours at which clocks change."""
    times = ((9, 0), (18, 0), (2, 30), (1, 45), (2, 5))
    found = [Daily(f"{zone} {h:02d}:{m:02d}", h, m, zone) for zone in ZONES for h, m in times]
    return found + [Daily(f"{zone} weekly", 10, 0, zone, weekday=0) for zone in ZONES]


def _entry(one: Daily) -> CronEntry:
    return CronEntry(one.name, one.expression, one.zone, CATCH_UP, partial(_start, one.name))


async def _start(name: str, tx: Tx, occurrence: datetime) -> None:
    data = {"entry": name, "occurrence": occurrence.isoformat()}
    await tx.timeline.append(f"{LOG}:{name}", TimelineKind.NOTE, "worker", occurrence, dict(data))


async def simulate(url: str, begin: datetime, days: int, seed: int) -> dict[str, int]:
    """Live through so many days and count what was started."""
    chance, wanted = random.Random(seed), entries()
    end = begin + timedelta(days=days)
    due = due_times(wanted, begin, end)
    async with AsyncExitStack() as stack:
        stores = []
        for _ in range(2):
            store = await open_store(url)
            stack.push_async_callback(store.close)
            stores.append(store)
        world = World(chance, wanted, list(stores), Fate(chance, DEATHS))
        world.set(begin)
        await world.look()
        await _live(world, sorted({at for times in due.values() for at in times}), end)
        started = await _started(stores[0], wanted)
    return _counts(due, started) | {"kills": world.fate.kills, "looks": world.looks}


async def _live(world: World, moments: list[datetime], end: datetime) -> None:
    chance, back = world.chance, BEGIN
    for at in moments:
        if at < back:
            # Both are away, and owe what comes due meanwhile.
            continue
        away = chance.random() < 0.01
        back = at + (timedelta(minutes=chance.uniform(1, 300)) if away else timedelta(0))
        world.set(back + timedelta(seconds=chance.uniform(0, 30)))
        await world.look()
        if chance.random() < 0.02:
            world.set(at - timedelta(minutes=chance.uniform(1, 60)))
            await world.look()
    world.set(end + timedelta(minutes=5))
    await world.look()


async def _started(store: Store, wanted: list[Daily]) -> dict[str, Counter[datetime]]:
    async with store.read() as tx:
        return {
            one.name: Counter(
                datetime.fromisoformat(str(event.data["occurrence"]))
                for event in await tx.timeline.of(f"{LOG}:{one.name}")
            )
            for one in wanted
        }


def _counts(due: dict[str, list[datetime]], started: dict[str, Counter[datetime]]) -> dict[str, int]:
    checks = missed = doubled = unexpected = 0
    for name, times in due.items():
        found = started[name]
        checks += len(times)
        missed += sum(found[at] == 0 for at in times)
        doubled += sum(count - 1 for count in found.values())
        unexpected += len(set(found) - set(times))
    return {"checks": checks, "missed": missed, "doubled": doubled, "unexpected": unexpected}


async def main(*, quick: bool) -> dict[str, float | int]:
    """Run everything and return the figures."""
    configure_logs(level="ERROR", form="json", secrets=())
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bench-cron-") as folder:
        url = f"sqlite:///{Path(folder) / 'cron.db'}"
        figures: dict[str, float | int] = dict(
            await simulate(url, SPRING, QUICK_DAYS, 20261123)
            if quick
            else await simulate(url, BEGIN, DAYS, 20261123)
        )
        if not quick:
            async with PostgresServer(Path(folder) / "pg", fsync=False) as server:
                there = await simulate(server.url, BEGIN, POSTGRES_DAYS, 20261124)
            figures |= {f"postgresql_{name}": value for name, value in there.items()}
        figures |= await killed_processes(Path(folder), seconds=8 if quick else 60)
    return figures | {"seconds": time.monotonic() - began}


if __name__ == "__main__":
    chosen = options(__doc__ or "")
    report(asyncio.run(main(quick=chosen.quick)), only_json=chosen.json)
