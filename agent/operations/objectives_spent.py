"""What spent a budget: the incidents of its window, each with the share that was spent while it lasted."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.domain.evidence import Window
from agent.domain.incident import Incident
from agent.domain.slo import EVERY_SERVICE, Slo, SloState
from agent.ports.objectives import Objectives
from agent.ports.store import Store

MOST_INCIDENTS = 12
_LOOKED_AT = 300
# Requests fail before the first alert, and a scrape after the last one still counts them.
_BEFORE, _AFTER = timedelta(minutes=10), timedelta(minutes=2)
# The state that is explained had not counted its last minute yet.
_UNCOUNTED = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Spent:
    """An incident and the share of the whole budget that was spent while it lasted."""

    incident: Incident
    share: float


@dataclass(frozen=True, slots=True)
class Spending:
    """What spent a budget, most first; `spent` and the shares are of the whole budget."""

    slo: Slo
    spent: float | None
    incidents: tuple[Spent, ...] = ()

    @property
    def rest(self) -> float | None:
        """Return what was spent while no known incident lasted; None when nothing was measured."""
        if self.spent is None:
            return None
        return max(0.0, self.spent - sum(one.share for one in self.incidents))


async def spending(objectives: Objectives, store: Store, slo: Slo, state: SloState) -> Spending:
    """Measure what was spent during each incident of the window; a stretch that cannot be read has no share."""
    if state.spent is None or not state.bad or state.budget is None:
        return Spending(slo, state.spent)
    budget = state.budget
    known = await incidents_of(store, slo, state.window)
    looks = [objectives.over(slo.name, lasted(one, state.window)) for one in known]
    found = await asyncio.gather(*looks)
    shares = [Spent(one, seen.bad / budget) for one, seen in zip(known, found, strict=True) if seen.bad]
    return Spending(slo, state.spent, tuple(sorted(shares, key=lambda one: -one.share)))


async def incidents_of(store: Store, slo: Slo, window: Window) -> list[Incident]:
    """Return the longest incidents of a service within a window, also those that began elsewhere and reached it."""
    async with store.read() as tx:
        recent = await tx.incidents.recent(_LOOKED_AT)
        inside = [one for one in recent if _begin(one) < window.end and _end(one, window.end) > window.start]
        found: list[Incident] = []
        for one in inside:
            if slo.service in (EVERY_SERVICE, one.service) or any(
                record.alert.labels.get("service") == slo.service
                for record in await tx.alerts.of_incident(one.id)
            ):
                found.append(one)
    found.sort(key=lambda one: _begin(one) - _end(one, window.end))
    return found[:MOST_INCIDENTS]


def lasted(incident: Incident, window: Window) -> Window:
    """Return when an incident lasted, a little widened and cut at the window."""
    start = max(window.start, _begin(incident) - _BEFORE)
    end = min(window.end - _UNCOUNTED, _end(incident, window.end) + _AFTER)
    return Window(start=start, end=max(start, end))


def _begin(incident: Incident) -> datetime:
    return min(incident.times.started_at, incident.times.opened_at)


def _end(incident: Incident, at: datetime) -> datetime:
    if incident.status.open:
        return at
    return incident.times.resolved_at or at


def marks(incidents: Sequence[Spent], window: Window, most: int = 6) -> list[tuple[datetime, str]]:
    """Return the beginnings of the incidents that spent most, to be marked in a picture."""
    return [(max(window.start, _begin(one.incident)), one.incident.name) for one in incidents[:most]]
