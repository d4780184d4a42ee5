"""What people see of hand-offs: one living reply in the incident's thread, and lines on its timeline."""

from datetime import datetime

from agent.domain.handoff import Handoff
from agent.domain.incident import Incident
from agent.domain.noun import Json
from agent.domain.timeline import TimelineKind
from agent.policy.load import Policies
from agent.policy.routing import route_incident
from agent.ports.outbox import SlotKind
from agent.ports.store import Tx


async def show(tx: Tx, incident: Incident, policies: Policies, now: datetime) -> None:
    """Want the incident's hand-offs shown as they stand now, in one message; repeats before delivery fold into one."""
    card = await tx.outbox.get(f"card:{incident.id}")
    await tx.outbox.request(
        f"handoffs:{incident.id}",
        SlotKind.REPLY,
        channel=card.channel if card is not None else route_incident(policies, incident).channel,
        priority=incident.priority.rank,
        incident_id=incident.id,
        thread_of=f"card:{incident.id}",
        payload={"handoffs": incident.id},
        at=now,
    )


async def note(tx: Tx, handoff: Handoff, kind: TimelineKind, actor: str, now: datetime, **more: Json) -> None:
    """Put a line on the incident's timeline; nothing for a hand-off that belongs to none."""
    if handoff.incident_id is None:
        return
    data: dict[str, Json] = {
        "handoff": handoff.id,
        "number": handoff.number,
        "to": handoff.to.value,
        "question": handoff.question.kind,
    }
    await tx.timeline.append(handoff.incident_id, kind, actor, now, data | more)
