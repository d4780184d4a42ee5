"""Who leads an incident: taking command, handing it to somebody, and giving it up."""

from datetime import datetime

from agent.domain.incident import Incident
from agent.domain.noun import Json
from agent.domain.timeline import TimelineKind
from agent.errors import NotFound
from agent.lifecycle.announce import announce
from agent.policy.load import Policies
from agent.ports.store import Tx


async def take_command(tx: Tx, policies: Policies, incident_id: str, *, by: str, at: datetime) -> Incident:
    """Let a person lead an incident; whoever leads it already goes on. Raises NotFound."""
    return await hand_command(tx, policies, incident_id, to=by, by=by, at=at)


async def hand_command(
    tx: Tx, policies: Policies, incident_id: str, *, to: str, by: str, at: datetime
) -> Incident:
    """Give the lead of an incident to a person; an ended incident and the present leader change nothing."""
    incident = await _get(tx, incident_id)
    if not incident.status.open or incident.commander == to:
        return incident
    data: dict[str, Json] = {"to": to, "before": incident.commander or ""}
    return await _led_by(tx, policies, incident, to, TimelineKind.COMMAND_TAKEN, by, at, data)


async def release(tx: Tx, policies: Policies, incident_id: str, *, by: str, at: datetime) -> Incident:
    """Leave an incident without a leader; one that has none changes nothing."""
    incident = await _get(tx, incident_id)
    if incident.commander is None:
        return incident
    data: dict[str, Json] = {"before": incident.commander}
    return await _led_by(tx, policies, incident, None, TimelineKind.COMMAND_RELEASED, by, at, data)


async def _led_by(
    tx: Tx,
    policies: Policies,
    incident: Incident,
    commander: str | None,
    kind: TimelineKind,
    by: str,
    at: datetime,
    data: dict[str, Json],
) -> Incident:
    saved = await tx.incidents.save(incident.model_copy(update={"commander": commander}))
    await tx.timeline.append(saved.id, kind, by, at, data)
    await announce(tx, saved, policies, at)
    return saved


async def _get(tx: Tx, incident_id: str) -> Incident:
    incident = await tx.incidents.get(incident_id)
    if incident is None:
        raise NotFound("There is no such incident.", code="no-incident")
    return incident
