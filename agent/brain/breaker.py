"""Stops asking a backend that keeps failing, for a few seconds at a time."""

from datetime import datetime, timedelta

from agent.errors import BadAnswer, OpsError, Unavailable

FAILURES = 3
PAUSE = timedelta(seconds=5)


class Breaker:
    """Counts a backend's consecutive failures; refusals do not count, they are answers."""

    def __init__(self, title: str, backend: str) -> None:
        self._title = title
        self._backend = backend
        self._failures = 0
        self._closed_until: datetime | None = None

    def enter(self, now: datetime) -> None:
        """Let a read pass, or raise Unavailable during the pause."""
        if self._closed_until is None:
            return
        if now < self._closed_until:
            message = f"{self._title} keeps failing and is left alone for a few seconds."
            raise Unavailable(message, backend=self._backend)
        # One read may try; until it is back, the others wait for another pause.
        self._closed_until = now + PAUSE

    def note(self, error: OpsError | None, now: datetime) -> None:
        """Record how a read ended."""
        if isinstance(error, Unavailable | BadAnswer):
            if error.backend != self._backend:
                return
            self._failures += 1
            if self._failures >= FAILURES:
                self._closed_until = now + PAUSE
            return
        self._failures = 0
        self._closed_until = None
