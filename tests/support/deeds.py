"""Sample actions as every renderer receives them: rolling payment back, in each state of its life."""

from datetime import datetime, timedelta
from typing import Any

from agent.domain.action import (
    Action,
    ActionRequest,
    ActionState,
    ActionTimes,
    BlastRadius,
    FieldChange,
    Plan,
    Risk,
    Target,
)
from agent.domain.decision import Approval, ApprovalState, Decision, Requirement, Verdict, Vote
from agent.domain.recovery import RecoveryRun, StepRun, StepState
from agent.domain.view import IncidentView
from tests.support.views import OPENED, diagnosed_view, resolved_view

MINA, JUN, ALEX, SAM = "U0MINA0001", "U0JUN00002", "U0ALEX0003", "U0SAM00005"
ONE_ON_CALL = Requirement(rule="one on-call engineer agrees", count=1, groups=("sre-oncall",))
IMAGE = "spec.template.spec.containers[payment].image"


def sample_plan(**changes: Any) -> Plan:
    """Return the plan of rolling payment back."""
    values: dict[str, Any] = {
        "target": Target(kind="Deployment", namespace="shop", name="payment", uid="u-1", version="g4"),
        "changes": (FieldChange(path=IMAGE, before="payment:v2", after="payment:v1"),),
        "radius": BlastRadius(count=3, unit="pods", share=1.0, services=("payment",)),
        "reversible": True,
        "seconds": 20,
        "args": {"name": "payment", "from": "v2", "to": "v1", "namespace": "shop"},
    }
    return Plan(**(values | changes))


def sample_action(
    state: ActionState = ActionState.WAITING,
    *,
    number: int = 7,
    name: str = "roll_back_workload",
    params: dict[str, Any] | None = None,
    by: str = "ops-monitor",
    origin: str = "recovery:run_1#roll-back",
    plan: Plan | None = None,
    risk: Risk = Risk.MEDIUM,
    outcome: str = "",
    detail: str = "",
    progress: tuple[int, int] | None = None,
    requirements: tuple[Requirement, ...] = (ONE_ON_CALL,),
    at: datetime = OPENED,
    incident_id: str | None = "inc_payment",
    **request: Any,
) -> Action:
    """Return one action of the payment incident."""
    begun = state.in_hand or state in (ActionState.SUCCEEDED, ActionState.UNDONE, ActionState.FAILED)
    over = state.ended and state is not ActionState.UNKNOWN
    return Action(
        id=f"act_{number}",
        number=number,
        request=ActionRequest(
            name=name,
            params=params if params is not None else {"namespace": "shop", "name": "payment", "revision": 1},
            by=by,
            incident_id=incident_id,
            origin=origin,
            reason="Deployment payment v2 broke charging: its pods log a new error and v1 pods did not.",
            evidence_ids=("ev_1", "ev_2", "ev_3"),
            **request,
        ),
        plan=plan or sample_plan(),
        risk=risk,
        environment="production",
        digest="d" * 64,
        decision=Decision(
            verdict=Verdict.FORBID if state is ActionState.FORBIDDEN else Verdict.ASK,
            requirements=requirements,
            reasons=("needs one on-call engineer other than the requester", "error budget 61%", "no freeze"),
            policy_digest="p" * 64,
        ),
        state=state,
        times=ActionTimes(
            requested_at=at,
            approved_at=at + timedelta(seconds=30) if begun or state is ActionState.QUEUED else None,
            started_at=at + timedelta(seconds=31) if begun else None,
            applied_at=at + timedelta(seconds=33) if begun else None,
            ended_at=at + timedelta(seconds=72) if over else None,
        ),
        approval_id=f"app_{number}" if requirements else None,
        outcome=outcome,
        detail=detail,
        progress=progress,
    )


