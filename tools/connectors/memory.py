"""One coherent fake world behind every reader, for unit tests: metrics, logs, pods and alerts agree with each other."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase

from agent.domain.alert import Alert
from agent.domain.results import LogLine, Series
from agent.errors import NotFound, OpsError
from tools.connectors.log_layouts import canonical_level
from tools.connectors.readers import (
    AlertRule,
    Index,
    JsonObject,
    Kind,
    LifecyclePolicy,
    LogHits,
    LogQuery,
    Permission,
    ServiceCounts,
    Silence,
    StoreStatus,
)
from tools.recipes import Recipe
from tools.signals import SIGNALS

_MATCHER = re.compile(r'(?:(service|namespace)="((?:[^"\\]|\\.)*)",?)')
_RANGE = re.compile(r"\[\d+s\]")


@dataclass(frozen=True, slots=True)
class Course:
    """A signal of a service over time: `normal` until `since`, then `value`; None means that it is gone."""

    normal: float
    value: float | None = None
    since: datetime | None = None

    def at(self, moment: float) -> float | None:
        """Return the value at a time in unix seconds."""
        if self.since is None or moment < self.since.timestamp():
            return self.normal
        return self.value


@dataclass(slots=True)
class MemoryWorld:
    """The facts that the four readers tell; change them, and every reader tells the new ones.

    `broken` maps a backend's short name to the error that each of its reads raises.
    """

    courses: dict[tuple[str, str], Course] = field(default_factory=dict)
    edges: set[tuple[str, str]] = field(default_factory=set)
    lines: list[LogLine] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    rules: list[AlertRule] = field(default_factory=list)
    silences: list[Silence] = field(default_factory=list)
    objects: dict[Kind, list[JsonObject]] = field(default_factory=dict)
    usage: dict[str, tuple[float, float]] = field(default_factory=dict)
    pod_logs: dict[str, str] = field(default_factory=dict)
    denied: set[str] = field(default_factory=set)
    answers: dict[str, tuple[Series, ...]] = field(default_factory=dict)
    broken: dict[str, OpsError] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    indices: list[Index] = field(default_factory=list)
    store_status: StoreStatus = field(default_factory=StoreStatus)

    def course(
        self,
        service: str,
        signal: str,
        normal: float,
        value: float | None = None,
        since: datetime | None = None,
    ) -> None:
        """Set how a signal of a service goes; without `since` it stays normal."""
        self.courses[service, signal] = Course(normal, value, since)

    def check(self, backend: str, query: str) -> None:
        """Note what was asked, and raise the backend's error if it is broken."""
        self.asked.append(query)
        if backend in self.broken:
            raise self.broken[backend]


class _Member:
    """What the readers of a world share."""

    backend = ""

    def __init__(self, world: MemoryWorld) -> None:
        self.world = world

    async def version(self) -> str:
        """Return a made-up version."""
        self.world.check(self.backend, "version")
        return "memory"

    async def close(self) -> None:
        """Do nothing."""


