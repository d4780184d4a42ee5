"""SQLite in one file: its pragmas, and transactions that begin when we say so."""

from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event

from agent.errors import Misconfigured
from agent.store.connection import ThreadConnection

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    # FULL, because a webhook's 2xx promises that a power cut cannot take the alert away.
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA journal_size_limit=67108864",
)
_BUSY_SECONDS = 10.0


class SqliteFile:
    """A database in a file, made with its folder when it does not exist."""

    def __init__(self, url: URL) -> None:
        if not url.database or url.database == ":memory:":
            raise Misconfigured(
                "OPS_DATABASE_URL must name a file, or incidents would be forgotten at each restart."
            )
        self._path = Path(url.database)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self.unusable(error) from error

    def writer(self, name: str) -> ThreadConnection:
        """Return a connection whose transactions are alone from their first moment."""
        return ThreadConnection(self._engine("BEGIN IMMEDIATE", _PRAGMAS), name)

    def reader(self, name: str) -> ThreadConnection:
        """Return a connection whose transactions see one moment and change nothing."""
        return ThreadConnection(self._engine("BEGIN", (*_PRAGMAS, "PRAGMA query_only=ON")), name)

    def unusable(self, cause: BaseException | None) -> Misconfigured:
        """Return the error that says what keeps the database from being used."""
        reason = getattr(cause, "strerror", None) or getattr(cause, "orig", None) or "it cannot be opened"
        return Misconfigured(
            f"The database {self._path} cannot be used ({reason}). "
            "Set OPS_DATABASE_URL to a file in a folder that this user may write to."
        )

    def _engine(self, begin: str, pragmas: tuple[str, ...]) -> Engine:
        """Take transaction control away from the driver, whose own BEGIN comes late and is never IMMEDIATE."""
        engine = create_engine(
            f"sqlite:///{self._path}",
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
