"""The reads of one objective: where it stands, and a picture of its budget over time."""

import difflib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from pydantic import Field

from agent.analysis.slo import period_of
from agent.domain.evidence import EvidenceStatus, Reading, Window
from agent.domain.noun import Noun, Utc
from agent.domain.results import PictureResult, Quantity
from agent.domain.slo import Slo
from agent.errors import BadInput
from tools.base import Name, Params, nothing
from tools.charts import ChartSpec, Line, Marker, Painter
from tools.pictures import Pictures
from tools.quantities import words
from tools.sla_tracker.judge import Judge
from tools.sla_tracker.measure import planned
from tools.sla_tracker.slices import Stretch
from tools.sla_tracker.told import objective_told, window_words

_POINTS = 120
NONE = "No objectives are written in policies/slo."


class ObjectiveParams(Params):
    """Which objective, by its name in policies/slo; `at` is now when it is left out."""

    objective: Name
    at: Utc | None = None


class MomentParams(Noun):
    """A moment to mark, such as the beginning of an incident."""

    at: Utc
    label: Annotated[str, Field(min_length=1, max_length=80)]


class BudgetChartParams(Params):
    """Which objective's budget to draw over its present period, with what to mark in it."""

    objective: Name
    title: str = Field(default="", max_length=80)
    markers: Annotated[tuple[MomentParams, ...], Field(max_length=10)] = ()


@dataclass(frozen=True, slots=True)
class ObjectiveRead:
    """One objective: target, measured share, budget, burn rates and forecast."""

    name: ClassVar[str] = "sla_tracker.objective"
    backend: ClassVar[str] = "prometheus"
    description: ClassVar[str] = (
        "Where a service stands against one objective: measured share, budget left, burn rates, forecast."
    )
    params: ClassVar[type[Params]] = ObjectiveParams
    judge: Judge

    async def run(self, params: ObjectiveParams, now: datetime) -> Reading:
        """Measure the objective."""
        slo = _named(self.judge, params.objective)
        if slo is None:
            return nothing(params.objective, NONE)
        found = await self.judge.state(slo, min(params.at or now, now), now)
        return objective_told(slo, found, self.judge.meter.store(slo))


@dataclass(frozen=True, slots=True)
class BudgetChartRead:
    """A picture of how a budget was used up."""

    name: ClassVar[str] = "sla_tracker.chart"
    backend: ClassVar[str] = "prometheus"
    description: ClassVar[str] = "A picture of an objective's error budget over its period, with markers."
    params: ClassVar[type[Params]] = BudgetChartParams
    judge: Judge
    painter: Painter
    pictures: Pictures

    async def run(self, params: BudgetChartParams, now: datetime) -> Reading:
        """Measure the objective over its period and have its budget drawn."""
        slo = _named(self.judge, params.objective)
        if slo is None:
            return nothing(params.objective, NONE)
        period = period_of(slo.window, now)
        window = Window(start=period.start, end=min(period.end, now))
        span = Stretch(window.start.timestamp(), window.end.timestamp())
        query = self.judge.meter.store(slo).query_of(slo, planned(slo, span).step)
        history = await self.judge.history(slo, window, now, _POINTS)
        if not history.points:
            return nothing(query, f"There are no data to draw the budget of {slo.name}.", window)
        spec = _spec(params, slo, window, history.points)
        alt = f"{spec.title}: {words(history.points[-1][1], 'ratio')} of the budget is left"
        picture = await self.painter.draw(spec)
        return Reading(
            status=EvidenceStatus.SUCCESS,
            query=query,
            summary=alt,
            window=window,
            value=Quantity(value=round(history.points[-1][1], 6), unit="ratio"),
            result=PictureResult(blob=self.pictures.keep(picture), alt=alt, title=spec.title),
            link=self.judge.meter.store(slo).link(query, _minutes(window), now),
        )


def _named(judge: Judge, name: str) -> Slo | None:
    """Return an objective, None where there are none at all; raises BadInput that suggests the nearest names."""
    slo = judge.promises.named(name)
    if slo is not None and judge.meter.measures(slo):
        return slo
    known = [one.name for one in judge.promises.objectives() if judge.meter.measures(one)]
    if not known:
        return None
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
    hint = f" Did you mean {', '.join(near)}?" if near else f" Known objectives: {', '.join(known)}."
    raise BadInput(f"There is no objective called “{name[:60]}” in the metrics.{hint}", field="objective")


def _spec(
    params: BudgetChartParams, slo: Slo, window: Window, points: tuple[tuple[float, float], ...]
) -> ChartSpec:
    length = (window.end - window.start).total_seconds()
    return ChartSpec(
        title=params.title or f"{slo.name}: budget left, {window_words(slo)}",
        unit="ratio",
        start=window.start.timestamp(),
        end=window.end.timestamp(),
        lines=(Line(slo.name, points),),
        threshold=0.0 if points[-1][1] < 0 else None,
        crossing_up=False,
        markers=tuple(Marker(m.at.timestamp(), m.label) for m in params.markers),
        gap_seconds=max(3 * length / _POINTS, 3.0 * (slo.slice_seconds or 0), 600.0),
    )


def _minutes(window: Window) -> int:
    return max(1, (window.end - window.start) // timedelta(minutes=1))
