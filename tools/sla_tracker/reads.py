"""The reads of sla_tracker: what is left of a service's error budget."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from pydantic import Field

from agent.domain.evidence import EvidenceStatus, Reading, Window
from agent.domain.results import Quantity, TableResult
from tools.base import Name, Params, nothing
from tools.connectors.readers import MetricsReader
from tools.quantities import words
from tools.recipes import Recipe, expand
from tools.signals import signal_named
from tools.sla_tracker.burn_rate import OBJECTIVE, PERIOD, burn_rate, share_left
from tools.sla_tracker.judge import Judge
from tools.sla_tracker.told import budget_told

_HOUR = 3600
_FAILED = "server_error_ratio"


class BudgetParams(Params):
    """Whose budget; `objective` judges the last 30 days by another share than the service's own objective."""

    service: Name
    objective: float | None = Field(
        default=None, gt=0.5, lt=1, description="share of requests that must succeed, over 30 days"
    )


@dataclass(frozen=True, slots=True)
class BudgetRead:
    """The share of a service's error budget that is left, by its own objective for availability where it has one.

    Without one, 99.9 % of the requests of 30 days are to succeed; see burn_rate.py for the arithmetic.
    """

    name: ClassVar[str] = "sla_tracker.budget"
    backend: ClassVar[str] = "prometheus"
    description: ClassVar[str] = (
        "The share of a service's error budget that is left, by its availability objective, and how fast it burns now."
    )
    params: ClassVar[type[Params]] = BudgetParams
    metrics: MetricsReader | None
    judge: Judge | None = None

    async def run(self, params: BudgetParams, now: datetime) -> Reading:
        """Measure the service's objective, or ask for the ratio of failed requests over 30 days and the last hour."""
        own = self.judge.promises.of_service(params.service) if self.judge else None
        if self.judge is not None and own is not None and params.objective is None:
            return budget_told(own, await self.judge.state(own, now, now), self.judge.meter.store(own))
        if self.metrics is None:
            return nothing(params.service, f"No objective counts the requests of {params.service}.")
        return await _by_default(self.metrics, params, now)


async def _by_default(metrics: MetricsReader, params: BudgetParams, now: datetime) -> Reading:
    window = Window(start=now - PERIOD, end=now)
    tried: list[str] = []
    for recipe in await _usable(metrics, now):
        query = expand(recipe, params.service, None, int(PERIOD.total_seconds()))
        tried.append(query)
        ratio = await _worst(metrics, query, now)
        if ratio is not None:
            hour = await _worst(metrics, expand(recipe, params.service, None, _HOUR), now)
            return _told(params, query, ratio, hour, window, metrics.link(query, 60, now))
    asked = " ; ".join(tried) or "no metric of requests exists"
    return nothing(asked, f"Nothing counts the requests of {params.service}.", window)


async def _usable(metrics: MetricsReader, now: datetime) -> list[Recipe]:
    recipes = signal_named(_FAILED).recipes
    names = await metrics.existing(sorted({n for r in recipes for n in r.needs}), now)
    return [recipe for recipe in recipes if names.issuperset(recipe.needs)]


async def _worst(metrics: MetricsReader, query: str, now: datetime) -> float | None:
    values = [series.points[-1][1] for series in await metrics.instant(query, now) if series.points]
    return min(1.0, max(0.0, *values)) if values else None


def _told(
    params: BudgetParams, query: str, ratio: float, hour: float | None, window: Window, link: str
) -> Reading:
    objective = params.objective or OBJECTIVE
    left = share_left(ratio, objective)
    burning = None if hour is None else burn_rate(hour, objective)
    rows = [
        ("objective", words(objective, "ratio")),
        ("failed in 30 days", words(ratio, "ratio")),
        ("budget left", words(max(0.0, left), "ratio")),
    ]
    if left < 0:
        rows.append(("overspent", f"{1 - left:.1f} times the budget is used"))
    if burning is not None:
        rows.append(("burn rate of the last hour", f"{burning:.1f}"))
    state = "is used up" if left <= 0 else f"has {words(left, 'ratio')} left"
    return Reading(
        status=EvidenceStatus.SUCCESS,
        query=query,
        summary=f"the error budget of {params.service} {state}",
        window=window,
        value=Quantity(value=round(min(1.0, max(0.0, left)), 6), unit="ratio"),
        result=TableResult(columns=("what", "how"), rows=tuple(rows)),
        link=link,
    )
