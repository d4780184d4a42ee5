"""Lets a risk make a decision stricter, and never looser: permit becomes ask, ask asks more, and either may end."""

from collections.abc import Iterable, Iterator

from agent.domain.decision import Decision, Requirement, Verdict
from agent.domain.risk import RiskAssessment, RiskLevel
from agent.locale.messages import text
from agent.policy.evaluate import strictest
from agent.policy.reasons import requirement_words
from agent.policy.risk import Demand, RiskPolicy
from agent.policy.risk_words import assessment_words, told_factors


def tighten(
    decision: Decision,
    assessment: RiskAssessment,
    risk: RiskPolicy,
    *,
    environment: str,
    language: str = "en",
) -> Decision:
    """Return the decision with the risk among its reasons and with what its level demands; a forbidden action stays so."""
    line = assessment_words(assessment, language)
    # A card shows the first few reasons: a risk that is low need not be among them.
    again = _said_by(assessment, language)
    own = tuple(reason for reason in decision.reasons if reason not in again)
    place = len(own) if assessment.level is RiskLevel.LOW else 1
    reasons = (*own[:place], line, *own[place:])
    told = decision.model_copy(update={"risk": assessment, "reasons": reasons})
    if decision.verdict is Verdict.FORBID:
        return told
    demands = risk.demanded(assessment.level, environment)
    if any(demand.forbid for demand in demands):
        why = (text(language, "risk-forbids"), line, *own)
        return told.model_copy(update={"verdict": Verdict.FORBID, "requirements": (), "reasons": why})
    rule = text(language, "risk-rule", level=text(language, f"risk-level-{assessment.level.value}"))
    wanted = tuple(_wanted(demands, rule, asked=decision.verdict is Verdict.ASK))
    asked = strictest((*decision.requirements, *wanted))
    new = [one for one in asked if one not in decision.requirements]
    if not new:
        return told
    needs = [
        text(language, "policy-needs", people=requirement_words(language, one), rule=one.rule) for one in new
    ]
    return told.model_copy(
        update={"verdict": Verdict.ASK, "requirements": asked, "reasons": (*needs, line, *own)}
    )


def _said_by(assessment: RiskAssessment, language: str) -> frozenset[str]:
    """Return the circumstances in the decision's own words that the line about the risk names already."""
    said: list[str] = []
    for factor in told_factors(assessment):
        if factor.name == "budget":
            said.append(text(language, "policy-budget", **factor.args))
        elif factor.name == "budget-unknown":
            said.append(text(language, "policy-budget-unknown"))
        elif factor.name == "freeze":
            frozen = factor.args.get("reason", "").split("; ")
            said += [text(language, "policy-freeze", reason=reason) for reason in frozen]
    return frozenset(said)


def _wanted(demands: Iterable[Demand], rule: str, *, asked: bool) -> Iterator[Requirement]:
    for demand in demands:
        requires = demand.besides if asked else demand.ask or demand.besides
        if requires is not None:
            yield requires.demand(rule)
