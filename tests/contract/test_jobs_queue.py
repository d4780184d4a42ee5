"""What every job queue must do: nothing early, nothing lost, serial in a group, tried again, buried at last."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from agent.errors import Unavailable
from agent.jobs.leases import LeaseJobs
from agent.ports.jobs import Handler, Job, JobCounts
from agent.store.engine import SqlStore
from tests.support.store import StillClock


def queue(store: SqlStore, clock: StillClock | None = None, **options: Any) -> LeaseJobs:
    options.setdefault("poll_seconds", 0.01)
    return LeaseJobs(store, clock or StillClock(), chance=lambda: 0.5, **options)


async def put(store: SqlStore, jobs: LeaseJobs, *wanted: Job) -> None:
    async with store.write() as tx:
        for job in wanted:
            await jobs.enqueue(tx, job)


async def counts(store: SqlStore, jobs: LeaseJobs) -> JobCounts:
    async with store.read() as tx:
        return await jobs.counts(tx)


@asynccontextmanager
async def working(jobs: LeaseJobs, **handlers: Handler) -> AsyncIterator[None]:
    task = asyncio.create_task(jobs.run(handlers))
    try:
        yield
    finally:
        await jobs.stop(0.0)
        await task


async def until(fact: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await fact():
            await asyncio.sleep(0.005)


async def until_idle(store: SqlStore, jobs: LeaseJobs) -> None:
    async def idle() -> bool:
        found = await counts(store, jobs)
        return found.waiting == found.running == 0

    await until(idle)


def recorder() -> tuple[list[Any], Handler]:
    ran: list[Any] = []

    async def handler(payload: dict[str, Any]) -> None:
        ran.append(payload.get("n"))

    return ran, handler


async def stuck(store: SqlStore, jobs: LeaseJobs, job: Job) -> asyncio.Task[None]:
    """Return a worker in the middle of a job of kind `a` that does not end by itself."""
    started = asyncio.Event()

    async def handler(payload: dict[str, Any]) -> None:
        started.set()
        await asyncio.sleep(60)

    await put(store, jobs, job)
    task = asyncio.create_task(jobs.run({"a": handler}))
    await started.wait()
    return task


async def test_nothing_runs_before_its_commit_and_nothing_after_a_rollback(store: SqlStore) -> None:
    jobs = queue(store)
    ran, handler = recorder()

    async def fail() -> None:
        async with store.write() as tx:
            await jobs.enqueue(tx, Job(kind="a", payload={"n": 1}))
            raise ZeroDivisionError

    async with working(jobs, a=handler):
        with pytest.raises(ZeroDivisionError):
            await fail()
        await put(store, jobs, Job(kind="a", payload={"n": 2}))
        await until_idle(store, jobs)

    assert ran == [2]


async def test_a_commit_wakes_the_worker_without_waiting_for_the_poll(store: SqlStore) -> None:
    jobs = queue(store, poll_seconds=60.0)
    ran, handler = recorder()
    async with working(jobs, a=handler):
        await asyncio.sleep(0.05)
        await put(store, jobs, Job(kind="a", payload={"n": 1}))
        async with asyncio.timeout(30):
            while not ran:
                await asyncio.sleep(0.005)


async def test_urgent_jobs_run_first_and_timers_at_their_time(store: SqlStore) -> None:
    clock = StillClock()
    jobs = queue(store, clock, concurrency=1)
    ran, handler = recorder()
    later = clock.now() + timedelta(seconds=30)
    await put(
        store,
        jobs,
        Job(kind="a", payload={"n": "mild"}, priority=3),
        Job(kind="a", payload={"n": "timer"}, priority=0, run_at=later),
        Job(kind="a", payload={"n": "worst"}, priority=0),
        Job(kind="a", payload={"n": "bad"}, priority=1),
    )
    async with working(jobs, a=handler):
        while len(ran) < 3:
            await asyncio.sleep(0.005)
        assert (await counts(store, jobs)).waiting == 1
        clock.advance(30)
        await until_idle(store, jobs)

    assert ran == ["worst", "bad", "mild", "timer"]


async def test_jobs_of_one_group_never_overlap_and_keep_their_order(store: SqlStore) -> None:
    jobs = queue(store, concurrency=8)
    active = {"g": 0, "h": 0}
    most = {"g": 0, "h": 0}
    order: list[int] = []

    async def handler(payload: dict[str, Any]) -> None:
        name = payload["group"]
        active[name] += 1
        most[name] = max(most[name], active[name])
        await asyncio.sleep(0.002)
        active[name] -= 1
        if name == "g":
            order.append(payload["n"])

    wanted = [Job(kind="a", payload={"n": n, "group": g}, group_key=g) for n in range(10) for g in ("g", "h")]
    await put(store, jobs, *wanted)
    async with working(jobs, a=handler):
        await until_idle(store, jobs)

    assert most == {"g": 1, "h": 1}
    assert order == list(range(10))


async def test_a_waiting_job_absorbs_its_twins_and_a_running_one_does_not(store: SqlStore) -> None:
    clock = StillClock()
    jobs = queue(store, clock)
    started, go = asyncio.Event(), asyncio.Event()
    ran: list[int] = []

    async def handler(payload: dict[str, Any]) -> None:
        ran.append(1)
        started.set()
        await go.wait()

    twin = Job(kind="a", dedupe_key="d", group_key="g")
    await put(store, jobs, twin.model_copy(update={"run_at": clock.now() + timedelta(hours=1)}), twin, twin)
    assert (await counts(store, jobs)).waiting == 1

    async with working(jobs, a=handler):
        await started.wait()
        await put(store, jobs, twin, twin)
        assert (await counts(store, jobs)).waiting == 1
        go.set()
        await until_idle(store, jobs)

    assert len(ran) == 2


async def test_a_failing_job_is_tried_later_and_buried_with_its_error(store: SqlStore) -> None:
    clock = StillClock()
    jobs = queue(store, clock)
    tries: list[int] = []

    async def handler(payload: dict[str, Any]) -> None:
        tries.append(1)
        raise Unavailable(
            "no answer", backend="prometheus", retry_after_seconds=40 if len(tries) == 2 else None
        )

    async def waits(tried: int) -> bool:
        return len(tries) >= tried and (await counts(store, jobs)).running == 0

    await put(store, jobs, Job(kind="a", max_attempts=3))
    async with working(jobs, a=handler):
        for wait, expected in ((0, 1), (0.9, 1), (0.2, 2), (39, 2), (2, 3)):
            clock.advance(wait)
            await asyncio.sleep(0.05)
            await until(partial(waits, expected))
            assert expected == len(tries)
        clock.advance(3600)
        await asyncio.sleep(0.05)

    assert len(tries) == 3
    assert await counts(store, jobs) == JobCounts(waiting=0, running=0, dead=1)
    async with store.read() as tx:
        (row,) = await tx.connection.exec_driver_sql("SELECT error FROM jobs")
        assert row.error == "Unavailable: no answer"


async def test_a_failed_job_merges_with_the_twin_that_came_meanwhile(store: SqlStore) -> None:
    jobs = queue(store)
    ran: list[int] = []
    twin = Job(kind="a", dedupe_key="d", group_key="g")

    async def handler(payload: dict[str, Any]) -> None:
        ran.append(1)
        if len(ran) == 1:
            await put(store, jobs, twin)
            raise ValueError("first")

    await put(store, jobs, twin)
    async with working(jobs, a=handler):
        await until_idle(store, jobs)

    assert len(ran) == 2


async def test_unknown_kinds_wait_for_somebody_who_knows_them(store: SqlStore) -> None:
    jobs = queue(store)
    ran, handler = recorder()
    await put(store, jobs, Job(kind="later", payload={"n": 1}), Job(kind="a", payload={"n": 2}))
    async with working(jobs, a=handler):
        while not ran:
            await asyncio.sleep(0.005)

    assert ran == [2]
    assert (await counts(store, jobs)).waiting == 1


async def test_a_stop_hands_back_what_does_not_finish_in_time(store: SqlStore) -> None:
    clock = StillClock()
    first, second = queue(store, clock), queue(store, clock)
    task = await stuck(store, first, Job(kind="a", payload={"n": 1}, max_attempts=1))
    await first.stop(0.01)
    await task
    ran, handler = recorder()
    async with working(second, a=handler):
        await until_idle(store, second)

    assert ran == [1]


async def test_a_stop_lets_short_work_finish(store: SqlStore) -> None:
    jobs = queue(store)
    started = asyncio.Event()
    done: list[int] = []

    async def short(payload: dict[str, Any]) -> None:
        started.set()
        await asyncio.sleep(0.05)
        done.append(1)

    await put(store, jobs, Job(kind="a"))
    task = asyncio.create_task(jobs.run({"a": short}))
    await started.wait()
    await jobs.stop(10)
    await task

    assert done == [1]
    assert await counts(store, jobs) == JobCounts(waiting=0, running=0, dead=0)


async def test_a_cancelled_worker_hands_back_as_well(store: SqlStore) -> None:
    jobs = queue(store)
    task = await stuck(store, jobs, Job(kind="a"))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await counts(store, jobs) == JobCounts(waiting=1, running=0, dead=0)


async def test_a_worker_that_is_cancelled_again_ends_only_when_all_is_handed_back(store: SqlStore) -> None:
    jobs = queue(store)
    task = await stuck(store, jobs, Job(kind="a"))
    async with store.write():
        # What is handed back has to wait for this one, and is cancelled meanwhile.
        task.cancel()
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.sleep(0.1)
        # The store may be closed as soon as the worker has ended.
        early = task.done()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert not early
    assert await counts(store, jobs) == JobCounts(waiting=1, running=0, dead=0)


async def _abandon(store: SqlStore, clock: StillClock, job: Job) -> None:
    """Lease a job as a process would that is then killed."""
    from agent.jobs import rows

    jobs = queue(store, clock)
    await put(store, jobs, job)
    async with store.write() as tx:
        (claimed,) = await rows.claim(tx.connection, "killed", ["a"], 1, clock.now(), timedelta(seconds=15))
        assert claimed.attempts == 1


async def test_a_killed_process_loses_its_lease_and_the_job_runs_again(store: SqlStore) -> None:
    clock = StillClock()
    await _abandon(store, clock, Job(kind="a", payload={"n": 1}))
    jobs = queue(store, clock)
    ran, handler = recorder()
    async with working(jobs, a=handler):
        await asyncio.sleep(0.05)
        assert ran == []
        clock.advance(16)
        await until_idle(store, jobs)

    assert ran == [1]


async def test_a_worker_that_is_alone_waits_for_no_lease(store: SqlStore) -> None:
    clock = StillClock()
    await _abandon(store, clock, Job(kind="a", payload={"n": 1}))
    jobs = queue(store, clock)
    ran, handler = recorder()
    await jobs.take_over()
    async with working(jobs, a=handler):
        await until_idle(store, jobs)

    assert ran == [1]


async def test_a_job_that_kills_its_process_is_buried_in_the_end(store: SqlStore) -> None:
    clock = StillClock()
    await _abandon(store, clock, Job(kind="a", payload={"n": 1}, max_attempts=1))
    clock.advance(16)
    jobs = queue(store, clock)
    ran, handler = recorder()

    async def buried() -> bool:
        return (await counts(store, jobs)).dead == 1

    async with working(jobs, a=handler):
        await until(buried)

    assert ran == []


async def test_a_heartbeat_keeps_long_work_from_being_taken_over(store: SqlStore) -> None:
    clock = StillClock()
    first, second = queue(store, clock, lease_seconds=0.06), queue(store, clock, lease_seconds=0.06)
    started, go = asyncio.Event(), asyncio.Event()

    async def long(payload: dict[str, Any]) -> None:
        started.set()
        await go.wait()

    ran, handler = recorder()
    await put(store, first, Job(kind="a", payload={"n": 1}))
    async with working(first, a=long):
        await started.wait()
        async with working(second, a=handler):
            for _ in range(10):
                clock.advance(0.03)
                await until(partial(_leased_until, store, clock.now() + timedelta(seconds=0.06)))
            go.set()
            await until_idle(store, first)

    assert ran == []


async def _leased_until(store: SqlStore, end: datetime) -> bool:
    """Say whether the only job's lease has been extended to a time."""
    async with store.read() as tx:
        (row,) = await tx.connection.exec_driver_sql("SELECT lease_until FROM jobs")
    return row.lease_until is not None and row.lease_until >= end.timestamp() * 1_000_000 - 1


