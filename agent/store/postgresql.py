"""PostgreSQL: one writer at a time in the whole system by an advisory lock, readers on snapshots, nobody waits for ever."""

from typing import Any

from psycopg import Error as DriverError
from psycopg.types.string import StrDumperUnknown
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event

from agent.errors import Misconfigured
from agent.store.connection import ThreadConnection

# Any number will do as long as every process takes the same one.
WRITERS_LOCK = 0x6F70736D6F6E
LOCK_SECONDS = 10
# A writer that was suspended in the middle of its transaction holds everybody up, heartbeats too; the server ends it
# long before their leases are over.
IDLE_IN_TRANSACTION_SECONDS = 6
STATEMENT_SECONDS = 12
_CONNECT_SECONDS = 5
_SESSION = {
    "lock_timeout": f"{LOCK_SECONDS}s",
    "idle_in_transaction_session_timeout": f"{IDLE_IN_TRANSACTION_SECONDS}s",
    "statement_timeout": f"{STATEMENT_SECONDS}s",
    # A commit is on disk before it returns, whatever the server's default is: a webhook's 2xx promises it.
    "synchronous_commit": "on",
    # A client whose machine vanished loses its locks after half a minute instead of two hours.
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "4",
}
_CLIENT = {
    "connect_timeout": _CONNECT_SECONDS,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 20_000,
    "application_name": "ops-monitor",
}


class PostgresDatabase:
    """A database on a PostgreSQL server, reached without a pooler in between."""

    def __init__(self, url: URL) -> None:
        if not url.host or not url.database:
            raise Misconfigured(
                "OPS_DATABASE_URL must name the server and the database: postgresql://user:password@host:5432/name."
            )
        self._url = url.set(drivername="postgresql+psycopg")

    def writer(self, name: str) -> ThreadConnection:
        """Return a connection whose transactions are alone from their first moment."""
        return ThreadConnection(self._engine(f"SELECT pg_advisory_xact_lock({WRITERS_LOCK})"), name)

    def reader(self, name: str) -> ThreadConnection:
        """Return a connection whose transactions see one moment and change nothing."""
        engine = self._engine("SELECT 1", isolation_level="REPEATABLE READ")
        return ThreadConnection(engine.execution_options(postgresql_readonly=True), name)

    def watcher(self, name: str) -> ThreadConnection:
        """Return a connection without transactions, for locks that live as long as it does."""
        return ThreadConnection(self._engine(None, isolation_level="AUTOCOMMIT"), name)

    def unusable(self, cause: BaseException | None) -> Misconfigured:
        """Return the error that says what keeps the database from being used; it never holds the password."""
        original = getattr(cause, "orig", None)
        reason = str(original).strip().splitlines()[0] if isinstance(original, DriverError) else "no answer"
        place = f"{self._url.host}:{self._url.port or 5432}/{self._url.database}"
        return Misconfigured(
            f"The database {place} cannot be used ({reason}). See that the server runs, that OPS_DATABASE_URL names it with "
            "a user and password that it knows, and that this user may create tables there."
        )

    def _engine(self, begin: str | None, **options: Any) -> Engine:
        settings = " ".join(f"-c {name}={value}" for name, value in _SESSION.items())
        given = self._url.query.get("options", "")
        engine = create_engine(
            self._url,
            poolclass=NullPool,
            connect_args={**_CLIENT, "options": f"{given} {settings}".strip()},
            hide_parameters=True,
            use_native_hstore=False,
            **options,
        )

        def on_connect(dbapi_connection: Any, _record: Any) -> None:
            dbapi_connection.adapters.register_dumper(str, _WithoutNul)

        def on_begin(connection: Connection) -> None:
            connection.exec_driver_sql(str(begin))

        event.listen(engine, "connect", on_connect)
        if begin is not None:
            event.listen(engine, "begin", on_begin)
        return engine


class _WithoutNul(StrDumperUnknown):
    """Text as PostgreSQL can keep it: it refuses the character NUL, which an error's text may hold."""

    def dump(self, obj: str) -> Any:
        return super().dump(obj.replace("\0", "\ufffd") if "\0" in obj else obj)
