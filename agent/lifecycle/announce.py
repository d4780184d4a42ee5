"""Asks for an incident's messages to be shown anew."""

from datetime import datetime

from agent.domain.incident import Incident
from agent.policy.load import Policies
from agent.policy.routing import route_incident
from agent.ports.outbox import SlotKind
from agent.ports.store import Tx


async def announce(tx: Tx, incident: Incident, policies: Policies, now: datetime) -> None:
    """Want the incident's card and details shown with what is known now; repeats before delivery fold into one."""
    channel = route_incident(policies, incident).channel
    card = f"card:{incident.id}"
    for key, kind, thread_of in (
        (card, SlotKind.CARD, None),
        (f"details:{incident.id}", SlotKind.DETAILS, card),
    ):
        await tx.outbox.request(
            key,
            kind,
            channel=channel,
            priority=incident.priority.rank,
            incident_id=incident.id,
            thread_of=thread_of,
            at=now,
        )
