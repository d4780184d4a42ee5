"""Real processes that look at one database while time runs an hour a second, killed with `kill -9` at random moments."""

import asyncio
import random
import signal
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from agent.domain.timeline import TimelineKind
from agent.operations.cron import Cron, CronEntry
from agent.ports.store import Store, Tx
from agent.store.engine import open_store

SPEED = 3_600.0
START = datetime(2026, 3, 28, tzinfo=UTC)
CATCH_UP = timedelta(hours=20)
WORKERS = 2
LOG = "processes"


class FastClock:
    """Runs an hour a second from a common beginning (seconds of the machine's monotonic clock)."""

    def __init__(self, began: float) -> None:
        self._began = began

    def now(self) -> datetime:
        """Return the simulated time."""
        return START + timedelta(seconds=(time.monotonic() - self._began) * SPEED)


def entries() -> list[CronEntry]:
    """Return one entry for each hour of the day, so that a second's absence owes none of them twice."""
    return [
        CronEntry(f"hour {hour}", f"0 {hour} * * *", "UTC", CATCH_UP, partial(_start, hour))
        for hour in range(24)
    ]


async def _start(hour: int, tx: Tx, occurrence: datetime) -> None:
    await tx.timeline.append(LOG, TimelineKind.NOTE, "worker", occurrence, {"at": occurrence.isoformat()})


async def work(url: str, began: float) -> None:
    """Look again and again until killed."""
    store = await open_store(url)
    cron = Cron(store, FastClock(began), entries)
    while True:
        await cron.look()
        await asyncio.sleep(0.02)


async def killed_processes(folder: Path, *, seconds: float) -> dict[str, int]:
    """Kill workers for so many seconds; return what was due of the time, and what was started how often."""
    url, chance, killed = f"sqlite:///{folder / 'processes.db'}", random.Random(7), 0
    store = await open_store(url)
    began = time.monotonic()
    clock = FastClock(began)
    await Cron(store, clock, entries).look()
    first = clock.now()
    alive = [await _worker(url, began) for _ in range(WORKERS)]
    while time.monotonic() - began < seconds:
        await asyncio.sleep(chance.uniform(0.3, 1.2))
        victim = chance.randrange(WORKERS)
        alive[victim].send_signal(signal.SIGKILL)
        await alive[victim].wait()
        killed += 1
        alive[victim] = await _worker(url, began)
    for one in alive:
        one.send_signal(signal.SIGKILL)
        await one.wait()
    # Whoever comes next finds what nobody was there for.
    cron = Cron(store, clock, entries)
    await cron.look()
    last = clock.now() - timedelta(hours=1)
    figures = await _compared(store, first, last)
    await store.close()
    return figures | {"killed_processes": killed}


async def _worker(url: str, began: float) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.cron_processes", url, str(began))


async def _compared(store: Store, first: datetime, last: datetime) -> dict[str, int]:
    async with store.read() as tx:
        events = await tx.timeline.of(LOG)
    found = Counter(datetime.fromisoformat(str(event.data["at"])) for event in events)
    due = []
    at = first.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    while at <= last:
        due.append(at)
        at += timedelta(hours=1)
    return {
        "processes_checks": len(due),
        "processes_missed": sum(found[one] == 0 for one in due),
        "processes_doubled": sum(count - 1 for count in found.values()),
    }


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], float(sys.argv[2])))
