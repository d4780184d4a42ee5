"""The message of an action that belongs to no incident: wanted by whoever proposed it, redrawn with every change."""

from datetime import datetime

from agent.ports.store import Tx


async def redraw(tx: Tx, action_id: str, at: datetime) -> None:
    """Want the message of an action shown anew, where there is one."""
    slot = await tx.outbox.get(f"action:{action_id}")
    if slot is None:
        return
    await tx.outbox.request(
        slot.key, slot.kind, channel=slot.channel, priority=slot.priority, thread_of=slot.thread_of, at=at
    )
