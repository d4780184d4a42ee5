"""How bad it was, worked out from measured courses: minutes of bad time, requests that failed, share of the month's budget.

A point of a course holds until the next one, at most for twice the usual distance: what nobody measured counts for nothing,
and is told as a gap.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median

from agent.domain.evidence import Evidence
from agent.domain.results import Series, SeriesResult
from agent.domain.view import IncidentView
from agent.operations.postmortem_marks import Marks

OBJECTIVE = 0.999
# A mean month of 365.25 / 12 days, of which 0.1 % may be bad.
BUDGET_MINUTES = (1 - OBJECTIVE) * 365.25 / 12 * 24 * 60
SIGNAL = "metrics_collector.signal"
FAILED, RATE, SLOW = "server_error_ratio", "request_rate", "latency_p95"
MOST_SERVICES = 5

Course = Mapping[float, float]


@dataclass(frozen=True, slots=True)
class Damage:
    """What one service went through; seconds, requests and ratios, None where nothing counts them.

    `bad_seconds` are those in which more failed than the objective allows; `lost_seconds` weigh every second with the
    share that failed in it, so that they compare with the minutes that a month allows.
    """

    service: str
    span_seconds: float
    seen_seconds: float
    bad_seconds: float
    lost_seconds: float
    peak: float
    peak_at: datetime | None
    failed: float | None
    asked: float | None
    sources: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Say whether nearly all of the time was measured."""
        return self.seen_seconds >= 0.95 * self.span_seconds

    @property
    def budget_share(self) -> float:
        """Return which share of a month's budget was used up."""
        return self.lost_seconds / 60 / BUDGET_MINUTES


def window(view: IncidentView, marks: Marks) -> tuple[datetime, datetime]:
    """Return from when until when the incident did harm, as far as is known."""
    return marks.began.at, marks.resolved.at if marks.resolved is not None else view.as_of


def damages(view: IncidentView, marks: Marks) -> list[Damage]:
    """Return what every measured service went through, the worst first."""
    start, end = (at.timestamp() for at in window(view, marks))
    found = [_damage(view, service, start, end) for service in view.services[:MOST_SERVICES]]
    return sorted((one for one in found if one is not None), key=lambda one: -one.lost_seconds)


def reading_of(
    view: IncidentView, service: str, signal: str, start: float, end: float
) -> tuple[Evidence, Course] | None:
    """Return the one reading that shows most of a time, and its course; mixing several would count some points twice."""
    best: tuple[float, Evidence, Course] | None = None
    for evidence in view.evidence:
        params, result = evidence.request.params, evidence.reading.result
        same = (params.get("service"), params.get("signal")) == (service, signal)
        if not (
            same and evidence.ok and evidence.request.tool == SIGNAL and isinstance(result, SeriesResult)
        ):
            continue
        course = _course(signal, service, result.series)
        seen = sum(lasts for _, _, lasts in _steps(course, start, end))
        if seen > 0 and (best is None or seen >= best[0]):
            best = (seen, evidence, course)
    return (best[1], best[2]) if best is not None else None


def _damage(view: IncidentView, service: str, start: float, end: float) -> Damage | None:
    failed = reading_of(view, service, FAILED, start, end)
    if failed is None:
        return None
    rate = reading_of(view, service, RATE, start, end)
    steps = _steps(failed[1], start, end)
    peak_at, peak = max(((at, value) for at, value, _ in steps), key=lambda pair: pair[1])
    requests = _requests(steps, rate[1] if rate is not None else None)
    return Damage(
        service=service,
        span_seconds=max(0.0, end - start),
        seen_seconds=sum(lasts for _, _, lasts in steps),
        bad_seconds=sum(lasts for _, value, lasts in steps if value > 1 - OBJECTIVE),
        lost_seconds=sum(value * lasts for _, value, lasts in steps),
        peak=peak,
        peak_at=datetime.fromtimestamp(peak_at, tz=view.as_of.tzinfo) if peak > 0 else None,
        failed=requests[0] if requests else None,
        asked=requests[1] if requests else None,
        sources=tuple(one[0].id for one in (failed, rate) if one is not None),
    )


def _requests(steps: Sequence[tuple[float, float, float]], rate: Course | None) -> tuple[float, float] | None:
    """Return how many requests failed of how many that were asked; None where their rate was not measured."""
    if not rate:
        return None
    moments = sorted(rate)
    lost = asked = 0.0
    for at, share, lasts in steps:
        nearest = min(moments, key=lambda moment: abs(moment - at))
        if abs(nearest - at) <= 2 * max(lasts, 1.0):
            asked += rate[nearest] * lasts
            lost += rate[nearest] * lasts * share
    return (lost, asked) if asked > 0 else None


def _steps(course: Course, start: float, end: float) -> list[tuple[float, float, float]]:
    """Return (time, value, seconds for which it holds) of the points within a time."""
    moments = sorted(course)
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    usual = median(gaps) if gaps else 60.0
    found = []
    for place, at in enumerate(moments):
        until = min(moments[place + 1] if place + 1 < len(moments) else at + usual, at + 2 * usual)
        lasts = min(until, end) - max(at, start)
        if lasts > 0:
            found.append((max(at, start), course[at], lasts))
    return found


def _course(signal: str, service: str, series: Sequence[Series]) -> Course:
    """Return a service's own course: rates of its parts add up, of ratios and times the worst part counts."""
    found: dict[float, float] = {}
    for one in series:
        if one.labels.get("service", service) != service:
            continue
        for at, value in one.points:
            known = found.get(at)
            both = known is not None and signal == RATE
            found[at] = value if known is None else known + value if both else max(known, value)
    if signal == FAILED:
        return {at: min(1.0, max(0.0, value)) for at, value in found.items()}
    return found
