"""A recorded incident: what was measured, logged, traced and alerted, and what changed shortly before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class MetricSeries:
    """One metric of one entity: `at` in unix seconds, rising; `values` of the same length, NaN where not measured.

    `edge` is `caller>callee` when the row is about one call edge of the entity, else empty.
    """

    entity: str
    metric: str
    at: Floats
    values: Floats
    unit: str = ""
    edge: str = ""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of a log; `at` in unix seconds."""

    at: float
    entity: str
    message: str
    level: str = ""
    trace_id: str = ""
    span_id: str = ""


@dataclass(frozen=True, slots=True)
class CountedPattern:
    """How often a log statement came in the incident, and how often it was expected to; for lines not kept."""

    entity: str
    template: str
    count: int
    expected: float


@dataclass(frozen=True, slots=True)
class SpanRecord:
    """One span of a trace: `start` in unix seconds, `seconds` its duration; the parent may be unknown."""

    trace_id: str
    span_id: str
    parent_id: str
    entity: str
    operation: str
    start: float
    seconds: float
    status: str = ""


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """One alert; `at` in unix seconds, or None when the order is all that is known."""

    id: str
    entity: str
    name: str
    at: float | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChangeStep:
    """One step of a gradual change."""

    done_at: float
    new_pods: tuple[str, ...] = ()
    removed_pods: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseChange:
    """A deployment or another change; `at` in unix seconds."""

    id: str
    at: float
    entity: str
    kind: str = ""
    description: str = ""
    steps: tuple[ChangeStep, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """The degraded indicator that people noticed."""

    entity: str
    metric: str
    at: float | None = None


@dataclass(frozen=True, slots=True)
class Pod:
    """Whose copy a pod is, and of which version."""

    service: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """Everything known of one incident; a window is None, and a sequence empty, when it was not recorded.

    `normal` and `incident` bound the fault-free and the faulty stretch, `metrics_normal` a longer fault-free
    stretch for metrics alone. `topology` holds (caller, callee); `entities` are the candidates.
    """

    entities: tuple[str, ...]
    target: Target | None = None
    normal: Span | None = None
    incident: Span | None = None
    metrics_normal: Span | None = None
    topology: tuple[tuple[str, str], ...] = ()
    pods: Mapping[str, Pod] = field(default_factory=dict)
    changes: tuple[CaseChange, ...] = ()
    metrics: Sequence[MetricSeries] = ()
    logs: Sequence[LogLine] = ()
    spans: Sequence[SpanRecord] = ()
    alerts: Sequence[AlertEvent] = ()
    patterns: Sequence[CountedPattern] = ()


@dataclass(frozen=True, slots=True)
class Suspect:
    """One ranked answer: a higher `score` is more to blame; `reasons` are sentences for people.

    `change_id` names the change that is blamed, if one is.
    """

    entity: str
    score: float
    reasons: tuple[str, ...] = ()
    change_id: str | None = None


@dataclass(frozen=True, slots=True)
class Truth:
    """What a resolved incident turned out to be, for learning from it."""

    acceptable: frozenset[str]
    kind: str = ""
    change_id: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Ranked suspects, `confidence` (0 to 1) in the first of them, and whether the evidence carries no answer."""

    suspects: tuple[Suspect, ...]
    confidence: float = 0.0
    inconclusive: bool = False
    ruled_out: tuple[str, ...] = ()
