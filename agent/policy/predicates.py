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


Answer = tuple[str, bool]
"""What there is, and whether it holds."""


@dataclass(frozen=True, slots=True)
class _Tried:
    """One predicate and how it fared; made into an outcome only where people will read it."""

    name: str
    expected: Any
    actual: str
    holds: bool | None
    error: str = ""

    def outcome(self) -> PredicateOutcome:
        return PredicateOutcome(
            name=self.name,
            expected=_words(self.expected),
            actual=self.actual,
            holds=self.holds,
            error=self.error,
        )


def judge(
    condition: ActionCondition, scene: Scene, prefix: str = ""
) -> tuple[list[PredicateOutcome], bool | None]:
    """Return how the predicates fared and whether all hold (None: cannot be told).

    The first that does not hold settles it and is then the only one returned.
    """
    tried: list[_Tried] = []
    for name, test in TESTS:
        expected = getattr(condition, name)
        if expected is None:
            continue
        one = _tried(prefix + name, test, expected, condition, scene)
        if one.holds is False:
            return [one.outcome()], False
        tried.append(one)
    known = all(one.holds for one in tried)
    return [one.outcome() for one in tried], True if known else None


def _tried(name: str, test: "Test", expected: Any, condition: ActionCondition, scene: Scene) -> _Tried:
    try:
        actual, holds = test(expected, condition, scene)
    except Unjudged as error:
        return _Tried(name, expected, NOT_KNOWN, None, text(scene.language, str(error)))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # A fact of an unforeseen shape must forbid like a missing one, or it could silence a rule that forbids.
        why = text(scene.language, "policy-error-odd", problem=type(error).__name__)
        return _Tried(name, expected, NOT_KNOWN, None, why)
    return _Tried(name, expected, actual, holds)


def _words(expected: object) -> str:
    if isinstance(expected, tuple):
        shown = [*map(str, expected[:MOST_SHOWN]), *(["…"] if len(expected) > MOST_SHOWN else [])]
        return ", ".join(shown)
    if isinstance(expected, BudgetTest | RadiusTest):
        bounds = expected.model_dump(exclude_none=True, exclude={"unknown", "unpromised"})
        return ", ".join(f"{name} {_words(value)}" for name, value in bounds.items())
    if isinstance(expected, bool):
        return str(expected).lower()
    return number(expected) if isinstance(expected, float) else str(expected)


def _among(attribute: Callable[[ActionFacts], str]) -> "Test":
    def test(expected: Sequence[str], _: ActionCondition, scene: Scene) -> Answer:
        actual = attribute(scene.facts)
        return actual, actual in expected

    return test


def _known_among(name: Any, attribute: Callable[[ActionFacts], str | None]) -> "Test":
    def test(expected: Sequence[str], condition: ActionCondition, scene: Scene) -> Answer:
        actual = attribute(scene.facts)
        if actual is None:
            return NOT_KNOWN, _taken(condition.unknown.get(name), f"policy-error-{name}")
        return actual, actual in expected

    return test


def _taken(unknown: bool | None, error: str) -> bool:
    if unknown is None:
        raise Unjudged(error)
    return unknown


def _reversible(expected: bool, _: ActionCondition, scene: Scene) -> Answer:
    return str(scene.facts.reversible).lower(), scene.facts.reversible is expected


def _freeze(expected: str, _: ActionCondition, scene: Scene) -> Answer:
    actual = "active" if scene.freezes else "inactive"
    shown = f"{actual}: {'; '.join(scene.freezes)}" if scene.freezes else actual
    return shown, actual == expected


def _business_hours(expected: str, _: ActionCondition, scene: Scene) -> Answer:
    actual = "inside" if scene.at_work else "outside"
    return actual, actual == expected


def _budget(expected: BudgetTest, _: ActionCondition, scene: Scene) -> Answer:
    left = scene.facts.error_budget_left
    if left is None or not math.isfinite(left):
        if not scene.facts.error_budget_of and expected.unpromised is not None:
            return NOT_KNOWN, expected.unpromised
        return NOT_KNOWN, _taken(expected.unknown, "policy-error-budget")
    holds = left < expected.below if expected.below is not None else left > (expected.above or 0.0)
    return percent(left), holds


def _radius(expected: RadiusTest, _: ActionCondition, scene: Scene) -> Answer:
    radius = scene.facts.radius
    shown = f"{radius.count} {radius.unit}" + (
        f", {percent(radius.share)}" if radius.share is not None else ""
    )
    if expected.unit is not None and radius.unit not in expected.unit:
        return shown, False
    return shown, all(_bounds(expected, scene.facts))


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
    return f"{before} → {after}", before <= after <= before * expected


def _shrinks(expected: int, _: ActionCondition, scene: Scene) -> Answer:
    before, after = _sizes(scene.facts)
    return f"{before} → {after}", expected <= after <= before


def _sizes(facts: ActionFacts) -> tuple[int, int]:
    return _size(facts.plan.get("replicas_before")), _size(facts.plan.get("replicas_after"))


def _size(value: Json) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Unjudged("policy-error-size")
    return value


def _younger(expected: int, _: ActionCondition, scene: Scene) -> Answer:
    youngest = scene.facts.plan.get("youngest_days")
    if not isinstance(youngest, int) or isinstance(youngest, bool):
        raise Unjudged("policy-error-age")
    return str(youngest), youngest < expected


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
    ("younger_than_days", _younger),
)
