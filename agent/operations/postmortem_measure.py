"""Looks back once more when an incident is over, because what was read in the middle of it does not show its whole course."""

import asyncio
import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from agent.domain.evidence import Evidence, ReadRequest
from agent.domain.noun import Json
from agent.domain.view import IncidentView
from agent.errors import OpsError
from agent.operations.postmortem_impact import FAILED, MOST_SERVICES, RATE, SIGNAL, SLOW, window
from agent.operations.postmortem_marks import Marks
from agent.ports.reads import Reads

BUDGET = "sla_tracker.budget"
_LONGEST = timedelta(days=7)
_PATIENCE = 25.0
_BEFORE = timedelta(minutes=5)


async def measured(reads: Reads, view: IncidentView, marks: Marks) -> Sequence[Evidence]:
    """Read the course of every affected service over the incident; what was read so far already is not read again.

    Nothing is raised: a backend that is away leaves that part of the draft at "not measured".
    """
    start, end = window(view, marks)
    asked = [request for request in _requests(view, start, end) if not _known(view, request, end)]
    try:
        async with asyncio.timeout(_PATIENCE):
            found = await asyncio.gather(*(_read(reads, request, view.incident.id) for request in asked))
    except TimeoutError:
        return ()
    return [one for one in found if one is not None and one.ok]


def _requests(view: IncidentView, start: datetime, end: datetime) -> list[ReadRequest]:
    span = min(end - start + _BEFORE, _LONGEST)
    minutes = max(1, math.ceil(span.total_seconds() / 60))
    over: dict[str, Json] = {"minutes": minutes, "end": end.isoformat()}
    services = [name for name in view.services[:MOST_SERVICES] if name != "unknown"]
    courses = [
        ReadRequest(tool=SIGNAL, params={"signal": signal, "service": service, **over})
        for service in services
        for signal in (FAILED, RATE, SLOW)
    ]
    budgets = [ReadRequest(tool=BUDGET, params={"service": service}) for service in services]
    return [*courses, *budgets]


def _known(view: IncidentView, request: ReadRequest, end: datetime) -> bool:
    """Say whether the same was read after the end already."""
    names = ("service", "signal", "minutes", "end")
    wanted = [request.params.get(name) for name in names]
    return any(
        one.request.tool == request.tool
        and [one.request.params.get(name) for name in names] == wanted
        and one.observed_at >= end
        and one.ok
        for one in view.evidence
    )


async def _read(reads: Reads, request: ReadRequest, incident_id: str) -> Evidence | None:
    try:
        return await reads.run(request, incident_id=incident_id)
    except OpsError:
        # A name that no backend would take: nothing is known of it.
        return None
