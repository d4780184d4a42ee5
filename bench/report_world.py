"""The world of `bench.report`: months of a shop's metrics as a store would have scraped them, and its incidents."""

import math
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent.domain.alert import Reason
from agent.domain.incident import Priority
from agent.lifecycle import changes, tasks
from agent.policy.load import Policies
from agent.store.engine import SqlStore

SERVICES = {
    "storefront": 60.0,
    "checkout": 20.0,
    "payment": 12.0,
    "catalog": 45.0,
    "textbook": 6.0,
    "tutor": 9.0,
}
HOSTS = ("node-1", "node-2")
BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0)
SHARES = (0.3, 0.55, 0.85, 0.97, 0.99, 0.998, 0.9995)
SCRAPE = 300
GIB = 2**30


def write_metrics(path: Path, start: float, end: float) -> int:
    """Write every series in the OpenMetrics form; return how many samples there are."""
    chance, count = random.Random(7), 0
    with path.open("w") as file:
        for family, lines in (
            ("http_requests counter", _requests(start, end, chance)),
            ("http_request_duration_seconds histogram", _durations(start, end, chance)),
            ("node_cpu_seconds counter", _cpu(start, end)),
            ("node_memory_MemTotal_bytes gauge", _flat("node_memory_MemTotal_bytes", 32 * GIB, start, end)),
            (
                "node_memory_MemAvailable_bytes gauge",
                _flat("node_memory_MemAvailable_bytes", 12 * GIB, start, end),
            ),
            ("node_filesystem_size_bytes gauge", _flat("node_filesystem_size_bytes", 250 * GIB, start, end)),
            ("node_filesystem_free_bytes gauge", _flat("node_filesystem_free_bytes", 180 * GIB, start, end)),
        ):
            file.write(f"# TYPE {family}\n")
            for line in lines:
                file.write(line)
                count += 1
        file.write("# EOF\n")
    return count


def _times(start: float, end: float) -> range:
    return range(int(start), int(end), SCRAPE)


def _busy(at: float) -> float:
    return 1 + 0.4 * math.sin(at / 86_400 * 2 * math.pi)


def _requests(start: float, end: float, chance: random.Random) -> Iterator[str]:
    for service, rate in SERVICES.items():
        bad = [chance.uniform(start, end) for _ in range(4)]
        for status in ("200", "503"):
            total = 0.0
            for at in _times(start, end):
                failing = 0.2 if any(begin < at < begin + 1500 for begin in bad) else 0.0002
                share = failing if status == "503" else 1 - failing
                total += rate * SCRAPE * _busy(at) * share
                yield f'http_requests_total{{service="{service}",status="{status}"}} {total:.0f} {at}\n'


def _durations(start: float, end: float, chance: random.Random) -> Iterator[str]:
    name = "http_request_duration_seconds"
    for service, rate in SERVICES.items():
        slow = chance.uniform(0.9, 1.0)
        for le, share in (*zip(BOUNDS, SHARES, strict=True), ("+Inf", 1.0)):
            total = 0.0
            for at in _times(start, end):
                total += rate * SCRAPE * _busy(at) * (share * slow if share < 1 else 1)
                yield f'{name}_bucket{{service="{service}",le="{le}"}} {total:.0f} {at}\n'
        for part, each in (("sum", 0.18), ("count", 1.0)):
            total = 0.0
            for at in _times(start, end):
                total += rate * SCRAPE * _busy(at) * each
                yield f'{name}_{part}{{service="{service}"}} {total:.1f} {at}\n'


def _cpu(start: float, end: float) -> Iterator[str]:
    for host in HOSTS:
        for mode, share in (("idle", 0.55), ("user", 0.45)):
            for at in _times(start, end):
                value = (at - start) * share
                yield f'node_cpu_seconds_total{{instance="{host}",cpu="0",mode="{mode}"}} {value:.1f} {at}\n'


def _flat(name: str, value: int, start: float, end: float) -> Iterator[str]:
    more = ',device="sda1",fstype="ext4",mountpoint="/"' if "filesystem" in name else ""
    for host in HOSTS:
        for at in _times(start, end):
            yield f'{name}{{instance="{host}"{more}}} {value} {at}\n'


async def fill(store: SqlStore, policies: Policies, first: datetime, last: datetime, count: int) -> None:
    """Put so many incidents through their lives, spread over a time; every tenth leaves a follow-up."""
    chance = random.Random(11)
    for number in range(count):
        at = first + (last - first) * (number / count) + timedelta(minutes=chance.uniform(0, 60))
        priority = chance.choices(list(Priority), (1, 3, 8, 8))[0]
        await _one(store, policies, chance, at.astimezone(UTC), priority, number)


async def _one(
    store: SqlStore, policies: Policies, chance: random.Random, at: datetime, priority: Priority, number: int
) -> None:
    service = chance.choice(list(SERVICES))
    async with store.write() as tx:
        one = await changes.open_incident(
            tx,
            policies,
            title=f"{service}: HighErrorRate",
            service=service,
            environment="production",
            namespace="shop",
            priority=priority,
            reason=Reason(rule="bench", sentence="made for a benchmark"),
            started_at=at - timedelta(seconds=chance.uniform(20, 200)),
            at=at,
            data={},
        )
        await changes.acknowledge(tx, policies, one.id, by="U1", at=at + timedelta(minutes=2))
        ended = at + timedelta(minutes=chance.uniform(5, 180))
        await changes.resolve(tx, policies, one.id, by="U1", at=ended, why=f"restarted {service} ({number})")
        if number % 10 == 0:
            words = f"Look at the limits of {service} again ({number})"
            await tasks.add(tx, policies, one.id, text=words, by="U1", at=ended, key=words, kind="follow_up")
