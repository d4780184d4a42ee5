"""An action that has begun and that this bot can no longer follow: its backend was taken away, or its parameters changed."""

from datetime import datetime, timedelta

from agent.domain.action import Action, ActionState
from agent.errors import OpsError
from agent.execution.effects import key_of
from agent.execution.endings import doubt, fail
from agent.execution.kit import Kit
from agent.execution.report import existing, move
from agent.execution.work import advance
from agent.ports.actions import LedgerState
from agent.ports.store import Tx


async def out_of_reach(kit: Kit, action: Action, error: OpsError, since: datetime) -> None:
    """Wait for a while, because a restart with other settings may bring it back; then put it before a person."""
    async with kit.store.write() as tx:
        current = await existing(kit, tx, action.id)
        if current.state is not action.state:
            return
        patient = kit.now() < since + timedelta(seconds=kit.pace.patience)
        if not patient and await _given_up(kit, tx, current, error.user_message):
            return
        if current.detail != error.user_message:
            current = await move(kit, tx, current, {"detail": error.user_message}, None)
        await kit.jobs.enqueue(tx, advance(current, kit.later(kit.pace.retry), since=since))


async def _given_up(kit: Kit, tx: Tx, action: Action, why: str) -> bool:
    """End an action as its entry of the ledger says; False while another process is in the middle of it."""
    key = await key_of(tx, action)
    entry = await tx.ledger.get(key)
    if entry is not None and entry.state is LedgerState.EXECUTING:
        if await tx.ledger.take_over(key, kit.owner, kit.now(), kit.later(kit.pace.lease)) is None:
            return False
        await tx.ledger.finish(key, kit.owner, LedgerState.UNKNOWN, kit.now(), why)
        await doubt(kit, tx, action, why)
    elif action.state is ActionState.UNDOING:
        await fail(kit, tx, action, "undo-failed", why)
    else:
        await fail(kit, tx, action, "timed-out", why)
    return True
