"""What an investigation knows, indexed so that rules can ask short questions about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Generic, TypeVar

from agent.analysis.onset import Onset, find_onset
from agent.analysis.series import finite, shift
from agent.analysis.topology import callees, deepest
from agent.diagnosis.profiles import FAILING_SIGNALS, PROFILES, beyond_limit, departed
from agent.domain.results import Change, ClusterEvent, LogPattern, PodState, Quantity

LOOPING = frozenset(
    {
        "CrashLoopBackOff",
        "RunContainerError",
        "CreateContainerConfigError",
        "ImagePullBackOff",
        "ErrImagePull",
    }
)
ERROR_LEVELS = frozenset({"error", "fatal", "critical", "alert", "emergency"})
LEAST_POINTS = 4
CLEAR_SIGMAS = 6.0
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cited(Generic[T]):
    """A thing that was read, with the evidence that shows it."""

    what: T
    evidence_id: str


@dataclass(frozen=True, slots=True)
class Measure:
    """One signal of one service as it was read; `labels` are those of its worst series."""

    service: str
    signal: str
    evidence_id: str
    now: Quantity
    normal: Quantity | None
    points: tuple[tuple[float, float], ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def onset(self) -> Onset | None:
        """Return when the signal left its normal range in the bad direction."""
        profile = PROFILES.get(self.signal)
        if profile is None:
            return None
        normal = self.normal.value if self.normal else None
        return find_onset(self.points, direction=profile.direction, floor=profile.floor, normal=normal)

    @property
    def abnormal(self) -> bool:
        """Say whether the signal is bad now, or lastingly left its range."""
        if beyond_limit(self.signal, self.now.value):
            return True
        if self.normal is not None and departed(self.signal, self.now.value, self.normal.value):
            return True
        if self.normal is None and self._left_its_beginning():
            return True
        onset = self.onset
        return onset is not None and onset.lasts

    def _left_its_beginning(self) -> bool:
        """Compare with the first third of the series, where nobody could say what is normal."""
        early = [value for _, value in finite(self.points)[: len(self.points) // 3]]
        if len(early) < LEAST_POINTS:
            return False
        moved = shift(self.now.value, early)
        return abs(moved.sigmas) > CLEAR_SIGMAS and departed(self.signal, moved.now, moved.normal)

    @property
    def began(self) -> datetime | None:
        """Return the onset as a time."""
        onset = self.onset
        return datetime.fromtimestamp(onset.at, UTC) if onset else None


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything read so far; `alert_began` holds when each service's alerts started."""

    affected: tuple[str, ...]
    started_at: datetime
    alert_began: Mapping[str, datetime]
    alert_names: frozenset[str]
    measures: Mapping[tuple[str, str], Measure]
    changes: tuple[Cited[Change], ...]
    pods: tuple[Cited[PodState], ...]
    events: tuple[Cited[ClusterEvent], ...]
    patterns: tuple[Cited[LogPattern], ...]
    edges: frozenset[tuple[str, str]]
    edges_evidence: str | None = None
    logs_read: frozenset[str] = frozenset()
    nodes: Mapping[str, Measure] = field(default_factory=dict)

    def measure(self, service: str, signal: str) -> Measure | None:
        """Return one signal of one service, if it was read."""
        return self.measures.get((service, signal))

    def symptoms(self, service: str) -> tuple[Measure, ...]:
        """Return the signals by which a service fails, most telling first."""
        found = (self.measure(service, signal) for signal in FAILING_SIGNALS)
        return tuple(m for m in found if m is not None and m.abnormal)

    def healthy(self, service: str) -> bool:
        """Say whether a service was measured and shows no symptom."""
        measured = any((service, signal) in self.measures for signal in FAILING_SIGNALS)
        return measured and not self.symptoms(service)

    @property
    def failing(self) -> tuple[str, ...]:
        """Return the services that show symptoms."""
        names = dict.fromkeys(service for service, _ in self.measures if service)
        return tuple(name for name in names if self.symptoms(name))

    @property
    def deepest(self) -> tuple[str, ...]:
        """Return the failing services below which nothing measured fails."""
        return deepest(self.edges, self.failing)

    def began(self, service: str) -> datetime:
        """Return when a service's trouble began: its earliest onset, else its alert, else the incident."""
        onsets = [m.began for m in self.symptoms(service)]
        known = [at for at in onsets if at is not None]
        if known:
            return min(known)
        return self.alert_began.get(service, self.started_at)

    def began_evidence(self, service: str) -> tuple[str, ...]:
        """Return the evidence that shows when a service's trouble began; empty when only its alert does."""
        return tuple(m.evidence_id for m in self.symptoms(service) if m.began is not None)

    def callees_known(self, service: str) -> bool:
        """Say whether the topology is known and every service it calls was measured."""
        if not self.edges:
            return False
        measured = {name for name, _ in self.measures}
        return all(callee in measured for callee in callees(self.edges, service))

    def errors_of(self, service: str) -> tuple[Cited[LogPattern], ...]:
        """Return a service's new or surging error patterns, most frequent first."""
        found = [
            p
            for p in self.patterns
            if p.what.service == service and p.what.level.lower() in ERROR_LEVELS and grown(p.what)
        ]
        return tuple(sorted(found, key=lambda p: (-p.what.count, p.what.template)))

    def own_errors(self, service: str) -> tuple[Cited[LogPattern], ...]:
        """Return the errors that do not merely repeat what another failing service answered."""
        others = {name for name in (*self.failing, *callees(self.edges, service)) if name != service}
        return tuple(p for p in self.errors_of(service) if not mentions(p.what, others))

    def passed_on(self, service: str, callee: str) -> Cited[LogPattern] | None:
        """Return the error pattern in which a service names one that it calls."""
        return next((p for p in self.errors_of(service) if mentions(p.what, {callee})), None)

    def pods_of(self, service: str) -> tuple[Cited[PodState], ...]:
        """Return a service's pods."""
        return tuple(p for p in self.pods if p.what.service == service)

    def cannot_start(self, service: str) -> tuple[Cited[PodState], ...]:
        """Return the pods that keep ending right after their start, for another reason than memory."""
        looping = [p for p in self.pods_of(service) if (p.what.reason or "") in LOOPING]
        return () if any("OOMKilled" in (p.what.last_exit or "") for p in looping) else tuple(looping)


def grown(pattern: LogPattern) -> bool:
    """Say whether a pattern is new or at least three times as frequent as before."""
    return pattern.new or pattern.count >= 3 * pattern.count_before


def mentions(pattern: LogPattern, services: set[str]) -> bool:
    """Say whether a pattern names one of the services."""
    return any(name in pattern.template or name in pattern.sample for name in services if name)
