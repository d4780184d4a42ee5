"""Archiving an incident's own channel once people are done there."""

from agent.domain.incident import Incident
from agent.errors import BadInput
from agent.locale.messages import text
from agent.transport.slack.kit import Kit
from agent.transport.slack.rooms.calls import RoomCalls


async def archive(kit: Kit, incident: Incident) -> None:
    """Archive the channel of an incident; raises BadInput for one without, or that is still open."""
    if incident.room is None:
        raise BadInput(text(kit.lang, "problem-no-room", name=incident.name), field="incident")
    if incident.status.open:
        raise BadInput(text(kit.lang, "problem-room-open", name=incident.name), field="incident")
    await RoomCalls(kit.client).archive(incident.room)
