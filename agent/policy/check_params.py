"""The parameters that each check of policies/checks/*.yaml takes, strictly read like everything in a policy file."""

from typing import Annotated

from pydantic import Field

from agent.policy.documents import Rulebook

Percent = Annotated[float, Field(ge=0, le=100)]


class NoParams(Rulebook):
    """The check takes no parameters."""


class ServicesHealthy(Rulebook):
    """Which services must be healthy; empty means all that are known."""

    services: tuple[str, ...] = ()


class PerformanceIssues(Rulebook):
    """How many of the slowest services and endpoints are named, and above which p95 (seconds) one needs attention."""

    most: Annotated[int, Field(ge=1, le=20)] = 5
    p95_above_seconds: Annotated[float, Field(gt=0)] = 0.5


class MetricsReview(Rulebook):
    """By which share a key signal must be worse than yesterday and a week ago at this time to need attention."""

    worse_by_percent: Annotated[float, Field(gt=0, le=1000)] = 30
    services: tuple[str, ...] = ()


PARAMS: dict[str, type[Rulebook]] = {
    "services_healthy": ServicesHealthy,
    "alerts_handled": NoParams,
    "metrics_review": MetricsReview,
    "performance_issues": PerformanceIssues,
    "planned_work": NoParams,
}
"""The parameters of every check there is, by its name."""
