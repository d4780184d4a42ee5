"""Real sessions of the ledger's PostgreSQL, as payment holds them and as the database's own page counts them."""

import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import psycopg

# A connection attempt that takes longer than a borrower would wait helps nobody.
CONNECT_SECONDS = 2
_ACTIVE = """
SELECT count(*), coalesce(max(extract(epoch FROM clock_timestamp() - query_start)), 0)::float8
FROM pg_stat_activity
WHERE backend_type = 'client backend' AND state = 'active' AND pid <> pg_backend_pid()
"""


class SessionLost(Exception):
    """The server ended a session, refused a new one, or cannot be reached."""


class Session(Protocol):
    """One connection to the ledger's database."""

    async def alive(self) -> bool:
        """Tell whether it can still be used."""
        ...

    async def write(self, order: str) -> None:
        """Write one charge; raise SessionLost."""
        ...

    async def reconcile(self, number: int, seconds: float) -> None:
        """Run one part of the reconciliation; raise SessionLost when it is ended from outside."""
        ...

    async def close(self) -> None:
        """Give it back to the server."""
        ...


Opener = Callable[[], Awaitable[Session]]


class LedgerSession:
    """A session of PostgreSQL under the name of an application."""

    def __init__(self, connection: psycopg.AsyncConnection[Any], application: str) -> None:
        self._connection = connection
        self._application = application

    @classmethod
    async def open(cls, dsn: str, application: str) -> "LedgerSession":
        """Connect; raise SessionLost with the server's reason."""
        try:
            connection = await psycopg.AsyncConnection.connect(
                dsn, autocommit=True, application_name=application, connect_timeout=CONNECT_SECONDS
            )
        except (psycopg.Error, OSError) as error:
            raise SessionLost(_reason(error)) from error
        return cls(connection, application)

    async def alive(self) -> bool:
        """Ask the server."""
        try:
            await self._connection.execute("SELECT 1")
        except psycopg.Error:
            return False
        return True

    async def write(self, order: str) -> None:
        """Write one charge."""
        try:
            await self._connection.execute("INSERT INTO charges (order_id) VALUES (%s)", (order,))
        except psycopg.Error as error:
            raise SessionLost(_reason(error)) from error

    async def reconcile(self, number: int, seconds: float) -> None:
        """Run a query that takes its time, under a name that tells it from the charges."""
        slow = f"WITH slow AS (SELECT pg_sleep({seconds:.0f}))"
        statement = f"{slow} SELECT count(*) FROM charges, slow -- reconciliation {number}"
        try:
            await self._name("reconciliation")
            await self._connection.execute(statement.encode())
        except psycopg.Error as error:
            raise SessionLost(_reason(error)) from error
        finally:
            with contextlib.suppress(psycopg.Error):
                await self._name(self._application)

    async def _name(self, application: str) -> None:
        await self._connection.execute("SELECT set_config('application_name', %s, false)", (application,))

    async def close(self) -> None:
        """End the session."""
        with contextlib.suppress(psycopg.Error, OSError):
            await self._connection.close()


class LedgerActivity:
    """What the database says of itself, over one connection that is opened again when it was lost."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: psycopg.AsyncConnection[Any] | None = None

    async def look(self) -> tuple[int, float]:
        """Return how many statements run and how old the oldest is, in seconds; nothing while it is away."""
        try:
            if self._connection is None:
                self._connection = await psycopg.AsyncConnection.connect(
                    self._dsn, autocommit=True, application_name="ledger-db", connect_timeout=CONNECT_SECONDS
                )
            row = await (await self._connection.execute(_ACTIVE)).fetchone()
        except (psycopg.Error, OSError):
            await self.close()
            return 0, 0.0
        return (int(row[0]), float(row[1])) if row else (0, 0.0)

    async def close(self) -> None:
        """Let go of the connection."""
        connection, self._connection = self._connection, None
        if connection:
            with contextlib.suppress(psycopg.Error, OSError):
                await connection.close()


def _reason(error: BaseException) -> str:
    words = str(error).strip().splitlines()
    return words[-1] if words else type(error).__name__
