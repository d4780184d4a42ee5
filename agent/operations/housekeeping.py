"""Forgets, a little at a time, what is older than the retention."""

from dataclasses import dataclass
from datetime import timedelta

from agent.ports.clock import Clock
from agent.ports.jobs import Job, Jobs
from agent.ports.store import Store

PRUNE = "housekeeping.prune"


@dataclass(frozen=True, slots=True)
class Housekeeping:
    """The handler of `housekeeping.prune`; incidents, their timelines and the memory of them are never its business."""

    store: Store
    jobs: Jobs
    clock: Clock
    retention_days: int

    async def ask(self) -> None:
        """Queue a round, unless one waits already."""
        async with self.store.write() as tx:
            await self.jobs.enqueue(tx, Job(kind=PRUNE, dedupe_key=PRUNE, priority=9))

    async def prune(self) -> None:
        """Forget until nothing is left whose time is over; the lock is given up between helpings."""
        before = self.clock.now() - timedelta(days=self.retention_days)
        async with self.store.write() as tx:
            await self.jobs.forget(tx, before)
        more = True
        while more:
            async with self.store.write() as tx:
                more = await tx.retention.forget(before)
