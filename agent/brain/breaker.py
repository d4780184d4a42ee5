"""Stops asking a backend that keeps failing, for a few seconds at a time."""

from datetime import datetime, timedelta

from agent.errors import BadAnswer, BadInput, Misconfigured, OpsError, Unavailable

FAILURES = 3
PAUSE = timedelta(seconds=5)


class Breaker:
    """Counts a backend's consecutive failures, those of reads that ran side by side as one.

    Refusals do not count, they are answers.
    """

    def __init__(self, title: str, backend: str) -> None:
        self._title = title
        self._backend = backend
        self._failures = 0
        self._changes = 0
        self._closed_until: datetime | None = None

    def enter(self, now: datetime) -> int:
        """Let a read pass and return what to `note` its end with; raises Unavailable during the pause."""
        if self._closed_until is not None:
            if now < self._closed_until:
                message = f"{self._title} keeps failing and is left alone for a few seconds."
                raise Unavailable(message, backend=self._backend)
            # One read may try; until it is back, the others wait for another pause.
            self._closed_until = now + PAUSE
        return self._changes

    def note(self, error: OpsError | None, now: datetime, entered: int) -> None:
        """Record how a read ended that had `entered` at that point."""
        if isinstance(error, Unavailable | BadAnswer):
            # A read that began before the last change saw the very trouble that is counted already.
            if error.backend == self._backend and entered == self._changes:
                self._changes += 1
                self._failures += 1
                if self._failures >= FAILURES:
                    self._closed_until = now + PAUSE
        elif not isinstance(error, BadInput | Misconfigured):
            # A mistake of the caller never reached the backend; everything else is an answer.
            self._changes += 1
            self._failures = 0
            self._closed_until = None
