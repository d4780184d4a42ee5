"""The workspace's time: the system's, a scaled one for retries, or one that a test moves by hand."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Tell the time and let it pass."""

    def now(self) -> float:
        """Return seconds since the epoch."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after that many seconds of this clock."""
        ...


class SystemClock:
    """Real time; waits are multiplied by `scale`, so that Slack's five-minute retry can take a second."""

    def __init__(self, scale: float = 1.0) -> None:
        self._scale = scale

    def now(self) -> float:
        """Return seconds since the epoch."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Wait `seconds` times the scale."""
        await asyncio.sleep(seconds * self._scale)


class ManualClock:
    """Time that stands still until `advance` is called."""

    def __init__(self, start: float | None = None) -> None:
        self._now = time.time() if start is None else start
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> float:
        """Return seconds since the epoch, as far as this clock knows."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Return once the clock was moved past the moment."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._now + seconds, future))
        await future

    async def advance(self, seconds: float) -> None:
        """Move the clock and wake whoever slept until then."""
        self._now += seconds
        due = [future for until, future in self._sleepers if until <= self._now]
        self._sleepers = [(until, future) for until, future in self._sleepers if until > self._now]
        for future in due:
            if not future.done():
                future.set_result(None)
        for _ in range(5):
            await asyncio.sleep(0)
