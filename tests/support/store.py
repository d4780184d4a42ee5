"""A real store on a database of the test's own, and a clock that stands still until it is told to move."""

import asyncio
import atexit
import shutil
import tempfile
import threading
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, create_engine, event, make_url

from agent.store import sqlite
from agent.store.engine import SqlStore, open_store
from demo.backends.postgres import PostgresServer

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class StillClock:
    """Shows the same time until `advance` is called."""

    def __init__(self, now: datetime = NOON) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


def hasten_sqlite() -> None:
    """Let every SQLite engine of this process use what the others have compiled, and have none wait for the disk."""
    # Compiling is most of a short test's time. It depends on the dialect alone, which knows its server once it connected.
    model = create_engine("sqlite://", query_cache_size=2_000)
    model.connect().close()
    model.dispose()

    def made(*place: Any, **options: Any) -> Engine:
        engine = create_engine(*place, **options)
        engine.dialect = engine.pool._dialect = model.dialect
        engine._compiled_cache = model._compiled_cache
        event.listen(engine, "engine_connect", _hurry)
        return engine

    vars(sqlite)["create_engine"] = made


def _hurry(connection: Connection) -> None:
    # Waiting for the disk protects from a power cut, which no test in this process brings about.
    connection.connection.cursor().execute("PRAGMA synchronous=OFF")


@asynccontextmanager
async def store_at(folder: Path, name: str = "ops.db") -> AsyncIterator[SqlStore]:
    """Open a store on SQLite in a folder and close it afterwards."""
    async with opened(f"sqlite:///{folder / name}") as store:
        yield store


@cache
def _patterns() -> Path:
    """Return a folder of this process, which goes with it."""
    folder = tempfile.mkdtemp(prefix="ops-pattern-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


async def _pattern() -> Path:
    """Return an empty database that went through every migration, once in a process: a copy costs a tenth of that."""
    whole = _patterns() / "whole.db"
    if not whole.exists():
        # Made under a name of its own, for two stores may be opened at once.
        made = _patterns() / f"{uuid4().hex}.db"
        store = await open_store(f"sqlite:///{made}")
        await store.close()
        made.replace(whole)
    return whole


def _wanting(url: str) -> Path | None:
    """Return where a SQLite database is wanted and there is none yet."""
    parsed = make_url(url)
    path = Path(parsed.database or "")
    return path if parsed.get_backend_name() == "sqlite" and not path.exists() else None


async def prepared(url: str) -> str:
    """Put a copy of the pattern where a SQLite database is wanted and there is none yet; return the URL."""
    if (path := _wanting(url)) is not None:
        pattern = await _pattern()
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(pattern, path)
    return url


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[SqlStore]:
    """Open a store and close it afterwards."""
    await prepared(url)
    store = await open_store(url)
    try:
        yield store
    finally:
        await store.close()


class SharedPostgres:
    """One PostgreSQL for many tests, on an event loop of its own, since each test has its own loop."""

    def __init__(self, folder: Path) -> None:
        self.server = PostgresServer(folder, fsync=False)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._numbers = count(1)

    def start(self) -> None:
        """Start the server and migrate the database that the others are copied from."""
        self._thread.start()
        self._do(self.server.__aenter__())
        self._do(self._migrated("pattern"))

    def fresh(self) -> str:
        """Return the URL of a new database with the present schema and nothing in it."""
        return self._do(self.server.create_database(f"test{next(self._numbers)}", "pattern"))

    def empty(self) -> str:
        """Return the URL of a new database without a schema."""
        return self._do(self.server.create_database(f"test{next(self._numbers)}"))

    def drop(self, url: str) -> None:
        """Remove a database whose test is over, for each takes several megabytes; who is still connected is thrown out."""
        self._do(self.server.execute(f'DROP DATABASE "{url.rpartition("/")[2]}" WITH (FORCE)'))

    def stop(self) -> None:
        """Stop the server and the loop."""
        self._do(self.server.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    async def _migrated(self, name: str) -> None:
        async with opened(await self.server.create_database(name)):
            pass
