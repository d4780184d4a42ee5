"""The durable queue: a worker leases rows, runs their handlers and records the outcome with its next claim."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from uuid import uuid4

import structlog

from agent.errors import OpsError, Unavailable
from agent.jobs import rows
from agent.jobs.rows import Claimed, Outcome
from agent.ports.clock import Clock
from agent.ports.jobs import Handler, Job, JobCounts
from agent.ports.store import Store, Tx
from agent.telemetry.logs import LogEvent
from agent.telemetry.metrics import Metrics
from agent.telemetry.traces import span

_log = structlog.get_logger(__name__)
_LONGEST_BACKOFF = 300.0


class LeaseJobs:
    """The jobs port on the store's own database; at least once, serial within a group key, shared by its replicas.

    `limits` bounds how many jobs of a kind one process runs at once, so that slow work of one kind leaves room for
    the others; `alone` says that no other process may be alive on this database.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        concurrency: int = 8,
        limits: Mapping[str, int] | None = None,
        lease_seconds: float = 15.0,
        poll_seconds: float = 0.5,
        metrics: Metrics | None = None,
        alone: bool = True,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._store = store
        self._clock = clock
        self._concurrency = concurrency
        self._limits = dict(limits or {})
        self._lease = timedelta(seconds=lease_seconds)
        self._poll = poll_seconds
        self._metrics = metrics
        self._alone = alone
        self._chance = chance
        self._owner = uuid4().hex
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._running: dict[int, asyncio.Task[None]] = {}
        self._kinds: dict[int, str] = {}
        self._outcomes: list[Outcome] = []

    async def enqueue(self, tx: Tx, job: Job) -> None:
        """Add a job in the caller's transaction; nothing runs before its commit."""
        await rows.put(tx.connection, job, self._clock.now())
        tx.after_commit(self._wake.set)

    async def counts(self, tx: Tx) -> JobCounts:
        """Count jobs by state."""
        return await rows.count(tx.connection)

    async def forget(self, tx: Tx, before: datetime) -> None:
        """Delete dead jobs that were added before a time."""
        await rows.forget(tx.connection, before)

    async def take_over(self) -> None:
        """Take the jobs of dead processes at once; a worker that may not be alone waits for their leases to end."""
        if not self._alone:
            return
        async with self._store.write() as tx:
            await rows.reclaim(tx.connection, self._owner, self._clock.now(), sole=True)

    async def run(self, handlers: Mapping[str, Handler]) -> None:
        """Work until stopped; on stop, finish or hand back what runs."""
        heartbeat = asyncio.create_task(self._beat())
        try:
            while not self._stopping.is_set():
                self._wake.clear()
                claimed = await self._safely_turn(tuple(handlers))
                for job in claimed:
                    self._start(job, handlers[job.kind])
                if not claimed:
                    await self._rest()
        finally:
            heartbeat.cancel()
            # Cancelled from outside without stop(): still hand back, so that nobody waits for the lease.
            ending = self._settle() if self._stopping.is_set() else self.stop(0.0)
            await _to_its_end(asyncio.create_task(ending))

    async def stop(self, grace_seconds: float) -> None:
        """Take no new work, wait for running work at most the grace period, then hand it back."""
        self._stopping.set()
        self._wake.set()
        deadline = time.monotonic() + grace_seconds
        while self._running:
            _, late = await asyncio.wait(
                list(self._running.values()), timeout=max(0.0, deadline - time.monotonic())
            )
            for task in late:
                task.cancel()
        await self._settle()

    def _start(self, job: Claimed, handler: Handler) -> None:
        if self._stopping.is_set():
            self._outcomes.append(Outcome(job.id, run_at=self._clock.now(), counts=False))
        else:
            self._kinds[job.id] = job.kind
            self._running[job.id] = asyncio.create_task(self._work(job, handler))

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._poll):
                await self._wake.wait()

    async def _safely_turn(self, kinds: tuple[str, ...]) -> list[Claimed]:
        try:
            return await self._turn(kinds)
        except Unavailable as error:
            _log.warning(LogEvent.TASK_FAILED, task="jobs", error=error.user_message)
            await asyncio.sleep(self._poll)
            return []

    async def _turn(self, kinds: tuple[str, ...]) -> list[Claimed]:
        """Record outcomes, take over abandoned jobs and claim new ones, all in one transaction."""
        now = self._clock.now()
        async with self._recorded() as tx:
            await rows.reclaim(tx.connection, self._owner, now)
            claimed: list[Claimed] = []
            for some, room in self._rooms(kinds):
                free = min(room, self._concurrency - len(self._running) - len(claimed))
                if free > 0:
                    claimed += await rows.claim(
                        tx.connection, self._owner, some, free, now, self._lease, self._unsettled()
                    )
            return claimed

    def _unsettled(self) -> set[int]:
        """Return the jobs that still run here, or whose outcome is not recorded; somebody else may have put them back
        after we stood still for longer than their lease, and a second run beside ours must not begin."""
        return {*self._running, *(outcome.job_id for outcome in self._outcomes)}

    def _rooms(self, kinds: tuple[str, ...]) -> list[tuple[tuple[str, ...], int]]:
        """Return which kinds to claim and how many of each; kinds with a limit of their own come last."""
        running = Counter(self._kinds[job] for job in self._running)
        unlimited = tuple(kind for kind in kinds if kind not in self._limits)
        limited = [((kind,), self._limits[kind] - running[kind]) for kind in kinds if kind in self._limits]
        return [(unlimited, self._concurrency), *limited]

    async def _settle(self) -> None:
        if self._outcomes:
            with suppress(Unavailable):
                async with self._recorded():
                    pass

    @asynccontextmanager
    async def _recorded(self) -> AsyncIterator[Tx]:
        """Open a transaction in which every outcome so far is recorded; if it fails, they wait for the next one."""
        unrecorded, self._outcomes = self._outcomes, []
        try:
            async with self._store.write() as tx:
                await rows.settle(tx.connection, self._owner, unrecorded)
                yield tx
            unrecorded = []
        finally:
            self._outcomes[:0] = unrecorded

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._lease.total_seconds() / 3)
            if self._running:
                with suppress(Unavailable):
                    async with self._store.write() as tx:
                        await rows.extend(tx.connection, self._owner, self._clock.now(), self._lease)

    async def _work(self, job: Claimed, handler: Handler) -> None:
        began = time.monotonic()
        outcome = Outcome(job.id, run_at=self._clock.now(), counts=False)
        try:
            with span(f"job {job.kind}", attempt=job.attempts):
                await handler(dict(job.payload))
            outcome = Outcome(job.id)
        except asyncio.CancelledError as error:
            if not self._stopping.is_set():
                # Nobody asked it to stop: it cancelled itself, which must not run again at once and for ever.
                outcome = self._failed(job, error)
                raise
        except Exception as error:  # noqa: BLE001 - a task's edge: whatever a handler raises means "try again"
            outcome = self._failed(job, error)
        finally:
            self._outcomes.append(outcome)
            del self._running[job.id], self._kinds[job.id]
            self._wake.set()
            self._measure(job.kind, outcome, time.monotonic() - began)

    def _failed(self, job: Claimed, error: BaseException) -> Outcome:
        dead = job.attempts >= job.max_attempts
        shown = error.user_message if isinstance(error, OpsError) else str(error)
        words = f"{type(error).__name__}: {shown}"[:1000]
        event = LogEvent.JOB_DEAD if dead else LogEvent.JOB_FAILED
        _log.warning(event, kind=job.kind, job=job.id, attempt=job.attempts, error=words, exc_info=error)
        wait = min(_LONGEST_BACKOFF, 2.0 ** (job.attempts - 1)) * (0.5 + self._chance())
        asked = getattr(error, "retry_after_seconds", None) or 0.0
        run_at = self._clock.now() + timedelta(seconds=max(wait, asked))
        return Outcome(job.id, run_at=run_at, dead=dead, error=words)

    def _measure(self, kind: str, outcome: Outcome, seconds: float) -> None:
        if self._metrics is None:
            return
        word = (
            "dead"
            if outcome.dead
            else "retried"
            if outcome.error
            else "returned"
            if outcome.run_at
            else "done"
        )
        self._metrics.jobs_finished.labels(kind=kind, outcome=word).inc()
        self._metrics.job_duration.labels(kind=kind).observe(seconds)


async def _to_its_end(task: asyncio.Task[None]) -> None:
    """Wait for a task also when we are cancelled meanwhile, however often: whoever cancels us closes the store next."""
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
    task.result()
