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

_HOUR = 3600
_FAILED = "server_error_ratio"


class BudgetParams(Params):
    """Whose budget, against which objective over 30 days."""

    service: Name
    objective: float = Field(
        default=OBJECTIVE, gt=0.5, lt=1, description="share of requests that must succeed"
    )


@dataclass(frozen=True, slots=True)
class BudgetRead:
    """The share of a service's error budget that is left; see burn_rate.py for the arithmetic."""

    name: ClassVar[str] = "sla_tracker.budget"
    backend: ClassVar[str] = "prometheus"
    description: ClassVar[str] = (
        "The share of a service's error budget of 30 days that is left, and how fast it burns now."
    )
    params: ClassVar[type[Params]] = BudgetParams
    metrics: MetricsReader

    async def run(self, params: BudgetParams, now: datetime) -> Reading:
        """Ask for the ratio of failed requests over 30 days and over the last hour."""
        window = Window(start=now - PERIOD, end=now)
        tried: list[str] = []
        for recipe in await self._usable(now):
            query = expand(recipe, params.service, None, int(PERIOD.total_seconds()))
            tried.append(query)
            ratio = await self._worst(query, now)
            if ratio is not None:
                hour = await self._worst(expand(recipe, params.service, None, _HOUR), now)
                return _told(params, query, ratio, hour, window, self.metrics.link(query, 60, now))
        asked = " ; ".join(tried) or "no metric of requests exists"
        return nothing(asked, f"Nothing counts the requests of {params.service}.", window)

    async def _usable(self, now: datetime) -> list[Recipe]:
        recipes = signal_named(_FAILED).recipes
        names = await self.metrics.existing(sorted({n for r in recipes for n in r.needs}), now)
        return [recipe for recipe in recipes if names.issuperset(recipe.needs)]

    async def _worst(self, query: str, now: datetime) -> float | None:
        values = [series.points[-1][1] for series in await self.metrics.instant(query, now) if series.points]
        return min(1.0, max(0.0, *values)) if values else None


def _told(
    params: BudgetParams, query: str, ratio: float, hour: float | None, window: Window, link: str
) -> Reading:
    left = share_left(ratio, params.objective)
    burning = None if hour is None else burn_rate(hour, params.objective)
    rows = [
        ("objective", words(params.objective, "ratio")),
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
