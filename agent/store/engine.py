"""Opens the database: one writer at a time, many readers on snapshots, every commit on disk before it returns."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from agent.errors import Misconfigured, Unavailable
from agent.store.connection import ThreadConnection
from agent.store.migrate import migrate
from agent.store.transaction import SqlTx

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    # FULL, because a webhook's 2xx promises that a power cut cannot take the alert away.
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA journal_size_limit=67108864",
)
_BUSY_SECONDS = 10.0
_READERS = 3


class SqlStore:
    """The store port on SQLite; `write` transactions queue up in arrival order, `read` ones run beside them."""

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
    """Open the database at `sqlite:///path`, creating it and its schema; raises Misconfigured or Unavailable."""
    path = _path(url)
    _make_folder(path)
    reading = _engine(path, "BEGIN", (*_PRAGMAS, "PRAGMA query_only=ON"))
    store = SqlStore(
        ThreadConnection(_engine(path, "BEGIN IMMEDIATE", _PRAGMAS), "store-writer"),
        [ThreadConnection(reading, f"store-reader-{number}") for number in range(_READERS)],
    )
    async with AsyncExitStack() as unless_opened:
        unless_opened.push_async_callback(store.close)
        try:
            async with store.write() as tx:
                await tx.connection.run_sync(migrate)
        except Unavailable as error:
            raise _unusable(path, error.__cause__) from error
        unless_opened.pop_all()
    return store


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(path, error) from error


def _unusable(path: Path, cause: BaseException | None) -> Misconfigured:
    reason = getattr(cause, "strerror", None) or getattr(cause, "orig", None) or "it cannot be opened"
    return Misconfigured(
        f"The database {path} cannot be used ({reason}). "
        "Set OPS_DATABASE_URL to a file in a folder that this user may write to."
    )


def _path(url: str) -> Path:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise Misconfigured(
            "OPS_DATABASE_URL cannot be read; write it as sqlite:///path/to/file.db."
        ) from error
    if parsed.get_backend_name() != "sqlite":
        raise Misconfigured(
            f"OPS_DATABASE_URL names {parsed.get_backend_name()}; only sqlite:///path/to/file.db works so far."
        )
    if not parsed.database or parsed.database == ":memory:":
        raise Misconfigured(
            "OPS_DATABASE_URL must name a file, or incidents would be forgotten at each restart."
        )
    return Path(parsed.database)


def _engine(path: Path, begin: str, pragmas: tuple[str, ...]) -> Engine:
    """Take transaction control away from the driver, whose own BEGIN comes late and is never IMMEDIATE."""
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=NullPool,
        connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False},
        # An error's text ends in logs; the values beside the SQL are people's data.
        hide_parameters=True,
    )

    def on_connect(dbapi_connection: Any, _record: Any) -> None:
        dbapi_connection.isolation_level = None
        cursor = dbapi_connection.cursor()
        for pragma in pragmas:
            cursor.execute(pragma)
        cursor.close()

    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)
    return engine
