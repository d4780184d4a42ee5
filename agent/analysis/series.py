"""What a time series does now beside what it normally does, measured so that single spikes do not matter."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

Points = Sequence[tuple[float, float]]

# Scales a median absolute deviation so that it estimates the standard deviation of a normal distribution.
MAD_TO_SIGMA = 1.4826


@dataclass(frozen=True, slots=True)
class Spread:
    """Middle and width of some values; `width` is in the values' own unit and never negative."""

    middle: float
    width: float


@dataclass(frozen=True, slots=True)
class Shift:
    """How far `now` is from `normal`; `sigmas` is the distance in widths, `factor` is None when normal is zero."""

    now: float
    normal: float
    sigmas: float
    factor: float | None


def finite(points: Points) -> list[tuple[float, float]]:
    """Return the points in time order without NaN and infinities."""
    told = ((t, v) for t, v in points if math.isfinite(t) and math.isfinite(v))
    # By time alone: of points of one moment, the order in which they came must not turn into a rise.
    return sorted(told, key=lambda point: point[0])


def spread(values: Sequence[float]) -> Spread:
    """Return median and scaled median absolute deviation; raises ValueError without values."""
    if not values:
        raise ValueError("no values to measure")
    middle = statistics.median(values)
    return Spread(middle, MAD_TO_SIGMA * statistics.median([abs(v - middle) for v in values]))


def shift(now: float, before: Sequence[float], *, floor: float = 0.0) -> Shift:
    """Compare a value with earlier ones; `floor` is the smallest width that counts, so that flat lines have one."""
    usual = spread(before)
    width = max(usual.width, floor, abs(usual.middle) * 0.05, 1e-12)
    factor = now / usual.middle if usual.middle else None
    return Shift(now, usual.middle, (now - usual.middle) / width, factor)


def rising(points: Points, *, share: float = 0.6) -> bool:
    """Say whether at least `share` of the steps between six equal stretches of the series go up."""
    kept = finite(points)
    if len(kept) < 6:
        return False
    size = len(kept) / 6
    middles = [statistics.median(v for _, v in kept[int(i * size) : int((i + 1) * size)]) for i in range(6)]
    ups = sum(1 for a, b in pairwise(middles) if b > a)
    return ups >= share * 5 and middles[-1] > middles[0]
