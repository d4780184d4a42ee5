"""The clock of incidents' lives: which incident is looked at next, and what follows when a look fails or time jumps."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from agent.errors import OpsError
from agent.lifecycle.clock_step import LifeStep
from agent.ports.clock import Clock
from agent.ports.store import Store
from agent.telemetry.logs import LogEvent, get_log

# An indexed look at a small table, for changes that ring no bell, such as a click.
LOOK_SECONDS = 0.1
SWEEP_SECONDS = 600.0
_AT_ONCE = 200
# So many of the loudest, and of the longest waiting, before the next look: a new P0 never waits for a crowd.
_LOUDEST, _OLDEST = 6, 2
_PENALTY_SECONDS = 5.0
_SET_BACK = timedelta(seconds=2)
# Ended ones are swept as long as their end may still have to be told; older ones come from before this clock.
_ENDED = timedelta(days=2)
log = get_log("lifecycle")


@dataclass(slots=True)
class LifeClock:
    """Looks at each incident when something is owed; a look that fails is repeated later, and holds up no other.

    Runs on one replica at a time; two that overlapped would still do nothing twice, since every deed has a key.
    """

    store: Store
    clock: Clock
    step: LifeStep
    _bell: asyncio.Event = field(default_factory=asyncio.Event)
    _later: dict[str, float] = field(default_factory=dict)
    _seen: datetime | None = None
    _sweep_at: float = float("-inf")

    async def run(self) -> None:
        """Look for ever."""
        while True:
            self._bell.clear()
            try:
                busy = await self.turn()
            except OpsError as error:
                log.warning(LogEvent.TASK_FAILED, task="life clock", error=error.user_message)
                busy = 0
            if not busy:
                await self._nap()

    def wake(self) -> None:
        """Look now, because something was committed that may owe people something."""
        self._bell.set()

    async def _nap(self) -> None:
        # Not wait_for, which loses a cancellation that comes just as the bell rings.
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await self._bell.wait()

    async def turn(self) -> int:
        """Look at some of the incidents that are due; return how many those were."""
        now = self.clock.now()
        set_back = self._seen is not None and now < self._seen - _SET_BACK
        self._seen = now
        if set_back or time.monotonic() >= self._sweep_at:
            # What waits for a time waits too long when the clock was set back.
            await self.sweep()
            self._sweep_at = time.monotonic() + SWEEP_SECONDS
        chosen = await self._chosen(now)
        for incident_id in chosen:
            await self._look(incident_id)
        return len(chosen)

    async def sweep(self) -> None:
        """Have every open incident and every lately ended one looked at, whatever was or was not noted for it."""
        now = self.clock.now()
        async with self.store.write() as tx:
            ended = await tx.incidents.resolved_since(now - _ENDED)
            for incident in [*await tx.incidents.open(), *ended]:
                await tx.life.wake(incident.id, now)

    async def _chosen(self, now: datetime) -> Sequence[str]:
        moment = time.monotonic()
        async with self.store.read() as tx:
            # Those that have to wait come first as long as they do, and may not fill the place of all others.
            waiting = sum(at > moment for at in self._later.values())
            found_due = await tx.life.due(now, _AT_ONCE + waiting)
            due = [i for i in found_due if self._later.get(i, 0.0) <= moment]
            if len(due) <= _LOUDEST + _OLDEST:
                return due
            found = [await tx.incidents.get(incident_id) for incident_id in due[_OLDEST:]]
        ranked = sorted((one for one in found if one is not None), key=lambda one: one.priority.rank)
        return [*(one.id for one in ranked[:_LOUDEST]), *due[:_OLDEST]]

    async def _look(self, incident_id: str) -> None:
        try:
            if await self.step.urgent(incident_id):
                await self.step.rest(incident_id)
        except OpsError as error:
            log.warning(LogEvent.TASK_FAILED, task=f"life of {incident_id}", error=error.user_message)
            self._put_off(incident_id)
        except (
            Exception
        ):  # a background task's edge: one incident that cannot be cared for may not stop the others
            log.exception(LogEvent.TASK_FAILED, task=f"life of {incident_id}")
            self._put_off(incident_id)
        else:
            self._later.pop(incident_id, None)

    def _put_off(self, incident_id: str) -> None:
        self._later[incident_id] = time.monotonic() + _PENALTY_SECONDS
