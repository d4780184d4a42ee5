"""What a replay puts in the place of the world: a clock that the recording moves, a queue, and a chat that only counts."""

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

from agent.policy.load import Policies
from agent.policy.routing import route_incident
from agent.ports.jobs import Handler, Job, JobCounts
from agent.ports.outbox import Slot, SlotKind
from agent.ports.store import Tx

_LOOK_AT_MOST = 300
_MENTIONING = (SlotKind.CARD, SlotKind.REPLY)


class ReplayClock:
    """Shows the recording's time, which never goes back."""

    def __init__(self) -> None:
        self._now = datetime.fromtimestamp(0, UTC)

    def now(self) -> datetime:
        """Return the recording's time."""
        return self._now

    def reach(self, at: datetime) -> None:
        """Move on to a time; one that is past changes nothing, because deliveries may be recorded out of order."""
        self._now = max(self._now, at)


class ReplayJobs:
    """Keeps jobs until the recording's time comes to them; `due` hands them out, and nothing runs by itself."""

    def __init__(self, clock: ReplayClock) -> None:
        self._clock = clock
        self._heap: list[tuple[datetime, int, Job]] = []
        self._waiting: set[str] = set()
        self._numbers = count()

    async def enqueue(self, tx: Tx, job: Job) -> None:
        """Add a job; one that still waits absorbs its twins."""
        if job.dedupe_key is not None:
            if job.dedupe_key in self._waiting:
                return
            self._waiting.add(job.dedupe_key)
        heapq.heappush(self._heap, (job.run_at or self._clock.now(), next(self._numbers), job))

    def due(self, until: datetime | None) -> tuple[datetime, Job] | None:
        """Take the next job that is due by a time, or the next one at all; None when there is none."""
        if not self._heap or (until is not None and self._heap[0][0] > until):
            return None
        at, _, job = heapq.heappop(self._heap)
        self._waiting.discard(job.dedupe_key or "")
        return at, job

    async def counts(self, tx: Tx) -> JobCounts:
        """Count jobs by state."""
        return JobCounts(waiting=len(self._heap), running=0, dead=0)

    async def forget(self, tx: Tx, before: datetime) -> None:
        """Do nothing, because no job dies here."""

    async def run(self, handlers: Mapping[str, Handler]) -> None:
        """Do nothing, because the recording sets the pace."""

    async def stop(self, grace_seconds: float) -> None:
        """Do nothing, because nothing runs by itself."""


@dataclass(slots=True)
class Told:
    """What people would have seen of one incident."""

    posts: int = 0
    edits: int = 0
    pings: int = 0
    mentions: set[str] = field(default_factory=set)
    pages: set[str] = field(default_factory=set)


class ReplayChat:
    """Takes every message from the outbox as if it had been delivered at once, and counts it; nothing is sent."""

    def __init__(self) -> None:
        self.told: dict[str, Told] = {}
        self._numbers = count(1)

    async def deliver(self, tx: Tx, policies: Policies, now: datetime) -> None:
        """Mark what is due as delivered."""
        while slots := await tx.outbox.due(now, _LOOK_AT_MOST):
            for slot in slots:
                await self._one(tx, policies, slot)

    async def _one(self, tx: Tx, policies: Policies, slot: Slot) -> None:
        posted = slot.ts is not None
        ts = slot.ts or f"{next(self._numbers)}.000000"
        await tx.outbox.sent(slot.key, slot.wanted, channel=slot.channel, ts=ts)
        incident = await tx.incidents.get(slot.incident_id) if slot.incident_id else None
        if incident is None or slot.kind is SlotKind.LEFT:
            return
        told = self.told.setdefault(incident.id, Told())
        if posted:
            told.edits += 1
            return
        told.posts += 1
        route = route_incident(policies, incident)
        told.pages.update(route.page)
        if route.mentions and slot.kind in _MENTIONING:
            told.pings += 1
            told.mentions.update(route.mentions)

    def of(self, incident_id: str) -> Told:
        """Return what people would have seen of an incident."""
        return self.told.get(incident_id, Told())