async def test_two_workers_share_the_work_and_run_each_job_once(store: SqlStore) -> None:
    clock = StillClock()
    first, second = queue(store, clock, concurrency=4), queue(store, clock, concurrency=4)
    ran, handler = recorder()
    await put(store, first, *(Job(kind="a", payload={"n": n}) for n in range(60)))
    async with working(first, a=handler), working(second, a=handler):
        await until_idle(store, first)

    assert sorted(ran) == list(range(60))


async def test_a_worker_that_stood_still_never_runs_its_own_job_twice_at_once(store: SqlStore) -> None:
    from agent.jobs import rows

    clock = StillClock()
    jobs = queue(store, clock, lease_seconds=3600)
    started, go = asyncio.Event(), asyncio.Event()
    running, most, runs = 0, 0, 0

    async def long(payload: dict[str, Any]) -> None:
        nonlocal running, most, runs
        runs, running = runs + 1, running + 1
        most = max(most, running)
        started.set()
        await go.wait()
        running -= 1

    ran, other = recorder()
    await put(store, jobs, Job(kind="a", payload={}))
    async with working(jobs, a=long, b=other):
        await started.wait()
        clock.advance(3601)
        # Somebody else takes it for abandoned and puts it back, while it still runs here.
        async with store.write() as tx:
            await rows.reclaim(tx.connection, "another", clock.now())
        for n in range(3):
            await put(store, jobs, Job(kind="b", payload={"n": n}))

            async def turned(n: int = n) -> bool:
                return n in ran

            await until(turned)
        assert (1, 1) == (most, runs)
        assert 1 == (await counts(store, jobs)).waiting
        go.set()
        await until_idle(store, jobs)

    assert (1, 2) == (most, runs)
