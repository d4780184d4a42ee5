"""Where a level goes if it goes on as it has: a robust trend on medians, and when it crosses a limit, with an interval.

The trend is the Theil–Sen estimator (Sen 1968): the median of the slopes between all pairs of points, with the confidence
interval that Kendall's statistic gives it, so that single spikes and holes do not turn it. Levels of neighbouring hours
resemble each other, which makes any interval too narrow; its width is therefore multiplied by sqrt((1+r)/(1-r)), where r
is how much each deviation resembles the one before it.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from agent.analysis.series import MAD_TO_SIGMA, Points, finite

HOUR, DAY = 3600.0, 86400.0
CONFIDENCE = 0.90
_Z = statistics.NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)
MIN_DAYS = 2.0
"""The shortest history from which anything is foretold."""
DAILY_FROM = 14.0
"""From so many days of history on, each point is a day's median; before, an hour's or a few hours'."""
_MIN_BUCKETS, _MOST_BUCKETS = 12, 150
_FEWEST, _NEWEST = 3, 24
_MOST_ALIKE = 0.95


class Why(StrEnum):
    """Why nothing is foretold."""

    HISTORY = "history"
    TREND = "trend"
    AWAY = "away"
    FAR = "far"
    CROSSED = "crossed"


@dataclass(frozen=True, slots=True)
class Trend:
    """A level now with the spread around it, and its change per day with the interval of that change."""

    level: float
    spread: float
    per_day: float
    per_day_low: float
    per_day_high: float
    days: float
    buckets: int
    bucket_seconds: float

    @property
    def clear(self) -> bool:
        """Say whether the interval of the change leaves no doubt about its direction."""
        return self.per_day_low > 0 or self.per_day_high < 0

    def at(self, days: float) -> tuple[float, float, float]:
        """Return the level so many days from now with the bounds of its interval."""
        width = _Z * self.spread
        ends = (self.per_day_low * days, self.per_day_high * days)
        return (
            self.level + self.per_day * days,
            self.level - width + min(ends),
            self.level + width + max(ends),
        )


@dataclass(frozen=True, slots=True)
class Crossing:
    """In how many days a level reaches a limit; `latest` is None where it may never. `why` says why there is none."""

    trend: Trend | None
    days: float | None = None
    earliest: float | None = None
    latest: float | None = None
    why: Why | None = None


def trend_of(points: Points) -> Trend | None:
    """Return the trend of a level, or None when there is too little history."""
    kept = finite(points)
    if not kept:
        return None
    days = (kept[-1][0] - kept[0][0]) / DAY
    width = _bucket_seconds(days)
    medians = _medians(kept, width)
    # A level that was seen only now and then over a long time says little about the time between.
    if days < MIN_DAYS or len(medians) < _MIN_BUCKETS or len(medians) * width < days * DAY / 2:
        return None
    slopes = sorted((b[1] - a[1]) / (b[0] - a[0]) for i, a in enumerate(medians) for b in medians[i + 1 :])
    slope = statistics.median(slopes)
    rests = [value - slope * at for at, value in medians]
    base = statistics.median(rests)
    off = [rest - base for rest in rests]
    low, high = _bounds(slopes, len(medians), slope, _stretch(off))
    return Trend(
        level=base + slope * kept[-1][0],
        spread=MAD_TO_SIGMA * statistics.median([abs(one) for one in off]),
        per_day=slope * DAY,
        per_day_low=low * DAY,
        per_day_high=high * DAY,
        days=days,
        buckets=len(medians),
        bucket_seconds=width,
    )


def crossing(points: Points, limit: float, *, horizon_days: float = 365.0) -> Crossing:
    """Say in how many days a level that must stay below a limit reaches it, if it goes on as it has."""
    trend = trend_of(points)
    if trend is None:
        newest = [value for _, value in finite(points)[-_NEWEST:]]
        # Without a trend the level is a middle of what there is; one or two moments are no level.
        there = len(newest) >= _FEWEST and statistics.median(newest) >= limit
        return Crossing(None, why=Why.CROSSED if there else Why.HISTORY)
    if trend.level >= limit:
        return Crossing(trend, why=Why.CROSSED)
    if not trend.clear:
        return Crossing(trend, why=Why.TREND)
    if trend.per_day < 0:
        return Crossing(trend, why=Why.AWAY)
    room, width = limit - trend.level, _Z * trend.spread
    days = room / trend.per_day
    if days > horizon_days:
        return Crossing(trend, why=Why.FAR)
    return Crossing(
        trend,
        days,
        max(0.0, (room - width) / trend.per_day_high),
        (room + width) / trend.per_day_low,
    )


def _bucket_seconds(days: float) -> float:
    if days >= DAILY_FROM:
        return DAY
    return HOUR * max(1, math.ceil(days * 24 / _MOST_BUCKETS))


def _medians(points: Sequence[tuple[float, float]], width: float) -> list[tuple[float, float]]:
    """Return the median of each stretch that has points, at the middle of its moments."""
    groups: dict[int, list[tuple[float, float]]] = {}
    for at, value in points:
        groups.setdefault(math.floor(at / width), []).append((at, value))
    newest = sorted(groups)[-_MOST_BUCKETS:]
    return [
        (statistics.fmean(at for at, _ in groups[key]), statistics.median(v for _, v in groups[key]))
        for key in newest
    ]


def _bounds(slopes: Sequence[float], count: int, slope: float, stretch: float) -> tuple[float, float]:
    """Return the interval of the median slope, made wider by `stretch` around it."""
    doubt = _Z * math.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    low = slopes[max(0, math.floor((len(slopes) - doubt) / 2) - 1)]
    high = slopes[min(len(slopes) - 1, math.ceil((len(slopes) + doubt) / 2))]
    return slope - (slope - low) * stretch, slope + (high - slope) * stretch


def _stretch(off: Sequence[float]) -> float:
    """Return how much wider an interval must be because neighbouring deviations resemble each other."""
    whole = sum(one * one for one in off)
    if whole <= 0:
        return 1.0
    alike = min(_MOST_ALIKE, max(0.0, sum(a * b for a, b in pairwise(off)) / whole))
    return math.sqrt((1 + alike) / (1 - alike))
