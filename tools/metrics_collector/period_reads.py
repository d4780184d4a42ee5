"""The read that looks at a named signal over a whole period, such as a month, rather than at its course right now."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from statistics import fmean
from typing import ClassVar, Literal

from pydantic import Field

from agent.analysis.slo import period_of
from agent.domain.evidence import EvidenceStatus, Reading, Window
from agent.domain.noun import Utc
from agent.domain.results import Quantity, Series, SeriesResult
from agent.domain.slo import CalendarWindow, PeriodUnit
from agent.errors import BadInput
from tools.base import Params, nothing
from tools.connectors.readers import MetricsReader
from tools.metrics_collector.sampling import Sampler
from tools.quantities import words
from tools.recipes import Recipe, expand

LONGEST = timedelta(days=100)
MOST_SERIES = 60
DAY = 86_400
# A label that no metric has puts all series into one group.
TOGETHER = "ops_monitor_together"
_GAUGE_POINTS = 4_000


class PeriodParams(Params):
    """Which signal over which time: of all services together, of each of them, or of the hosts.

    With `daily` the answer is one value for each whole day of the `zone` (IANA) at its end, else one for the whole time.
    A day on which clocks are set has an hour more or less.
    """

    signal: str = Field(max_length=60, description="a signal's name, such as latency_p95")
    start: Utc
    end: Utc
    of: Literal["together", "each", "hosts"] = "together"
    daily: bool = False
    zone: str = Field(default="UTC", max_length=60)


@dataclass(frozen=True, slots=True)
class PeriodRead:
    """One named signal over a day, a week or a month."""

    name: ClassVar[str] = "metrics_collector.period"
    backend: ClassVar[str] = "prometheus"
    description: ClassVar[str] = (
        "A named signal over a whole period such as a month: its mean, or its quantile over all requests of that time."
    )
    params: ClassVar[type[Params]] = PeriodParams
    metrics: MetricsReader
    sampler: Sampler

    async def run(self, params: PeriodParams, now: datetime) -> Reading:
        """Ask for the whole period at its end, or for each of its days at theirs."""
        signal, window = self.sampler.named(params.signal), _window(params, now)
        days = _days(params, window) if params.daily else ()
        whose = None if params.of == "hosts" else "any"
        tried: list[str] = []
        for recipe in await self.sampler.recipes(signal, whose, window.end, now):
            query = _query(recipe, params, DAY if params.daily else _seconds(window))
            tried.append(query)
            if params.daily:
                series = await self._each_day(recipe, params, days)
            else:
                series = await self.metrics.instant(query, window.end)
            if series:
                return _reading(signal.name, signal.unit, query, window, _named(series, recipe))
        return nothing(" ; ".join(tried) or f"no metric for {signal.name}", "No data in this period.", window)

    async def _each_day(
        self, recipe: Recipe, params: PeriodParams, days: Sequence[Window]
    ) -> tuple[Series, ...]:
        """Ask for the days of one length that follow each other at once."""
        found: dict[tuple[tuple[str, str], ...], list[tuple[float, float]]] = {}
        for seconds, run in groupby(days, key=_seconds):
            ends = [day.end for day in run]
            series = await self.metrics.range(_query(recipe, params, seconds), ends[0], ends[-1], DAY)
            for one in series:
                found.setdefault(tuple(sorted(one.labels.items())), []).extend(one.points)
        return tuple(Series(labels=dict(key), points=tuple(points)) for key, points in found.items())


def _seconds(window: Window) -> int:
    return int((window.end - window.start).total_seconds())


def _days(params: PeriodParams, window: Window) -> tuple[Window, ...]:
    """Return the whole days of the window in their zone; raises BadInput for one that does not exist."""
    try:
        days = CalendarWindow(unit=PeriodUnit.DAY, zone=params.zone)
        day = period_of(days, window.start)
    except (KeyError, ValueError, OSError) as error:
        raise BadInput("Write an IANA zone such as Asia/Seoul or UTC.", field="zone") from error
    found: list[Window] = []
    while day.end <= window.end:
        if day.start >= window.start:
            found.append(day)
        day = period_of(days, day.end)
    return tuple(found)


def _window(params: PeriodParams, now: datetime) -> Window:
    end = min(params.end, now)
    if not timedelta(minutes=1) <= end - params.start <= LONGEST:
        raise BadInput(f"A period lasts a minute to {LONGEST.days} days and lies in the past.", field="start")
    return Window(start=params.start, end=end)


def _query(recipe: Recipe, params: PeriodParams, seconds: int) -> str:
    grouped = params.of == "together" and recipe.scope == "service"
    wanted = replace(recipe, by=TOGETHER) if grouped else recipe
    query = expand(wanted, None, None, seconds)
    if "<window>" in recipe.promql:
        return query
    step = max(60, -(-seconds // (_GAUGE_POINTS * 60)) * 60)
    return f"avg_over_time(({query})[{seconds}s:{step}s])"


def _named(series: tuple[Series, ...], recipe: Recipe) -> tuple[Series, ...]:
    """Name each series by what it is about."""
    return tuple(Series(labels={"of": one.labels.get(recipe.by, "")}, points=one.points) for one in series)


def _reading(signal: str, unit: str, query: str, window: Window, series: tuple[Series, ...]) -> Reading:
    newest = [one.points[-1][1] for one in series]
    mean = fmean(newest)
    return Reading(
        status=EvidenceStatus.SUCCESS,
        query=query,
        summary=f"{signal}: {words(mean, unit)} ({len(series)} series)",
        window=window,
        value=Quantity(value=mean, unit=unit),
        result=SeriesResult(signal=signal, unit=unit, series=series[:MOST_SERIES]),
    )
