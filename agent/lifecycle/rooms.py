"""The channel of its own that an incident may get: wished for once, recorded once it is there."""

from datetime import datetime

from agent.domain.incident import Incident
from agent.domain.noun import Json
from agent.domain.timeline import TimelineKind
from agent.errors import NotFound
from agent.lifecycle.announce import announce
from agent.policy.load import Policies
from agent.ports.store import Tx

WANTED = "room:wanted"
"""What the clock of an incident's life remembers of the wish, so that it is asked for once."""


async def want(tx: Tx, incident_id: str, *, at: datetime) -> bool:
    """Record that an incident should have a channel of its own; say whether this is new. Raises NotFound."""
    incident = await _get(tx, incident_id)
    return incident.room is None and await tx.life.done(incident_id, WANTED, at)


async def opened(
    tx: Tx, policies: Policies, incident_id: str, *, room: str, name: str, by: str, at: datetime
) -> Incident:
    """Record an incident's own channel by its id; the first one stays."""
    incident = await _get(tx, incident_id)
    if incident.room is not None:
        return incident
    saved = await tx.incidents.save(incident.model_copy(update={"room": room}))
    data: dict[str, Json] = {"channel": room, "name": name}
    await tx.timeline.append(incident_id, TimelineKind.ROOM_OPENED, by, at, data)
    await announce(tx, saved, policies, at)
    return saved


async def _get(tx: Tx, incident_id: str) -> Incident:
    incident = await tx.incidents.get(incident_id)
    if incident is None:
        raise NotFound("There is no such incident.", code="no-incident")
    return incident
