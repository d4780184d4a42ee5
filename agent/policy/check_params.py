"""The parameters that each check of policies/checks/*.yaml takes, strictly read like everything in a policy file."""

from typing import Annotated

from pydantic import Field

from agent.policy.check_params_upkeep import UPKEEP
from agent.policy.documents import Rulebook

Percent = Annotated[float, Field(ge=0, le=100)]


class NoParams(Rulebook):
    """The check takes no parameters."""


class ServicesHealthy(Rulebook):
    """Which services must be healthy; empty means all that are known."""

    services: tuple[str, ...] = ()


class AlertsHandled(Rulebook):
    """Since when: since the checklist of this name was last due; without it since this one was."""

    since: str | None = None


class PerformanceIssues(Rulebook):
    """How many of the slowest services and endpoints are named, and above which p95 (seconds) one needs attention."""

    most: Annotated[int, Field(ge=1, le=20)] = 5
    p95_above_seconds: Annotated[float, Field(gt=0)] = 0.5


class MetricsReview(Rulebook):
    """By which share a key signal must be worse than yesterday and a week ago at this time to need attention."""

    worse_by_percent: Annotated[float, Field(gt=0, le=1000)] = 30


PARAMS: dict[str, type[Rulebook]] = {
    "services_healthy": ServicesHealthy,
    "alerts_handled": AlertsHandled,
    "metrics_review": MetricsReview,
    "performance_issues": PerformanceIssues,
    "planned_work": NoParams,
    **UPKEEP,
}
"""The parameters of every check there is, by its name."""
