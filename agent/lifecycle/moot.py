"""What an incident's end makes pointless: cures that have not begun are withdrawn with it, in the same transaction."""

from datetime import datetime

from agent.domain.action import Action, ActionState
from agent.domain.audit import AuditKind
from agent.domain.cures import is_cure
from agent.domain.decision import ApprovalState
from agent.domain.incident import Incident
from agent.domain.noun import Json
from agent.domain.timeline import TimelineKind
from agent.locale.messages import text
from agent.ports.outbox import SlotKind
from agent.ports.store import Tx

_BY = "ops-monitor"
_NOT_BEGUN = (ActionState.SUGGESTED, ActionState.WAITING, ActionState.QUEUED)
_OVER = "incident-over"


async def withdraw_cures(tx: Tx, incident: Incident, at: datetime) -> None:
    """End what was to cure an incident that is over; what takes something back, or tidies up, still has its sense.

    A proposal that ended so never comes back: should the incident be opened again, it is looked at anew.
    """
    for action in await tx.actions.of_incident(incident.id):
        if action.state in _NOT_BEGUN and is_cure(action.request):
            await _withdraw(tx, incident, action, at)


async def _withdraw(tx: Tx, incident: Incident, action: Action, at: datetime) -> None:
    approval = await tx.approvals.get(action.approval_id) if action.approval_id else None
    if approval is not None and approval.state in (ApprovalState.OPEN, ApprovalState.GRANTED):
        await tx.approvals.save(approval.model_copy(update={"state": ApprovalState.VOID}))
    times = action.times.model_copy(update={"ended_at": at})
    change = {"state": ActionState.STALE, "outcome": _OVER, "detail": "", "times": times}
    saved = await tx.actions.save(action.model_copy(update=change))
    entry: dict[str, Json] = {
        "action": saved.name,
        "handle": saved.handle,
        "digest": saved.digest,
        "state": saved.state.value,
        "outcome": saved.outcome,
    }
    await tx.audit.append(AuditKind.CANCELLED, _BY, at, entry, incident_id=incident.id, action_id=saved.id)
    said = text("en", f"action-outcome-{_OVER}")
    told: dict[str, Json] = {"text": f"{saved.handle} {saved.name}: {said}", "action_id": saved.id}
    await tx.timeline.append(incident.id, TimelineKind.ACTION_ENDED, _BY, at, entry | told)
    await _edit_question(tx, incident, saved, at)


async def _edit_question(tx: Tx, incident: Incident, action: Action, at: datetime) -> None:
    """Have the reply that asked for votes say that nobody needs to vote any more; one that never left is not posted."""
    slot = await tx.outbox.get(f"approval:{action.id}")
    if slot is not None:
        await tx.outbox.request(
            slot.key,
            SlotKind.REPLY,
            channel=slot.channel,
            priority=slot.priority,
            incident_id=incident.id,
            thread_of=slot.thread_of,
            payload=slot.payload,
            at=at,
        )
