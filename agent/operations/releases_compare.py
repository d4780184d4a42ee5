"""Whether a release made a signal worse: what was measured before its beginning beside what is measured since its end.

Ratios of requests are compared as two proportions, everything else by medians and their usual ripple.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from agent.analysis.series import Points, finite, spread
from agent.diagnosis.profiles import PROFILES
from agent.domain.deployment import Contrast, DeploymentState
from agent.domain.results import SeriesResult
from agent.policy.deployments import SignalRule

ERRORS = "server_error_ratio"
TRAFFIC = "request_rate"
# Signals that say how the users fare: without one of them nobody can call it well.
TELLING = (ERRORS, "latency_p95", "latency_p99", "latency_average", "availability", "client_error_ratio")
LEAST_POINTS = 3
# What chance explains: three standard deviations, and no verdict on a handful of failures.
CHANCE = 3.0
LEAST_FAILURES = 5
_SUMMED = frozenset({"request_rate", "restarts"})


@dataclass(frozen=True, slots=True)
class Split:
    """Moments in unix seconds: before counts from `since` to `began`, after from `settled` to `until`."""

    since: float
    began: float
    settled: float
    until: float


@dataclass(frozen=True, slots=True)
class Course:
    """One signal as it was read: its points before and after, and the evidence behind them."""

    signal: str
    unit: str
    before: tuple[tuple[float, float], ...]
    after: tuple[tuple[float, float], ...]
    evidence_id: str


def course_of(signal: str, service: str, result: SeriesResult, split: Split, evidence_id: str) -> Course:
    """Cut a reading into before and after; several series (instances) become one, their worst or their sum."""
    own = [finite(one.points) for one in result.series if _about(service, one.labels)]
    merged: dict[float, list[float]] = {}
    for points in own:
        for at, value in points:
            merged.setdefault(at, []).append(value)
    worst = min if _falls(signal) else max
    fold = sum if signal in _SUMMED else worst
    points = sorted((at, float(fold(values))) for at, values in merged.items())
    before = tuple(p for p in points if split.since <= p[0] < split.began)
    after = tuple(p for p in points if split.settled <= p[0] <= split.until)
    return Course(signal, result.unit, before, after, evidence_id)


def contrast(rule: SignalRule, course: Course, traffic: Course | None, *, least_requests: int) -> Contrast:
    """Compare one signal; `worse` is None when there is too little to tell, with the reason as a code."""
    before, after = _level(course, course.before, traffic), _level(course, course.after, traffic)
    evidence = (course.evidence_id, *((traffic.evidence_id,) if traffic and rule.needs_traffic else ()))
    made = Contrast(signal=course.signal, unit=course.unit, before=before, after=after, evidence_ids=evidence)
    if before is None or after is None:
        code = "no_before" if before is None and after is not None else "no_data"
        return made.model_copy(update={"because": code})
    worse = departs(rule, course.signal, before, after) and _beyond_chance(course, traffic, before, after)
    quiet = rule.needs_traffic and traffic is not None and requests(traffic.after) < least_requests
    # Failures beyond chance are what they are; that little is well with few requests, or slow, says nothing.
    if quiet and not (worse and course.signal == ERRORS):
        return made.model_copy(update={"because": "too_little_traffic"})
    if rule.needs_traffic and traffic is None and not worse:
        # Nobody knows whether anybody asked: no failures of no requests are no good news.
        return made.model_copy(update={"because": "no_data"})
    bad_before = not worse and _beyond_limit(course.signal, before) and _beyond_limit(course.signal, after)
    return made.model_copy(update={"worse": worse, "because": "bad_before" if bad_before else ""})


def departs(rule: SignalRule, signal: str, before: float, after: float) -> bool:
    """Say whether a value is worse by more than the rule allows."""
    gap = before - after if _falls(signal) else after - before
    return gap > max(rule.worse_by, rule.share * abs(before))


def excused(rule: SignalRule, found: Contrast, past: Course | None, traffic: Course | None) -> Contrast:
    """Take a regression back when the same hour of another day was as bad: then it is the hour and not the release."""
    then = _level(past, past.after, traffic) if past is not None else None
    if past is None or then is None or found.after is None or departs(rule, found.signal, then, found.after):
        return found
    evidence = (*found.evidence_ids, past.evidence_id)
    return found.model_copy(update={"worse": False, "because": "usual", "evidence_ids": evidence})


def verdict(contrasts: Sequence[Contrast]) -> tuple[DeploymentState, str]:
    """Return what the contrasts say together, and the code of the reason when they say nothing."""
    if any(one.worse for one in contrasts):
        return DeploymentState.REGRESSION, ""
    telling = [one for one in contrasts if one.signal in TELLING]
    if any(one.worse is False for one in telling):
        return DeploymentState.ALL_CLEAR, ""
    reasons = [one.because for one in telling if one.because]
    return DeploymentState.INCONCLUSIVE, reasons[0] if reasons else "no_data"


def requests(points: Points) -> float:
    """Return about how many requests came within the points of a rate."""
    if len(points) < 2:
        return 0.0
    return float(sum(value for _, value in points)) / len(points) * (points[-1][0] - points[0][0])


def _about(service: str, labels: dict[str, str]) -> bool:
    """Say whether a series is the service's own: a signal of hosts comes back for any service that asks."""
    if not labels or "service" in labels:
        return labels.get("service", service) == service
    return any(service in value for value in labels.values())


def _falls(signal: str) -> bool:
    profile = PROFILES.get(signal)
    return profile is not None and profile.direction == "down"


def _level(course: Course, points: Points, traffic: Course | None) -> float | None:
    """Return what a stretch was like: failures of all its requests, else the middle; None for too few points."""
    if len(points) < LEAST_POINTS:
        return None
    if course.signal == ERRORS and traffic is not None:
        rates = dict((*traffic.before, *traffic.after))
        known = [(value, rates[at]) for at, value in points if at in rates]
        total = sum(rate for _, rate in known)
        if total > 0:
            return sum(value * rate for value, rate in known) / total
    return float(median(value for _, value in points))


def _beyond_chance(course: Course, traffic: Course | None, before: float, after: float) -> bool:
    if course.signal == ERRORS and traffic is not None:
        then, now = requests(traffic.before), requests(traffic.after)
        if then <= 0 or now <= 0:
            return True
        if after * now < LEAST_FAILURES:
            return False
        pooled = min(max((before * then + after * now) / (then + now), 1e-9), 1 - 1e-9)
        error = math.sqrt(pooled * (1 - pooled) * (1 / then + 1 / now))
        return (after - before) / error >= CHANCE
    return abs(after - before) > CHANCE * spread([value for _, value in course.before]).width


def _beyond_limit(signal: str, value: float) -> bool:
    profile = PROFILES.get(signal)
    if profile is None or profile.limit is None:
        return False
    return value >= profile.limit if profile.direction == "up" else value <= profile.limit
