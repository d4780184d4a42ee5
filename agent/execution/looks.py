"""Looking at a wish anew: plan it against the world as it is now and let the policy decide; nothing is changed."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from agent.domain.action import HANDOFF, Action, ActionRequest, FieldChange, Plan, action_digest
from agent.domain.cures import is_cure
from agent.domain.decision import Autonomy, Decision, Verdict
from agent.domain.noun import Json
from agent.domain.recovery import Freeze
from agent.errors import BadInput, Conflict, NotFound, OpsError, TimedOut
from agent.execution.hazards import EVALUATING, forbidden, weighed
from agent.execution.kit import Kit
from agent.execution.revisions import LOOKED_AT, ROLL_BACK, left_by
from agent.locale.format import duration
from agent.policy.facts import ActionFacts
from agent.policy.load import Policies
from agent.ports.store import Tx
from tools.base import Params, Write

_MOST_PLANNING = 30.0


@dataclass(frozen=True, slots=True)
class Look:
    """What a wish would do now and what the policy says of it; `freezes` are those it was judged under."""

    request: ActionRequest
    write: Write
    params: Params
    plan: Plan
    digest: str
    decision: Decision
    policies: Policies
    freezes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stale:
    """Why an action no longer fits the world, and how it looks now when it can be proposed anew."""

    outcome: str
    detail: str
    seen: Look | None = None


async def look(kit: Kit, request: ActionRequest, *, known: Action | None = None) -> Look:
    """Plan and judge a wish, or anew one that is `known`; raises what catalogue, plan and gathering of facts raise."""
    policies = kit.book.current
    write = kit.catalogue.write(request.name)
    params = kit.catalogue.params(request.name, request.params)
    canonical = request.model_copy(update={"params": params.model_dump(mode="json")})
    plan = await _plan(kit, canonical, write, params)
    facts, freezes = await _facts(kit, canonical, write, plan)
    decision = await _kept_away(kit, policies, facts, plan) or judged(kit, policies, facts)
    return Look(
        request=canonical,
        write=write,
        params=params,
        plan=plan,
        digest=action_digest(request.name, canonical.params, plan.target, kit.environment),
        decision=await weighed(kit, policies, facts, decision, known=known),
        policies=policies,
        freezes=freezes,
    )


async def look_again(kit: Kit, action: Action) -> Look | Stale:
    """Compare an action with what it would be now; raises a BackendError or Misconfigured when that cannot be seen."""
    if await _is_over(kit, action):
        return Stale("incident-over", kit.say("guarded-incident-over"))
    try:
        seen = await look(kit, action.request, known=action)
    except NotFound as error:
        return Stale("target-gone", error.user_message)
    except (BadInput, Conflict) as error:
        return Stale("no-longer", error.user_message)
    if seen.digest != action.digest:
        return Stale("target-changed", kit.say("guarded-target-changed"), seen)
    if not alike(seen.decision, action.decision):
        why = seen.decision.reasons[0] if seen.decision.reasons else ""
        return Stale("policy-changed", kit.say("guarded-decision-changed", why=why), seen)
    return seen


async def _is_over(kit: Kit, action: Action) -> bool:
    """Say whether the incident that an action was to end is over, and no person has asked for the action since."""
    async with kit.store.read() as tx:
        return await comes_late(tx, action.request, action.times.requested_at)


async def comes_late(tx: Tx, request: ActionRequest, asked_at: datetime) -> bool:
    """Say whether a wish is to end an incident that is over; what a person asks for after the end is their business."""
    if not is_cure(request):
        return False
    incident = await tx.incidents.get(request.incident_id or "")
    ended = incident.times.resolved_at if incident is not None and not incident.status.open else None
    return ended is not None and (ended >= asked_at or request.origin != "person")


async def unchanged(kit: Kit, tx: Tx, seen: Look) -> bool:
    """Say whether policies and freezes are still those of the look."""
    held = _ids(await _freezes(kit, tx))
    return held == seen.freezes and kit.book.current.digest == seen.policies.digest


async def judged_again(kit: Kit, action: Action) -> Decision:
    """Judge an action's stored plan by the rules and facts of now."""
    write = kit.catalogue.write(action.name)
    facts, _ = await _facts(kit, action.request, write, action.plan)
    policies = kit.book.current
    return await weighed(kit, policies, facts, judged(kit, policies, facts), known=action)


def judged(kit: Kit, policies: Policies, facts: ActionFacts) -> Decision:
    """Return the policy's decision, made stricter wherever it could not be carried out safely."""
    try:
        decision = kit.decide(policies, facts, language=kit.language)
    except EVALUATING as error:
        why = error.user_message if isinstance(error, OpsError) else type(error).__name__
        return forbidden(kit, policies, facts, kit.say("guarded-evaluation-error", why=why))
    asks_nobody = decision.verdict is Verdict.ASK and not decision.requirements
    too_free = decision.verdict is Verdict.PERMIT and decision.autonomy is Autonomy.APPROVE
    if asks_nobody or too_free:
        return forbidden(kit, policies, facts, kit.say("guarded-asks-nobody"))
    return decision


async def _kept_away(kit: Kit, policies: Policies, facts: ActionFacts, plan: Plan) -> Decision | None:
    """Forbid a roll-back to what another roll-back has just left; who wants it all the same takes that one back."""
    if facts.action != ROLL_BACK or facts.origin == "undo":
        return None
    async with kit.store.read() as tx:
        action = left_by(await tx.actions.recent(LOOKED_AT), plan, kit.now())
    if action is None or action.times.started_at is None:
        return None
    ago = duration(kit.language, kit.now() - action.times.started_at)
    args = {"action": action.handle, "name": plan.target.name, "ago": ago}
    return forbidden(kit, policies, facts, kit.say("guarded-left-revision", **args))


