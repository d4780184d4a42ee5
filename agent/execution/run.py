"""Moves an action on, one short step per job: begin, carry on after a crash, watch it arrive."""

from agent.domain.action import Action, ActionState
from agent.domain.audit import AuditKind
from agent.domain.decision import ApprovalState
from agent.domain.noun import Json
from agent.domain.timeline import TimelineKind
from agent.errors import BadInput, Conflict, Misconfigured, NotPermitted
from agent.execution import apply, undo, verify
from agent.execution.effects import UNDOABLE, Effect, begin, carry_on, effect_of, entry_of
from agent.execution.endings import doubt
from agent.execution.kit import Kit
from agent.execution.looks import Look, Stale, unchanged
from agent.execution.proposals import restate
from agent.execution.recheck import Hold, recheck, still_true
from agent.execution.report import close_approval, move
from agent.execution.unreachable import out_of_reach
from agent.execution.work import Phase, advance, phase_of
from agent.ports.actions import LedgerEntry, LedgerState
from agent.ports.store import Tx


async def advance_action(kit: Kit, payload: dict[str, Json]) -> None:
    """Do the next step of an action; a repeat of a step that was done changes nothing."""
    phase = phase_of(payload)
    async with kit.store.read() as tx:
        action = await tx.actions.get(phase.action_id)
    if action is None:
        return
    try:
        await _step(kit, action, phase)
    except Conflict:
        # The action was changed in between: begin again from what is stored.
        async with kit.store.write() as tx:
            job = advance(action, kit.later(kit.pace.quick), since=phase.since, looks=phase.looks)
            await kit.jobs.enqueue(tx, job)


async def _step(kit: Kit, action: Action, phase: Phase) -> None:
    match action.state:
        case ActionState.QUEUED:
            await _begin(kit, action)
        case ActionState.RUNNING:
            await _go_on(kit, action, phase)
        case ActionState.VERIFYING:
            await verify.verify(kit, action, phase)
        case ActionState.UNDOING:
            await undo.go_on(kit, action, phase)
        case _:
            return


async def _begin(kit: Kit, action: Action) -> None:
    seen = await recheck(kit, action)
    if isinstance(seen, Hold):
        await _held(kit, action, seen)
        return
    reserved = await _reserve(kit, action, seen)
    if reserved is not None:
        running, effect, entry = reserved
        await apply.record(kit, running, effect, await begin(kit, effect, entry))


async def _reserve(kit: Kit, action: Action, seen: Look) -> tuple[Action, Effect, LedgerEntry] | None:
    """Take the right to begin, in one transaction with everything that could speak against it."""
    async with kit.store.write() as tx:
        if not await still_true(kit, tx, action, seen):
            await kit.jobs.enqueue(tx, advance(action, kit.later(kit.pace.quick)))
            return None
        effect = await effect_of(kit, tx, action)
        if action.request.undo_of is not None and not await _make_way(kit, tx, action, effect):
            return None
        try:
            entry = await tx.ledger.reserve(entry_of(kit, action, effect), seen.decision.limits)
        except NotPermitted as error:
            change = {"state": ActionState.FAILED, "outcome": "limit", "detail": error.user_message}
            await close_approval(tx, action, ApprovalState.VOID)
            await move(kit, tx, action, change, AuditKind.REFUSED, TimelineKind.ACTION_ENDED)
            return None
        except Conflict as error:
            if action.detail != error.user_message:
                await move(kit, tx, action, {"detail": error.user_message}, None)
            await kit.jobs.enqueue(tx, advance(action, kit.later(kit.pace.retry)))
            return None
        await close_approval(tx, action, ApprovalState.USED)
        running = await _started(kit, tx, action, effect)
        # Should this process die now, the job is there for the next one, which finds the lease.
        await kit.jobs.enqueue(tx, advance(running, kit.later(kit.pace.retry)))
        return running, effect, entry


