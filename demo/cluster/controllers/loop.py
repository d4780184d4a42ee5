"""Runs controllers: a queue of keys each, one step at a time, again later when a step asks for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import Protocol

from demo.cluster.storage import Change, Key, Store

_log = logging.getLogger(__name__)
_PAUSE = 0.004
_FIRST_RETRY = 0.005
_LONGEST_RETRY = 30.0


class Retry(Exception):
    """A step that failed and wants to be tried again, later each time."""


class Controller(Protocol):
    """Keeps one kind of thing as it should be."""

    def keys(self, change: Change) -> Iterable[Key]:
        """Name the keys that a change concerns."""
        ...

    def reconcile(self, key: Key) -> float | None:
        """Take one step for a key; return after how many seconds to look again, if at all."""
        ...


class Worker:
    """Feeds one controller with the keys that changed."""

    def __init__(self, controller: Controller, store: Store, scale: float) -> None:
        self._controller = controller
        self._scale = scale
        self._queue: asyncio.Queue[Key] = asyncio.Queue()
        self._waiting: set[Key] = set()
        self._failures: dict[Key, int] = {}
        self._timers: set[asyncio.TimerHandle] = set()
        self._halted = False
        self._stop_listening = store.listen(self._notice)

    def _notice(self, change: Change) -> None:
        for key in self._controller.keys(change):
            self.add(key)

    def add(self, key: Key) -> None:
        """Ask for a look at a key soon."""
        if key not in self._waiting:
            self._waiting.add(key)
            self._queue.put_nowait(key)

    def halt(self, *, halted: bool) -> None:
        """Stop or resume taking steps; keys are remembered meanwhile."""
        self._halted = halted

    async def run(self) -> None:
        """Take steps until cancelled."""
        try:
            while True:
                key = await self._queue.get()
                await asyncio.sleep(_PAUSE)
                while self._halted:
                    await asyncio.sleep(0.05)
                self._waiting.discard(key)
                self._step(key)
        finally:
            self._stop_listening()
            for timer in self._timers:
                timer.cancel()

    def _step(self, key: Key) -> None:
        try:
            again = self._controller.reconcile(key)
            self._failures.pop(key, None)
        except Retry:
            again = self._backoff(key)
        except Exception:  # noqa: BLE001 - outermost edge of a background task: one bad key must not end the loop
            _log.exception("controller step failed for %s", key)
            again = self._backoff(key)
        if again is not None:
            self._later(key, again)

    def _backoff(self, key: Key) -> float:
        failures = self._failures[key] = self._failures.get(key, 0) + 1
        return float(min(_FIRST_RETRY * 2**failures, _LONGEST_RETRY))

    def _later(self, key: Key, seconds: float) -> None:
        def due() -> None:
            self._timers.discard(timer)
            self.add(key)

        timer = asyncio.get_running_loop().call_later(max(seconds, 0.0) * self._scale, due)
        self._timers.add(timer)
