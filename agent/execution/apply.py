"""Records what became of an effect, and watches it arrive."""

from datetime import datetime, timedelta

from agent.domain.action import Action, ActionState
from agent.domain.audit import AuditKind
from agent.domain.cures import is_cure
from agent.domain.timeline import TimelineKind
from agent.errors import OpsError
from agent.execution.effects import Effect, Result, finish, looked
from agent.execution.endings import doubt, fail, fall_back, succeed
from agent.execution.kit import Kit
from agent.execution.looks import Look, Stale, look_again, unchanged
from agent.execution.proposals import restate
from agent.execution.report import existing, move
from agent.execution.timers import undo_time
from agent.execution.work import advance, timed_undo
from agent.ports.actions import LedgerState
from agent.ports.store import Tx
from tools.base import Check, CheckState

_LEDGER = {
    "done": LedgerState.DONE,
    "unknown": LedgerState.UNKNOWN,
    "moved": LedgerState.FAILED,
    "not-done": LedgerState.FAILED,
    "withheld": LedgerState.FAILED,
}
_OUTCOMES = {"moved": "no-longer", "not-done": "not-applied", "withheld": "withheld"}
_UNDO_OUTCOMES = {"moved": "undo-conflict", "not-done": "undo-failed", "withheld": "undo-stopped"}


async def record(kit: Kit, action: Action, effect: Effect, result: Result) -> None:
    """Store what became of an effect, if it is still ours to say, with the next step in the same transaction."""
    seen = await _look_after_a_move(kit, action, effect, result)
    async with kit.store.write() as tx:
        current = await existing(kit, tx, action.id)
        if current.state is not action.state:
            return
        ours = result.kind != "later" and await finish(kit, tx, effect, _LEDGER[result.kind], result.detail)
        if not ours:
            # It is tried again, or somebody else holds the lease and may need us if they die.
            await kit.jobs.enqueue(tx, advance(current, kit.later(kit.pace.retry)))
        elif result.kind == "done":
            await _applied(kit, tx, current, result)
        elif result.kind == "unknown":
            await doubt(kit, tx, current, result.detail)
        elif seen is not None:
            new = seen if isinstance(seen, Look) else seen.seen
            fits = new is not None and await unchanged(kit, tx, new)
            await restate(kit, tx, current, "target-changed", result.detail, new if fits else None)
        else:
            outcomes = _UNDO_OUTCOMES if effect.undoing else _OUTCOMES
            await fail(kit, tx, current, outcomes[result.kind], result.detail)


async def _look_after_a_move(kit: Kit, action: Action, effect: Effect, result: Result) -> Look | Stale | None:
    if result.kind != "moved" or effect.undoing:
        return None
    try:
        return await look_again(kit, action)
    except OpsError as error:
        return Stale("target-changed", error.user_message)


async def _applied(kit: Kit, tx: Tx, action: Action, result: Result) -> None:
    now = kit.now()
    kind = AuditKind.RECONCILED if result.reconciled else AuditKind.APPLIED
    if action.state is ActionState.UNDOING:
        moved = await move(kit, tx, action, {"detail": result.detail}, kind)
        await kit.jobs.enqueue(tx, advance(moved, since=now))
        return
    due = undo_time(action, now)
    change = {
        "times": action.times.model_copy(update={"applied_at": now, "undo_at": due}),
        "plan": action.plan.model_copy(update={"facts": {**action.plan.facts, **result.facts}}),
        "detail": result.detail,
    }
    moved = await move(kit, tx, action, change, kind, TimelineKind.ACTION_APPLIED)
    await kit.jobs.enqueue(tx, advance(moved))
    if due is not None:
        await kit.jobs.enqueue(tx, timed_undo(moved, due))


async def watch(kit: Kit, action: Action, effect: Effect) -> None:
    """Look once how far an applied effect has come, and say what follows from it."""
    check = await looked(kit, effect)
    late = overdue(kit, action.times.applied_at or kit.now(), effect)
    async with kit.store.write() as tx:
        if check is not None and check.state is CheckState.DONE:
            await _arrived(kit, tx, action, check.detail)
        elif check is not None and check.state is CheckState.FAILED:
            await fall_back(kit, tx, action, "failed", check.detail)
        elif late:
            detail = check.detail if check is not None else kit.say("guarded-cannot-check")
            await fall_back(kit, tx, action, "timed-out", detail)
        else:
            await progress(kit, tx, action, check)
            await kit.jobs.enqueue(tx, advance(action, kit.later(kit.pace.quick)))


def overdue(kit: Kit, since: datetime, effect: Effect) -> bool:
    """Say whether an effect has had its time to arrive."""
    return kit.now() > since + timedelta(seconds=effect.write.timeout_seconds)


async def progress(kit: Kit, tx: Tx, action: Action, check: Check | None) -> Action:
    """Show how far an effect has come, when that has changed."""
    if check is None or (check.progress, check.detail) == (action.progress, action.detail):
        return action
    times = action.times.model_copy(update={"last_seen_at": kit.now()})
    change = {"progress": check.progress, "detail": check.detail, "times": times}
    return await move(kit, tx, action, change, None)


async def _arrived(kit: Kit, tx: Tx, action: Action, detail: str) -> None:
    if action.request.undo_of is not None:
        await succeed(kit, tx, action, "undone", detail)
    elif not is_cure(action.request):
        await succeed(kit, tx, action, "done", detail)
    else:
        change = {"state": ActionState.VERIFYING, "detail": detail}
        moved = await move(kit, tx, action, change, None)
        await kit.jobs.enqueue(tx, advance(moved, since=kit.now()))
