"""Sees to it that one process at a time serves a database file; the lock ends with its process, however that ends."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.errors import Misconfigured


@contextmanager
def sole_server(database_url: str) -> Iterator[None]:
    """Hold `DATABASE.lock`; raises Misconfigured when another process does, because two would post each card twice.

    On PostgreSQL several may serve: what only one of them may do is done in turn (store/turns.py).
    """
    if not serves_alone(database_url):
        yield
        return
    path = Path(database_url.removeprefix("sqlite:///") + ".lock")
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Misconfigured(
                f"Another ops-monitor serves {path.with_suffix('').name}; stop it, or give this one a database of its own "
                "with OPS_DATABASE_URL."
            ) from error
        yield


def serves_alone(database_url: str) -> bool:
    """Say whether one process at a time serves this database."""
    return database_url.startswith("sqlite:")
