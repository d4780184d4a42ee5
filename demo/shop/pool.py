"""A bounded pool of database connections with the gauges that a connection pool exports."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from demo.shop.telemetry import PodTelemetry


class PoolExhausted(Exception):
    """No connection became free in time."""


class ConnectionPool:
    """Lends connections; a borrower waits at most `patience` seconds."""

    def __init__(self, telemetry: PodTelemetry, *, size: int, patience: float) -> None:
        self.size = size
        self._patience = patience
        self._free = asyncio.Semaphore(size)
        self.in_use = 0
        self.waiting = 0
        self._gauge_use = telemetry.gauge("db_connection_pool_in_use", "Connections lent")
        self._gauge_wait = telemetry.gauge("db_connection_pool_waiting", "Borrowers waiting")
        self._gauge_max = telemetry.gauge("db_connection_pool_max", "Connections in all")
        self._gauge_max.set(size)

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[None]:
        """Lend one connection for the length of the block; raise PoolExhausted when none comes free."""
        self.waiting += 1
        try:
            await asyncio.wait_for(self._free.acquire(), self._patience)
        except TimeoutError:
            raise PoolExhausted(
                f"timeout acquiring a connection after {self._patience:.1f} s"
                f" ({self.in_use} of {self.size} in use, {self.waiting} waiting)"
            ) from None
        finally:
            self.waiting -= 1
            self._gauge_wait.set(self.waiting)
        self._lend(1)
        try:
            yield
        finally:
            self._lend(-1)
            self._free.release()

    def enlarge(self, size: int) -> None:
        """Raise the number of connections; a smaller size than now is ignored."""
        for _ in range(size - self.size):
            self._free.release()
        self.size = max(size, self.size)
        self._gauge_max.set(self.size)

    def _lend(self, change: int) -> None:
        self.in_use += change
        self._gauge_use.set(self.in_use)
