"""One signal of one service as it was read, and the judgement whether it is bad now and since when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median

from agent.analysis.onset import Onset, find_onset
from agent.analysis.series import Points, finite, shift
from agent.diagnosis.profiles import PROFILES, beyond_limit, departed
from agent.domain.results import Quantity

LEAST_POINTS = 4
LATEST_POINTS = 3
LATEST_SECONDS = 60.0
CLEAR_SIGMAS = 6.0


@dataclass(frozen=True, slots=True)
class Measure:
    """`onset` is when the signal left normal, `abnormal` whether it is bad now; `labels` are of its worst series."""

    service: str
    signal: str
    evidence_id: str
    now: Quantity
    normal: Quantity | None
    onset: Onset | None
    abnormal: bool
    points: tuple[tuple[float, float], ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def began(self) -> datetime | None:
        """Return when the present excursion began; one that is over tells of an earlier trouble."""
        lasting = self.onset is not None and self.onset.lasts
        return datetime.fromtimestamp(self.onset.at, UTC) if self.onset and lasting else None


def measured(
    service: str,
    signal: str,
    evidence_id: str,
    now: Quantity,
    normal: Quantity | None,
    points: tuple[tuple[float, float], ...] = (),
    labels: Mapping[str, str] | None = None,
) -> Measure:
    """Judge a reading by its signal's profile; when its last value is a lucky one, the newest points speak."""
    if normal is not None and not departed(signal, now.value, normal.value):
        latest = [v for v in _latest(points) if departed(signal, v, normal.value)]
        now = Quantity(value=latest[0], unit=now.unit) if latest else now
    onset = _onset(signal, points, normal)
    abnormal = _abnormal(signal, now, normal, points, onset)
    return Measure(service, signal, evidence_id, now, normal, onset, abnormal, points, labels or {})


def _onset(signal: str, points: Points, normal: Quantity | None) -> Onset | None:
    profile = PROFILES.get(signal)
    if profile is None:
        return None
    usual = normal.value if normal else None
    return find_onset(points, direction=profile.direction, floor=profile.floor, normal=usual)


def _abnormal(
    signal: str, now: Quantity, normal: Quantity | None, points: Points, onset: Onset | None
) -> bool:
    """Say whether a signal is bad now; an excursion that has ended is history."""
    if beyond_limit(signal, now.value):
        return True
    if normal is not None:
        return departed(signal, now.value, normal.value)
    return _left_its_beginning(signal, now.value, points) or (onset is not None and onset.lasts)


def _latest(points: Points) -> tuple[float, ...]:
    """Return the middle of the newest points, because a single one may be a lucky moment."""
    kept = finite(points)
    newest = [value for at, value in kept[-LATEST_POINTS:] if at >= kept[-1][0] - LATEST_SECONDS]
    return (median(newest),) if len(newest) == LATEST_POINTS else ()


def _left_its_beginning(signal: str, now: float, points: Points) -> bool:
    """Compare with the first third of the series, where nobody could say what is normal."""
    early = [value for _, value in finite(points)[: len(points) // 3]]
    if len(early) < LEAST_POINTS:
        return False
    moved = shift(now, early)
    return abs(moved.sigmas) > CLEAR_SIGMAS and departed(signal, moved.now, moved.normal)
