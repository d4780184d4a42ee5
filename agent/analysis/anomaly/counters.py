"""Turns counters that only grow, and begin again at zero when their process restarts, into rates."""

import numpy as np

from agent.analysis.anomaly.memory import Floats


def rates(at: Floats, values: Floats) -> Floats:
    """Return the increase per second since the measured point before; NaN where there is none.

    A value below the one before is a reset: the counter is taken to have begun again at zero in between.
    """
    times, counts = np.asarray(at, dtype=np.float64), np.asarray(values, dtype=np.float64)
    result: Floats = np.full(counts.shape, np.nan)
    measured = np.flatnonzero(np.isfinite(counts) & np.isfinite(times))
    if len(measured) < 2:
        return result
    before, now = counts[measured[:-1]], counts[measured[1:]]
    seconds = np.diff(times[measured])
    increase = np.where(now < before, now, now - before)
    usable = seconds > 0
    result[measured[1:][usable]] = increase[usable] / seconds[usable]
    return result
