"""Finds the recipe that this metrics store can answer and samples a signal over a window and the hour before it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median, quantiles

from agent.domain.evidence import Window
from agent.domain.results import Series
from agent.errors import Refused
from tools.connectors.readers import MetricsReader
from tools.metrics_collector.promql import step_for
from tools.recipes import Recipe, Signal, expand_fresh
from tools.signals import SignalBook

LONG_RANGE_SECONDS = 300
SHORTEST_RANGE_SECONDS = 20
BEFORE = timedelta(hours=1)
_NAMES_KEPT = timedelta(minutes=2)
_INTERVAL_KEPT = timedelta(minutes=1)
_MAX_TRIES = 4
_MIN_POINTS_FOR_NORMAL = 3
PROBE = "max(count_over_time(up[1m]))"


@dataclass(frozen=True, slots=True)
class Sample:
    """A signal over a window: its series there, the points of the hour before, and one number for each."""

    signal: Signal
    recipe: Recipe
    query: str
    window: Window
    series: tuple[Series, ...]
    before: tuple[Series, ...]
    value: float | None
    normal: float | None
    band: tuple[float, float] | None
    step_seconds: int

    @property
    def crossed(self) -> bool:
        """Say whether the value is beyond the signal's threshold."""
        return self.value is not None and self.signal.crossed(self.value)


class Sampler:
    """Samples signals; remembers for a short time which metrics exist and how often they are scraped."""

    def __init__(self, metrics: MetricsReader, signals: SignalBook | None = None) -> None:
        self._metrics = metrics
        self._signals = signals or SignalBook()
        self._lock = asyncio.Lock()
        self._names: tuple[datetime, frozenset[str]] | None = None
        self._interval: tuple[datetime, float] | None = None

    def named(self, name: str) -> Signal:
        """Return a signal as it is measured here; raises BadInput that suggests the nearest names."""
        return self._signals.named(name)

    async def recipes(
        self, signal: Signal, service: str | None, at: datetime, now: datetime
    ) -> tuple[Recipe, ...]:
        """Return the recipes that can work here: about the service first, about its hosts last."""
        names = await self._existing(at, now)
        usable = [recipe for recipe in signal.recipes if names is None or names.issuperset(recipe.needs)]
        wanted = "service" if service else "host"
        return tuple(sorted(usable, key=lambda recipe: recipe.scope != wanted))[:_MAX_TRIES]

    async def ranges(self, at: datetime, now: datetime, step: int) -> tuple[int, int]:
        """Return the short and the long range in seconds for rates, from how often metrics are scraped."""
        interval = await self._scrape_interval(at, now)
        long = max(LONG_RANGE_SECONDS, step)
        return min(long, max(SHORTEST_RANGE_SECONDS, int(4 * interval), step)), long

    async def query_for(
        self, recipe: Recipe, service: str | None, namespace: str | None, at: datetime, now: datetime
    ) -> str:
        """Return the PromQL of a recipe for one moment."""
        short, long = await self.ranges(at, now, step=1)
        return expand_fresh(recipe, service, namespace, short, long)

    async def sample(
        self, signal: Signal, service: str | None, namespace: str | None, window: Window, now: datetime
    ) -> Sample | str:
        """Return the signal's sample, or the queries that found nothing."""
        step = step_for((window.end - window.start + BEFORE).total_seconds())
        start = _aligned(window.start - BEFORE, window.end, step)
        tried: list[str] = []
        for recipe in await self.recipes(signal, service, window.end, now):
            short, long = await self.ranges(window.end, now, step)
            query = expand_fresh(recipe, service, namespace, short, long)
            series = await self._metrics.range(query, start, window.end, step)
            tried.append(query)
            if any(_inside(s, window).points for s in series):
                return _sampled(signal, recipe, query, window, series, step)
        return " ; ".join(tried) or f"no metric for {signal.name} exists: {_needs(signal)}"

    async def _existing(self, at: datetime, now: datetime) -> frozenset[str] | None:
        async with self._lock:
            if self._names and now - self._names[0] < _NAMES_KEPT and self._names[1]:
                return self._names[1]
            wanted = sorted({n for s in self._signals.all() for r in s.recipes for n in r.needs})
            try:
                found = await self._metrics.existing(wanted, at)
            except Refused:
                # Some stores forbid listing names: then every recipe is tried in turn.
                return None
            self._names = (now, found)
            return found

    async def _scrape_interval(self, at: datetime, now: datetime) -> float:
        async with self._lock:
            if self._interval and now - self._interval[0] < _INTERVAL_KEPT:
                return self._interval[1]
            series = await self._metrics.instant(PROBE, at)
            count = series[0].points[-1][1] if series else 0.0
            interval = 60.0 / count if count > 1 else 60.0
            self._interval = (now, interval)
            return interval


