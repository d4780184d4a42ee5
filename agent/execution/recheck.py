"""The last look before an effect begins: everything that was true when people agreed must still be true."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from agent.domain.action import Action, ActionState
from agent.domain.decision import Approval, ApprovalState, Autonomy, Verdict
from agent.errors import BackendError, Misconfigured
from agent.execution.guards import belongs, voters_hold
from agent.execution.kit import Kit
from agent.execution.looks import Look, Stale, look_again, unchanged
from agent.ports.store import Tx


@dataclass(frozen=True, slots=True)
class Hold:
    """Why an action does not begin now: `wait` tries again, the others end it."""

    kind: Literal["wait", "stale", "stop", "expire"]
    detail: str
    stale: Stale | None = None


async def recheck(kit: Kit, action: Action) -> Look | Hold:
    """Check stop switch, expiry, each voter's groups, target, policy and freezes anew."""
    async with kit.store.read() as tx:
        approval = await tx.approvals.get(action.approval_id) if action.approval_id else None
        hold = await hold_now(kit, tx, action, approval)
    agreed = await voters_hold(kit, approval) if approval is not None and hold is None else True
    if agreed is None:
        hold = Hold("wait", kit.say("guarded-groups-unreadable"))
    if hold is not None:
        return hold
    seen = await _seen_or_hold(kit, action)
    if not agreed and not (isinstance(seen, Hold) and seen.kind == "wait"):
        return _left(kit, seen)
    if isinstance(seen, Look) and not _may_run(kit, seen, approval):
        return Hold("stale", "", Stale("policy-changed", kit.say("guarded-not-agreed"), seen))
    return seen


async def hold_now(kit: Kit, tx: Tx, action: Action, approval: Approval | None) -> Hold | None:
    """Return what the store itself says against beginning; asked once more in the reserving transaction.

    An action that is running already has used its approval, and may be begun again for a while.
    """
    if (await tx.brakes.switch()).stopped:
        return Hold("stop", kit.say("guarded-stopped"))
    if kit.now() >= deadline(kit, action, approval):
        return Hold("expire", kit.say("guarded-too-late"))
    agreed = ApprovalState.USED if action.state is ActionState.RUNNING else ApprovalState.GRANTED
    if action.approval_id is None:
        return None
    if approval is None or approval.state is not agreed or not belongs(approval, action):
        return Hold("stale", kit.say("guarded-not-agreed"), Stale("no-longer", kit.say("guarded-not-agreed")))
    return None


async def still_true(kit: Kit, tx: Tx, action: Action, seen: Look) -> bool:
    """Say whether nothing has moved since the look: the action, its approval, freezes, policies, the stop switch."""
    approval = await tx.approvals.get(action.approval_id) if action.approval_id else None
    if await tx.actions.get(action.id) != action or not await unchanged(kit, tx, seen):
        return False
    return await hold_now(kit, tx, action, approval) is None


def deadline(kit: Kit, action: Action, approval: Approval | None) -> datetime:
    """Return when an action that has not begun may no longer begin."""
    begun = action.times.started_at
    if approval is not None and begun is None:
        return approval.expires_at
    return (begun or action.times.requested_at) + timedelta(seconds=kit.pace.patience)


async def _seen_or_hold(kit: Kit, action: Action) -> Look | Hold:
    try:
        seen = await look_again(kit, action)
    except (BackendError, Misconfigured) as error:
        return Hold("wait", error.user_message)
    return Hold("stale", seen.detail, seen) if isinstance(seen, Stale) else seen


def _left(kit: Kit, seen: Look | Hold) -> Hold:
    why = kit.say("guarded-voter-left")
    new = seen if isinstance(seen, Look) else seen.stale.seen if seen.stale else None
    return Hold("stale", why, Stale("voter-left", why, new))


def _may_run(kit: Kit, seen: Look, approval: Approval | None) -> bool:
    """Say whether the decision lets it run: agreed to by people, or permitted where the bot may act alone."""
    if kit.catalogue.rehearsed:
        return False
    if seen.decision.verdict is Verdict.ASK:
        return approval is not None and seen.decision.autonomy in (Autonomy.APPROVE, Autonomy.AUTO)
    return seen.decision.verdict is Verdict.PERMIT and seen.decision.autonomy is Autonomy.AUTO
