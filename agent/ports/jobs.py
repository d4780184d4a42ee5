"""Durable work: queued in the caller's transaction, run at least once, serial within a group key."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Protocol

from pydantic import Field

from agent.domain.noun import Json, Noun
from agent.ports.store import Tx


class Job(Noun):
    """One piece of work; jobs with the same `group_key` never overlap and run in order, `dedupe_key` makes
    a job that still waits absorb its twins, `priority` 0 runs first."""

    kind: str
    payload: dict[str, Json] = Field(default_factory=dict)
    group_key: str | None = None
    dedupe_key: str | None = None
    priority: int = 2
    run_at: datetime | None = None
    max_attempts: int = 8


Handler = Callable[[dict[str, Json]], Awaitable[None]]
"""Does a job's work; raising puts it back with back-off, or into the dead letters after the last attempt."""


class JobCounts(Noun):
    """How much work waits, runs and has died."""

    waiting: int
    running: int
    dead: int


class Jobs(Protocol):
    """The queue, as its users and the composition root see it."""

    async def enqueue(self, tx: Tx, job: Job) -> None:
        """Add a job in the caller's transaction; nothing runs before its commit."""
        ...

    async def counts(self, tx: Tx) -> JobCounts:
        """Count jobs by state."""
        ...

    async def forget(self, tx: Tx, before: datetime) -> None:
        """Delete dead jobs that were added before a time."""
        ...

    async def run(self, handlers: Mapping[str, Handler]) -> None:
        """Work until stopped; on stop, finish or hand back what runs."""
        ...

    async def stop(self, grace_seconds: float) -> None:
        """Take no new work, wait for running work at most the grace period, then hand it back."""
        ...
