"""Has each decision made stricter by the risk of its action; a risk that cannot be assessed forbids, as a rule would."""

from datetime import timedelta

from agent.domain.action import Action, ActionState
from agent.domain.decision import Autonomy, Decision, Verdict
from agent.domain.handoff import ActionAssessed, AssessAction
from agent.domain.risk import RiskAssessment
from agent.errors import OpsError
from agent.execution.kit import BOT, Kit
from agent.policy.evaluate import scene_of
from agent.policy.facts import ActionFacts
from agent.policy.load import Policies
from agent.policy.risk_score import COUNSEL, History, RiskContext, assess, raised
from agent.policy.tighten import tighten
from agent.ports.store import Tx

EVALUATING = (OpsError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What may go wrong while rules are evaluated; each of them forbids."""

_IN_VAIN = (ActionState.FAILED, ActionState.UNKNOWN)


async def weighed(
    kit: Kit, policies: Policies, facts: ActionFacts, decision: Decision, *, known: Action | None = None
) -> Decision:
    """Return a decision, stricter where the risk demands it; `known` is the action when it is looked at again.

    Taking an action back limits its harm, so the rules alone decide about that.
    """
    if facts.origin == "undo":
        return decision
    async with kit.store.read() as tx:
        history = await _history(tx, policies, facts, known)
        above = await _above(tx, known)
    try:
        assessment = _assessed(kit, policies, facts, history)
        if above is not None:
            reason = next((one for one in above.factors if one.name == COUNSEL), None)
            because, sources = (reason.because, reason.sources) if reason is not None else ("", ())
            assessment = raised(assessment, policies.risk, above.score, because, sources)
        return tighten(
            decision, assessment, policies.risk, environment=kit.environment, language=kit.language
        )
    except EVALUATING as error:
        why = error.user_message if isinstance(error, OpsError) else type(error).__name__
        return forbidden(kit, policies, facts, kit.say("risk-unassessable", why=why))


async def hand_over(kit: Kit, tx: Tx, action: Action) -> None:
    """Ask the risk-manager about a new action of an incident; what has ended, or takes another back, needs no look."""
    if kit.handoffs is None or action.incident_id is None or action.state.ended:
        return
    incident = await tx.incidents.get(action.incident_id)
    if incident is None or action.request.undo_of is not None:
        return
    await kit.handoffs.ask(
        tx,
        AssessAction(action_id=action.id),
        by=BOT,
        incident=incident,
        finding_ids=action.request.evidence_ids,
        key=question_of(action),
    )


def question_of(action: Action) -> str:
    """Return the id of the hand-off that asks about an action."""
    return f"assess:{action.id}"


def forbidden(kit: Kit, policies: Policies, facts: ActionFacts, why: str) -> Decision:
    """Return a decision that ends a wish for a reason of ours."""
    return Decision(
        verdict=Verdict.FORBID,
        reasons=(why,),
        facts=facts.model_dump(mode="json"),
        autonomy=facts.autonomy or Autonomy.SUGGEST,
        policy_digest=policies.digest,
    )


def _assessed(kit: Kit, policies: Policies, facts: ActionFacts, history: History) -> RiskAssessment:
    scene = scene_of(policies, facts, kit.language)
    service = facts.service
    callers = {
        policies.services.bare(caller)
        for caller, callee in kit.edges()
        if service and policies.services.bare(callee) == service
    }
    context = RiskContext(
        history=history,
        dependants=tuple(sorted(callers - {service})),
        at_work=scene.at_work,
        windows=scene.windows,
    )
    return assess(facts, context, policies.risk, digest=policies.digest, language=kit.language)


async def _history(tx: Tx, policies: Policies, facts: ActionFacts, known: Action | None) -> History:
    """Count how the same action on the same target ended before, whoever wanted it."""
    since = facts.now - timedelta(seconds=policies.risk.remembered)
    past = [
        one
        for one in await tx.actions.of_name(facts.action, since)
        if one.plan.target.key == facts.target.key
        and one.request.undo_of is None
        and (known is None or one.number < known.number)
    ]
    return History(
        succeeded=sum(_went_well(one) for one in past),
        failed=sum(one.state in _IN_VAIN for one in past),
        undone=sum(one.state is ActionState.UNDONE and not _went_well(one) for one in past),
    )


def _went_well(action: Action) -> bool:
    """Say whether an action did what was wanted; one whose time was over has been taken back as agreed."""
    timed_out = action.state is ActionState.UNDONE and action.outcome == "undone-timer"
    return action.state is ActionState.SUCCEEDED or timed_out


async def _above(tx: Tx, known: Action | None) -> RiskAssessment | None:
    """Return what was found beyond the points: by whoever was asked about it, or about the one that it replaces."""
    if known is None:
        return None
    asked = await tx.handoffs.of_incident(known.incident_id) if known.incident_id else []
    # People may have asked about it again, since more is known of the incident now.
    told = [
        one.answer.assessment
        for one in asked
        if isinstance(one.answer, ActionAssessed) and one.question == AssessAction(action_id=known.id)
    ]
    found = [one for one in (*told, known.decision.risk) if one is not None and one.form == "claude"]
    return max(found, key=lambda one: one.score, default=None)
