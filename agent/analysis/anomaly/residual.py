"""What a point should have been, and how far it is from that in usual widths."""

import numpy as np

from agent.analysis.anomaly.memory import Flags, Floats, Mean, NearestClock, Width
from agent.analysis.anomaly.tuning import DAY, Tuning

# A shock against a width of zero: any number far beyond what noise can do.
_MOST_WIDTHS = 1e6
# Differences below this share of the value are rounding, not change.
_ROUNDING = 1e-9


class Expectation:
    """Three forecasts of each point: the recent level, this hour of other days, this hour of the week."""

    def __init__(self, count: int, tuning: Tuning) -> None:
        self._level = Mean(count, tuning.level)
        self._day = NearestClock(count, DAY, tuning.slots, tuning.learn)
        self._week = NearestClock(count, 7 * DAY, 7 * tuning.slots, tuning.learn)

    def update(self, at: Floats, x: Floats, ok: Flags) -> tuple[Floats, Flags]:
        """Return the distance to the nearest forecast, NaN without any, and where this hour was seen before."""
        nearest = x - self._level.value
        self._level.update(x, ok)
        daily, weekly = (x - profile.expected(at, x, ok) for profile in (self._day, self._week))
        for other in (daily, weekly):
            nearest = np.where((np.abs(other) < np.abs(nearest)) | np.isnan(nearest), other, nearest)
        return nearest, np.isfinite(daily)


class Shock:
    """Residuals in usual widths, the middle of a fast and a slow idea of what is usual."""

    def __init__(self, count: int, tuning: Tuning) -> None:
        self._widths = [
            Width(count, half_life, tuning.clip, tuning.warm_up)
            for half_life in (tuning.width_fast, tuning.width_slow)
        ]
        self._floor = tuning.floor
        self._step = Mean(count, np.inf)
        self._last: Floats = np.full(count, np.nan)

    def update(self, x: Floats, residual: Floats, ok: Flags) -> Floats:
        """Return how many widths each residual has, zero where there is none; then take the residuals in."""
        size = np.abs(residual)
        measured = ok & np.isfinite(size)
        floor = self._floor * np.nan_to_num(self._step.value) + _ROUNDING * np.abs(x)
        total: Floats = np.zeros(size.shape)
        for width in self._widths:
            widths = np.clip(size / (width.value + floor), 0.0, _MOST_WIDTHS)
            total += np.where(np.isfinite(widths), np.log1p(widths), 0.0)
            width.update(size, measured)
        step = np.abs(x - self._last)
        self._step.update(step, np.isfinite(step))
        self._last = np.where(ok, x, self._last)
        return np.where(measured, np.expm1(total / len(self._widths)), 0.0)
