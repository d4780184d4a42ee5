"""How far a point, or what it did to the means, lies outside all that is remembered."""

import numpy as np

from agent.analysis.anomaly.memory import Flags, Floats, Habituation, Mean, Trailing
from agent.analysis.anomaly.tuning import Tuning


class Records:
    """Three views of a series, each beside its extremes in a short, a long and an endless memory.

    The views are the residual, its sustained mean and the smoothed value itself. Each counts with the root of its
    excess over the extremes, in spans of all that was ever seen.
    """

    def __init__(self, count: int, tuning: Tuning) -> None:
        self._unit = tuning.record_unit
        self._warm_up = tuning.warm_up
        self._sustained = Mean(count, tuning.sustained)
        self._smooth = Mean(count, tuning.smooth)
        # Maxima of the three views, then of the three views upside down.
        self._ever = Trailing(6, count, None)
        self._memories = (
            Trailing(6, count, tuning.window_short),
            Trailing(6, count, tuning.window_long),
            self._ever,
        )
        self._seen: Floats = np.zeros(count)
        self._lasting = Habituation(count, tuning.habituation)
        self._news = Habituation(count, tuning.habituation)

    def update(self, x: Floats, residual: Floats, flags: tuple[Flags, Flags], allowed: Flags) -> Floats:
        """Return the records among the allowed points, 1 being worth an alarm, then take all points in.

        `flags` say which values and which residuals are measured.
        """
        ok, fine = flags
        views = np.stack([residual, self._sustained.update(residual, fine), self._smooth.update(x, ok)])
        excess = self._excess(views, np.stack([fine, fine, ok]))
        self._seen += ok
        lasting = self._lasting.update(excess[1], fine)
        record = np.sqrt(excess[0]) + np.sqrt(lasting) + np.sqrt(excess[2])
        return self._news.update(np.where(allowed, record, 0.0), ok) / self._unit

    def _excess(self, views: Floats, flags: Flags) -> Floats:
        both, measured = np.concatenate([views, -views]), np.concatenate([flags, flags])
        ever = self._ever.value
        span = ever[:3] + ever[3:]
        total: Floats = np.zeros(views.shape)
        for memory in self._memories:
            beyond = both - memory.value
            share = np.maximum(beyond[:3], beyond[3:]) / span
            total += np.where((share > 0) & np.isfinite(share), share, 0.0)
            memory.update(both, measured)
        return np.where(flags & (self._seen >= self._warm_up), total / len(self._memories), 0.0)
