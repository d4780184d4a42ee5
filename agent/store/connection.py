"""One database connection in a thread of its own: each statement is one trip there and comes back whole."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine, Executable, Row
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from agent.errors import Conflict, Unavailable

T = TypeVar("T")
Params = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None


class Rows:
    """A statement's whole answer."""

    def __init__(self, rows: Sequence[Row[Any]], rowcount: int) -> None:
        self._rows = rows
        self.rowcount = rowcount

    def __iter__(self) -> Iterator[Row[Any]]:
        return iter(self._rows)

    def all(self) -> Sequence[Row[Any]]:
        """Return every row."""
        return self._rows

    def first(self) -> Row[Any] | None:
        """Return the first row, or None."""
        return self._rows[0] if self._rows else None


class ThreadConnection:
    """Runs SQLAlchemy Core statements; awaiting each costs one hop, where an async driver takes several."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._raw: Connection | None = None

    @property
    def dialect(self) -> str:
        """Return the engine's name, `sqlite` or `postgresql`."""
        return self._engine.dialect.name

    async def execute(self, statement: Executable, params: Params = None) -> Rows:
        """Run a statement, once or for each of several parameter sets."""
        return await self._trip(lambda raw: _rows(raw.execute(statement, params)))

    async def create(self, statement: Executable) -> None:
        """Insert a row; raises Conflict when there is one already, after which the transaction can go on."""
        await self._trip(lambda raw: self._insert(raw, statement))

    async def scalar(self, statement: Executable, params: Params = None) -> Any:
        """Return the first column of the first row, or None."""
        row = (await self.execute(statement, params)).first()
        return None if row is None else row[0]

    async def scalars(self, statement: Executable, params: Params = None) -> list[Any]:
        """Return the first column of every row."""
        return [row[0] for row in await self.execute(statement, params)]

    async def exec_driver_sql(self, sql: str, params: tuple[Any, ...] = ()) -> Rows:
        """Run SQL as it stands."""
        return await self._trip(lambda raw: _rows(raw.exec_driver_sql(sql, params)))

    async def run_sync(self, do: Callable[[Connection], T]) -> T:
        """Run a function with the plain connection."""
        return await self._trip(do)

    async def begin(self) -> None:
        """Open a transaction, on a new connection when the server has ended the old one meanwhile."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._begin)

    async def commit(self) -> None:
        """Put the transaction on disk; raises Unavailable when the server has given it up after an error."""
        await self._trip(_commit)

    async def rollback(self) -> None:
        """Drop the transaction, if one is open, and the connection with it when it is broken."""
        await self._finish(self._roll_back)

    async def close(self) -> None:
        """Close the connection and end its thread."""
        await self._finish(lambda raw: raw.close())
        self._thread.shutdown(wait=False)

    async def _trip(self, do: Callable[[Connection], T]) -> T:
        # A cancelled caller leaves the statement running; whatever comes next queues up behind it in the thread.
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, do)

    async def _finish(self, do: Callable[[Connection], None]) -> None:
        """Run something that makes no sense without a connection; asked in the thread, where one may be opening."""

        def finish() -> None:
            if self._raw is not None:
                self._run(do)

        # Shielded: a caller that is cancelled once more would take this out of the thread's queue, and leave a transaction
        # open that nobody ends.
        await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._thread, finish))

    def _insert(self, raw: Connection, statement: Executable) -> None:
        if self.dialect == "sqlite":
            raw.execute(statement)
            return
        # An error there ends the whole transaction unless it happened after a savepoint.
        with raw.begin_nested():
            raw.execute(statement)

    def _begin(self) -> None:
        kept = self._raw is not None
        try:
            self._run(lambda raw: raw.begin())
            return
        except Unavailable:
            ended = kept and self._raw is not None and self._raw.invalidated
            # Whatever the server thinks of a transaction that began by halves, it is over with its connection.
            self._drop()
            if not ended:
                raise
        self._run(lambda raw: raw.begin())

    def _roll_back(self, raw: Connection) -> None:
        try:
            raw.rollback()
        finally:
            if raw.invalidated:
                self._drop()

    def _drop(self) -> None:
        raw, self._raw = self._raw, None
        if raw is not None:
            with suppress(SQLAlchemyError):
                raw.close()

    def _run(self, do: Callable[[Connection], T]) -> T:
        """Turn the database's exceptions into ours; the SQL and its values stay in the chained cause."""
        try:
            if self._raw is None:
                self._raw = self._engine.connect()
            return do(self._raw)
        except IntegrityError as error:
            raise Conflict("Somebody stored the same thing at the same time.") from error
        except SQLAlchemyError as error:
            raise Unavailable("The database cannot be used right now.", backend="database") from error


def _commit(raw: Connection) -> None:
    info = getattr(raw.connection.dbapi_connection, "info", None)
    if info is not None and info.transaction_status == TransactionStatus.INERROR:
        # PostgreSQL would answer such a COMMIT with a silent rollback.
        raise Unavailable("The database gave a transaction up after an error.", backend="database")
    raw.commit()


def _rows(result: Any) -> Rows:
    return Rows(result.all() if result.returns_rows else (), result.rowcount)
