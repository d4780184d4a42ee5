"""The sessions and role limits of a PostgreSQL server; nothing else of it is read or changed."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Any

import psycopg
from psycopg import errors as vendor
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from agent.errors import BackendError, Misconfigured, NotFound, Overloaded, Refused, TimedOut, Unavailable
from tools.connectors.http_json import excerpt
from tools.connectors.writers import RunningQuery

BACKEND = "postgresql"
OWN_NAME = "ops-monitor"
_MAX_SESSIONS = 1000
_MAX_QUERY = 2000
_HIDDEN = "<insufficient privilege>"
# A session's age is that of its statement, of the transaction that it keeps open, or of its rest.
_AGE = "CASE state WHEN 'active' THEN query_start WHEN 'idle' THEN state_change ELSE xact_start END"
_SESSIONS = f"""
SELECT pid, backend_start, coalesce(usename, ''), coalesce(application_name, ''), coalesce(datname, ''),
       coalesce(state, ''),
       extract(epoch FROM clock_timestamp() - coalesce({_AGE}, backend_start))::float8 AS seconds,
       left(coalesce(query, ''), {_MAX_QUERY})
FROM pg_stat_activity
WHERE pid <> pg_backend_pid() AND (backend_type = 'client backend' AND application_name <> %(own)s
  AND (%(application)s = '' OR application_name = %(application)s) OR query = '{_HIDDEN}')
ORDER BY seconds DESC LIMIT {_MAX_SESSIONS}
"""  # noqa: S608 - made of constants of this module alone
# One statement: between the look at a session and its end there is no time for its process id to be used again.
_END = """
SELECT count(*) FILTER (WHERE pg_terminate_backend(a.pid))
FROM pg_stat_activity a
JOIN unnest(%(pids)s::int[], %(starts)s::timestamptz[]) AS s(pid, started)
  ON a.pid = s.pid AND a.backend_start = s.started
WHERE a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()
"""
_RIGHTS = """
SELECT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE'), pg_has_role(current_user, 'pg_signal_backend', 'USAGE'),
       rolsuper OR rolcreaterole
FROM pg_roles WHERE rolname = current_user
"""
_LIMIT = "SELECT rolconnlimit FROM pg_roles WHERE rolname = %s"


class PostgresSessions:
    """A DatabaseWriter; each call has a connection of its own, because a pooled one would be in the way of limits."""

    def __init__(self, dsn: str, *, timeout_seconds: float) -> None:
        # The store's URL may name a driver, which libpq does not know.
        self._dsn = dsn.replace("postgresql+psycopg://", "postgresql://", 1)
        self._timeout = timeout_seconds
        try:
            conninfo_to_dict(self._dsn)
        except psycopg.Error as error:
            raise Misconfigured("The address of PostgreSQL must look like postgresql://host/db.") from error

    async def close(self) -> None:
        """Nothing is kept open."""

    async def version(self) -> str:
        """Return the server's version."""
        async with self._connection() as connection:
            return str((await _row(connection, "SHOW server_version"))[0])

    async def sessions(self, *, application: str = "") -> tuple[RunningQuery, ...]:
        """Return the sessions of clients, oldest first; the bot's own are never among them."""
        named = {"own": OWN_NAME, "application": application}
        async with self._connection() as connection:
            rows = await (await connection.execute(_SESSIONS, named)).fetchall()
        found = tuple(RunningQuery(*row) for row in rows)
        if any(session.query == _HIDDEN for session in found):
            # A list with holes would say that nothing runs long.
            raise Refused(
                "PostgreSQL hides others' sessions from our role: pg_read_all_stats is missing.",
                backend=BACKEND,
            )
        return found

    async def end(self, sessions: Sequence[tuple[int, datetime]]) -> int:
        """End exactly these sessions (pid and start time must both fit) and return how many were told to."""
        named = {"pids": [pid for pid, _ in sessions], "starts": [start for _, start in sessions]}
        async with self._connection() as connection:
            return int((await _row(connection, _END, named))[0])

    async def connection_limit(self, role: str) -> int:
        """Return a role's connection limit; -1 means none."""
        async with self._connection() as connection:
            return await _limit(connection, role)

    async def set_connection_limit(self, role: str, limit: int, *, only_if: int) -> bool:
        """Set a role's connection limit if it still is `only_if`; say whether it was."""
        order = sql.SQL("ALTER ROLE {} CONNECTION LIMIT {}").format(sql.Identifier(role), sql.Literal(limit))
        async with self._connection() as connection, connection.transaction():
            # Two of us must not both see the old limit; whoever is not us is only guarded by the check.
            await connection.execute("SELECT pg_advisory_xact_lock(hashtext('ops-monitor role limit'))")
            if await _limit(connection, role) != only_if:
                return False
            await connection.execute(order)
        return True

    async def lacks(self) -> tuple[str, ...]:
        """Return the rights that our role has not got."""
        async with self._connection() as connection:
            held = await _row(connection, _RIGHTS)
        names = ("pg_read_all_stats", "pg_signal_backend", "CREATEROLE")
        return tuple(name for name, has in zip(names, held, strict=True) if not has)

    def _connection(self) -> AbstractAsyncContextManager[psycopg.AsyncConnection[Any]]:
        return connected(self._dsn, BACKEND, timeout_seconds=self._timeout)