async def _started(kit: Kit, tx: Tx, action: Action, effect: Effect) -> Action:
    times = action.times.model_copy(update={"started_at": kit.now()})
    kind = AuditKind.UNDO_STARTED if effect.undoing else AuditKind.STARTED
    change = {"state": ActionState.RUNNING, "times": times, "detail": ""}
    return await move(kit, tx, action, change, kind, TimelineKind.ACTION_STARTED)


async def _make_way(kit: Kit, tx: Tx, action: Action, effect: Effect) -> bool:
    """Say whether the original can still be taken back, and stop verifying it; else end the undo."""
    original = await tx.actions.get(action.request.undo_of or "")
    taken = await tx.ledger.get(effect.key)
    if original is None or original.state not in UNDOABLE or taken is not None:
        await close_approval(tx, action, ApprovalState.VOID)
        change = {"state": ActionState.CANCELLED, "outcome": "undone-already"}
        await move(kit, tx, action, change, AuditKind.CANCELLED, TimelineKind.ACTION_ENDED)
        return False
    if original.state is ActionState.VERIFYING:
        change = {"state": ActionState.SUCCEEDED, "outcome": "unverified"}
        await move(kit, tx, original, change, AuditKind.CANCELLED, TimelineKind.ACTION_ENDED)
    return True


async def _go_on(kit: Kit, action: Action, phase: Phase) -> None:
    """Carry on with an action that has begun, as the ledger says."""
    try:
        async with kit.store.read() as tx:
            effect = await effect_of(kit, tx, action)
            entry = await tx.ledger.get(effect.key)
    except (BadInput, Misconfigured) as error:
        await out_of_reach(kit, action, error, phase.since or action.times.started_at or kit.now())
        return
    if entry is not None and entry.state is LedgerState.DONE:
        await apply.watch(kit, action, effect)
        return
    if entry is not None and entry.state is LedgerState.EXECUTING:
        result = await carry_on(kit, effect, lambda: _may_begin_again(kit, action))
        await apply.record(kit, action, effect, result)
        return
    async with kit.store.write() as tx:
        await doubt(kit, tx, action, kit.say("guarded-cannot-tell"))


async def _may_begin_again(kit: Kit, action: Action) -> str | None:
    """Return why an action whose effect did not take place must not be begun again, or None."""
    seen = await recheck(kit, action)
    if isinstance(seen, Hold):
        return seen.detail
    async with kit.store.read() as tx:
        return None if await still_true(kit, tx, action, seen) else kit.say("guarded-busy")


async def _held(kit: Kit, action: Action, hold: Hold) -> None:
    async with kit.store.write() as tx:
        if hold.kind == "wait":
            if action.detail != hold.detail:
                action = await move(kit, tx, action, {"detail": hold.detail}, None)
            await kit.jobs.enqueue(tx, advance(action, kit.later(kit.pace.retry)))
        elif hold.kind == "stale":
            stale = hold.stale or Stale("no-longer", hold.detail)
            if stale.seen is not None and not await unchanged(kit, tx, stale.seen):
                await kit.jobs.enqueue(tx, advance(action, kit.later(kit.pace.quick)))
                return
            await restate(kit, tx, action, stale.outcome, stale.detail, stale.seen)
        else:
            await _end(kit, tx, action, hold)


async def _end(kit: Kit, tx: Tx, action: Action, hold: Hold) -> None:
    stopped = hold.kind == "stop"
    await close_approval(tx, action, ApprovalState.VOID if stopped else ApprovalState.EXPIRED)
    change = {
        "state": ActionState.CANCELLED if stopped else ActionState.EXPIRED,
        "outcome": "stopped" if stopped else "expired",
        "detail": hold.detail,
    }
    kind = AuditKind.CANCELLED if stopped else AuditKind.EXPIRED
    await move(kit, tx, action, change, kind, TimelineKind.ACTION_ENDED)
