"""Objectives about the team itself: how many incidents were over within the time that their priority allows."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from agent.analysis.slo import Count
from agent.domain.evidence import Window
from agent.domain.incident import Incident
from agent.domain.slo import EVERY_SERVICE, Slo
from agent.domain.timeline import TimelineKind
from agent.operations.figures import MOST_INCIDENTS, spans_of
from agent.operations.reports.cases import MERGED_INTO
from agent.ports.store import Store, Tx

INCIDENTS = "incidents"
HOW = "incidents that were over within the time of routing.yaml / all that were over or are beyond that time"
_STEP = timedelta(hours=1)
Within = Callable[[Incident], float | None]
"""Returns the seconds within which an incident is to be over; None where routing.yaml promises nothing."""


async def recoveries(
    store: Store, slo: Slo, window: Window, now: datetime, within: Within
) -> tuple[Count, ...]:
    """Count the incidents of a window by the hour in which they ended, or in which an open one missed its time."""
    async with store.read() as tx:
        ended = await tx.incidents.ended_since(window.start, MOST_INCIDENTS)
        running = await tx.incidents.open()
        joined = await _joined(tx, ended)
    over = [one for one in ended if one.id not in joined]
    return counted([*over, *running], slo, window, now, within)


async def _joined(tx: Tx, ended: Sequence[Incident]) -> frozenset[str]:
    """Return those that were joined to another incident: what they were about went on there."""
    alerting = {tally.incident_id for tally in await tx.alerts.tallies([one.id for one in ended])}
    # The alerts went along, so only those that have none need a look at how they ended.
    found = []
    for one in ended:
        if one.id not in alerting:
            ends = [event for event in await tx.timeline.of(one.id) if event.kind is TimelineKind.RESOLVED]
            found += [one.id] if ends and ends[-1].data.get(MERGED_INTO) else []
    return frozenset(found)


def counted(
    incidents: Sequence[Incident], slo: Slo, window: Window, now: datetime, within: Within
) -> tuple[Count, ...]:
    """Return one count per hour up to now; an hour in which nothing was decided counts nothing."""
    end = min(window.end, now)
    hours: dict[int, list[bool]] = {}
    for incident in incidents:
        if slo.service not in (EVERY_SERVICE, incident.service):
            continue
        found = _verdict(incident, slo.threshold_seconds or within(incident), now)
        if found is not None and window.start <= found[0] <= end:
            hours.setdefault(int((found[0] - window.start) / _STEP), []).append(found[1])
    steps = int((end - window.start) / _STEP) + 1
    edges = [min(window.start + _STEP * number, end) for number in range(steps + 1)]
    return tuple(
        Count(edges[n], edges[n + 1], float(len(hours.get(n, ()))), float(hours.get(n, []).count(False)))
        for n in range(steps)
        if edges[n + 1] > edges[n]
    )


def _verdict(incident: Incident, within: float | None, now: datetime) -> tuple[datetime, bool] | None:
    """Return when it was decided and whether in time; None while there is time, and where none is promised."""
    if within is None:
        return None
    took, ended = spans_of(incident).get("resolve"), incident.times.resolved_at
    if took is not None and ended is not None and not incident.status.open:
        return ended, took <= within
    times = incident.times
    began = times.reopened_at or min(times.started_at, times.opened_at)
    missed = began + timedelta(seconds=within)
    return (missed, False) if incident.status.open and now > missed else None
