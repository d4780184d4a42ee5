"""Work that only one of several processes may do at a time, such as posting messages; the others stand by."""

import asyncio
import zlib
from collections.abc import Awaitable, Callable

from sqlalchemy import text

from agent.errors import Unavailable
from agent.store.connection import ThreadConnection
from agent.store.engine import database_at
from agent.store.postgresql import WRITERS_LOCK, PostgresDatabase

_TAKE = text("SELECT pg_try_advisory_lock(:family, :name)")
_STILL_THERE = text("SELECT 1")
_FAMILY = WRITERS_LOCK & 0x7FFFFFFF


async def in_turn(
    url: str,
    name: str,
    work: Callable[[], Awaitable[None]],
    *,
    look_seconds: float = 1.0,
    settle_seconds: float = 2.0,
) -> None:
    """Run the work while no other process runs work of this name; return when it returns.

    A process that dies or loses its database gives the turn up, and its own work is cancelled. On SQLite one process
    serves a file anyway. `settle_seconds` gives what the former one had under way the time to arrive.
    """
    database = database_at(url)
    if not isinstance(database, PostgresDatabase):
        await work()
        return
    number = zlib.crc32(name.encode()) & 0x7FFFFFFF
    done = False
    while not done:
        connection = database.watcher(f"turn-{name}")
        try:
            if await _taken(connection, number, look_seconds):
                await asyncio.sleep(settle_seconds)
            done = await _while_held(connection, work, look_seconds)
        except Unavailable:
            await asyncio.sleep(look_seconds)
        finally:
            await connection.close()


async def _taken(connection: ThreadConnection, number: int, look_seconds: float) -> bool:
    """Wait for the turn and take it; say whether somebody else had it."""
    waited = False
    while not await connection.scalar(_TAKE, {"family": _FAMILY, "name": number}):
        waited = True
        await asyncio.sleep(look_seconds)
    return waited


async def _while_held(
    connection: ThreadConnection, work: Callable[[], Awaitable[None]], look_seconds: float
) -> bool:
    """Run the work as long as the connection that holds the turn lives; say whether it came to its end."""
    task = asyncio.ensure_future(work())
    try:
        while not (await asyncio.wait([task], timeout=look_seconds))[0]:
            await connection.execute(_STILL_THERE)
        await task
        return True
    finally:
        task.cancel()
        await _ended(task)


async def _ended(task: asyncio.Future[None]) -> None:
    """Wait for the work to end, also when we are cancelled meanwhile: the next one's may not begin beside it."""
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
