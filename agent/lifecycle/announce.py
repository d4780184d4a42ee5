"""Asks for an incident's messages to be shown anew, in the channel where its people look."""

from datetime import datetime

from agent.domain.action import ActionState
from agent.domain.incident import Incident
from agent.domain.page import PageState
from agent.domain.update import UpdateState
from agent.policy.load import Policies
from agent.policy.routing import route_incident
from agent.ports.outbox import Slot, SlotKind
from agent.ports.store import Tx

LIVING = ("details", "tasks", "handoffs", "written")
"""The replies below a card that are edited in place, by the first part of their slots' keys."""
_CALLS = (PageState.WANTED, PageState.ACCEPTED)


async def announce(tx: Tx, incident: Incident, policies: Policies, now: datetime) -> None:
    """Want the incident's card and details shown with what is known now; repeats before delivery fold into one.

    Whatever changed may owe people something, so the clock of its life looks at it. A card whose priority rose into a
    louder channel moves there, because nobody would see it where it was.
    """
    await tx.life.wake(incident.id, now)
    card = f"card:{incident.id}"
    slot = await tx.outbox.get(card)
    home = _home(slot, incident, route_incident(policies, incident).channel)
    if slot is not None and slot.ts is not None and home != slot.payload.get("home", home):
        await move(tx, slot, home, now)
    for key, kind, thread_of in (
        (card, SlotKind.CARD, None),
        (f"details:{incident.id}", SlotKind.DETAILS, card),
    ):
        await tx.outbox.request(
            key,
            kind,
            channel=home,
            priority=incident.priority.rank,
            incident_id=incident.id,
            thread_of=thread_of,
            payload={"home": home} if kind is SlotKind.CARD else None,
            at=now,
        )


def _home(slot: Slot | None, incident: Incident, routed: str) -> str:
    """Return the channel's name for the card: once posted it stays, unless the incident has become louder."""
    if slot is None or (slot.ts is None and slot.sending_since is None):
        return routed
    known = slot.payload.get("home")
    return known if isinstance(known, str) and incident.priority.rank >= slot.priority else routed


async def move(tx: Tx, card: Slot, home: str, now: datetime) -> None:
    """Have a posted card and the replies that follow it posted anew in another channel, and the old card taken back."""
    old = f"left:{card.key}:{card.ts}"
    await tx.outbox.request(
        old,
        SlotKind.LEFT,
        channel=card.channel,
        priority=card.priority,
        incident_id=card.incident_id,
        thread_of=card.key,
        payload={"home": home},
        at=now,
    )
    await tx.outbox.sent(old, 0, channel=card.channel, ts=card.ts or "")
    await tx.outbox.move(card.key, home, now)
    for key in await following(tx, card.incident_id or ""):
        reply = await tx.outbox.get(key)
        if reply is not None and reply.ts is not None:
            await tx.outbox.move(key, home, now)


async def following(tx: Tx, incident_id: str) -> list[str]:
    """Return the keys of the replies that go where the card goes: the living ones, and whatever waits for a yes."""
    updates = await tx.updates.of_incident(incident_id)
    actions = await tx.actions.of_incident(incident_id)
    return [
        *(f"{living}:{incident_id}" for living in LIVING),
        *(one.id for one in updates if one.state is UpdateState.WAITING),
        *(f"approval:{one.id}" for one in actions if one.state is ActionState.WAITING),
    ]


async def calls_left(tx: Tx, left: Slot) -> bool:
    """Say whether a call that nobody has answered stands in the thread of the card that was left.

    Its person was notified of that very message, which has the buttons; posted anew it would call a second time.
    """
    for page in await tx.pages.of_incident(left.incident_id or ""):
        slot = await tx.outbox.get(f"page:{page.id}") if page.state in _CALLS else None
        if slot is not None and slot.ts is not None and slot.channel == left.channel:
            return True
    return False


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