def _needs(signal: Signal) -> str:
    return ", or ".join(dict.fromkeys(" with ".join(r.needs) for r in signal.recipes))


def _aligned(start: datetime, end: datetime, step: int) -> datetime:
    """Move the start so that the last step falls on the end."""
    steps = int((end - start).total_seconds() // step)
    return end - timedelta(seconds=steps * step)


def _inside(series: Series, window: Window) -> Series:
    first, last = window.start.timestamp() - 0.5, window.end.timestamp() + 0.5
    return Series(labels=series.labels, points=tuple(p for p in series.points if first <= p[0] <= last))


def _before(series: Series, window: Window) -> Series:
    first = window.start.timestamp()
    return Series(labels=series.labels, points=tuple(p for p in series.points if p[0] < first))


def _last(series: Series, window: Window, step: int) -> float | None:
    """Return the newest value unless the series ended before the window did."""
    if not series.points:
        return None
    at, value = series.points[-1]
    return value if at >= window.end.timestamp() - max(3 * step, 90) else None


def _middle(series: Series) -> float | None:
    values = [value for _, value in series.points]
    return median(values) if len(values) >= _MIN_POINTS_FOR_NORMAL else None


def _combined(signal: Signal, values: Sequence[float]) -> float | None:
    if not values:
        return None
    if signal.combine == "sum":
        return sum(values)
    return max(values) if signal.higher_is_worse else min(values)


def _band(series: Sequence[Series]) -> tuple[float, float] | None:
    values = [value for s in series for _, value in s.points]
    if len(values) < 2 * _MIN_POINTS_FOR_NORMAL:
        return None
    cuts = quantiles(values, n=20, method="inclusive")
    return cuts[0], cuts[-1]


def _sampled(
    signal: Signal, recipe: Recipe, query: str, window: Window, series: tuple[Series, ...], step: int
) -> Sample:
    named = [_renamed(s, recipe) for s in series]
    lasts = [(last, s) for s in named if (last := _last(_inside(s, window), window, step)) is not None]
    value = _combined(signal, [last for last, _ in lasts])
    before = [_before(s, window) for s in named]
    if signal.combine == "worst" and value is not None:
        worst = next(s for last, s in lasts if last == value)
        before = [_before(worst, window)]
    middles = [m for m in map(_middle, before) if m is not None]
    inside = tuple(i for i in (_inside(s, window) for s in named) if i.points)
    return Sample(
        signal,
        recipe,
        query,
        window,
        inside,
        tuple(before),
        value,
        _combined(signal, middles),
        _band(before) if len(inside) == 1 or signal.combine == "worst" else None,
        step,
    )


def _renamed(series: Series, recipe: Recipe) -> Series:
    """Give the series the label `service`, whatever the recipe's own label for it is."""
    if recipe.scope != "service" or recipe.matching == "pod" or recipe.by == "service":
        return series
    labels = {("service" if key == recipe.by else key): value for key, value in series.labels.items()}
    return Series(labels=labels, points=series.points)
