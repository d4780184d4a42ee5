"""From a wish to a stored action: planned, judged, shown; or replaced when what was shown no longer holds."""

from uuid import uuid4

from agent.domain.action import Action, ActionRequest, ActionState, ActionTimes
from agent.domain.audit import AuditKind
from agent.domain.decision import Approval, ApprovalState, Autonomy, Decision, Verdict
from agent.domain.noun import Json
from agent.domain.timeline import TimelineKind
from agent.errors import BadInput, Conflict, NotPermitted
from agent.execution.guards import demand_say
from agent.execution.hazards import hand_over
from agent.execution.kit import Kit
from agent.execution.looks import Look, comes_late, look, unchanged
from agent.execution.report import close_approval, existing, move, plain_reason, record, show
from agent.execution.work import advance, expiry
from agent.ports.recovery import Principal
from agent.ports.store import Tx

TRIES = 3
# An action whose target changes faster than it can run is not restated for ever.
_MOST_RESTATED = 3
_ALIVE = (
    ActionState.SUGGESTED,
    ActionState.WAITING,
    ActionState.QUEUED,
    ActionState.RUNNING,
    ActionState.VERIFYING,
    ActionState.UNKNOWN,
)
CHANGEABLE = (ActionState.SUGGESTED, ActionState.WAITING, ActionState.QUEUED)


async def propose(kit: Kit, request: ActionRequest) -> Action:
    """Plan, judge and store a wish; the same wish that is still alive is returned instead of a twin."""
    for _ in range(TRIES):
        seen = await proposable(kit, request)
        async with kit.store.write() as tx:
            if await comes_late(tx, request, kit.now()):
                raise Conflict(kit.say("guarded-incident-over"))
            if await unchanged(kit, tx, seen):
                return await _twin(tx, seen) or await create(kit, tx, seen)
    raise Conflict(kit.say("guarded-busy"))


async def change(kit: Kit, action_id: str, params: dict[str, Json], by: Principal, key: str) -> Action:
    """Propose an action with other parameters in place of one that has not begun."""
    async with kit.store.read() as tx:
        old = await existing(kit, tx, action_id)
    if old.request.undo_of is not None:
        raise BadInput(kit.say("guarded-undo-unchangeable"), field="params")
    if not old.state.ended:
        await demand_say(kit, old, by)
    fields = {"params": params, "by": by.user, "origin": "person", "replaces": old.id, "expects": {}}
    request = old.request.model_copy(update=fields)
    for _ in range(TRIES):
        seen = await proposable(kit, request)
        async with kit.store.write() as tx:
            if not await unchanged(kit, tx, seen):
                continue
            old = await existing(kit, tx, action_id)
            if not await tx.seen.first_time(f"change:{key}", kit.now()):
                return await _replacement(tx, old) or old
            if seen.digest == old.digest:
                raise BadInput(kit.say("guarded-nothing-changed"), field="params")
            await _withdraw(kit, tx, old, by.user)
            return await create(kit, tx, seen)
    raise Conflict(kit.say("guarded-busy"))


async def proposable(kit: Kit, request: ActionRequest) -> Look:
    """Look at a wish; raises BadInput while recovery is switched off in this environment."""
    reason = plain_reason(kit, request.reason)
    seen = await look(kit, request.model_copy(update={"reason": reason}))
    if seen.decision.autonomy is Autonomy.OFF:
        raise BadInput(kit.say("guarded-off", environment=kit.environment))
    return seen


async def restate(
    kit: Kit,
    tx: Tx,
    old: Action,
    outcome: str,
    detail: str,
    seen: Look | None,
    *,
    audit: AuditKind = AuditKind.REFUSED,
) -> Action | None:
    """End an action that no longer fits the world and propose it anew as it looks now; None when there is no new one."""
    change = {"state": ActionState.STALE, "outcome": outcome, "detail": detail}
    await close_approval(tx, old, ApprovalState.VOID)
    await move(kit, tx, old, change, audit, TimelineKind.ACTION_ENDED)
    if seen is None or await _restated(tx, old) >= _MOST_RESTATED:
        return None
    request = seen.request.model_copy(update={"replaces": old.id})
    return await create(kit, tx, seen, request=request)