class MemoryMetrics(_Member):
    """A MetricsReader that knows the product's own queries for signals, not PromQL."""

    backend = "prometheus"

    async def instant(self, promql: str, at: datetime) -> tuple[Series, ...]:
        """Return the signal's value at a time."""
        self.world.check(self.backend, promql)
        if promql in self.world.answers:
            return self.world.answers[promql]
        if "count_over_time(up" in promql:
            return (Series(points=((at.timestamp(), 12.0),)),)
        if "http_client_requests_total" in promql:
            pairs = sorted(self.world.edges)
            return tuple(
                Series(labels={"service": a, "peer_service": b}, points=((at.timestamp(), 1.0),))
                for a, b in pairs
            )
        return self._evaluated(promql, (at.timestamp(),))

    async def range(
        self, promql: str, start: datetime, end: datetime, step_seconds: int
    ) -> tuple[Series, ...]:
        """Return the signal's course."""
        self.world.check(self.backend, promql)
        if promql in self.world.answers:
            return self.world.answers[promql]
        count = int((end - start).total_seconds() // step_seconds) + 1
        return self._evaluated(promql, [start.timestamp() + step_seconds * i for i in range(count)])

    async def existing(self, names: Sequence[str], at: datetime) -> frozenset[str]:
        """Return what the first recipe of each signal needs."""
        self.world.check(self.backend, "names")
        used = {signal for _, signal in self.world.courses}
        return frozenset(n for s in SIGNALS.values() if s.name in used for n in s.recipes[0].needs) & set(
            names
        )

    async def rules(self) -> tuple[AlertRule, ...]:
        """Return the rules."""
        self.world.check(self.backend, "rules")
        return tuple(self.world.rules)

    async def status(self) -> StoreStatus:
        """Return what the world says of its store."""
        self.world.check(self.backend, "status")
        return self.world.store_status

    def link(self, promql: str, minutes: int, end: datetime) -> str:
        """Return an address that leads nowhere."""
        return f"http://metrics.invalid/graph?minutes={minutes}"

    def _evaluated(self, promql: str, moments: Sequence[float]) -> tuple[Series, ...]:
        service = next((m.group(2) for m in _MATCHER.finditer(promql) if m.group(1) == "service"), None)
        recipe, name = _recognised(promql)
        if recipe is None:
            return ()
        found = []
        for (owner, signal), course in sorted(self.world.courses.items()):
            if signal == name and service in (None, owner):
                points = tuple((at, value) for at in moments if (value := course.at(at)) is not None)
                found += [Series(labels={recipe.by: owner}, points=points)] if points else []
        return tuple(found)


def _shape(promql: str) -> str:
    return _RANGE.sub("[]", _MATCHER.sub("", promql))


def _recognised(promql: str) -> tuple[Recipe | None, str]:
    shape = _shape(promql)
    for signal in SIGNALS.values():
        recipe = signal.recipes[0]
        bare = _shape(
            recipe.promql.replace("<by>", recipe.by).replace("[<window>]", "[]").replace("<sel>", "")
        )
        if shape in (bare, f"({bare}) or ({bare})"):
            return recipe, signal.name
    return None, ""


class MemoryLogs(_Member):
    """A LogReader."""

    backend = "elasticsearch"

    async def search(self, query: LogQuery) -> LogHits:
        """Find lines, newest first."""
        self.world.check(self.backend, repr(query))
        found = sorted(self._matching(query), key=lambda line: line.at, reverse=True)
        return LogHits(tuple(found[: query.limit]), len(found), repr(query))

    async def count_by_service(self, query: LogQuery, *, now: datetime) -> ServiceCounts:
        """Count lines per service."""
        self.world.check(self.backend, repr(query))
        counts: dict[str, int] = {}
        for line in self._matching(query):
            counts[line.service] = counts.get(line.service, 0) + 1
        ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        return ServiceCounts(tuple(ordered[:10]), repr(query))

    def _matching(self, query: LogQuery) -> list[LogLine]:
        levels = {"error", "fatal"} if query.level == "error" else {query.level}
        return [
            line
            for line in self.world.lines
            if query.start <= line.at <= query.end
            and query.service in (None, line.service)
            and (query.level is None or canonical_level(line.level) in levels)
            and (query.text is None or query.text.lower() in line.message.lower())
        ]


class MemoryIndices(_Member):
    """An IndexReader without lifecycles."""

    backend = "elasticsearch"

    async def indices(self, pattern: str) -> tuple[Index, ...]:
        """Return the indices whose names match."""
        self.world.check(self.backend, pattern)
        wanted = pattern.split(",")
        return tuple(i for i in self.world.indices if any(fnmatchcase(i.name, part) for part in wanted))

    async def policies(self) -> tuple[LifecyclePolicy, ...] | None:
        """Return None: this store has no such thing."""
        self.world.check(self.backend, "policies")
        return None


class MemoryAlerts(_Member):
    """An AlertReader."""

    backend = "alertmanager"

    async def firing(self) -> tuple[Alert, ...]:
        """Return the alerts that fire."""
        self.world.check(self.backend, "alerts")
        return tuple(alert for alert in self.world.alerts if alert.firing)

    async def silences(self) -> tuple[Silence, ...]:
        """Return the silences."""
        self.world.check(self.backend, "silences")
        return tuple(self.world.silences)

    def link(self, service: str | None) -> str:
        """Return an address that leads nowhere."""
        return "http://alerts.invalid/#/alerts"


class MemoryCluster(_Member):
    """A ClusterReader."""

    backend = "kubernetes"

    async def list(
        self, kind: Kind, namespace: str, *, labels: str = "", fields: str = ""
    ) -> tuple[JsonObject, ...]:
        """List objects of a kind."""
        self.world.check(self.backend, f"list {kind} {namespace} {fields}".strip())
        found = [
            o
            for o in self.world.objects.get(kind, [])
            if kind == "nodes" or namespace in ("", o["metadata"].get("namespace"))
        ]
        name = fields.partition("involvedObject.name=")[2]
        return tuple(o for o in found if not name or o.get("involvedObject", {}).get("name") == name)

    async def get(self, kind: Kind, namespace: str, name: str) -> JsonObject:
        """Return one object."""
        for item in await self.list(kind, namespace):
            if item["metadata"]["name"] == name:
                return item
        raise NotFound(f"Kubernetes does not have that (404). {kind} “{name}” not found")

    async def pod_log(self, namespace: str, name: str, *, tail: int, previous: bool, container: str) -> str:
        """Return the newest lines."""
        self.world.check(self.backend, f"log {name}")
        return "\n".join(self.world.pod_logs.get(name, "").splitlines()[-tail:])

    async def pod_usage(self, namespace: str) -> Mapping[str, tuple[float, float]]:
        """Return what the pods use."""
        self.world.check(self.backend, f"usage {namespace}")
        return dict(self.world.usage)

    async def allowed(self, permission: Permission, namespace: str) -> bool:
        """Say whether a right was not denied."""
        self.world.check(self.backend, f"allowed {permission.shown}")
        return permission.shown not in self.world.denied
