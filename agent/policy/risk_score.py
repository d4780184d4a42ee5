"""How risky an action is: each reason adds its points, nothing takes any away, and each says what was seen."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from agent.domain.risk import RiskAssessment, RiskFactor
from agent.locale.format import number, percent
from agent.locale.messages import text
from agent.policy.facts import ActionFacts
from agent.policy.risk import Each, RiskPolicy

_DAY = timedelta(days=1).total_seconds()
_MOST_NAMED = 5
COUNSEL = "counsel"
"""The name of the factor that holds what a model found beyond the points."""
Reason = tuple[str, float, dict[str, str]]
"""A factor's name, its points before rounding, and what fills its sentence."""


@dataclass(frozen=True, slots=True)
class History:
    """How often the same action ended in which way on the same target within the time that is remembered."""

    succeeded: int = 0
    failed: int = 0
    undone: int = 0

    @property
    def tries(self) -> int:
        """Return how often it was done."""
        return self.succeeded + self.failed + self.undone


@dataclass(frozen=True, slots=True)
class RiskContext:
    """What the facts of an action do not hold: its past here, who calls its service, and what the calendar says.

    `windows` are the freezes of the calendar, beside those of the facts that people declared.
    """

    history: History = History()
    dependants: tuple[str, ...] = ()
    at_work: bool = True
    windows: tuple[str, ...] = ()


def assess(
    facts: ActionFacts, context: RiskContext, risk: RiskPolicy, *, digest: str = "", language: str = "en"
) -> RiskAssessment:
    """Return the score with its reasons, the heaviest first; `digest` is that of the policies."""
    reasons = [*_of_radius(facts, risk), *_of_action(facts, risk), *_of_moment(facts, context, risk)]
    reasons += _of_past(context.history, risk)
    if facts.priority is not None:
        # Named, since people weigh it; an outage makes nothing less dangerous.
        reasons.append(("priority", 0, {"priority": facts.priority.value}))
    factors = tuple(_factor(reason, language) for reason in reasons)
    score = min(100, sum(factor.points for factor in factors))
    return RiskAssessment(
        score=score,
        level=risk.levels.level(score),
        factors=tuple(sorted(factors, key=lambda factor: -factor.points)),
        policy_digest=digest,
    )


def raised(
    assessment: RiskAssessment, risk: RiskPolicy, score: int, because: str, sources: tuple[str, ...] = ()
) -> RiskAssessment:
    """Return an assessment with what somebody else's reason adds; it never lowers, nor adds more than risk.yaml lets."""
    more = min(score - assessment.score, risk.counsel.most, 100 - assessment.score)
    if more <= 0:
        return assessment
    factor = RiskFactor(name=COUNSEL, points=more, because=because, sources=sources)
    factors = sorted((*assessment.factors, factor), key=lambda one: -one.points)
    total = assessment.score + more
    return assessment.model_copy(
        update={
            "score": total,
            "level": risk.levels.level(total),
            "factors": tuple(factors),
            "form": "claude",
        }
    )


def _factor(reason: Reason, language: str) -> RiskFactor:
    name, points, args = reason
    words = text(language, f"risk-factor-{name}", **args)
    return RiskFactor(name=name, points=min(100, max(0, round(points))), because=words, args=args)


def _of_radius(facts: ActionFacts, risk: RiskPolicy) -> Iterator[Reason]:
    radius, points = facts.radius, risk.points
    what = f"{number(radius.count)} {radius.unit}"
    if radius.share is not None:
        share = min(1.0, max(0.0, radius.share)) if math.isfinite(radius.share) else 1.0
        yield "share", points.share.whole * share, {"share": percent(share), "what": what}
    if radius.count > points.count.over:
        yield "count", points.count.points, {"what": what}
    services = tuple(dict.fromkeys(radius.services))
    if len(services) > 1:
        yield "services", _counted(points.services, len(services) - 1), _named(services)


def _of_action(facts: ActionFacts, risk: RiskPolicy) -> Iterator[Reason]:
    if not facts.reversible:
        yield "irreversible", risk.points.irreversible, {}
    yield "harm", getattr(risk.points.harm, facts.risk.value), {"harm": facts.risk.value}


def _of_moment(facts: ActionFacts, context: RiskContext, risk: RiskPolicy) -> Iterator[Reason]:
    left, points = facts.error_budget_left, risk.points
    if left is None or not math.isfinite(left):
        yield "budget-unknown", points.error_budget.unknown, {}
    else:
        gone = 1.0 - min(1.0, max(0.0, left))
        yield "budget", points.error_budget.spent * gone, {"left": percent(left)}
    freezes = facts.freezes + context.windows
    if freezes:
        yield "freeze", points.freeze, {"reason": "; ".join(freezes[:_MOST_NAMED])}
    if not context.at_work:
        yield "outside-hours", points.outside_hours, {}
    if context.dependants:
        yield "dependants", _counted(points.dependants, len(context.dependants)), _named(context.dependants)


def _of_past(history: History, risk: RiskPolicy) -> Iterator[Reason]:
    days = {"days": number(risk.remembered / _DAY)}
    if not history.tries:
        yield "untried", risk.points.history.untried, days
        return
    past = risk.points.history
    points = min(past.most, past.failed * history.failed + past.undone * history.undone)
    told = {
        "succeeded": str(history.succeeded),
        "failed": str(history.failed),
        "undone": str(history.undone),
    }
    yield "history", points, days | told


def _counted(each: Each, count: int) -> int:
    return min(each.most, each.each * count)


def _named(services: tuple[str, ...]) -> dict[str, str]:
    shown = [*services[:_MOST_NAMED], *(["…"] if len(services) > _MOST_NAMED else [])]
    return {"count": str(len(services)), "services": ", ".join(shown)}
