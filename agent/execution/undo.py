"""Taking an action back by itself: because it made things worse, or because its time is over."""

from datetime import datetime, timedelta

from agent.domain.action import Action, ActionState
from agent.domain.audit import AuditKind
from agent.errors import BadInput, Conflict, Misconfigured
from agent.execution import apply
from agent.execution.effects import Effect, begin, carry_on, effect_of, entry_of, looked
from agent.execution.endings import doubt, fail, fall_back, undone
from agent.execution.kit import Kit
from agent.execution.report import existing, move
from agent.execution.unreachable import out_of_reach
from agent.execution.work import Phase, advance, timed_undo
from agent.ports.actions import LedgerEntry, LedgerState
from agent.ports.store import Tx
from tools.base import CheckState


async def go_on(kit: Kit, action: Action, phase: Phase) -> None:
    """Do the next step of taking an action back, as the ledger says."""
    since = phase.since or kit.now()
    try:
        async with kit.store.read() as tx:
            effect = await effect_of(kit, tx, action)
            entry = await tx.ledger.get(effect.key)
    except (BadInput, Misconfigured) as error:
        await out_of_reach(kit, action, error, since)
        return
    if entry is None:
        await _begin(kit, action, effect, since)
    elif entry.action_id != action.id:
        await _by_somebody_else(kit, action, entry)
    elif entry.state is LedgerState.EXECUTING:
        result = await carry_on(kit, effect, lambda: _stopped(kit))
        await apply.record(kit, action, effect, result)
    elif entry.state is LedgerState.DONE:
        await _watch(kit, action, effect, entry.ended_at or since)


async def due(kit: Kit, action_id: str) -> None:
    """Take an action back whose time is over; one that is still being verified is given its chance first."""
    async with kit.store.write() as tx:
        action = await tx.actions.get(action_id)
        if action is None or action.times.undo_at is None or action.times.applied_at is None:
            return
        if kit.now() < action.times.undo_at:
            await kit.jobs.enqueue(tx, timed_undo(action, action.times.undo_at))
        elif action.state in (ActionState.RUNNING, ActionState.VERIFYING):
            await kit.jobs.enqueue(tx, timed_undo(action, kit.later(kit.pace.retry)))
        elif (await tx.brakes.switch()).stopped and action.state is ActionState.SUCCEEDED:
            detail = kit.say("guarded-timer-stopped")
            if action.detail != detail:
                action = await move(kit, tx, action, {"detail": detail}, AuditKind.CANCELLED)
            # Its time stays over: it is taken back once the switch is released.
            await kit.jobs.enqueue(tx, timed_undo(action, kit.later(kit.pace.retry * 6)))
        elif action.state is ActionState.SUCCEEDED:
            await fall_back(kit, tx, action, "timer", kit.say("guarded-time-over"))


async def _begin(kit: Kit, action: Action, effect: Effect, since: datetime) -> None:
    entry = await _reserve(kit, action, effect, since)
    if entry is not None:
        await apply.record(kit, action, effect, await begin(kit, effect, entry))


async def _reserve(kit: Kit, action: Action, effect: Effect, since: datetime) -> LedgerEntry | None:
    async with kit.store.write() as tx:
        current = await existing(kit, tx, action.id)
        if current.state is not ActionState.UNDOING or await tx.ledger.get(effect.key) is not None:
            return None
        if (await tx.brakes.switch()).stopped:
            await fail(kit, tx, current, "undo-stopped", kit.say("guarded-undo-stopped"))
            return None
        try:
            entry = await tx.ledger.reserve(entry_of(kit, action, effect), ())
        except Conflict as error:
            await _wait(kit, tx, current, since, error.user_message)
            return None
        await kit.jobs.enqueue(tx, advance(current, kit.later(kit.pace.retry), since=since))
        return entry


async def _wait(kit: Kit, tx: Tx, action: Action, since: datetime, why: str) -> None:
    if kit.now() > since + timedelta(seconds=kit.pace.patience):
        await fail(kit, tx, action, "undo-failed", why)
    else:
        await kit.jobs.enqueue(tx, advance(action, kit.later(kit.pace.retry), since=since))


async def _stopped(kit: Kit) -> str | None:
    async with kit.store.read() as tx:
        return kit.say("guarded-undo-stopped") if (await tx.brakes.switch()).stopped else None


async def _by_somebody_else(kit: Kit, action: Action, entry: LedgerEntry) -> None:
    """A person's undo came first: end as it ended."""
    async with kit.store.write() as tx:
        current = await existing(kit, tx, action.id)
        if current.state is not ActionState.UNDOING:
            return
        if entry.state is LedgerState.DONE:
            await undone(kit, tx, current, entry.result)
        elif entry.state is LedgerState.FAILED:
            await fail(kit, tx, current, "undo-failed", entry.result)
        elif entry.state is LedgerState.UNKNOWN:
            await doubt(kit, tx, current, entry.result)
        else:
            await kit.jobs.enqueue(tx, advance(current, kit.later(kit.pace.retry)))


async def _watch(kit: Kit, action: Action, effect: Effect, since: datetime) -> None:
    check = await looked(kit, effect)
    async with kit.store.write() as tx:
        current = await existing(kit, tx, action.id)
        if current.state is not ActionState.UNDOING:
            return
        if check is not None and check.state is CheckState.DONE:
            await undone(kit, tx, current, check.detail)
        elif check is not None and check.state is CheckState.FAILED:
            await fail(kit, tx, current, "undo-failed", check.detail)
        elif apply.overdue(kit, since, effect):
            await fail(kit, tx, current, "undo-failed", kit.say("guarded-cannot-check"))
        else:
            current = await apply.progress(kit, tx, current, check)
            await kit.jobs.enqueue(tx, advance(current, kit.later(kit.pace.quick), since=since))
