"""Runs the reads behind a claim once more, exactly as they were, and sets old and new side by side."""

import asyncio
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta

from agent.domain.deployment import TOLD
from agent.domain.evidence import Evidence, EvidenceStatus, ReadRequest
from agent.domain.noun import Json, Noun
from agent.errors import NotFound, NotPermitted
from agent.locale.format import duration
from agent.locale.messages import text
from agent.operations.releases_told import nothing_told, told_releases
from agent.ports.clock import Clock
from agent.ports.reads import Reads
from agent.ports.store import Store

# A claim rests on one to three reads; a click must not become a storm of queries.
MOST_READS = 4
# Chosen: a person who compares values clicks a few times a minute; a script that clicks is stopped.
EACH_PERSON = 6
EACH_INCIDENT = 20
SPAN = timedelta(minutes=1)


class Rerun(Noun):
    """One read now and then: `again` looked at the same window once more, `now` at the same span up to now."""

    old: Evidence
    again: Evidence | None
    now: Evidence

    @property
    def unlike(self) -> tuple[Evidence, ...]:
        """Return what says something else than the old reading did."""
        return tuple(
            one for one in (self.again, self.now) if one is not None and _said(one) != _said(self.old)
        )


class Pace:
    """Counts what was asked within the last minute, by whom; forgotten with the process."""

    def __init__(self) -> None:
        self._asked: dict[str, deque[datetime]] = {}

    def take(self, limits: dict[str, int], now: datetime) -> timedelta | None:
        """Count one more for every key, or return how long to wait until each is below its limit."""
        for key in list(self._asked):
            times = self._asked[key]
            while times and now - times[0] >= SPAN:
                times.popleft()
            if not times:
                del self._asked[key]
        full = [self._asked[key][0] for key, most in limits.items() if len(self._asked.get(key, ())) >= most]
        if full:
            return max(full) + SPAN - now
        for key in limits:
            self._asked.setdefault(key, deque()).append(now)
        return None


class Rerunner:
    """Repeats reads for people; what it reads is shown and not stored, so that the evidence stays what it was."""

    def __init__(self, store: Store, reads: Reads, clock: Clock, *, language: str = "en") -> None:
        self._store = store
        self._reads = reads
        self._clock = clock
        self._language = language
        self._pace = Pace()

    async def again(self, incident_id: str, evidence_ids: Sequence[str], person: str) -> tuple[Rerun, ...]:
        """Repeat the reads behind a claim; raises NotFound when they are gone and NotPermitted when asked too often."""
        wanted = tuple(dict.fromkeys(evidence_ids))[:MOST_READS]
        async with self._store.read() as tx:
            kept = [await tx.evidence.get(one) for one in wanted]
        old = [one for one in kept if one is not None and one.incident_id == incident_id]
        if not old:
            raise NotFound(text(self._language, "rerun-gone"))
        self._allow(incident_id, person)
        return tuple(await asyncio.gather(*(self._one(one, incident_id) for one in old)))

    def _allow(self, incident_id: str, person: str) -> None:
        limits = {f"person {person}": EACH_PERSON, f"incident {incident_id}": EACH_INCIDENT}
        wait = self._pace.take(limits, self._clock.now())
        if wait is not None:
            span = duration(self._language, max(1.0, wait.total_seconds()))
            raise NotPermitted(text(self._language, "rerun-too-often", span=span))

    async def _one(self, old: Evidence, incident_id: str) -> Rerun:
        if old.request.tool == TOLD:
            async with self._store.read() as tx:
                told = await told_releases(tx, old.request, incident_id, old.id, self._clock.now())
            return Rerun(old=old, again=None, now=told or nothing_told(old, self._clock.now()))
        backward = self._backward(old)
        fresh = self._reads.run(_until(old.request, None), incident_id=incident_id)
        if backward is None:
            return Rerun(old=old, again=None, now=await fresh)
        again, now = await asyncio.gather(self._reads.run(backward, incident_id=incident_id), fresh)
        return Rerun(old=old, again=again, now=now)

    def _backward(self, old: Evidence) -> ReadRequest | None:
        """Return the request for the very window that was read, where the read can look at a window of the past."""
        known = {spec.name: spec.params_schema for spec in self._reads.catalogue()}
        properties = known.get(old.request.tool, {}).get("properties")
        if not isinstance(properties, dict) or "end" not in properties:
            return None
        given = old.request.params.get("end")
        window = old.reading.window
        end = given if isinstance(given, str) else (window.end if window else old.observed_at).isoformat()
        return _until(old.request, end)


def _until(request: ReadRequest, end: str | None) -> ReadRequest:
    params: dict[str, Json] = {name: value for name, value in request.params.items() if name != "end"}
    return ReadRequest(tool=request.tool, params=params | ({"end": end} if end else {}))


def _said(one: Evidence) -> tuple[EvidenceStatus, str, float | None]:
    value = one.reading.value
    return one.status, one.error or one.reading.summary, value.value if value is not None else None
