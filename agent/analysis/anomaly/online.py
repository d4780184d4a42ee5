"""Scores the newest point of many series at once, from a bounded memory of each."""

import numpy as np

from agent.analysis.anomaly.memory import Flags, Floats, is_measured
from agent.analysis.anomaly.records import Records
from agent.analysis.anomaly.residual import Expectation, Shock
from agent.analysis.anomaly.tuning import CEILING, DAY, HALF, Tuning


class OnlineScorer:
    """One score for each new point of `count` series, on one scale for all of them.

    Below 0.9 the score is a shock: how many usual widths the point lies away from everything that its recent level,
    this hour of other days and this hour of the week lead to expect (4 widths are 0.45, 15 are 0.71). From 0.9 on it
    is a record: nothing like it in all that is remembered, 1 being worth an alarm and more being more. A record
    needs two days of history, a shock twenty points. A point that is not measured scores 0.
    """

    def __init__(self, count: int, tuning: Tuning | None = None) -> None:
        self._tuning = tuning or Tuning()
        self._seen: Floats = np.zeros(count)
        self._begin: Floats = np.full(count, np.nan)
        self._expectation = Expectation(count, self._tuning)
        self._shock = Shock(count, self._tuning)
        self._records = Records(count, self._tuning)

    def update(self, at: Floats | float, values: Floats) -> Floats:
        """Return the scores of the points measured at `at` (unix seconds, one for all or one a series)."""
        when = np.broadcast_to(np.asarray(at, dtype=np.float64), values.shape)
        ok = is_measured(values) & np.isfinite(when)
        x = np.where(ok, values, np.nan)
        self._begin = np.where(ok & np.isnan(self._begin), when, self._begin)
        # NaN and infinities stand for what is not known yet; each step masks them before they reach a memory.
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            residual, daily = self._expectation.update(when, x, ok)
            shock = self._shock.update(x, residual, ok)
            shock = np.where(self._seen >= self._tuning.warm_width, shock, 0.0)
            record = self._records.update(x, residual, (ok, ok & daily), self._remembers(when, shock))
        self._seen += ok
        return np.where(ok, np.where(record > CEILING, record, CEILING * shock / (shock + HALF)), 0.0)

    def _remembers(self, at: Floats, shock: Floats) -> Flags:
        """Say where enough was seen for a record to mean something, and the point is at least somewhat unusual."""
        t = self._tuning
        long = (self._seen >= t.record_points) & (at - self._begin >= t.record_days * DAY)
        return long & (shock >= t.record_shock)