@asynccontextmanager
async def connected(
    dsn: str, backend: str, *, timeout_seconds: float, read_only: bool = False
) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    """Hold one session whose statements are limited in time; raises our errors, which name the backend."""
    limits = (
        f"-c statement_timeout={int(timeout_seconds * 1000)} -c lock_timeout={int(timeout_seconds * 500)}"
    )
    try:
        async with await psycopg.AsyncConnection.connect(
            dsn,
            autocommit=True,
            connect_timeout=max(2, int(min(timeout_seconds, 5))),
            application_name=OWN_NAME,
            # Whatever the account may do, a session that only reads cannot.
            options=f"-c default_transaction_read_only=on {limits}" if read_only else limits,
        ) as connection:
            yield connection
    except psycopg.Error as error:
        raise translated(error, backend) from error
    except OSError as error:
        raise Unavailable("PostgreSQL cannot be reached.", backend=backend) from error


async def _row(connection: psycopg.AsyncConnection[Any], statement: Any, values: Any = None) -> Any:
    return await (await connection.execute(statement, values)).fetchone()


async def _limit(connection: psycopg.AsyncConnection[Any], role: str) -> int:
    found = await _row(connection, _LIMIT, (role,))
    if found is None:
        raise NotFound(f"PostgreSQL has no role “{excerpt(role, 63)}”.")
    return int(found[0])


def translated(error: psycopg.Error, backend: str) -> BackendError:
    """Return one of our errors for what the driver raised."""
    said = excerpt(error.diag.message_primary or "", 160)
    match error:
        case vendor.InsufficientPrivilege():
            return Refused(f"PostgreSQL does not let our role do that: {said}", backend=backend)
        case vendor.QueryCanceled() | vendor.LockNotAvailable() | vendor.ConnectionTimeout():
            return TimedOut("PostgreSQL did not answer in time.", backend=backend)
        case vendor.TooManyConnections():
            return Overloaded("PostgreSQL has no connection left.", backend=backend)
        case vendor.InvalidPassword() | vendor.InvalidAuthorizationSpecification():
            return Refused("PostgreSQL refuses our credentials.", backend=backend)
        case psycopg.OperationalError() | psycopg.InterfaceError():
            # Before a session exists the driver only has words to tell these apart, in any language.
            if "password authentication" in str(error):
                return Refused("PostgreSQL refuses our credentials.", backend=backend)
            return Unavailable("PostgreSQL cannot be reached.", backend=backend)
        case _:
            return Refused(f"PostgreSQL refused the request: {said}", backend=backend)
