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


async def announce_raise(tx: Tx, incident: Incident, policies: Policies, now: datetime) -> None:
    """Want the people of a louder route told, once per priority: an edited card notifies nobody."""
    route = route_incident(policies, incident)
    if not route.mentions:
        return
    await tx.outbox.request(
        f"raised:{incident.id}:{incident.priority.value}",
        SlotKind.REPLY,
        channel=route.channel,
        priority=incident.priority.rank,
        incident_id=incident.id,
        thread_of=f"card:{incident.id}",
        payload={"raised": incident.priority.value},
        at=now,
    )
