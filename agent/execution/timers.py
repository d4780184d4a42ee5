"""What comes due: approvals whose time is over, and work whose job has got lost."""

from datetime import datetime, timedelta

from agent.domain.action import Action, ActionState
from agent.domain.audit import AuditKind
from agent.domain.decision import ApprovalState
from agent.domain.timeline import TimelineKind
from agent.execution.kit import Kit
from agent.execution.report import close_approval, move
from agent.execution.work import advance, expiry, timed_undo

_BEFORE_THE_START = (ActionState.WAITING, ActionState.QUEUED)
_IN_HAND = (ActionState.QUEUED, ActionState.RUNNING, ActionState.VERIFYING, ActionState.UNDOING)


def undo_time(action: Action, applied_at: datetime) -> datetime | None:
    """Return when an action that has just been applied is to be taken back by itself, if it is."""
    span = action.decision.undo_after_seconds
    if span is None or not action.plan.reversible or action.request.undo_of is not None:
        return None
    return applied_at + timedelta(seconds=span)


async def expire(kit: Kit, action_id: str) -> None:
    """End an action that nobody approved, or that could not begin, in time: silence is a no."""
    async with kit.store.write() as tx:
        action = await tx.actions.get(action_id)
        if action is None or action.state not in _BEFORE_THE_START or action.approval_id is None:
            return
        approval = await tx.approvals.get(action.approval_id)
        if approval is not None and kit.now() < approval.expires_at:
            await kit.jobs.enqueue(tx, expiry(action, approval.expires_at))
            return
        await close_approval(tx, action, ApprovalState.EXPIRED)
        change = {
            "state": ActionState.EXPIRED,
            "outcome": "expired",
            "detail": kit.say("guarded-too-late"),
        }
        await move(kit, tx, action, change, AuditKind.EXPIRED, TimelineKind.ACTION_ENDED)


async def take_up(kit: Kit) -> int:
    """Make sure that every action that is alive has its job; return how many there are. Safe to repeat."""
    async with kit.store.write() as tx:
        in_hand = await tx.actions.in_states(_IN_HAND, 1000)
        for action in in_hand:
            await kit.jobs.enqueue(tx, advance(action))
        for approval in await tx.approvals.waiting():
            waiting = await tx.actions.get(approval.action_id)
            if waiting is not None:
                await kit.jobs.enqueue(tx, expiry(waiting, approval.expires_at))
        for action in await tx.actions.in_states((ActionState.SUCCEEDED,), 1000):
            if action.times.undo_at is not None:
                await kit.jobs.enqueue(tx, timed_undo(action, action.times.undo_at))
        return len(in_hand)