def sample_approval(action: Action, *votes: str, against: tuple[str, ...] = ()) -> Approval:
    """Return the approval of an action with the votes of these people, all of them on call."""
    at = action.times.requested_at + timedelta(seconds=20)
    group = ("sre-oncall",)
    said = [Vote(by=who, choice="approve", at=at, groups=group) for who in votes]
    said += [Vote(by=who, choice="reject", at=at, groups=group) for who in against]
    return Approval(
        id=action.approval_id or "",
        action_id=action.id,
        action_digest=action.digest,
        target_version=action.plan.target.version,
        policy_digest=action.decision.policy_digest,
        requester=action.request.by,
        requirements=action.decision.requirements,
        expires_at=action.times.requested_at + timedelta(minutes=15),
        state=ApprovalState.REJECTED if against else ApprovalState.OPEN,
        votes=tuple(said),
    )


def with_actions(
    *actions: Action, votes: tuple[str, ...] = (), against: tuple[str, ...] = (), ended: bool = False
) -> IncidentView:
    """Return the payment incident with these actions; the votes are for the last one."""
    approvals = [sample_approval(one) for one in actions[:-1] if one.approval_id]
    if actions[-1].approval_id:
        approvals.append(sample_approval(actions[-1], *votes, against=against))
    view = resolved_view() if ended else diagnosed_view()
    return view.model_copy(update={"actions": actions, "approvals": tuple(approvals)})


def sample_run() -> RecoveryRun:
    """Return a recovery that acts in its second step."""
    return RecoveryRun(
        id="run_1",
        recovery="bad-deployment",
        incident_id="inc_payment",
        policy_digest="p" * 64,
        steps=(
            StepRun(name="capture-errors", state=StepState.DONE),
            StepRun(name="roll-back", state=StepState.ACTING, action_id="act_7"),
            StepRun(name="tell-the-owner"),
        ),
        started_at=OPENED,
    )


def moved_plan() -> Plan:
    """Return the plan after somebody else deployed v3 meanwhile."""
    change = FieldChange(path=IMAGE, before="payment:v3", after="payment:v1")
    target = Target(kind="Deployment", namespace="shop", name="payment", uid="u-1", version="g5")
    return sample_plan(target=target, changes=(change,))


def deed_views() -> dict[str, IncidentView]:
    """Return one incident per state of its leading action."""
    two = (ONE_ON_CALL.model_copy(update={"count": 2}),)
    old = sample_action(ActionState.STALE, number=7)
    fresh = sample_action(number=8, plan=moved_plan(), replaces="act_7")
    running = with_actions(sample_action(ActionState.RUNNING, progress=(1, 3)), votes=(MINA,))
    many = tuple(FieldChange(path=f"data.KEY_{n}", before=None, after=str(n)) for n in range(7))
    return {
        "suggested": with_actions(sample_action(ActionState.SUGGESTED)),
        "forbidden": with_actions(sample_action(ActionState.FORBIDDEN, requirements=())),
        "waiting": with_actions(sample_action()),
        "waiting_two": with_actions(
            sample_action(risk=Risk.HIGH, requirements=two, plan=sample_plan(changes=many)), votes=(MINA,)
        ),
        "moved": with_actions(old, fresh),
        "queued": with_actions(sample_action(ActionState.QUEUED), votes=(MINA,)),
        "running": running.model_copy(update={"recoveries": (sample_run(),)}),
        "verifying": with_actions(sample_action(ActionState.VERIFYING), votes=(MINA,)),
        "succeeded": with_actions(sample_action(ActionState.SUCCEEDED, outcome="recovered"), votes=(MINA,)),
        "undone": with_actions(
            sample_action(
                ActionState.UNDONE, outcome="undone-no-better", detail="The error rate stayed at 48%."
            ),
            votes=(MINA,),
        ),
        "unknown": with_actions(
            sample_action(ActionState.UNKNOWN, detail="The API server did not answer after the request."),
            votes=(MINA,),
        ),
        "rejected": with_actions(sample_action(ActionState.REJECTED), against=(JUN,)),
        "recovered": with_actions(
            sample_action(ActionState.SUCCEEDED, outcome="recovered"), votes=(MINA,), ended=True
        ),
    }
