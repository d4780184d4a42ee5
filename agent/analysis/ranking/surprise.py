"""How surprising what happens now is beside what happened before, in nats (minus the log of a tail probability)."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, gammaln

Floats = NDArray[np.float64]

# Jeffreys' prior of a share: a pattern never seen before is rare, not impossible.
_JEFFREYS = 0.5
# How many earlier trials count at most: the mix of work drifts between two stretches of time, so no earlier
# share is known better than this (a power prior). Chosen on the development split; see the method page.
_TRIALS_KEPT = 30.0
# The middle 50 % of a normal distribution is 1.349 standard deviations wide.
_IQR_TO_SIGMA = 1 / 1.349
_UNDERFLOW = 1e-280
# How many own values the values of others like it are worth. Chosen on the development split; see the method page.
_PRIOR_VALUES = 10.0


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
    top = float(terms.max())
    return top + math.log(float(np.exp(terms - top).sum()))


def crowd_surprise(surprises: Floats) -> float:
    """Return how surprising it is that so many of some values are so far out, in nats.

    `surprises` holds how surprising each value is by itself. The statistic is Berk and Jones's (1979): for the
    one, two, three ... most surprising values the probability that as many of all are as far out by chance, the
    best of these, less the price of having looked at all of them. So it sees a crowd that moved a little and a
    few that moved far, and a single straggler is worth no more than a straggler.
    """
    count = len(surprises)
    if not count:
        return 0.0
    ordered = np.sort(np.maximum(surprises, 0.0))[::-1]
    ranks = np.arange(1, count + 1, dtype=float)
    tail = np.asarray(betainc(ranks, count - ranks + 1, np.exp(-ordered)))
    # Where the tail underflows its first term is all that matters.
    first = gammaln(count + 1) - gammaln(ranks + 1) - gammaln(count - ranks + 1) - ranks * ordered
    logs = np.where(tail > _UNDERFLOW, np.log(np.maximum(tail, _UNDERFLOW)), first)
    return max(0.0, float(-logs.min()) - math.log(count))


def robust_spread(values: Floats, least: float) -> float:
    """Return the spread of the middle half as a standard deviation, at least `least`.

    With few values the spread is known badly: the standard error of the middle is added.
    """
    low, high = np.quantile(values, (0.25, 0.75))
    return max(least, float(high - low) * _IQR_TO_SIGMA) * (1 + 1 / math.sqrt(len(values)))


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


def own_tail_surprise(value: float, own: Floats, like: Floats) -> float:
    """Return how surprising `value` is among `own` values, with those of its `like` as the prior, in nats.

    Both are sorted. The probability is the mean of a beta posterior: few own values leave the say to the like,
    many have it themselves.
    """
    above = len(own) - int(np.searchsorted(own, value, side="left"))
    prior = _PRIOR_VALUES * math.exp(-tail_surprise(value, like))
    return max(0.0, -math.log((above + prior) / (len(own) + _PRIOR_VALUES)))
