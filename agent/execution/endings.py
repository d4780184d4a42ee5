"""How an action ends: proved, failed, or on its way back because it made things no better."""

from agent.domain.action import Action, ActionState
from agent.domain.audit import AuditKind
from agent.domain.timeline import TimelineKind
from agent.execution.kit import Kit
from agent.execution.report import move
from agent.execution.work import advance
from agent.ports.store import Tx


async def succeed(
    kit: Kit, tx: Tx, action: Action, outcome: str, detail: str, *, mitigates: bool = False
) -> Action:
    """End an action well; `mitigates` says that the incident's harm is over for now."""
    change = {"state": ActionState.SUCCEEDED, "outcome": outcome, "detail": detail, "progress": None}
    done = await move(kit, tx, action, change, AuditKind.VERIFIED, TimelineKind.ACTION_ENDED)
    if mitigates and done.incident_id is not None:
        await kit.life.mitigate(
            tx, kit.book.current, done.incident_id, by=f"action:{done.handle}", at=kit.now(), why=detail
        )
    if done.request.undo_of is not None:
        await _mark_undone(kit, tx, done)
    return done


async def fail(kit: Kit, tx: Tx, action: Action, outcome: str, detail: str) -> Action:
    """End an action badly."""
    change = {"state": ActionState.FAILED, "outcome": outcome, "detail": detail, "progress": None}
    return await move(kit, tx, action, change, AuditKind.FAILED, TimelineKind.ACTION_ENDED)


async def fall_back(kit: Kit, tx: Tx, action: Action, why: str, detail: str) -> Action:
    """Take an action back that did no good, as was agreed with it; `why` is the code of the outcome.

    What cannot be taken back just fails, and so does everything while the stop switch is thrown.
    """
    if not action.plan.reversible or action.request.undo_of is not None:
        return await fail(kit, tx, action, why, detail)
    if (await tx.brakes.switch()).stopped:
        return await fail(
            kit, tx, action, "undo-stopped", f"{detail} {kit.say('guarded-undo-stopped')}".strip()
        )
    change = {"state": ActionState.UNDOING, "outcome": why, "detail": detail, "progress": None}
    falling = await move(kit, tx, action, change, AuditKind.UNDO_STARTED, TimelineKind.ACTION_ENDED)
    await kit.jobs.enqueue(tx, advance(falling, since=kit.now()))
    return falling


async def undone(kit: Kit, tx: Tx, action: Action, detail: str) -> Action:
    """End an action that has been taken back by itself; its outcome says why."""
    change = {"state": ActionState.UNDONE, "outcome": f"undone-{action.outcome}", "detail": detail}
    return await move(
        kit, tx, action, {**change, "progress": None}, AuditKind.UNDONE, TimelineKind.ACTION_ENDED
    )


async def doubt(kit: Kit, tx: Tx, action: Action, detail: str) -> Action:
    """Put an action before a person, because nobody can tell whether its effect took place."""
    outcome = "undo-unknown" if action.state is ActionState.UNDOING else "unknown"
    change = {"state": ActionState.UNKNOWN, "outcome": outcome, "detail": detail, "progress": None}
    return await move(kit, tx, action, change, AuditKind.UNKNOWN, TimelineKind.ACTION_ENDED)


async def _mark_undone(kit: Kit, tx: Tx, undo: Action) -> None:
    original = await tx.actions.get(undo.request.undo_of or "")
    if original is not None and original.state is not ActionState.UNDONE:
        change = {
            "state": ActionState.UNDONE,
            "outcome": "undone-by-person",
            "detail": kit.say("guarded-undone-by", handle=undo.handle),
        }
        by = undo.request.by
        await move(kit, tx, original, change, AuditKind.UNDONE, TimelineKind.ACTION_ENDED, by=by)
