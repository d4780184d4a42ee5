"""Two processes work on one PostgreSQL: they share the work, double none of it, and either may die."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agent.domain.timeline import TimelineEvent
from agent.jobs.leases import LeaseJobs
from agent.jobs.open import open_jobs
from agent.ports.clock import SystemClock
from agent.ports.jobs import Job
from agent.store.engine import SqlStore
from agent.store.timeline import verify_chain
from demo.backends.postgres import PostgresServer
from tests.support.store import opened

pytestmark = [pytest.mark.slow(18), pytest.mark.backend]
ROOT = Path(__file__).resolve().parents[2]
# Long enough for a machine that is busy with other tests.
LEASE = 3.0


@asynccontextmanager
async def replica(url: str, name: str) -> AsyncIterator[asyncio.subprocess.Process]:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.replica_child", url, name, str(LEASE), cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert child.stdout is not None
        async with asyncio.timeout(60):
            assert b"ready\n" == await child.stdout.readline()
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


def queue(store: SqlStore, url: str) -> LeaseJobs:
    return open_jobs(store, SystemClock(), url=url)


async def put(store: SqlStore, url: str, *jobs: Job) -> None:
    async with store.write() as tx:
        for job in jobs:
            await queue(store, url).enqueue(tx, job)


def work(n: int, group: str, *, seconds: float = 0.01, serial: bool = False) -> Job:
    return Job(
        kind="work",
        payload={"n": n, "group": group, "seconds": seconds},
        group_key=group if serial else None,
    )


async def until_done(store: SqlStore, url: str) -> None:
    async with asyncio.timeout(60):
        while True:
            async with store.read() as tx:
                left = await queue(store, url).counts(tx)
            assert 0 == left.dead
            if left.waiting == left.running == 0:
                return
            await asyncio.sleep(0.05)


async def events_of(store: SqlStore, group: str) -> list[TimelineEvent]:
    async with store.read() as tx:
        events = await tx.timeline.of(group)
    assert verify_chain(events) is None
    return events


async def until_begun(store: SqlStore, group: str, actor: str | None = None) -> str:
    async with asyncio.timeout(60):
        while True:
            async with store.read() as tx:
                for event in await tx.timeline.of(group):
                    if actor in (None, event.actor):
                        return event.actor
            await asyncio.sleep(0.02)


async def test_two_replicas_share_the_work_and_run_each_job_once(postgres_database: str) -> None:
    url = postgres_database
    async with opened(url) as store, replica(url, "one"), replica(url, "two"):
        await put(store, url, *(work(n, f"serial-{n % 2}", serial=True) for n in range(20)))
        count, free = 0, list[TimelineEvent]()
        # One of them may be slow to see that there is work.
        while count < 60 or (len({event.actor for event in free}) < 2 and count < 1200):
            await put(store, url, *(work(n, "free") for n in range(count, count + 60)))
            await until_done(store, url)
            count, free = count + 60, await events_of(store, "free")
        serial = [await events_of(store, f"serial-{number}") for number in range(2)]

    assert Counter(dict.fromkeys(range(count), 1)) == Counter(
        e.data["n"] for e in free if e.data["what"] == "end"
    )
    assert 2 * count == len(free)
    assert {"one", "two"} == {event.actor for event in free}
    for number, events in enumerate(serial):
        expected = [(n, what) for n in range(number, 20, 2) for what in ("begin", "end")]
        assert expected == [(event.data["n"], event.data["what"]) for event in events]


async def test_a_killed_replicas_jobs_are_done_by_the_other(postgres_database: str) -> None:
    url = postgres_database
    async with opened(url) as store, replica(url, "doomed") as doomed:
        await put(store, url, *(work(n, "g", seconds=60, serial=False) for n in range(2)))
        await put(store, url, work(0, "s", seconds=60, serial=True))
        await until_begun(store, "g")
        await until_begun(store, "s")
        doomed.kill()
        async with store.write() as tx:
            await tx.connection.exec_driver_sql("UPDATE jobs SET payload = replace(payload, '60', '0.01')")
        async with replica(url, "heir"):
            await until_done(store, url)
        events = await events_of(store, "g") + await events_of(store, "s")

    assert {"heir"} == {event.actor for event in events if event.data["what"] == "end"}
    assert 3 == sum(event.data["what"] == "end" for event in events)


async def test_a_living_replica_keeps_its_long_job(postgres_database: str) -> None:
    url = postgres_database
    async with opened(url) as store, replica(url, "one"), replica(url, "two"):
        await put(store, url, work(0, "long", seconds=LEASE * 1.6))
        await until_done(store, url)
        events = await events_of(store, "long")

    assert ["begin", "end"] == [event.data["what"] for event in events]
    assert 1 == len({event.actor for event in events})


async def test_a_replica_that_slept_past_its_lease_takes_nothing_back(postgres_database: str) -> None:
    url = postgres_database
    async with opened(url) as store, replica(url, "sleepy") as sleepy:
        # Long enough for the signal to come while it is at work.
        await put(store, url, work(0, "g", seconds=2.5))
        await until_begun(store, "g", "sleepy")
        os.kill(sleepy.pid, signal.SIGSTOP)
        async with replica(url, "awake"):
            await until_begun(store, "g", "awake")
            await until_done(store, url)
            os.kill(sleepy.pid, signal.SIGCONT)
            await put(store, url, *(work(n, "after") for n in range(10)))
            await until_done(store, url)
        ended = [e for e in await events_of(store, "after") if e.data["what"] == "end"]

    assert list(range(10)) == sorted(int(str(event.data["n"])) for event in ended)


async def test_taking_over_at_the_start_robs_nobody_who_may_be_alive(postgres_database: str) -> None:
    url = postgres_database
    async with opened(url) as store, replica(url, "one"):
        await put(store, url, work(0, "g", seconds=0.5))
        await until_begun(store, "g")
        await queue(store, url).take_over()
        await until_done(store, url)
        events = await events_of(store, "g")

    assert ["begin", "end"] == [event.data["what"] for event in events]


async def test_a_worker_goes_on_when_its_database_comes_back(tmp_path: Path) -> None:
    ran: list[object] = []

    async def note(payload: dict[str, object]) -> None:
        ran.append(payload["n"])

    async with PostgresServer(tmp_path, fsync=False) as server, opened(server.url) as store:
        jobs = LeaseJobs(store, SystemClock(), poll_seconds=0.02, alone=False)
        working = asyncio.create_task(jobs.run({"a": note}))
        await put(store, server.url, Job(kind="a", payload={"n": 1}))
        await until_done(store, server.url)
        await server.stop()
        await asyncio.sleep(0.2)
        await server.start()
        await put(store, server.url, Job(kind="a", payload={"n": 2}))
        await until_done(store, server.url)
        await jobs.stop(1.0)
        await working

    assert [1, 2] == ran
