"""Changes that a person answers for: another priority with its reason, and a message kept on the timeline."""

from datetime import datetime

from agent.domain.alert import Reason
from agent.domain.incident import Incident, Priority
from agent.domain.noun import Json
from agent.domain.timeline import TimelineKind
from agent.errors import BadInput, NotFound
from agent.lifecycle.announce import announce
from agent.lifecycle.changes import set_priority
from agent.policy.load import Policies
from agent.ports.store import Tx

RULE = "by-hand"
_LONGEST = 300
_LONGEST_MESSAGE = 3000


async def change_priority(
    tx: Tx, policies: Policies, incident_id: str, *, priority: Priority, why: str, by: str, at: datetime
) -> Incident:
    """Give an incident another priority because a person says so; raises BadInput without a reason, and NotFound."""
    words = " ".join(why.split())[:_LONGEST]
    if not words:
        raise BadInput("Another priority needs a reason.", field="reason", code="no-reason")
    reason = Reason(rule=RULE, sentence=words)
    incident = await tx.incidents.get(incident_id)
    return await set_priority(
        tx,
        policies,
        incident_id,
        priority=priority,
        reason=reason,
        by=by,
        at=at,
        overruled=_overruled(incident, priority) if incident is not None else None,
    )


def _overruled(incident: Incident, priority: Priority) -> Priority | None:
    """Return the worst priority that people have lowered it from; whoever raises it overrules nothing any more."""
    if priority.rank < incident.priority.rank:
        return None
    return min(incident.priority, incident.overruled or incident.priority)


async def keep_message(
    tx: Tx, policies: Policies, incident_id: str, *, text: str, author: str, place: str, by: str, at: datetime
) -> bool:
    """Keep what somebody wrote in chat on the timeline, once per message; `place` says which one. Raises NotFound.

    Says whether it is new.
    """
    incident = await tx.incidents.get(incident_id)
    if incident is None:
        raise NotFound("There is no such incident.", code="no-incident")
    if not text.strip() or not await tx.life.done(incident_id, f"kept:{place}", at):
        return False
    data: dict[str, Json] = {"text": text.strip()[:_LONGEST_MESSAGE], "pinned_from": author, "place": place}
    await tx.timeline.append(incident_id, TimelineKind.NOTE, by, at, data)
    await announce(tx, incident, policies, at)
    return True
