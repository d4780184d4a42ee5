"""What a read can bring back, one typed shape per kind of answer."""

from typing import Annotated, Literal

from pydantic import Field

from agent.domain.alert import Alert
from agent.domain.noun import Noun, Utc


class Quantity(Noun):
    """A number with its unit (`ratio`, `seconds`, `bytes`, `cores`, `1/s`, `count`, `USD` …)."""

    value: float
    unit: str = "count"


class Series(Noun):
    """One time series; `points` are (unix seconds, value), gaps are simply missing."""

    labels: dict[str, str] = Field(default_factory=dict)
    points: tuple[tuple[float, float], ...]


class SeriesResult(Noun):
    """A range query's answer."""

    kind: Literal["series"] = "series"
    signal: str | None = None
    unit: str = "count"
    series: tuple[Series, ...]
    threshold: float | None = None


class TableResult(Noun):
    """Rows for people; cells are text already formatted with units."""

    kind: Literal["table"] = "table"
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class LogPattern(Noun):
    """A mined template with counts in the window and in the comparison window before it."""

    template: str
    sample: str
    level: str
    service: str
    count: int
    count_before: int
    first_seen_at: Utc | None = None

    @property
    def new(self) -> bool:
        """Say whether the pattern was absent before."""
        return self.count_before == 0


class PatternsResult(Noun):
    """Log patterns, most telling first; `total` and `total_before` count the lines behind them."""

    kind: Literal["patterns"] = "patterns"
    patterns: tuple[LogPattern, ...]
    total: int
    total_before: int


class LogLine(Noun):
    """One log record, redacted."""

    at: Utc
    level: str
    service: str
    message: str
    trace_id: str | None = None
    pod: str | None = None


class LogLinesResult(Noun):
    """Log records, newest first; `total` counts all matches, not only those shown."""

    kind: Literal["log_lines"] = "log_lines"
    lines: tuple[LogLine, ...]
    total: int


class PodState(Noun):
    """One pod as a triage needs it; `reason` is the waiting or last termination reason, `started_at` when its newest
    running container started."""

    name: str
    service: str
    node: str
    phase: str
    ready: bool
    restarts: int
    image: str
    reason: str | None = None
    last_exit: str | None = None
    started_at: Utc | None = None
    cpu_cores: float | None = None
    memory_bytes: float | None = None


class PodsResult(Noun):
    """The pods of a workload or namespace."""

    kind: Literal["pods"] = "pods"
    pods: tuple[PodState, ...]


class Change(Noun):
    """Something that people or controllers changed: a rollout, a configuration, a scale."""

    at: Utc
    change: Literal["deployment", "config", "scale", "restart"]
    service: str
    description: str
    before: str | None = None
    after: str | None = None
    revision: int | None = None


class ChangesResult(Noun):
    """Changes, newest first."""

    kind: Literal["changes"] = "changes"
    changes: tuple[Change, ...]


class ClusterEvent(Noun):
    """A Kubernetes event."""

    at: Utc
    type: str
    reason: str
    object: str
    message: str
    count: int = 1


class EventsResult(Noun):
    """Kubernetes events, newest first."""

    kind: Literal["events"] = "events"
    events: tuple[ClusterEvent, ...]


class AlertsResult(Noun):
    """Alerts or alert rules' states as the alerting backend holds them."""

    kind: Literal["alerts"] = "alerts"
    alerts: tuple[Alert, ...]


class EdgesResult(Noun):
    """Who calls whom: (caller, callee) pairs of service names."""

    kind: Literal["edges"] = "edges"
    edges: tuple[tuple[str, str], ...]


class PictureResult(Noun):
    """A picture stored as a blob; `alt` says in words what it shows."""

    kind: Literal["picture"] = "picture"
    blob: str
    media_type: str = "image/png"
    alt: str
    title: str


Result = Annotated[
    SeriesResult
    | TableResult
    | PatternsResult
    | LogLinesResult
    | PodsResult
    | ChangesResult
    | EventsResult
    | AlertsResult
    | EdgesResult
    | PictureResult,
    Field(discriminator="kind"),
]
