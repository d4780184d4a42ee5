"""Tests one condition on the facts of an action; what cannot be told is an error, never a yes and never a no."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from agent.domain.decision import PredicateOutcome
from agent.domain.noun import Json
from agent.locale.format import number, percent
from agent.locale.messages import text
from agent.policy.conditions import ActionCondition, BudgetTest, RadiusTest
from agent.policy.facts import ActionFacts

NOT_KNOWN = "?"
MOST_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Scene:
    """The facts with what the calendar says of their time: the windows that hold, and whether people are at work."""

    facts: ActionFacts
    windows: tuple[str, ...]
    at_work: bool
    language: str = "en"

    @property
    def freezes(self) -> tuple[str, ...]:
        """Return every freeze that holds, declared or from the calendar."""
        return self.facts.freezes + self.windows


class Unjudged(Exception):
    """A predicate cannot be told; the argument is the message id that says why."""


Answer = tuple[str, str, bool]
"""What was expected, what there is, and whether it holds."""


def judge(
    condition: ActionCondition, scene: Scene, prefix: str = ""
) -> tuple[list[PredicateOutcome], bool | None]:
    """Return how the predicates fared, up to the first that does not hold, and whether all hold (None: cannot be told)."""
    outcomes: list[PredicateOutcome] = []
    holds: bool | None = True
    for name, test in TESTS:
        expected = getattr(condition, name)
        if expected is None:
            continue
        outcome = _outcome(prefix + name, test, expected, condition, scene)
        outcomes.append(outcome)
        if outcome.holds is False:
            return outcomes, False
        if outcome.holds is None:
            holds = None
    return outcomes, holds


def _outcome(
    name: str, test: "Test", expected: Any, condition: ActionCondition, scene: Scene
) -> PredicateOutcome:
    try:
        words, actual, holds = test(expected, condition, scene)
    except Unjudged as error:
        why = text(scene.language, str(error))
        return PredicateOutcome(name=name, expected=_words(expected), actual=NOT_KNOWN, holds=None, error=why)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # A fact of an unforeseen shape must forbid like a missing one, or it could silence a rule that forbids.
        why = text(scene.language, "policy-error-odd", problem=type(error).__name__)
        return PredicateOutcome(name=name, expected=_words(expected), actual=NOT_KNOWN, holds=None, error=why)
    return PredicateOutcome(name=name, expected=words, actual=actual, holds=holds)


def _words(expected: object) -> str:
    if isinstance(expected, tuple):
        shown = [*map(str, expected[:MOST_SHOWN]), *(["…"] if len(expected) > MOST_SHOWN else [])]
        return ", ".join(shown)
    if isinstance(expected, BudgetTest | RadiusTest):
        bounds = expected.model_dump(exclude_none=True, exclude={"unknown"})
        return ", ".join(f"{name} {_words(value)}" for name, value in bounds.items())
    return number(expected) if isinstance(expected, float) else str(expected)


def _among(attribute: Callable[[ActionFacts], str]) -> "Test":
    def test(expected: Sequence[str], _: ActionCondition, scene: Scene) -> Answer:
        actual = attribute(scene.facts)
        return _words(expected), actual, actual in expected

    return test


def _known_among(name: Any, attribute: Callable[[ActionFacts], str | None]) -> "Test":
    def test(expected: Sequence[str], condition: ActionCondition, scene: Scene) -> Answer:
        actual = attribute(scene.facts)
        if actual is None:
            return _words(expected), NOT_KNOWN, _taken(condition.unknown.get(name), f"policy-error-{name}")
        return _words(expected), actual, actual in expected

    return test


def _taken(unknown: bool | None, error: str) -> bool:
    if unknown is None:
        raise Unjudged(error)
    return unknown


def _reversible(expected: bool, _: ActionCondition, scene: Scene) -> Answer:
    return str(expected).lower(), str(scene.facts.reversible).lower(), scene.facts.reversible is expected


def _freeze(expected: str, _: ActionCondition, scene: Scene) -> Answer:
    actual = "active" if scene.freezes else "inactive"
    shown = f"{actual}: {'; '.join(scene.freezes)}" if scene.freezes else actual
    return expected, shown, actual == expected


def _business_hours(expected: str, _: ActionCondition, scene: Scene) -> Answer:
    actual = "inside" if scene.at_work else "outside"
    return expected, actual, actual == expected


def _budget(expected: BudgetTest, _: ActionCondition, scene: Scene) -> Answer:
    left = scene.facts.error_budget_left
    if left is None or not math.isfinite(left):
        return _words(expected), NOT_KNOWN, _taken(expected.unknown, "policy-error-budget")
    holds = left < expected.below if expected.below is not None else left > (expected.above or 0.0)
    return _words(expected), percent(left), holds


def _radius(expected: RadiusTest, _: ActionCondition, scene: Scene) -> Answer:
    radius = scene.facts.radius
    shown = f"{radius.count} {radius.unit}" + (
        f", {percent(radius.share)}" if radius.share is not None else ""
    )
    if expected.unit is not None and radius.unit not in expected.unit:
        return _words(expected), shown, False
    return _words(expected), shown, all(_bounds(expected, scene.facts))


def _bounds(expected: RadiusTest, facts: ActionFacts) -> Iterator[bool]:
    radius = facts.radius
    if expected.count_over is not None:
        yield radius.count > expected.count_over
    if expected.count_at_most is not None:
        yield radius.count <= expected.count_at_most
    if expected.services_over is not None:
        yield len(set(radius.services)) > expected.services_over
    if expected.share_over is None and expected.share_at_most is None:
        return
    if radius.share is None or not math.isfinite(radius.share):
        yield _taken(expected.unknown, "policy-error-share")
        return
    if expected.share_over is not None:
        yield radius.share > expected.share_over
    if expected.share_at_most is not None:
        yield radius.share <= expected.share_at_most


def _grows(expected: float, _: ActionCondition, scene: Scene) -> Answer:
    before, after = _sizes(scene.facts)
    return f"× {number(expected)}", f"{before} → {after}", before <= after <= before * expected


def _shrinks(expected: int, _: ActionCondition, scene: Scene) -> Answer:
    before, after = _sizes(scene.facts)
    return f"≥ {expected}", f"{before} → {after}", expected <= after <= before


def _sizes(facts: ActionFacts) -> tuple[int, int]:
    return _size(facts.plan.get("replicas_before")), _size(facts.plan.get("replicas_after"))


def _size(value: Json) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Unjudged("policy-error-size")
    return value


Test = Callable[[Any, ActionCondition, Scene], Answer]

# The cheap and the decisive come first: a rule that is not about this action asks for no fact that only others have.
TESTS: tuple[tuple[str, Test], ...] = (
    ("action", _among(lambda facts: facts.action)),
    ("origin", _among(lambda facts: facts.origin)),
    ("environment", _among(lambda facts: facts.environment)),
    ("namespace", _among(lambda facts: facts.target.namespace)),
    ("kind", _among(lambda facts: facts.target.kind)),
    ("service", _known_among("service", lambda facts: facts.service)),
    ("tier", _known_among("tier", lambda facts: facts.tier)),
    ("priority", _known_among("priority", lambda facts: facts.priority)),
    ("risk", _among(lambda facts: facts.risk)),
    ("reversible", _reversible),
    ("freeze", _freeze),
    ("business_hours", _business_hours),
    ("error_budget", _budget),
    ("radius", _radius),
    ("grows_at_most", _grows),
    ("shrinks_to_at_least", _shrinks),
)
