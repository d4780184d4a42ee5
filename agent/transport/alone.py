"""The message of an action that belongs to no incident, as whoever proposed it wants it first."""

from datetime import datetime

from agent.domain.action import Action
from agent.domain.incident import Priority
from agent.ports.outbox import SlotKind, action_slot
from agent.ports.store import Tx


async def show_in(tx: Tx, action: Action, channel: str, at: datetime) -> None:
    """Want an action shown by a message of its own in a channel, where people can agree to it and take it back."""
    await tx.outbox.request(
        action_slot(action.id),
        SlotKind.REPLY,
        channel=channel,
        priority=Priority.P3.rank,
        payload={"action": action.id},
        at=at,
    )