def alike(one: Decision, other: Decision) -> bool:
    """Say whether two decisions ask the same of people and allow the same."""
    return _demands(one) == _demands(other)


def _demands(decision: Decision) -> tuple[object, ...]:
    return (
        decision.verdict,
        decision.autonomy,
        frozenset((r.count, frozenset(r.groups), r.not_requester) for r in decision.requirements),
        frozenset((limit.scope, limit.most) for limit in decision.limits),
        decision.undo_after_seconds,
    )


async def _plan(kit: Kit, request: ActionRequest, write: Write, params: Params) -> Plan:
    if request.undo_of is not None:
        async with kit.store.read() as tx:
            original = await tx.actions.get(request.undo_of)
        if original is None:
            raise NotFound(kit.say("guarded-no-such-action"))
        return undo_plan(original)
    plan = _presentable(kit, await planned(write, params, kit.now()))
    if not plan.target.name:
        raise BadInput(kit.say("guarded-no-target"), field="params")
    if any(plan.before.get(name) != value for name, value in request.expects.items()):
        raise Conflict(kit.say("guarded-not-as-left"))
    if kit.catalogue.rehearsed:
        untried = (kit.say("guarded-not-tried"), *plan.warnings)
        return plan.model_copy(update={"warnings": untried})
    return plan


def _presentable(kit: Kit, plan: Plan) -> Plan:
    """Return a plan whose preview shows no key of ours; what an undo needs of it stays as it was found."""

    def safe(value: str | None) -> str | None:
        return None if value is None else kit.redactor.text(value)

    shown = [
        FieldChange(path=kit.redactor.text(one.path), before=safe(one.before), after=safe(one.after))
        for one in plan.changes
    ]
    warnings = tuple(map(kit.redactor.text, plan.warnings))
    return plan.model_copy(update={"changes": tuple(shown), "warnings": warnings})


async def planned(write: Write, params: Params, now: datetime) -> Plan:
    """Plan within a deadline; raises what the write raises, and TimedOut."""
    try:
        async with asyncio.timeout(min(write.timeout_seconds, _MOST_PLANNING)):
            return await write.plan(params, now)
    except TimeoutError as error:
        raise TimedOut(f"{write.backend} did not answer in time.", backend=write.backend) from error


def undo_plan(original: Action) -> Plan:
    """Return what taking an action back would do: its changes the other way round.

    The write's own `undo` refuses when somebody else has changed the target since, so no new look is needed.
    """
    plan = original.plan
    changes = tuple(
        FieldChange(path=change.path, before=change.after, after=change.before) for change in plan.changes
    )
    return plan.model_copy(
        update={"changes": changes, "reversible": False, "facts": _turned(plan.facts), "warnings": ()}
    )


def _turned(facts: dict[str, Json]) -> dict[str, Json]:
    """Exchange `x_before` and `x_after`, so that a rule about shrinking sees that an undone growth shrinks."""
    turned = dict(facts)
    for name, value in facts.items():
        after = f"{name.removesuffix('_before')}_after"
        if name.endswith("_before") and after in facts:
            turned[name], turned[after] = facts[after], value
    return turned


async def _facts(
    kit: Kit, request: ActionRequest, write: Write, plan: Plan
) -> tuple[ActionFacts, tuple[str, ...]]:
    """Gather the facts; those that execution knows for certain are its own, whatever was gathered."""
    async with kit.store.read() as tx:
        incident = await tx.incidents.get(request.incident_id) if request.incident_id else None
        freezes = await _freezes(kit, tx)
    if request.incident_id and incident is None:
        raise NotFound(kit.say("guarded-no-such-incident"))
    gathered = await kit.attributes.facts(request, write, plan, incident)
    certain: dict[str, object] = {
        "action": request.name,
        "environment": kit.environment,
        "requester": request.by,
        "origin": _origin(request),
        "risk": write.risk,
        "reversible": plan.reversible,
        "target": plan.target,
        "radius": plan.radius,
        "plan": plan.facts,
        "freezes": tuple(freeze.reason for freeze in freezes),
        "now": kit.now(),
    }
    if kit.catalogue.rehearsed:
        certain["autonomy"] = _at_most_suggested(kit, gathered)
    return gathered.model_copy(update=certain), _ids(freezes)


def _at_most_suggested(kit: Kit, facts: ActionFacts) -> Autonomy:
    """Return the level in force, which cannot rise above suggestions before a restart builds the write clients."""
    level = facts.autonomy or kit.book.current.autonomy.of(kit.environment)
    return Autonomy.OFF if level is Autonomy.OFF else Autonomy.SUGGEST


def _origin(request: ActionRequest) -> Literal["person", "recovery", "undo"]:
    if request.undo_of is not None:
        return "undo"
    return "recovery" if request.origin.startswith(("recovery:", HANDOFF)) else "person"


async def _freezes(kit: Kit, tx: Tx) -> list[Freeze]:
    held = await tx.brakes.freezes(kit.now())
    return [freeze for freeze in held if freeze.environment in ("", kit.environment)]


def _ids(freezes: list[Freeze]) -> tuple[str, ...]:
    return tuple(sorted(freeze.id for freeze in freezes))
