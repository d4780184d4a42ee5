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
CATCH_UP = timedelta(hours=23)
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
    """Look again and again until killed; say when the first look is over."""
    store = await open_store(url)
    cron = Cron(store, FastClock(began), entries)
    await cron.look()
    print("ready", flush=True)
    while True:
        await asyncio.sleep(0.02)
        await cron.look()


async def killed_processes(folder: Path, *, seconds: float) -> dict[str, int]:
    """Kill workers for so many seconds; return what was due of the time, and what was started how often.

    One is killed at a random moment of its work while the other is at work too: an hour of simulated time is a second,
    and a process takes longer than that to start on a busy machine.
    """
    url, chance, killed = f"sqlite:///{folder / 'processes.db'}", random.Random(7), 0
    store = await open_store(url)
    began = time.monotonic()
    clock = FastClock(began)
    await Cron(store, clock, entries).look()
    first = clock.now()
    alive = [await _worker(url, began) for _ in range(WORKERS)]
    while time.monotonic() - began < seconds:
        await asyncio.sleep(chance.uniform(0.0, 0.5))
        victim = chance.randrange(WORKERS)
        await _kill(alive[victim])
        killed += 1
        alive[victim] = await _worker(url, began)
    for one in alive:
        await _kill(one)
    # Whoever comes next finds what nobody was there for.
    await Cron(store, clock, entries).look()
    figures = await _compared(store, first, clock.now() - timedelta(hours=1))
    await store.close()
    return figures | {"killed_processes": killed}


async def _worker(url: str, began: float) -> asyncio.subprocess.Process:
    """Start a worker and wait until it is at work."""
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.cron_processes", url, str(began), stdout=asyncio.subprocess.PIPE
    )
    if started.stdout is not None:
        await started.stdout.readline()
    return started


async def _kill(worker: asyncio.subprocess.Process) -> None:
    worker.send_signal(signal.SIGKILL)
    await worker.wait()


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
