"""How surprising what happens now is beside what happened before, in nats (minus the log of a tail probability)."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, logsumexp

Floats = NDArray[np.float64]

# Jeffreys' prior of a share: a pattern never seen before is rare, not impossible.
_JEFFREYS = 0.5
# How many earlier trials count at most: the mix of work drifts between two stretches of time, so no earlier
# share is known better than this (a power prior). Chosen on the development split; see the method page.
_TRIALS_KEPT = 30.0
# Degrees of freedom of the t distribution that durations follow on a log scale: 3 is the usual robust choice
# (Lange, Little and Taylor 1989), under which one straggler never outweighs the crowd.
_FREEDOM = 3.0
# The middle 50 % of a normal distribution is 1.349 standard deviations wide.
_IQR_TO_SIGMA = 1 / 1.349


def share_surprise(hits: int, trials: int, hits_before: int, trials_before: int) -> float:
    """Return how surprising `hits` or more of `trials` are after `hits_before` of `trials_before`, in nats."""
    if not trials or not hits:
        return 0.0
    kept = min(1.0, _TRIALS_KEPT / trials_before) if trials_before else 1.0
    yes = hits_before * kept + _JEFFREYS
    no = (trials_before - hits_before) * kept + _JEFFREYS
    if hits / trials <= yes / (yes + no):
        return 0.0
    return max(0.0, -_log_tail(hits, trials, yes, no))


def _log_tail(hits: int, trials: int, yes: float, no: float) -> float:
    """Return the log of the beta-binomial probability of `hits` or more."""
    k = np.arange(hits, trials + 1, dtype=float)
    terms = (
        gammaln(trials + 1)
        - gammaln(k + 1)
        - gammaln(trials - k + 1)
        + gammaln(k + yes)
        + gammaln(trials - k + no)
        - gammaln(trials + yes + no)
        - (gammaln(yes) + gammaln(no) - gammaln(yes + no))
    )
    return float(logsumexp(terms))


def shift_surprise(before: Floats, now: Floats, *, width: float) -> tuple[float, float]:
    """Return (log-likelihood ratio of a common upward shift in nats, the shift); `width` is the least spread.

    Both samples are on a scale on which a shift is what matters (logs of durations). Errors follow a t
    distribution, so a few stragglers among many calls are no shift.
    """
    if not len(before) or not len(now):
        return 0.0, 0.0
    middle = float(np.median(before))
    low, high = np.quantile(before, (0.25, 0.75))
    # With few earlier values their spread is known badly: the standard error of the middle is added.
    spread = max(width, float(high - low) * _IQR_TO_SIGMA) * (1 + 1 / math.sqrt(len(before)))
    away = (now - middle) / spread
    best, shift = 0.0, 0.0
    for candidate in np.quantile(away, (0.25, 0.5, 0.75)):
        if candidate > 0:
            gain = float(np.sum(_unlikely(away) - _unlikely(away - candidate)))
            if gain > best:
                best, shift = gain, float(candidate) * spread
    # One parameter was fitted: its price as in Schwarz's criterion.
    return max(0.0, best - 0.5 * math.log(len(now) + 1)), shift


def _unlikely(away: Floats) -> Floats:
    return np.asarray((_FREEDOM + 1) / 2 * np.log1p(away**2 / _FREEDOM))


def tail_surprise(value: float, known: Floats) -> float:
    """Return how surprising `value` is among `known` values, in nats; `known` is sorted.

    Beyond the greatest known value the tail is taken as Pareto's with index 1, the heaviest with any use, so
    that two values never seen are told apart, and a value twice as high is worth 0.7 nats more.
    """
    if not len(known) or not value > 0:
        return 0.0
    above = len(known) - int(np.searchsorted(known, value, side="left"))
    beyond = math.log(value / known[-1]) if not above and known[-1] > 0 else 0.0
    return math.log((len(known) + 1) / (above + 1)) + max(0.0, beyond)
