"""What the scorer remembers of every series: means, widths, clock profiles, trailing extremes; one column each."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# A trailing window is kept as this many closed blocks and an open one, so it is exact to an eighth of its length.
BLOCKS = 8


# No real measurement is as large, and sums of such numbers would overflow.
_LARGEST = 1e100


def is_measured(values: Floats) -> Flags:
    """Say which values are numbers that something can have measured."""
    return np.abs(values) < _LARGEST


def decay(half_life: float) -> float:
    """Return the factor that halves a value in `half_life` points."""
    return float(0.5 ** (1.0 / half_life))


class Mean:
    """An exponentially weighted mean, the plain mean until that has seen enough points."""

    def __init__(self, count: int, half_life: float) -> None:
        self._rate = 1.0 - decay(half_life)
        self.value: Floats = np.full(count, np.nan)
        self._seen: Floats = np.zeros(count)

    def update(self, x: Floats, ok: Flags) -> Floats:
        """Take in the flagged points and return the mean that includes them."""
        self._seen += ok
        rate = np.maximum(self._rate, 1.0 / np.maximum(self._seen, 1.0))
        begun = np.where(np.isnan(self.value), x, self.value + rate * (x - self.value))
        self.value = np.where(ok, begun, self.value)
        return self.value


class Width:
    """The usual size of a residual: a mean in which no point counts for more than `clip` times the mean before."""

    def __init__(self, count: int, half_life: float, clip: float, warm_up: int) -> None:
        self._mean = Mean(count, half_life)
        self._clip, self._warm_up = clip, warm_up
        self._count: Floats = np.zeros(count)

    @property
    def value(self) -> Floats:
        """The width before the next point, NaN where nothing was seen."""
        return self._mean.value

    def update(self, size: Floats, ok: Flags) -> None:
        """Take in the flagged absolute residuals."""
        usual = self._mean.value
        self._count += ok
        settled = (self._count > self._warm_up) & (usual > 0)
        self._mean.update(np.where(settled, np.minimum(size, self._clip * usual), size), ok)


class ClockProfile:
    """The mean of each slot of a period, learned from visit to visit; a slot is NaN until its first visit is over."""

    def __init__(self, count: int, period: float, slots: int, learn: float) -> None:
        self._period, self._slots, self._learn = period, slots, learn
        self._profile: Floats = np.full((slots, count), np.nan)
        self._slot = np.full(count, -1)
        self._sum: Floats = np.zeros(count)
        self._points: Floats = np.zeros(count)
        self._columns = np.arange(count)

    def expected(self, at: Floats, x: Floats, ok: Flags) -> Floats:
        """Return what earlier visits of this slot lead to expect, then take in the flagged points."""
        share = np.mod(np.where(ok, at, 0.0), self._period) / self._period
        slot = np.where(ok, np.minimum((share * self._slots).astype(np.int64), self._slots - 1), self._slot)
        left = (slot != self._slot) & (self._points > 0)
        if left.any():
            self._close(left)
        self._slot = slot
        found = np.where(ok, self._profile[slot, self._columns], np.nan)
        self._sum += np.where(ok, x, 0.0)
        self._points += ok
        return found

    def _close(self, left: Flags) -> None:
        columns = self._columns[left]
        visit = self._sum[left] / self._points[left]
        old = self._profile[self._slot[left], columns]
        self._profile[self._slot[left], columns] = np.where(
            np.isnan(old), visit, old + self._learn * (visit - old)
        )
        self._sum[left] = 0.0
        self._points[left] = 0.0


class NearestClock:
    """Two clock profiles half a slot apart, so that no border between slots cuts through what happens on the hour."""

    def __init__(self, count: int, period: float, slots: int, learn: float) -> None:
        self._shift = period / slots / 2
        self._profiles = [ClockProfile(count, period, slots, learn) for _ in range(2)]

    def expected(self, at: Floats, x: Floats, ok: Flags) -> Floats:
        """Return the nearer of what the two lead to expect, then take in the flagged points."""
        first, second = (
            profile.expected(at + turn * self._shift, x, ok) for turn, profile in enumerate(self._profiles)
        )
        nearer = (np.abs(x - second) < np.abs(x - first)) | np.isnan(first)
        return np.where(nearer, second, first)


class Trailing:
    """The largest value of each of some views over the last `window` updates (None: over all of them)."""

    def __init__(self, views: int, count: int, window: int | None) -> None:
        self._every = 0 if window is None else max(1, window // BLOCKS)
        self._open: Floats = np.full((views, count), -np.inf)
        self._shut: Floats = np.full((BLOCKS if window else 0, views, count), -np.inf)
        self._older: Floats = np.full((views, count), -np.inf)
        self._tick = 0

    @property
    def value(self) -> Floats:
        """The maximum before the next point, -inf where nothing was seen."""
        return np.maximum(self._open, self._older)

    def update(self, x: Floats, ok: Flags) -> None:
        """Take in the flagged points and let the oldest block go when a block is full."""
        self._open = np.where(ok, np.maximum(self._open, x), self._open)
        self._tick += 1
        if self._every and self._tick % self._every == 0:
            self._shut[(self._tick // self._every) % BLOCKS] = self._open
            self._older = self._shut.max(axis=0)
            self._open = np.full_like(self._open, -np.inf)


class Habituation:
    """Lets a surprise through only when it beats what is left of the strongest recent one."""

    def __init__(self, count: int, half_life: float) -> None:
        self._factor = decay(half_life)
        self._recent: Floats = np.zeros(count)

    def update(self, surprise: Floats, ok: Flags) -> Floats:
        """Return the surprises that are news, zero for the others."""
        self._recent = np.where(ok, self._recent * self._factor, self._recent)
        news = np.where(ok & (surprise > self._recent), surprise, 0.0)
        self._recent = np.maximum(self._recent, np.where(ok, surprise, 0.0))
        return news
