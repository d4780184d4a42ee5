"""How much of an agreement's down time each incident holds: what was bad while it lasted, of all that was bad."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from agent.domain.evidence import Window
from agent.domain.incident import Incident
from agent.domain.slo import EVERY_SERVICE
from agent.domain.timeline import TimelineKind
from agent.errors import OpsError
from agent.operations.objectives_spent import lasted
from agent.operations.reports.cases import MERGED_INTO, MOST_INCIDENTS
from agent.operations.reports.facts import Share, Standing
from agent.ports.objectives import Objectives
from agent.ports.store import Store, Tx

MOST = 24
"""Of so many incidents of a service, the longest, the share is measured."""


async def with_shares(
    store: Store, objectives: Objectives, standings: Sequence[Standing], window: Window
) -> tuple[Standing, ...]:
    """Return the same standings; each agreement that was broken somewhat has the shares of its incidents."""
    asked = [one for one in standings if one.slo.agreement and one.state.bad]
    if not asked:
        return tuple(standings)
    async with store.read() as tx:
        touched = await _touched(tx, window)
    found = {one.slo.name: await _shares(objectives, one, touched, window) for one in asked}
    return tuple(replace(one, shares=found.get(one.slo.name, ())) for one in standings)


async def _touched(tx: Tx, window: Window) -> list[tuple[Incident, frozenset[str]]]:
    """Return the incidents that lasted within a window, the longest first, with the services that each reached."""
    found: list[tuple[Incident, frozenset[str]]] = []
    for one in await tx.incidents.recent(MOST_INCIDENTS):
        within = lasted(one, window)
        if within.start >= within.end or await _joined(tx, one):
            continue
        records = await tx.alerts.of_incident(one.id)
        named = (record.alert.labels.get("service", "") for record in records)
        found.append((one, frozenset({one.service, *named})))
    return sorted(found, key=lambda pair: _length(pair[0], window), reverse=True)


def _length(incident: Incident, window: Window) -> float:
    within = lasted(incident, window)
    return (within.end - within.start).total_seconds()


async def _joined(tx: Tx, incident: Incident) -> bool:
    """Say whether it was joined to another, whose time it then is."""
    ends = [event for event in await tx.timeline.of(incident.id) if event.kind is TimelineKind.RESOLVED]
    return bool(ends and ends[-1].data.get(MERGED_INTO))


async def _shares(
    objectives: Objectives,
    one: Standing,
    touched: Sequence[tuple[Incident, frozenset[str]]],
    window: Window,
) -> tuple[Share, ...]:
    service, bad = one.slo.service, one.state.bad or 0.0
    mine = [found for found, services in touched if service in (EVERY_SERVICE, *services)][:MOST]
    shares = await asyncio.gather(*(_share(objectives, one, each, window, bad) for each in mine))
    known = [each for each in shares if each.share is None or each.share > 0]
    return tuple(sorted(known, key=lambda each: -(each.share or 0.0)))


async def _share(
    objectives: Objectives, one: Standing, incident: Incident, window: Window, bad: float
) -> Share:
    try:
        seen = await objectives.over(one.slo.name, lasted(incident, window))
    except OpsError:
        # What could not be read stands in the report as just that.
        return Share(incident)
    return Share(incident, min(1.0, seen.bad / bad) if seen.bad is not None else None)
