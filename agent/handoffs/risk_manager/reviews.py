"""Has every ended incident looked at once for a cause that comes back; only where one does is anybody asked."""

import asyncio
from datetime import timedelta

from agent.domain.handoff import ReviewRecurrence
from agent.domain.incident import Incident
from agent.errors import OpsError
from agent.handoffs.needs import Rules, ViewOf
from agent.handoffs.risk_manager.recurrence import recurring
from agent.ports.clock import Clock
from agent.ports.handoffs import Handoffs
from agent.ports.store import Store
from agent.telemetry.logs import LogEvent, get_log

BOT = "ops-monitor"
# Whoever was down for longer than this finds the recurrence at the next incident with the same cause.
LOOKED_BACK = timedelta(days=2)
_LOOK_SECONDS = 10.0
_log = get_log("handoffs")


class Reviews:
    """Asks `ReviewRecurrence`; a hand-off for each incident that ends would fill threads with nothing."""

    def __init__(self, store: Store, book: Rules, clock: Clock, handoffs: Handoffs, view: ViewOf) -> None:
        self._store = store
        self._book = book
        self._clock = clock
        self._handoffs = handoffs
        self._view = view
        self._looked_at: frozenset[str] = frozenset()

    async def run(self) -> None:
        """Look again and again, for ever."""
        while True:
            try:
                await self.look()
            except OpsError as error:
                # The next look will do: the database's absence is told by everything else.
                _log.warning(LogEvent.TASK_FAILED, task="risk reviews", error=error.user_message)
            await asyncio.sleep(_LOOK_SECONDS)

    async def look(self) -> int:
        """Look at what has ended since the last look; return how many questions were asked."""
        async with self._store.read() as tx:
            ended = await tx.incidents.ended_since(self._clock.now() - LOOKED_BACK)
        new = [one for one in ended if _key(one) not in self._looked_at]
        asked = 0
        for incident in reversed(new):
            asked += await self._one(incident)
        self._looked_at = frozenset(map(_key, ended))
        return asked

    async def _one(self, incident: Incident) -> bool:
        view = await self._view(incident.id)
        if view is None:
            return False
        rules, now = self._book.current.risk.register_, self._clock.now()
        async with self._store.write() as tx:
            if not await tx.seen.first_time(_key(incident), now):
                return False
            found = await recurring(tx, view, now - timedelta(seconds=rules.within))
            if len(found.earlier) < rules.repeats:
                return False
            await self._handoffs.ask(tx, ReviewRecurrence(), by=BOT, incident=incident, key=_key(incident))
            return True


def _key(incident: Incident) -> str:
    """Return the name of one end of an incident; one that is opened again ends anew."""
    ended = incident.times.resolved_at
    return f"recurs:{incident.id}:{ended.isoformat() if ended else ''}"
