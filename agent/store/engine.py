"""Opens the database: one writer at a time, many readers on snapshots, every commit on disk before it returns."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from agent.errors import Conflict, Misconfigured, Unavailable
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


class SqlStore:
    """The store port on SQLite; `write` transactions queue up in arrival order, `read` ones run beside them."""

    def __init__(self, writer: AsyncEngine, reader: AsyncEngine) -> None:
        self._writer = writer
        self._reader = reader
        self._lock = asyncio.Lock()
        self._holder: asyncio.Task[Any] | None = None

    @asynccontextmanager
    async def write(self) -> AsyncIterator[SqlTx]:
        """Open a write transaction, committed on success and rolled back on any exception."""
        if self._holder is not None and self._holder is asyncio.current_task():
            raise RuntimeError("a write transaction was opened inside another one; pass the open one on")
        async with self._lock:
            self._holder = asyncio.current_task()
            try:
                with _translated():
                    async with self._writer.begin() as connection:
                        tx = SqlTx(connection)
                        yield tx
            finally:
                self._holder = None
        tx.committed()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SqlTx]:
        """Open a read-only transaction on a consistent snapshot."""
        with _translated():
            async with self._reader.begin() as connection:
                yield SqlTx(connection)

    async def ping(self) -> None:
        """Raise Unavailable when the database cannot be read."""
        with _translated():
            async with self._reader.connect() as connection:
                await connection.exec_driver_sql("SELECT 1")

    async def close(self) -> None:
        """Close every connection."""
        await self._reader.dispose()
        await self._writer.dispose()


async def open_store(url: str) -> SqlStore:
    """Open the database at `sqlite:///path`, creating it and its schema; raises Misconfigured or Unavailable."""
    path = _path(url)
    path.parent.mkdir(parents=True, exist_ok=True)
    address = f"sqlite+aiosqlite:///{path}"
    options: dict[str, Any] = {"connect_args": {"timeout": _BUSY_SECONDS}, "max_overflow": 0}
    store = SqlStore(
        _prepared(create_async_engine(address, pool_size=1, **options), "BEGIN IMMEDIATE", _PRAGMAS),
        _prepared(
            create_async_engine(address, pool_size=4, **options), "BEGIN", (*_PRAGMAS, "PRAGMA query_only=ON")
        ),
    )
    try:
        async with store.write() as tx:
            await tx.connection.run_sync(migrate)
    except BaseException:
        await store.close()
        raise
    return store


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


def _prepared(engine: AsyncEngine, begin: str, pragmas: tuple[str, ...]) -> AsyncEngine:
    """Take transaction control away from the driver, whose own BEGIN comes late and is never IMMEDIATE."""

    def on_connect(dbapi_connection: Any, _record: Any) -> None:
        dbapi_connection.isolation_level = None
        cursor = dbapi_connection.cursor()
        for pragma in pragmas:
            cursor.execute(pragma)
        cursor.close()

    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine.sync_engine, "connect", on_connect)
    event.listen(engine.sync_engine, "begin", on_begin)
    return engine


@contextmanager
def _translated() -> Iterator[None]:
    """Turn the database's exceptions into ours; the SQL and its values stay in the chained cause."""
    try:
        yield
    except IntegrityError as error:
        raise Conflict("Somebody stored the same thing at the same time.") from error
    except SQLAlchemyError as error:
        raise Unavailable("The database cannot be used right now.", backend="database") from error
