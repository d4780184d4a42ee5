"""Decides about an action: the strictest rule wins, and whatever no rule lets run or cannot be told is forbidden."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from agent.domain.decision import Autonomy, Decision, Limit, Requirement, RuleOutcome, Verdict
from agent.locale.messages import LANGUAGES
from agent.policy.approvals import ApprovalRule, Fallback
from agent.policy.facts import ActionFacts
from agent.policy.freezes import Window
from agent.policy.load import Policies
from agent.policy.predicates import Scene, judge
from agent.policy.reasons import Ruling, reasons


@dataclass(frozen=True, slots=True)
class _Judged:
    """A rule and how it fared."""

    rule: ApprovalRule
    outcome: RuleOutcome

    @property
    def applies(self) -> bool:
        return self.outcome.applies

    @property
    def in_force(self) -> bool:
        return self.outcome.applies and self.outcome.waived_by is None


def decide(policies: Policies, facts: ActionFacts, *, language: str = "en") -> Decision:
    """Return the verdict on an action with everything that led to it; sentences are in the language."""
    scene = scene_of(policies, facts, language)
    about = [rule for rule in policies.approvals.rules if _concerns(rule, facts)]
    judged = _waived([_judged(rule, scene) for rule in about])
    autonomy = facts.autonomy or policies.autonomy.of(facts.environment)
    fallback = policies.approvals.fallback
    ruling = _ruling(judged, scene, autonomy, fallback)
    asked = ruling.verdict is Verdict.ASK
    names = _names(judged, scene, policies)
    return Decision(
        verdict=ruling.verdict,
        requirements=ruling.requirements,
        limits=tuple(_limits(judged)),
        rules=tuple(one.outcome for one in judged),
        reasons=reasons(ruling, scene, names.get(language, {})),
        names=names,
        facts=facts.model_dump(mode="json"),
        autonomy=autonomy,
        expires_after_seconds=_expiry(judged, ruling, policies) if asked else None,
        undo_after_seconds=None if ruling.verdict is Verdict.FORBID else _undo_after(judged, facts),
        policy_digest=policies.digest,
    )


def _names(judged: Sequence[_Judged], scene: Scene, policies: Policies) -> dict[str, dict[str, str]]:
    """Return, by language, what the rules and freezes that were looked at are called in it."""
    frozen = (window for window in policies.freezes.windows if window.name in scene.freezes)
    named: list[ApprovalRule | Fallback | Window] = [each.rule for each in judged]
    found: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
    for one in (*named, policies.approvals.fallback, *frozen):
        for language, known in found.items():
            own = next((name for tongue, name in one.names.items() if tongue == language), one.name)
            known |= {other: own for other in (one.name, *one.names.values()) if other != own}
    return {language: known for language, known in found.items() if known}


def scene_of(policies: Policies, facts: ActionFacts, language: str = "en") -> Scene:
    """Return the facts with what the calendar says of their time."""
    # What moves the traffic of several services meets the window of each of them.
    concerned: list[str | None] = [
        facts.service,
        *(policies.services.bare(one) for one in facts.radius.services),
    ]
    active = (policies.freezes.active(facts.now, facts.environment, one) for one in dict.fromkeys(concerned))
    windows = tuple(dict.fromkeys(chain.from_iterable(active)))
    return Scene(facts, windows, policies.freezes.at_work(facts.now), language)


def _concerns(rule: ApprovalRule, facts: ActionFacts) -> bool:
    return rule.when.action is None or facts.action in rule.when.action


def _judged(rule: ApprovalRule, scene: Scene) -> _Judged:
    outcomes, holds = judge(rule.when, scene)
    if rule.unless is not None and holds is not False:
        exceptions, excepted = judge(rule.unless, scene, prefix="unless ")
        outcomes = [*outcomes, *exceptions]
        holds = False if excepted is True else None if excepted is None else holds
    error = next((outcome.error for outcome in outcomes if outcome.error), "") if holds is None else ""
    return _Judged(
        rule,
        RuleOutcome(
            rule=rule.name,
            effect=rule.then,
            applies=holds is True,
            predicates=tuple(outcomes),
            error=error,
        ),
    )


def _waived(judged: Sequence[_Judged]) -> list[_Judged]:
    """Mark the rules that another one waives which applies and is not waived itself; waives never go in a circle."""
    waivers: dict[str, list[_Judged]] = {}
    for one in judged:
        if one.applies:
            for name in one.rule.waives:
                waivers.setdefault(name, []).append(one)

    def waiver(name: str) -> str | None:
        return next((w.rule.name for w in waivers.get(name, ()) if waiver(w.rule.name) is None), None)

    return [
        _Judged(one.rule, one.outcome.model_copy(update={"waived_by": by}))
        if one.applies and (by := waiver(one.rule.name)) is not None
        else one
        for one in judged
    ]


def _ruling(judged: Sequence[_Judged], scene: Scene, autonomy: Autonomy, fallback: Fallback) -> Ruling:
    """Return the verdict; the order of these tests is the promise that nothing fails open."""
    failed = [one.outcome for one in judged if one.outcome.error]
    if failed:
        return Ruling(Verdict.FORBID, "error", tuple(failed))
    forbidding = [one.outcome for one in judged if one.applies and one.rule.then is Verdict.FORBID]
    if forbidding:
        return Ruling(Verdict.FORBID, "rule", tuple(forbidding))
    granting = [one.outcome for one in judged if one.in_force and one.rule.grants]
    if not granting:
        return Ruling(Verdict.FORBID, "no-rule")
    if autonomy is Autonomy.OFF:
        return Ruling(Verdict.FORBID, "off")
    if _undo_after(judged, scene.facts) is not None and not scene.facts.reversible:
        return Ruling(Verdict.FORBID, "irreversible", tuple(granting))
    asked = [one.rule.requires.demand(one.rule.name) for one in judged if one.in_force and one.rule.requires]
    # A demand of a rule that grants nothing must not take the place of the look that `approve` promises.
    looked_at = any(one.in_force and one.rule.grants and one.rule.requires for one in judged)
    if autonomy is Autonomy.APPROVE and not looked_at:
        demands = strictest([fallback.requires.demand(fallback.name), *asked])
        return Ruling(Verdict.ASK, "autonomy", tuple(granting), demands)
    if asked:
        return Ruling(Verdict.ASK, "rule", tuple(granting), strictest(asked))
    return Ruling(Verdict.PERMIT, "rule", tuple(granting))


def strictest(demands: Iterable[Requirement]) -> tuple[Requirement, ...]:
    """Return the demands without those that another one implies, so that nobody is shown the same wish twice."""
    kept: list[Requirement] = []
    for demand in demands:
        if any(_implies(other, demand) for other in kept):
            continue
        kept = [other for other in kept if not _implies(demand, other)] + [demand]
    return tuple(kept)


def _implies(strict: Requirement, mild: Requirement) -> bool:
    return (
        set(strict.groups) <= set(mild.groups)
        and strict.count >= mild.count
        and (strict.not_requester or not mild.not_requester)
    )


def _limits(judged: Sequence[_Judged]) -> list[Limit]:
    """Return the tightest limit of each scope; waiving a rule takes its votes away, not its limits."""
    tightest: dict[str, Limit] = {}
    for one in judged:
        if one.applies and one.rule.limits is not None:
            for limit in one.rule.limits.bounds(one.rule.name):
                known = tightest.get(limit.scope)
                if known is None or limit.most < known.most:
                    tightest[limit.scope] = limit
    return list(tightest.values())


def _undo_after(judged: Sequence[_Judged], facts: ActionFacts) -> int | None:
    # An undo that undid itself would bring back what a person took away.
    if facts.origin == "undo":
        return None
    spans = [one.rule.limits.undo_after for one in judged if one.applies and one.rule.limits]
    return min((span for span in spans if span is not None), default=None)


def _expiry(judged: Sequence[_Judged], ruling: Ruling, policies: Policies) -> int:
    default = policies.approvals.expires_after
    asking = [one.rule for one in judged if one.in_force and one.rule.then is Verdict.ASK]
    spans = [default if rule.expires_after is None else rule.expires_after for rule in asking]
    if ruling.why == "autonomy":
        spans.append(policies.approvals.fallback.expires_after)
    return min(spans)
