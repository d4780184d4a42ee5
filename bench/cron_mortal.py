"""A store whose user may die at any await: before or after each statement, before and after each commit."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from agent.ports.store import Store


class Killed(BaseException):
    """The worker is gone; nothing of it may catch this."""


@dataclass
class Fate:
    """Decides at each await whether this is the last one; `kills` counts the deaths."""

    chance: random.Random
    share: float
    kills: int = 0
    places: dict[str, int] = field(default_factory=dict)

    def strike(self, place: str) -> None:
        """Die here, or go on."""
        if self.chance.random() < self.share:
            self.kills += 1
            self.places[place] = self.places.get(place, 0) + 1
            raise Killed(place)


class _Rows:
    def __init__(self, rows: Any, fate: Fate, name: str) -> None:
        self._rows, self._fate, self._name = rows, fate, name

    def __getattr__(self, method: str) -> Callable[..., Awaitable[Any]]:
        real = getattr(self._rows, method)

        async def mortal(*args: Any, **named: Any) -> Any:
            self._fate.strike(f"before {self._name}.{method}")
            result = await real(*args, **named)
            self._fate.strike(f"after {self._name}.{method}")
            return result

        return mortal


class _Tx:
    def __init__(self, tx: Any, fate: Fate) -> None:
        self._tx, self._fate = tx, fate

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._tx, name)
        return found if callable(found) or name == "connection" else _Rows(found, self._fate, name)


class MortalStore:
    """Passes transactions on, and dies at random moments of them."""

    def __init__(self, store: Store, fate: Fate) -> None:
        self._store, self._fate = store, fate

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Any]:
        """Open a read transaction."""
        async with self._store.read() as tx:
            yield _Tx(tx, self._fate)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Any]:
        """Open a write transaction, and perhaps die right before or right after its commit."""
        self._fate.strike("before begin")
        async with self._store.write() as tx:
            yield _Tx(tx, self._fate)
            self._fate.strike("before commit")
        self._fate.strike("after commit")
