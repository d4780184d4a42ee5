"""What people do to an action besides voting: take it back, call it off, or say whether it happened."""

from agent.domain.action import Action, ActionRequest, ActionState
from agent.domain.audit import AuditKind
from agent.domain.decision import ApprovalState
from agent.domain.timeline import TimelineKind
from agent.errors import BadInput, NotPermitted
from agent.execution.effects import UNDOABLE, key_of
from agent.execution.endings import fail, succeed, undone
from agent.execution.guards import demand_ours, demand_person
from agent.execution.kit import Kit
from agent.execution.proposals import CHANGEABLE, propose
from agent.execution.report import close_approval, existing, move, record
from agent.execution.timers import undo_time
from agent.execution.work import advance, timed_undo
from agent.ports.actions import LedgerState
from agent.ports.recovery import Principal
from agent.ports.store import Tx


async def cancel(kit: Kit, action_id: str, by: Principal, key: str) -> Action:
    """Call off an action that has not begun, or stop verifying one; raises NotPermitted for any other."""
    demand_ours(kit, by)
    async with kit.store.write() as tx:
        action = await existing(kit, tx, action_id)
        if not await tx.seen.first_time(f"cancel:{key}", kit.now()):
            return action
        if action.state in CHANGEABLE:
            await close_approval(tx, action, ApprovalState.VOID)
            change = {"state": ActionState.CANCELLED, "outcome": "cancelled"}
        elif action.state is ActionState.VERIFYING:
            change = {"state": ActionState.SUCCEEDED, "outcome": "unverified-cancelled"}
        else:
            raise NotPermitted(kit.say("cancel-state", handle=action.handle, state=action.state.value))
        return await move(kit, tx, action, change, AuditKind.CANCELLED, TimelineKind.ACTION_ENDED, by=by.user)


async def undo(kit: Kit, action_id: str, by: Principal, key: str) -> Action:
    """Propose taking an action back; the undo is an action of its own, which the policy decides about."""
    demand_ours(kit, by)
    async with kit.store.read() as tx:
        original = await existing(kit, tx, action_id)
        earlier = [one for one in await tx.actions.recent(200) if one.request.undo_of == original.id]
    alive = next((one for one in earlier if not one.state.ended), None)
    if alive is not None:
        return alive
    demand_undoable(kit, original)
    request = ActionRequest(
        name=original.name,
        params=original.request.params,
        by=by.user,
        incident_id=original.incident_id,
        origin=f"undo:{original.id}",
        reason=kit.say("guarded-undo-reason", handle=original.handle),
        undo_of=original.id,
    )
    async with kit.store.write() as tx:
        first = await tx.seen.first_time(f"undo:{key}", kit.now())
    if not first and earlier:
        return earlier[0]
    return await propose(kit, request)


def demand_undoable(kit: Kit, original: Action) -> None:
    """Raise NotPermitted or BadInput, with the reason, for an action that cannot be taken back."""
    if original.request.undo_of is not None or not original.plan.reversible:
        raise BadInput(kit.say("undo-irreversible", handle=original.handle), field="action")
    if original.state not in UNDOABLE or original.times.applied_at is None:
        raise NotPermitted(kit.say("undo-state", handle=original.handle, state=original.state.value))


async def settle(kit: Kit, action_id: str, by: Principal, key: str, *, happened: bool) -> Action:
    """Record what a person saw in the world of an action that is `unknown`; raises NotPermitted for any other."""
    demand_person(kit, by)
    async with kit.store.write() as tx:
        action = await existing(kit, tx, action_id)
        if not await tx.seen.first_time(f"settle:{key}", kit.now()):
            return action
        if action.state is not ActionState.UNKNOWN:
            raise NotPermitted(kit.say("settle-state", handle=action.handle, state=action.state.value))
        taking_back = action.outcome == "undo-unknown"
        asked = action.model_copy(update={"state": ActionState.UNDOING}) if taking_back else action
        key_in_ledger = await key_of(tx, asked)
        state = LedgerState.DONE if happened else LedgerState.FAILED
        await tx.ledger.settle(key_in_ledger, state, kit.now(), f"settled by {by.user}")
        await record(kit, tx, action, AuditKind.SETTLED, by=by.user, data={"happened": happened})
        detail = kit.say("guarded-settled", by=by.user, happened="yes" if happened else "no")
        if happened:
            return await _it_happened(kit, tx, action, detail, taking_back=taking_back)
        outcome = "undo-not-happened" if taking_back else "not-happened"
        return await fail(kit, tx, action, outcome, detail)


async def _it_happened(kit: Kit, tx: Tx, action: Action, detail: str, *, taking_back: bool) -> Action:
    if taking_back:
        return await undone(kit, tx, action.model_copy(update={"outcome": "failed"}), detail)
    if action.request.undo_of is not None:
        return await succeed(kit, tx, action, "undone", detail)
    now = kit.now()
    due = undo_time(action, now)
    times = action.times.model_copy(update={"applied_at": now, "undo_at": due})
    change = {"state": ActionState.VERIFYING, "outcome": "", "detail": detail, "times": times}
    moved = await move(kit, tx, action, change, None, TimelineKind.ACTION_APPLIED)
    await kit.jobs.enqueue(tx, advance(moved, since=now))
    if due is not None:
        await kit.jobs.enqueue(tx, timed_undo(moved, due))
    return moved
