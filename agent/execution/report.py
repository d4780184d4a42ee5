"""Every change of an action: saved by compare-and-set, audited, in the timeline and on the card, in one transaction."""

from collections.abc import Mapping
from typing import Any

from agent.domain.action import Action, ActionState
from agent.domain.audit import AuditKind
from agent.domain.decision import Approval, ApprovalState
from agent.domain.noun import Json
from agent.domain.timeline import TimelineKind
from agent.errors import NotFound
from agent.execution.alone import redraw
from agent.execution.kit import BOT, Kit
from agent.execution.work import recovery_advance
from agent.locale.messages import known
from agent.ports.store import Tx

_RECOVERY = "recovery:"
_LONGEST_REASON = 500


async def move(
    kit: Kit,
    tx: Tx,
    action: Action,
    change: Mapping[str, Any],
    audit: AuditKind | None,
    timeline: TimelineKind | None = None,
    *,
    by: str = BOT,
    data: Mapping[str, Json] | None = None,
) -> Action:
    """Save a change of an action and tell of it; raises Conflict when somebody else changed it in between."""
    now = kit.now()
    changed = action.model_copy(update=dict(change))
    if changed.state is not action.state:
        ended = {"ended_at": now if changed.state.ended else None}
        changed = changed.model_copy(update={"times": changed.times.model_copy(update=ended)})
    saved = await tx.actions.save(changed)
    if audit is not None:
        await record(kit, tx, saved, audit, by=by, data=data)
    await show(kit, tx, saved, timeline, by=by)
    await wake(kit, tx, saved, was=action.state)
    return saved


async def record(
    kit: Kit,
    tx: Tx,
    action: Action,
    kind: AuditKind,
    *,
    by: str = BOT,
    data: Mapping[str, Json] | None = None,
) -> None:
    """Add an entry about an action to the audit chain, without secrets."""
    entry: dict[str, Json] = {
        "action": action.name,
        "handle": action.handle,
        "target": action.plan.target.key,
        "digest": action.digest,
        "state": action.state.value,
        "outcome": action.outcome,
        "detail": action.detail,
        **(data or {}),
    }
    await tx.audit.append(
        kind,
        by,
        kit.now(),
        kit.redactor.value(entry),
        incident_id=action.incident_id,
        action_id=action.id,
    )


async def show(
    kit: Kit, tx: Tx, action: Action, timeline: TimelineKind | None = None, *, by: str = BOT
) -> None:
    """Have the incident's card shown anew, with an event in its timeline when there is one to tell."""
    now = kit.now()
    if action.incident_id is None:
        await redraw(tx, action, now)
        return
    if timeline is not None:
        data: dict[str, Json] = {
            "text": told(kit, action),
            "action_id": action.id,
            "handle": action.handle,
            "action": action.name,
            "state": action.state.value,
            "outcome": action.outcome,
        }
        await tx.timeline.append(action.incident_id, timeline, by, now, kit.redactor.value(data))
    incident = await tx.incidents.get(action.incident_id)
    if incident is not None:
        await kit.life.announce(tx, incident, kit.book.current, now)


async def wake(kit: Kit, tx: Tx, action: Action, *, was: ActionState | None) -> None:
    """Move the recovery on that waits for an action which has just ended."""
    if action.request.origin.startswith(_RECOVERY) and action.state.ended and was is not action.state:
        run_id = action.request.origin.removeprefix(_RECOVERY).partition("#")[0]
        await kit.jobs.enqueue(tx, recovery_advance(run_id))


async def close_approval(tx: Tx, action: Action, state: ApprovalState) -> Approval | None:
    """End an action's approval, unless it has ended already."""
    approval = await tx.approvals.get(action.approval_id) if action.approval_id else None
    if approval is None or approval.state not in (ApprovalState.OPEN, ApprovalState.GRANTED):
        return approval
    return await tx.approvals.save(approval.model_copy(update={"state": state}))


async def existing(kit: Kit, tx: Tx, action_id: str) -> Action:
    """Return an action; raises NotFound with a sentence for people."""
    action = await tx.actions.get(action_id)
    if action is None:
        raise NotFound(kit.say("guarded-no-such-action"))
    return action


def plain_reason(kit: Kit, words: str) -> str:
    """Return a person's reason on one line, bounded and without secrets, since it is stored and shown."""
    return kit.redactor.text(" ".join(words.split()))[:_LONGEST_REASON]


def title(kit: Kit, action: Action) -> str:
    """Return what an action does, in plain words."""
    message = f"action-{action.name}"
    words = kit.say(message, **action.plan.args) if known(message) else action.name
    return words if action.request.undo_of is None else kit.say("guarded-undo-of", what=words)


def told(kit: Kit, action: Action) -> str:
    """Return one line on where an action stands."""
    where = kit.say("guarded-state", state=action.state.value)
    if action.outcome and known(f"action-outcome-{action.outcome}"):
        where = kit.say(f"action-outcome-{action.outcome}")
    line = kit.say("guarded-line", handle=action.handle, what=title(kit, action), where=where)
    return f"{line} {action.detail}" if action.detail else line
