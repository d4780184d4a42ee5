"""Changes that a person answers for with a reason: another priority."""

from datetime import datetime

from agent.domain.alert import Reason
from agent.domain.incident import Incident, Priority
from agent.errors import BadInput
from agent.lifecycle.changes import set_priority
from agent.policy.load import Policies
from agent.ports.store import Tx

RULE = "by-hand"
_LONGEST = 300


async def change_priority(
    tx: Tx, policies: Policies, incident_id: str, *, priority: Priority, why: str, by: str, at: datetime
) -> Incident:
    """Give an incident another priority because a person says so; raises BadInput without a reason, and NotFound."""
    words = " ".join(why.split())[:_LONGEST]
    if not words:
        raise BadInput("Another priority needs a reason.", field="reason")
    reason = Reason(rule=RULE, sentence=words)
    return await set_priority(tx, policies, incident_id, priority=priority, reason=reason, by=by, at=at)