async def create(kit: Kit, tx: Tx, seen: Look, *, request: ActionRequest | None = None) -> Action:
    """Store a new action as the policy decided, with its approval, its audit entries and its next job."""
    request = request or seen.request
    now = kit.now()
    state, outcome = await _first_state(kit, tx, seen.decision)
    draft = Action(
        id=uuid4().hex,
        number=await tx.actions.next_number(),
        request=request,
        plan=seen.plan,
        risk=seen.write.risk,
        environment=kit.environment,
        digest=seen.digest,
        decision=seen.decision,
        state=state,
        outcome=outcome,
        times=ActionTimes(requested_at=now, ended_at=now if state.ended else None),
    )
    approval = _approval(kit, draft) if state is ActionState.WAITING else None
    action = draft.model_copy(update={"approval_id": approval.id if approval else None})
    await tx.actions.create(action)
    if approval is not None:
        await tx.approvals.create(approval)
        await kit.jobs.enqueue(tx, expiry(action, approval.expires_at))
    elif state is ActionState.QUEUED:
        await kit.jobs.enqueue(tx, advance(action))
    await _tell(kit, tx, action)
    await hand_over(kit, tx, action)
    return action


async def _first_state(kit: Kit, tx: Tx, decision: Decision) -> tuple[ActionState, str]:
    if decision.verdict is Verdict.FORBID:
        return ActionState.FORBIDDEN, "forbidden"
    if decision.autonomy is Autonomy.SUGGEST or kit.catalogue.rehearsed:
        return ActionState.SUGGESTED, ""
    if decision.verdict is Verdict.ASK:
        return ActionState.WAITING, ""
    if (await tx.brakes.switch()).stopped:
        return ActionState.CANCELLED, "stopped"
    return ActionState.QUEUED, ""


def _approval(kit: Kit, action: Action) -> Approval:
    life = action.decision.expires_after_seconds or kit.pace.approval
    return Approval(
        id=uuid4().hex,
        action_id=action.id,
        action_digest=action.digest,
        target_version=action.plan.target.version,
        policy_digest=action.decision.policy_digest,
        requester=action.request.by,
        requirements=action.decision.requirements,
        expires_at=kit.later(life),
    )


async def _tell(kit: Kit, tx: Tx, action: Action) -> None:
    wish: dict[str, Json] = {
        "params": action.request.params,
        "reason": action.request.reason,
        "origin": action.request.origin,
        "replaces": action.request.replaces,
        "undo_of": action.request.undo_of,
    }
    verdict: dict[str, Json] = {
        "verdict": action.decision.verdict.value,
        "autonomy": action.decision.autonomy.value,
        "policy": action.decision.policy_digest,
        "reasons": list(action.decision.reasons),
        "risk": action.decision.risk.score if action.decision.risk is not None else None,
        # What it was decided by, so that other rules can be tried on what really happened.
        "facts": action.decision.facts,
        "requirements": [one.model_dump(mode="json") for one in action.decision.requirements],
    }
    await record(kit, tx, action, AuditKind.REQUESTED, by=action.request.by, data=wish)
    await record(kit, tx, action, AuditKind.DECIDED, data=verdict)
    await show(kit, tx, action, TimelineKind.ACTION_PROPOSED, by=action.request.by)


async def _twin(tx: Tx, seen: Look) -> Action | None:
    """Return the action that is alive and would do exactly the same."""
    incident_id = seen.request.incident_id
    alike = (
        await tx.actions.in_states(_ALIVE)
        if incident_id is None
        else await tx.actions.of_incident(incident_id)
    )
    for action in alike:
        same = (action.digest, action.incident_id, action.request.undo_of) == (
            seen.digest,
            incident_id,
            seen.request.undo_of,
        )
        # A suggestion that nobody can run must not stand in the way of what people may agree to.
        mere = (
            action.state is ActionState.SUGGESTED and action.decision.autonomy is not seen.decision.autonomy
        )
        if same and action.state in _ALIVE and not mere:
            return action
    return None


async def _replacement(tx: Tx, old: Action) -> Action | None:
    recent = await tx.actions.recent(50)
    return next((action for action in recent if action.request.replaces == old.id), None)


async def _withdraw(kit: Kit, tx: Tx, old: Action, by: str) -> None:
    """End an action in favour of another one; one that has begun cannot be changed any more."""
    if old.state in CHANGEABLE:
        await close_approval(tx, old, ApprovalState.VOID)
        change = {"state": ActionState.CANCELLED, "outcome": "changed"}
        await move(kit, tx, old, change, AuditKind.CANCELLED, TimelineKind.ACTION_ENDED, by=by)
    elif not old.state.ended:
        raise NotPermitted(kit.say("guarded-begun", handle=old.handle))


async def _restated(tx: Tx, action: Action) -> int:
    count, before = 0, action.request.replaces
    while before is not None and count < _MOST_RESTATED:
        older = await tx.actions.get(before)
        count, before = count + 1, older.request.replaces if older else None
    return count
