"""The reads of metrics_collector that look ahead: when disks, memory, CPU or requests reach their limit."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from pydantic import Field

from agent.domain.evidence import EvidenceStatus, Reading, Window
from agent.domain.noun import Utc
from agent.domain.results import PictureResult, Quantity, Series, TableResult
from tools.base import Name, Params, nothing
from tools.charts import Painter
from tools.connectors.readers import MetricsReader
from tools.metrics_collector.capacity import COLUMNS, SIGNAL_OF, Resource, foretold, picture, row, sentence
from tools.metrics_collector.promql import step_for
from tools.metrics_collector.reads import BACKEND
from tools.metrics_collector.sampling import LONG_RANGE_SECONDS, Sampler
from tools.pictures import Pictures
from tools.recipes import Signal, expand

SHOWN = 30
HOUR = 3600
MOST_POINTS = 900
DEFAULT_LIMIT = 0.9


class CapacityParams(Params):
    """Of what, over which past, and up to which level; a share's level is 0.9 when left out, a rate has none."""

    resource: Resource
    service: Name | None = None
    days: int = Field(default=30, ge=2, le=90, description="how much of the past the trend is made of")
    limit: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    end: Utc | None = None


@dataclass(frozen=True, slots=True)
class _Past:
    signal: Signal
    query: str
    series: tuple[Series, ...]
    window: Window
    step: int


async def _past(metrics: MetricsReader, sampler: Sampler, params: CapacityParams, now: datetime) -> _Past:
    """Return the history from the first recipe that has any; the query says what was tried."""
    signal = sampler.named(SIGNAL_OF[params.resource])
    end = min(params.end or now, now)
    window = Window(start=end - timedelta(days=params.days), end=end)
    step = max(HOUR, step_for(params.days * 24 * HOUR, points=MOST_POINTS))
    tried: list[str] = []
    for recipe in await sampler.recipes(signal, params.service, end, now):
        query = expand(recipe, params.service, None, max(LONG_RANGE_SECONDS, step))
        tried.append(query)
        series = await metrics.range(query, window.start, end, step)
        if series:
            return _Past(signal, query, series, window, step)
    return _Past(signal, " ; ".join(tried) or f"no metric for {signal.name} exists", (), window, step)


def _limit(params: CapacityParams, signal: Signal) -> float | None:
    if params.limit is not None or signal.unit != "ratio":
        return params.limit
    return DEFAULT_LIMIT


@dataclass(frozen=True, slots=True)
class CapacityRead:
    """When something is full, if it goes on as it has."""

    name: ClassVar[str] = "metrics_collector.capacity"
    backend: ClassVar[str] = BACKEND
    description: ClassVar[str] = (
        "When disks, memory, CPU or the request rate reach a limit at the present pace, with an interval, "
        "or why that cannot be said."
    )
    params: ClassVar[type[Params]] = CapacityParams
    metrics: MetricsReader
    sampler: Sampler

    async def run(self, params: CapacityParams, now: datetime) -> Reading:
        """Fetch the past, and extend each series' trend."""
        past = await _past(self.metrics, self.sampler, params, now)
        if not past.series:
            return nothing(past.query, f"There are no data for {past.signal.title}.", past.window)
        limit = _limit(params, past.signal)
        found = await asyncio.to_thread(foretold, past.series, limit)
        first = found[0]
        days = 0.0 if limit is not None and first.urgency[0] < 0 else first.crossing.days
        return Reading(
            status=EvidenceStatus.SUCCESS,
            query=past.query,
            summary=sentence(first, past.signal.title, past.signal.unit, limit),
            window=past.window,
            value=Quantity(value=days, unit="days") if days is not None else None,
            result=TableResult(
                columns=COLUMNS, rows=tuple(row(one, past.signal.unit) for one in found[:SHOWN])
            ),
            link=self.metrics.link(past.query, params.days * 24 * 60, past.window.end),
        )


@dataclass(frozen=True, slots=True)
class CapacityChartRead:
    """The same as a picture of the most urgent one."""

    name: ClassVar[str] = "metrics_collector.capacity_chart"
    backend: ClassVar[str] = BACKEND
    description: ClassVar[str] = (
        "A picture of what fills up soonest: its past, its trend with interval, and when it reaches the limit."
    )
    params: ClassVar[type[Params]] = CapacityParams
    metrics: MetricsReader
    sampler: Sampler
    painter: Painter
    pictures: Pictures

    async def run(self, params: CapacityParams, now: datetime) -> Reading:
        """Fetch the past, and have its extension drawn."""
        past = await _past(self.metrics, self.sampler, params, now)
        if not past.series:
            return nothing(past.query, f"There are no data to draw {past.signal.title}.", past.window)
        limit = _limit(params, past.signal)
        first = (await asyncio.to_thread(foretold, past.series, limit))[0]
        unit, title = past.signal.unit, past.signal.title
        spec = picture(first, title, unit, limit, past.step)
        alt = sentence(first, title, unit, limit)
        drawn = await self.painter.draw(spec)
        return Reading(
            status=EvidenceStatus.SUCCESS,
            query=past.query,
            summary=alt,
            window=past.window,
            value=Quantity(value=first.now, unit=unit),
            result=PictureResult(blob=self.pictures.keep(drawn), alt=alt, title=spec.title),
            link=self.metrics.link(past.query, params.days * 24 * 60, past.window.end),
        )
