"""What an investigation knows, indexed so that rules can ask short questions about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from agent.analysis.topology import callees, deepest, reachable
from agent.diagnosis.measure import Measure
from agent.diagnosis.profiles import FAILING_SIGNALS, beyond_limit
from agent.domain.results import Change, ClusterEvent, LogPattern, PodState

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
# A fleet always logs an odd error now and then.
HICCUP = 3
# Logs often tell of a trouble a little before the rates show it.
BEFORE_TROUBLE = timedelta(seconds=60)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cited(Generic[T]):
    """A thing that was read, with the evidence that shows it."""

    what: T
    evidence_id: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything read so far; `alert_began` holds when each service's alerts started, `alerts` (name, service);
    `machine` when the incident is about a machine and no service.

    `ours` are the changes that the bot's own actions made, with the handle of the action; `left` which revision of a
    service they rolled back from, and when; `firing_since` when each service's oldest alert that fires now began.
    """

    affected: tuple[str, ...]
    started_at: datetime
    alert_began: Mapping[str, datetime]
    alerts: frozenset[tuple[str, str]]
    measures: Mapping[tuple[str, str], Measure]
    changes: tuple[Cited[Change], ...]
    pods: tuple[Cited[PodState], ...]
    events: tuple[Cited[ClusterEvent], ...]
    patterns: tuple[Cited[LogPattern], ...]
    edges: frozenset[tuple[str, str]]
    edges_evidence: str | None = None
    logs_read: frozenset[str] = frozenset()
    nodes: Mapping[str, Measure] = field(default_factory=dict)
    machine: bool = False
    ours: tuple[tuple[Cited[Change], str], ...] = ()
    firing_since: Mapping[str, datetime] = field(default_factory=dict)
    left: frozenset[tuple[str, int, datetime]] = frozenset()

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

    def concerns(self, service: str) -> bool:
        """Say whether a service may have caused this incident: it is affected, or the deepest of the affected call it.

        What only their callers call is another matter. Where nobody is named, or nobody knows who calls whom, every
        failing service may have; so may a machine, and for what is wrong with a machine no service is blamed.
        """
        if service in ("", *self.affected):
            return True
        if self.machine:
            return False
        if not self.affected:
            return True
        if not self.edges:
            return bool(self.symptoms(service))
        return service in reachable(self.edges, deepest(self.edges, self.affected))

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
        """Return a service's new or surging error patterns of this trouble, most frequent first."""
        begun = self.began(service) - BEFORE_TROUBLE
        found = [
            p
            for p in self.patterns
            if p.what.service == service and is_error(p.what) and grown(p.what) and not older(p.what, begun)
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

    def busy(self, node: str) -> bool:
        """Say whether a machine has hardly any CPU left."""
        cpu = self.nodes.get(node)
        return cpu is not None and beyond_limit("cpu_utilization", cpu.now.value)

    def cannot_start(self, service: str) -> tuple[Cited[PodState], ...]:
        """Return the pods that keep ending right after their start, for another reason than memory."""
        looping = [p for p in self.pods_of(service) if (p.what.reason or "") in LOOPING]
        return () if any("OOMKilled" in (p.what.last_exit or "") for p in looping) else tuple(looping)


def is_error(pattern: LogPattern) -> bool:
    """Say whether a pattern is of an error's level."""
    return pattern.level.lower() in ERROR_LEVELS


def grown(pattern: LogPattern) -> bool:
    """Say whether a pattern is new or at least three times as frequent as before, and more than a hiccup."""
    return pattern.count >= max(HICCUP, 3 * pattern.count_before)


def older(pattern: LogPattern, begun: datetime) -> bool:
    """Say whether a pattern was there before the trouble: then it tells of another one."""
    return pattern.first_seen_at is not None and pattern.first_seen_at < begun


def mentions(pattern: LogPattern, services: set[str]) -> bool:
    """Say whether a pattern names one of the services."""
    return any(name in pattern.template or name in pattern.sample for name in services if name)
