"""The short form of an action's facts in which cases are written, and in which people ask `policy explain`."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

from pydantic import Field

from agent.domain.action import BlastRadius, Risk, Target
from agent.domain.decision import Autonomy, Decision, Requirement, RuleOutcome, Verdict
from agent.domain.incident import Priority
from agent.domain.noun import Json, Utc
from agent.policy.autonomy import Level
from agent.policy.documents import Rulebook
from agent.policy.facts import ActionFacts


class ActionCase(Rulebook):
    """An action; what is left out is an ordinary case: one of three pods, in production, on a Wednesday morning.

    `replicas` is the size before and after; `at` a time with its zone.
    """

    name: str
    environment: str = "production"
    origin: Literal["person", "recovery", "undo"] = "person"
    risk: Risk = Risk.MEDIUM
    reversible: bool = True
    namespace: str = "shop"
    kind: str = "Deployment"
    service: str | None = "payment"
    tier: str | None = "critical"
    priority: Priority | None = Priority.P1
    count: int = 1
    unit: str = "pods"
    share: float | None = 0.33
    services: tuple[str, ...] = ("payment",)
    replicas: tuple[int, int] | None = None
    plan: dict[str, Json] = Field(default_factory=dict)
    freezes: tuple[str, ...] = ()
    error_budget: float | None = 0.61
    at: Utc = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
    autonomy: Level = Autonomy.AUTO

    def facts(self) -> ActionFacts:
        """Return the facts that it stands for."""
        sizes: Mapping[str, Json] = (
            {} if self.replicas is None else dict(zip(_SIZES, self.replicas, strict=True))
        )
        return ActionFacts(
            action=self.name,
            environment=self.environment,
            requester="a person",
            origin=self.origin,
            risk=self.risk,
            reversible=self.reversible,
            target=Target(kind=self.kind, name=self.service or "target", namespace=self.namespace),
            service=self.service,
            tier=self.tier,
            priority=self.priority,
            radius=BlastRadius(count=self.count, unit=self.unit, share=self.share, services=self.services),
            plan={**sizes, **self.plan},
            freezes=self.freezes,
            error_budget_left=self.error_budget,
            now=self.at,
            autonomy=self.autonomy,
        )


_SIZES = ("replicas_before", "replicas_after")


def needs_words(requirements: Sequence[Requirement]) -> tuple[str, ...]:
    """Return each demand as cases write it, such as `2 of dba, sre-oncall` or `1 of sre-oncall or the requester`."""
    return tuple(
        f"{one.count} of {', '.join(one.groups)}" + ("" if one.not_requester else " or the requester")
        for one in requirements
    )


def decisive_rules(decision: Decision) -> tuple[str, ...]:
    """Return the rules that made the verdict what it is; `no-rule`, `switched-off` or `irreversible` when none did."""
    if decision.verdict is Verdict.ASK:
        return tuple(one.rule for one in decision.requirements)
    in_force = [one for one in decision.rules if one.applies and one.waived_by is None]
    if decision.verdict is Verdict.PERMIT:
        return tuple(one.rule for one in in_force if one.effect is Verdict.PERMIT)
    failed = tuple(one.rule for one in decision.rules if one.error)
    forbidding = tuple(one.rule for one in in_force if one.effect is Verdict.FORBID)
    granted = any(one.effect is not Verdict.FORBID and _names_action(one) for one in in_force)
    other = (
        "no-rule" if not granted else "switched-off" if decision.autonomy is Autonomy.OFF else "irreversible"
    )
    return failed or forbidding or (other,)


def _names_action(outcome: RuleOutcome) -> bool:
    return any(one.name == "action" for one in outcome.predicates)
