"""Burn-rate alerts on simulated outages and on clean days: the formulas of the generated rules on a grid of evaluations."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agent.analysis.slo import allowance
from agent.domain.slo import BurnAlert, Slo
from agent.policy.slo import load_slos
from tools.sla_tracker.rules import LEAST_BAD

POLICIES = Path(__file__).resolve().parents[1] / "policies"
STEP = 30
"""Seconds between two evaluations, as the fastest group of the generated rules has it."""
_DAY = 86_400
RATIOS = (1.0, 0.5, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002)
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Outage:
    """One simulated outage and one pair of windows; seconds, None where the pair does not alert at all."""

    ratio: float
    alert: BurnAlert
    lasts: float
    detected: float | None
    detected_by_formula: float | None
    reset: float | None
    reset_by_formula: float | None


def shipped(name: str = "checkout-availability") -> Slo:
    """Return an objective as it is shipped."""
    return load_slos(POLICIES).named(name)


def outages(slo: Slo) -> list[Outage]:
    """Simulate outages with steady traffic and no errors before, one at a time, for every pair of windows."""
    return [_outage(slo, alert, ratio) for ratio in RATIOS for alert in slo.alerts]


def _outage(slo: Slo, alert: BurnAlert, ratio: float) -> Outage:
    limit = alert.burn * allowance(slo.target)
    # As long as the long window, so that an alert that can come has come, and the short window is full.
    lasts = float(alert.seconds)
    begin = alert.seconds + STEP
    moments = np.arange(0, begin + lasts + 2 * alert.seconds, STEP)
    total = np.full(len(moments), 100.0)
    bad = np.where((moments > begin) & (moments <= begin + lasts), 100.0 * ratio, 0.0)
    firing = moments[fires(alert, limit, total, bad)]
    detected = float(firing[0] - begin) if len(firing) else None
    reset = float(firing[-1] + STEP - begin - lasts) if len(firing) else None
    possible = ratio > limit
    return Outage(
        ratio,
        alert,
        lasts,
        detected,
        limit / ratio * alert.seconds if possible else None,
        reset,
        alert.short_seconds * (1 - limit / ratio) if possible else None,
    )


def fires(alert: BurnAlert, limit: float, total: Numbers, bad: Numbers) -> NDArray[np.bool_]:
    """Return at which steps an alert fires; total and bad are the counts of each step, not a number where unknown."""
    over = np.ones(len(total), dtype=bool)
    for seconds in (alert.seconds, alert.short_seconds):
        events, failed = _summed(total, seconds), _summed(bad, seconds)
        with np.errstate(invalid="ignore", divide="ignore"):
            # Without traffic the ratio is not a number, and nothing is above a limit.
            over &= np.where(events > 0, failed / events, np.nan) > limit * (1 + 1e-9)
    return over & (_summed(bad, alert.seconds) >= LEAST_BAD)


def _summed(counts: Numbers, seconds: int) -> Numbers:
    sums = np.concatenate([[0.0], np.cumsum(np.nan_to_num(counts))])
    width = seconds // STEP
    ends = np.arange(1, len(sums))
    found: Numbers = sums[ends] - sums[np.maximum(ends - width, 0)]
    return found


@dataclass(frozen=True, slots=True)
class Clean:
    """What days without trouble brought; `alerts` counts how often a pair began to fire."""

    days: int
    courses: int
    alerts: int


def clean(slo: Slo, days: int, seeds: Sequence[int] = (1, 2, 3)) -> Clean:
    """Count the alerts over days in which requests fail by chance only, at a fifth of what the objective allows.

    Traffic goes with the hours of the day, at three levels; each night there is none for an hour, every few days a
    scrape target is gone for up to three hours, and counters restart, which costs the events of one step.
    """
    alerts = 0
    for seed in seeds:
        total, bad = _day_by_day(np.random.default_rng(seed), slo, days, 10.0 ** (seed % 3))
        for alert in slo.alerts:
            over = fires(alert, alert.burn * allowance(slo.target), total, bad)
            alerts += int(np.count_nonzero(over[1:] & ~over[:-1]) + over[0])
    return Clean(days, len(seeds), alerts)


def _day_by_day(rng: np.random.Generator, slo: Slo, days: int, level: float) -> tuple[Numbers, Numbers]:
    moments = np.arange(0, days * _DAY, STEP)
    hour = moments % _DAY / 3600
    rate = level * (1.2 + np.sin((hour - 9) / 24 * 2 * np.pi))
    rate = np.where((hour >= 3) & (hour < 4), 0.0, rate)
    total = rng.poisson(rate * STEP).astype(float)
    bad = rng.binomial(total.astype(int), 0.2 * allowance(slo.target)).astype(float)
    for begin in rng.integers(0, days * _DAY, max(1, days // 4)):
        gone = (moments >= begin) & (moments < begin + rng.integers(60, 10_800))
        total[gone] = bad[gone] = np.nan
    restarts = rng.integers(0, len(moments), days)
    total[restarts] = bad[restarts] = 0.0
    return total, bad


def table(found: Sequence[Outage]) -> str:
    """Return the outages as a table for people, in minutes."""
    lines = ["errors   pair (burn, windows)      detected after (formula)     over after (formula)"]
    for one in found:
        pair = f"{one.alert.burn:g}x {one.alert.seconds / 3600:g}h/{one.alert.short_seconds / 60:g}m"
        seen = f"{_minutes(one.detected)} ({_minutes(one.detected_by_formula)})"
        over = f"{_minutes(one.reset)} ({_minutes(one.reset_by_formula)})"
        lines.append(f"{one.ratio:>6.1%}   {pair:<24}  {seen:<27}  {over}")
    return "\n".join(lines)


def _minutes(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds / 60:.1f} min"


def furthest(found: Sequence[Outage]) -> float:
    """Return by how many seconds a simulated time is off the formula's at most; infinite where only one of them is."""
    off = 0.0
    for one in found:
        for seen, told in ((one.detected, one.detected_by_formula), (one.reset, one.reset_by_formula)):
            off = max(off, _apart(seen, told))
    return off


def _apart(seen: float | None, told: float | None) -> float:
    if seen is None or told is None:
        return 0.0 if seen is told else float("inf")
    return abs(seen - told)
