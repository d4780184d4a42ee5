"""What the reads need from a vendor, as small Protocols; every method may raise a BackendError."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from agent.domain.alert import Alert
from agent.domain.results import LogLine, Series

JsonObject = dict[str, Any]
"""A JSON object as a server sent it; whoever reads it must expect any field to be missing."""

LogType = Literal["application", "access", "error", "security", "audit"]
Kind = Literal[
    "pods",
    "deployments",
    "replicasets",
    "configmaps",
    "events",
    "resourcequotas",
    "cronjobs",
    "jobs",
    "nodes",
]


@dataclass(frozen=True, slots=True)
class AlertRule:
    """An alerting rule and its state (`firing`, `pending`, `inactive`)."""

    name: str
    state: str
    expression: str
    for_seconds: float
    severity: str


@dataclass(frozen=True, slots=True)
class Silence:
    """A silence that is active or will be."""

    id: str
    matchers: str
    state: str
    ends_at: datetime | None
    created_by: str
    comment: str


@dataclass(frozen=True, slots=True)
class LogQuery:
    """What to look for in logs; None means any."""

    start: datetime
    end: datetime
    service: str | None = None
    level: str | None = None
    text: str | None = None
    log_type: LogType | None = None
    limit: int = 20


@dataclass(frozen=True, slots=True)
class LogHits:
    """Matching lines, newest first, the count of all matches, the exact query, and a page with the same lines."""

    lines: tuple[LogLine, ...]
    total: int
    query: str
    link: str | None = None


@dataclass(frozen=True, slots=True)
class ServiceCounts:
    """Lines per service, most first, the exact query, and a page with the same lines."""

    counts: tuple[tuple[str, int], ...]
    query: str
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Permission:
    """A right that a reader needs: `get pods/log` in the core group, for instance."""

    verb: str
    resource: str
    group: str = ""
    subresource: str = ""

    @property
    def shown(self) -> str:
        """Return the resource as kubectl writes it, such as `pods/log` or `deployments.apps`."""
        named = f"{self.resource}.{self.group}" if self.group else self.resource
        return f"{named}/{self.subresource}" if self.subresource else named


@dataclass(frozen=True, slots=True)
class StoredDashboard:
    """A dashboard as Grafana keeps it; `provisioned` ones come from files, and cannot be saved through the API."""

    model: JsonObject
    version: int
    folder: str
    provisioned: bool


@dataclass(frozen=True, slots=True)
class DashboardVersion:
    """One save of a dashboard: who, when (as Grafana writes it), and with what note."""

    version: int
    message: str
    by: str
    at: str


class Backend(Protocol):
    """What every connector has."""

    async def version(self) -> str:
        """Return the server's version; the cheapest call that proves it answers."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class MetricsReader(Backend, Protocol):
    """A metrics store that speaks PromQL."""

    async def instant(self, promql: str, at: datetime) -> tuple[Series, ...]:
        """Evaluate at one time; each series has one point."""
        ...

    async def range(
        self, promql: str, start: datetime, end: datetime, step_seconds: int
    ) -> tuple[Series, ...]:
        """Evaluate over a window."""
        ...

    async def existing(self, names: Sequence[str], at: datetime) -> frozenset[str]:
        """Return which of these metric names exist."""
        ...

    async def rules(self) -> tuple[AlertRule, ...]:
        """Return the alerting rules with their states."""
        ...

    def link(self, promql: str, minutes: int, end: datetime) -> str:
        """Return a page where a person sees the same query."""
        ...


@dataclass(frozen=True, slots=True)
class RuleTrouble:
    """A rule that could not be evaluated, with the store's own words."""

    name: str
    said: str


@dataclass(frozen=True, slots=True)
class TargetDown:
    """A scrape target that does not answer, with the store's own words."""

    job: str
    instance: str
    said: str


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """What a metrics store says about itself; None is what it does not tell. `largest` are the metrics with the most
    series, `corruptions` those of its write-ahead log since its start."""

    retention: str | None = None
    corruptions: int | None = None
    reloaded: bool | None = None
    head_series: int | None = None
    largest: tuple[tuple[str, int], ...] = ()
    targets: int | None = None
    down: tuple[TargetDown, ...] = ()
    rules: int | None = None
    failing: tuple[RuleTrouble, ...] = ()


class MetricsStore(Backend, Protocol):
    """A metrics store as something that must itself be healthy."""

    async def instant(self, promql: str, at: datetime) -> tuple[Series, ...]:
        """Evaluate at one time."""
        ...

    async def status(self) -> StoreStatus:
        """Return what the store says about itself; raises only when it tells nothing at all."""
        ...


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """Where an index stands in its store's own lifecycle: policy, phase, and what went wrong in its step."""

    policy: str
    phase: str = ""
    step: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Index:
    """One index as its store describes it; `created_at` and `uuid` together say which one it is. `stream` is the data
    stream that it belongs to, `writing` says that an alias or stream writes to it now."""

    name: str
    uuid: str
    created_at: datetime
    documents: int | None = None
    size_bytes: int | None = None
    aliases: tuple[str, ...] = ()
    stream: str = ""
    writing: bool = False
    lifecycle: Lifecycle | None = None


@dataclass(frozen=True, slots=True)
class LifecyclePolicy:
    """A lifecycle policy of the store: after how many days it deletes (None: never), and its phases in order."""

    name: str
    delete_after_days: float | None
    phases: tuple[str, ...] = ()


class IndexReader(Backend, Protocol):
    """The indices of a log store. None of its methods ever changes one."""

    async def indices(self, pattern: str) -> tuple[Index, ...]:
        """Return the indices that match names with `*`, several separated by commas; system indices never."""
        ...

    async def policies(self) -> tuple[LifecyclePolicy, ...] | None:
        """Return the store's lifecycle policies; None where it has no such thing."""
        ...


class LogReader(Backend, Protocol):
    """A log store."""

    async def search(self, query: LogQuery) -> LogHits:
        """Find lines, newest first."""
        ...

    async def count_by_service(self, query: LogQuery, *, now: datetime) -> ServiceCounts:
        """Count matching lines per service, the ten largest."""
        ...


class AlertReader(Backend, Protocol):
    """An alerting backend."""

    async def firing(self) -> tuple[Alert, ...]:
        """Return alerts that fire now, silenced ones too."""
        ...

    async def silences(self) -> tuple[Silence, ...]:
        """Return active and pending silences."""
        ...

    def link(self, service: str | None) -> str:
        """Return a page where a person sees the same alerts."""
        ...


class ClusterReader(Backend, Protocol):
    """A Kubernetes API server."""

    async def list(
        self, kind: Kind, namespace: str, *, labels: str = "", fields: str = ""
    ) -> tuple[JsonObject, ...]:
        """List objects of a kind, of all namespaces when it is empty; nodes belong to none, whatever is given."""
        ...

    async def get(self, kind: Kind, namespace: str, name: str) -> JsonObject:
        """Return one object; raises NotFound."""
        ...

    async def pod_log(self, namespace: str, name: str, *, tail: int, previous: bool, container: str) -> str:
        """Return the newest lines that a container wrote."""
        ...

    async def pod_usage(self, namespace: str) -> Mapping[str, tuple[float, float]]:
        """Return CPU cores and memory bytes per pod; empty when the cluster has no metrics."""
        ...

    async def allowed(self, permission: Permission, namespace: str) -> bool:
        """Say whether we hold a right."""
        ...
