"""A bounded pool of database connections with the gauges that a connection pool exports."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from demo.shop.ledger_sessions import Opener, Session, SessionLost
from demo.shop.telemetry import PodTelemetry


class PoolExhausted(Exception):
    """No connection became free in time, or the server gave none."""


class ConnectionPool:
    """Lends connections; a borrower waits at most `patience` seconds.

    With `opens` each connection is a real session, opened when it is first needed and kept until it breaks; without,
    it is only a place in the count.
    """

    def __init__(
        self, telemetry: PodTelemetry, *, size: int, patience: float, opens: Opener | None = None
    ) -> None:
        self.size = size
        self._patience = patience
        self._opens = opens
        self._free = asyncio.Semaphore(size)
        self._surplus = 0
        self._resting: list[Session] = []
        self.in_use = 0
        self.waiting = 0
        self._gauge_use = telemetry.gauge("db_connection_pool_in_use", "Connections lent")
        self._gauge_wait = telemetry.gauge("db_connection_pool_waiting", "Borrowers waiting")
        self._gauge_max = telemetry.gauge("db_connection_pool_max", "Connections in all")
        self._gauge_max.set(size)

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[Session | None]:
        """Lend one connection for the length of the block; raise PoolExhausted when none comes free."""
        await self._take_place()
        self._lend(1)
        session: Session | None = None
        try:
            session = await self._session()
            yield session
        except asyncio.CancelledError:
            # In the middle of a statement; every other failure is found out by the next borrower.
            broken, session = session, None
            if broken:
                await broken.close()
            raise
        finally:
            self._lend(-1)
            await self._take_back(session)

    async def _take_place(self) -> None:
        self.waiting += 1
        self._gauge_wait.set(self.waiting)
        try:
            async with asyncio.timeout(self._patience):
                await self._free.acquire()
        except TimeoutError:
            raise PoolExhausted(
                f"timeout acquiring a connection after {self._patience:.1f} s"
                f" ({self.in_use} of {self.size} in use, {self.waiting} waiting)"
            ) from None
        finally:
            self.waiting -= 1
            self._gauge_wait.set(self.waiting)

    async def _session(self) -> Session | None:
        if self._opens is None:
            return None
        while self._resting:
            session = self._resting.pop()
            if await session.alive():
                return session
            await session.close()
        try:
            return await self._opens()
        except SessionLost as lost:
            raise PoolExhausted(f"no connection from the server: {lost}") from lost

    async def resize(self, size: int) -> None:
        """Change the number of connections; those that are lent and too many go when they come back."""
        self._surplus += self.size - size
        self.size = size
        self._gauge_max.set(size)
        while self._surplus < 0:
            self._surplus += 1
            self._free.release()
        while self._surplus > 0 and not self._free.locked():
            self._surplus -= 1
            await self._free.acquire()

    async def close(self) -> None:
        """Close the connections that rest."""
        resting, self._resting = self._resting, []
        for session in resting:
            await session.close()

    async def _take_back(self, session: Session | None) -> None:
        if self._surplus > 0:
            self._surplus -= 1
            if session:
                await session.close()
            return
        if session:
            self._resting.append(session)
        self._free.release()

    def _lend(self, change: int) -> None:
        self.in_use += change
        self._gauge_use.set(self.in_use)
