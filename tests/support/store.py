"""A real store on a file of the test's own, and a clock that stands still until it is told to move."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent.store.engine import SqlStore, open_store

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class StillClock:
    """Shows the same time until `advance` is called."""

    def __init__(self, now: datetime = NOON) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


@asynccontextmanager
async def store_at(folder: Path, name: str = "ops.db") -> AsyncIterator[SqlStore]:
    """Open a store in a folder and close it afterwards."""
    store = await open_store(f"sqlite:///{folder / name}")
    try:
        yield store
    finally:
        await store.close()
