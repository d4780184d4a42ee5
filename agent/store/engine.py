"""Opens the database: one writer at a time, many readers on snapshots, every commit on disk before it returns."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import quote

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from agent.errors import Misconfigured, Unavailable
from agent.store.connection import ThreadConnection
from agent.store.migrate import migrate
from agent.store.postgresql import PostgresDatabase
from agent.store.sqlite import SqliteFile
from agent.store.transaction import SqlTx

_FORMS = "sqlite:///path/to/file.db or postgresql://user:password@host:5432/name"
# Leases are times, and the replicas compare them; a third of the shortest lease is still harmless.
_MOST_SKEW_SECONDS = 5.0
_READERS = 3


class SqlStore:
    """The store port on one database; `write` transactions queue up in arrival order, `read` ones run beside them."""

    def __init__(self, writer: ThreadConnection, readers: list[ThreadConnection]) -> None:
        self._writer = writer
        self._readers = readers
        self._idle: asyncio.LifoQueue[ThreadConnection] = asyncio.LifoQueue()
        for reader in readers:
            self._idle.put_nowait(reader)
        self._lock = asyncio.Lock()
        self._holder: asyncio.Task[Any] | None = None

    @asynccontextmanager
    async def write(self) -> AsyncIterator[SqlTx]:
        """Open a write transaction, committed on success and rolled back on any exception."""
        if self._holder is not None and self._holder is asyncio.current_task():
            raise RuntimeError("a write transaction was opened inside another one; pass the open one on")
        async with self._lock:
            self._holder = asyncio.current_task()
            committed = False
            try:
                await self._writer.begin()
                tx = SqlTx(self._writer)
                yield tx
                await self._writer.commit()
                committed = True
            finally:
                self._holder = None
                if not committed:
                    await self._writer.rollback()
        tx.committed()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SqlTx]:
        """Open a read-only transaction on a consistent snapshot."""
        reader = await self._idle.get()
        try:
            await reader.begin()
            yield SqlTx(reader)
        finally:
            try:
                await reader.rollback()
            finally:
                self._idle.put_nowait(reader)

    async def ready(self) -> str | None:
        """Return None when the database answers; raises Unavailable when it cannot be read."""
        async with self.read() as tx:
            await tx.connection.exec_driver_sql("SELECT 1")
        return None

    async def close(self) -> None:
        """Close every connection."""
        for connection in (*self._readers, self._writer):
            await connection.close()


async def open_store(url: str) -> SqlStore:
    """Open the database at a `sqlite:///` or `postgresql://` URL with its schema; raises Misconfigured."""
    database = database_at(url)
    store = SqlStore(
        database.writer("store-writer"),
        [database.reader(f"store-reader-{number}") for number in range(_READERS)],
    )
    async with AsyncExitStack() as unless_opened:
        unless_opened.push_async_callback(store.close)
        try:
            async with store.write() as tx:
                await tx.connection.run_sync(migrate)
            if isinstance(database, PostgresDatabase):
                await _compare_clocks(store)
        except Unavailable as error:
            raise database.unusable(error.__cause__) from error
        unless_opened.pop_all()
    return store


def database_at(url: str) -> SqliteFile | PostgresDatabase:
    """Return the database that a URL names, not yet connected; raises Misconfigured."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise Misconfigured(f"OPS_DATABASE_URL cannot be read; write it as {_FORMS}.") from error
    if parsed.get_backend_name() == "sqlite":
        return SqliteFile(parsed)
    if parsed.get_backend_name() == "postgresql":
        return PostgresDatabase(parsed)
    raise Misconfigured(f"OPS_DATABASE_URL names {parsed.get_backend_name()}; what works is {_FORMS}.")


async def _compare_clocks(store: SqlStore) -> None:
    before = time.time()
    async with store.read() as tx:
        (row,) = await tx.connection.exec_driver_sql("SELECT extract(epoch FROM clock_timestamp())::float8")
    theirs, after = float(row[0]), time.time()
    apart = max(before - theirs, theirs - after)
    if apart > _MOST_SKEW_SECONDS:
        raise Misconfigured(
            f"This machine's clock and the database server's are {apart:.0f} s apart, so that replicas would take each other "
            "for dead. Synchronise both (NTP) and start again."
        )


def secrets_in(url: str) -> tuple[str, ...]:
    """Return what of a database's URL must never be shown: its password, as it is written and as it is meant."""
    try:
        password = make_url(url).password
    except ArgumentError:
        return (url,)
    return tuple({str(password), quote(str(password), safe="")}) if password else ()
