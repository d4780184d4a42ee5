"""The message of an action that belongs to no incident is redrawn with every change; transport/alone wants it first."""

from datetime import datetime

from agent.domain.action import Action
from agent.ports.outbox import Slot, SlotKind, action_slot
from agent.ports.store import Tx


async def redraw(tx: Tx, action: Action, at: datetime) -> None:
    """Want the message of an action shown anew, where there is one; what grew out of an action is shown below it."""
    slot = await tx.outbox.get(action_slot(action.id)) or await _below(tx, action, at)
    if slot is not None:
        await _want(tx, slot, at)


async def _want(tx: Tx, slot: Slot, at: datetime) -> None:
    await tx.outbox.request(
        slot.key,
        slot.kind,
        channel=slot.channel,
        priority=slot.priority,
        thread_of=slot.thread_of,
        payload=slot.payload,
        at=at,
    )


async def _below(tx: Tx, action: Action, at: datetime) -> Slot | None:
    """Return the new message of what takes an action back or stands in its place, or of what a message proposed;
    nobody could agree to it unseen."""
    origin, message = action.request.undo_of or action.request.replaces, action.request.below
    above = await tx.outbox.get(action_slot(origin)) if origin else None
    if above is not None:
        # Its buttons are other ones now: what is being taken back cannot be taken back again.
        await _want(tx, above, at)
    elif message is not None:
        above = await tx.outbox.get(message)
    if above is None:
        return None
    return Slot(
        key=action_slot(action.id),
        kind=SlotKind.REPLY,
        channel=above.channel,
        priority=above.priority,
        thread_of=above.thread_of or above.key,
        payload={"action": action.id},
    )
