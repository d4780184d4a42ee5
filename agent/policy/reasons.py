"""The sentences that a decision gives to people, the decisive one first."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from agent.domain.decision import Requirement, RuleOutcome, Verdict
from agent.locale.format import percent
from agent.locale.messages import text
from agent.locale.slo_windows import window_words
from agent.policy.predicates import Scene

MOST_RULES = 5
"""How many rules of one kind are told; whose word is needed is always told in full."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """The verdict, why (`error`, `rule`, `no-rule`, `off`, `irreversible` or `autonomy`) and what it rests on."""

    verdict: Verdict
    why: str
    rules: tuple[RuleOutcome, ...] = ()
    requirements: tuple[Requirement, ...] = ()


def reasons(ruling: Ruling, scene: Scene, names: Mapping[str, str]) -> tuple[str, ...]:
    """Return what decided, then what it was decided amid: the error budget and the freezes; `names` are given names
    in the language of the scene."""
    return (*_decisive(ruling, scene, names), *_circumstances(scene, names))


def requirement_words(language: str, requirement: Requirement) -> str:
    """Return whose word is needed, such as `one person of @sre-oncall other than the requester`."""
    groups = text(language, "policy-or").join(f"@{group}" for group in requirement.groups)
    message = "policy-people-others" if requirement.not_requester else "policy-people"
    return text(language, message, count=requirement.count, groups=groups)


def _decisive(ruling: Ruling, scene: Scene, names: Mapping[str, str]) -> list[str]:
    language, facts = scene.language, scene.facts
    if ruling.why == "error":
        return [
            text(
                language, "policy-cannot-tell", rule=names.get(outcome.rule, outcome.rule), why=outcome.error
            )
            for outcome in ruling.rules[:MOST_RULES]
        ]
    if ruling.verdict is Verdict.FORBID and ruling.why == "rule":
        return [
            text(language, "policy-forbidden", rule=names.get(outcome.rule, outcome.rule))
            for outcome in ruling.rules[:MOST_RULES]
        ]
    if ruling.verdict is Verdict.FORBID:
        return [text(language, f"policy-{ruling.why}", action=facts.action, environment=facts.environment)]
    if ruling.verdict is Verdict.PERMIT:
        return [
            text(language, "policy-permitted", rule=names.get(outcome.rule, outcome.rule))
            for outcome in ruling.rules[:MOST_RULES]
        ]
    needs = [
        text(
            language,
            "policy-needs",
            people=requirement_words(language, one),
            rule=names.get(one.rule, one.rule),
        )
        for one in ruling.requirements
    ]
    if ruling.why == "autonomy":
        needs.append(text(language, "policy-autonomy-approve", environment=facts.environment))
    return needs


def _circumstances(scene: Scene, names: Mapping[str, str]) -> list[str]:
    language, budget = scene.language, _budget(scene)
    if not scene.freezes:
        return [budget, text(language, "policy-no-freeze")]
    return [
        budget,
        *(text(language, "policy-freeze", reason=names.get(reason, reason)) for reason in scene.freezes),
    ]


def _budget(scene: Scene) -> str:
    """Return how much of the error budget is left, by which objective and over which window."""
    language, facts = scene.language, scene.facts
    left, window = facts.error_budget_left, facts.error_budget_window
    if left is None or not math.isfinite(left):
        return text(language, "policy-budget-unknown")
    if not facts.error_budget_of or window is None:
        return text(language, "policy-budget", left=percent(left))
    over = window_words(language, window)
    return text(language, "policy-budget-of", left=percent(left), slo=facts.error_budget_of, window=over)
