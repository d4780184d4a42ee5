"""The reads of incident_responder: pods, one pod in detail, events, logs, changes, resource use."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from agent.domain.evidence import EvidenceStatus, Reading, Window
from agent.domain.results import (
    ChangesResult,
    EventsResult,
    LogLine,
    LogLinesResult,
    PodsResult,
    PodState,
    Quantity,
    TableResult,
)
from tools.base import Params, nothing, window_of
from tools.connectors.log_layouts import log_line
from tools.connectors.readers import JsonObject
from tools.incident_responder.describe import pod_rows, title_of
from tools.incident_responder.objects import (
    cluster_event,
    event_concerns,
    name_of,
    pod_state,
    service_of,
    unhealthy,
)
from tools.incident_responder.params import (
    EventsParams,
    LogsParams,
    PodParams,
    PodsParams,
    RolloutsParams,
    TopParams,
)
from tools.incident_responder.rollouts import Cluster, changes
from tools.incident_responder.scope import Scope
from tools.quantities import words

BACKEND = "kubernetes"
SHOWN_PODS = 100
SHOWN_EVENTS = 50
SHOWN_CHANGES = 30


def _now(now: datetime) -> Window:
    return Window(start=now, end=now)


def _where(scope: Scope, namespace: str | None) -> str:
    return f"-n {','.join(scope.chosen(namespace))}"


@dataclass(frozen=True, slots=True)
class PodsRead:
    """The pods of a service or namespace."""

    name: ClassVar[str] = "incident_responder.pods"
    backend: ClassVar[str] = BACKEND
    description: ClassVar[str] = "Pods with phase, readiness, restarts, image, node, reason and resource use."
    params: ClassVar[type[Params]] = PodsParams
    scope: Scope

    async def run(self, params: PodsParams, now: datetime) -> Reading:
        """List them, those that need a look first."""
        names = self.scope.chosen(params.namespace)
        pods, usages = await asyncio.gather(
            self.scope.pods(params.service, params.namespace),
            asyncio.gather(*(self.scope.cluster.pod_usage(n) for n in names)),
        )
        usage = {key: value for found in usages for key, value in found.items()}
        states = [pod_state(pod, usage.get(name_of(pod))) for pod in pods]
        query = f"kubectl get pods {_where(self.scope, params.namespace)}"
        whose = f" of {params.service}" if params.service else ""
        if not states:
            return nothing(query, f"There are no pods{whose}.", _now(now))
        states.sort(key=lambda state: (not unhealthy(state), -state.restarts, state.name))
        return Reading(
            status=EvidenceStatus.SUCCESS,
            query=query,
            summary=_health(states, whose),
            window=_now(now),
            value=Quantity(value=sum(1 for s in states if unhealthy(s))),
            result=PodsResult(pods=tuple(states[:SHOWN_PODS])),
        )


def _health(states: list[PodState], whose: str) -> str:
    bad = [state for state in states if unhealthy(state)]
    if not bad:
        restarts = sum(state.restarts for state in states)
        return f"all {len(states)} pods{whose} are ready, {restarts} restarts"
    reasons = ", ".join(dict.fromkeys(state.reason or state.phase for state in bad))
    return f"{len(bad)} of {len(states)} pods{whose} are not ready: {reasons}"


@dataclass(frozen=True, slots=True)
class DescribeRead:
    """One pod in detail."""

    name: ClassVar[str] = "incident_responder.describe"
    backend: ClassVar[str] = BACKEND
    description: ClassVar[str] = (
        "One pod in detail: containers, conditions, last exit, limits, newest events."
    )
    params: ClassVar[type[Params]] = PodParams
    scope: Scope

    async def run(self, params: PodParams, now: datetime) -> Reading:
        """Describe it."""
        namespace, pod = await self.scope.pod(params.pod)
        raw = await self.scope.cluster.list("events", namespace, fields=f"involvedObject.name={params.pod}")
        events = [event for event in map(cluster_event, raw) if event]
        return Reading(
            status=EvidenceStatus.SUCCESS,
            query=f"kubectl describe pod {params.pod} -n {namespace}",
            summary=title_of(pod),
            window=_now(now),
            value=Quantity(value=pod_state(pod).restarts),
            result=TableResult(columns=("what", "how"), rows=pod_rows(pod, events)),
        )


@dataclass(frozen=True, slots=True)
class EventsRead:
    """What the cluster reported."""

    name: ClassVar[str] = "incident_responder.events"
    backend: ClassVar[str] = BACKEND
    description: ClassVar[str] = "Kubernetes events of a service or namespace, newest first."
    params: ClassVar[type[Params]] = EventsParams
    scope: Scope

    async def run(self, params: EventsParams, now: datetime) -> Reading:
        """List them; warnings decide the summary."""
        window = window_of(params, now)
        names = self.scope.chosen(params.namespace)
        raw = await asyncio.gather(*(self.scope.cluster.list("events", n) for n in names))
        pods = await self.scope.pods(params.service, params.namespace) if params.service else []
        known = frozenset(map(name_of, pods))
        found = [event for group in raw for item in group if (event := cluster_event(item))]
        events = [
            e
            for e in found
            if window.start <= e.at <= window.end and event_concerns(e, params.service, known)
        ]
        query = f"kubectl get events {_where(self.scope, params.namespace)}"
        if not events:
            return nothing(query, f"No events in {params.minutes} minutes.", window)
        events.sort(key=lambda event: event.at, reverse=True)
        warnings = [event for event in events if event.type == "Warning"]
        reasons = ", ".join(dict.fromkeys(event.reason for event in warnings))
        return Reading(
            status=EvidenceStatus.SUCCESS,
            query=query,
            summary=f"{len(events)} events, {len(warnings)} warnings" + (f": {reasons}" if reasons else ""),
            window=window,
            value=Quantity(value=len(warnings)),
            result=EventsResult(events=tuple(events[:SHOWN_EVENTS])),
        )


@dataclass(frozen=True, slots=True)
class LogsRead:
    """What one pod wrote."""

    name: ClassVar[str] = "incident_responder.logs"
    backend: ClassVar[str] = BACKEND
    description: ClassVar[str] = (
        "The newest lines of one pod's log; with `previous`, of its container before the restart."
    )
    params: ClassVar[type[Params]] = LogsParams
    scope: Scope

    async def run(self, params: LogsParams, now: datetime) -> Reading:
        """Fetch and read them."""
        namespace, pod = await self.scope.pod(params.pod)
        text = await self.scope.cluster.pod_log(
            namespace, params.pod, tail=params.tail, previous=params.previous, container=""
        )
        lines = [_line(row, pod, now) for row in text.splitlines() if row.strip()]
        flag = " --previous" if params.previous else ""
        query = f"kubectl logs {params.pod} -n {namespace} --tail={params.tail}{flag}"
        if not lines:
            return nothing(query, f"{params.pod} has written nothing.", _now(now))
        lines.reverse()
        return Reading(
            status=EvidenceStatus.SUCCESS,
            query=query,
            summary=f"the newest {len(lines)} lines of {params.pod}",
            window=Window(start=min(line.at for line in lines), end=now),
            value=Quantity(value=len(lines)),
            result=LogLinesResult(lines=tuple(lines), total=len(lines)),
        )


def _line(row: str, pod: JsonObject, now: datetime) -> LogLine:
    stamp, _, text = row.partition(" ")
    known = {"service": service_of(pod), "pod": name_of(pod)}
    line = log_line({"@timestamp": stamp, "log": text, **known})
    # A line without the time that was asked for is kept whole.
    return line or LogLine(at=now, level="unknown", message=row[:4000], **known)


@dataclass(frozen=True, slots=True)
class RolloutsRead:
    """What people and controllers changed."""

    name: ClassVar[str] = "incident_responder.rollouts"
    backend: ClassVar[str] = BACKEND
    description: ClassVar[str] = "Deployments, configuration changes, scalings and restarts, newest first."
    params: ClassVar[type[Params]] = RolloutsParams
    scope: Scope

    async def run(self, params: RolloutsParams, now: datetime) -> Reading:
        """Collect them from every namespace."""
        window = window_of(params, now)
        names = self.scope.chosen(params.namespace)
        clusters = await asyncio.gather(*(self._cluster(name) for name in names))
        found = [change for cluster in clusters for change in changes(cluster, params.service, window)]
        found.sort(key=lambda change: change.at, reverse=True)
        query = (
            f"kubectl get deployments,replicasets,configmaps,events {_where(self.scope, params.namespace)}"
        )
        if not found:
            whose = f" of {params.service}" if params.service else ""
            return nothing(query, f"Nothing{whose} was changed in {params.minutes} minutes.", window)
        newest = found[0]
        counted = "1 change" if len(found) == 1 else f"{len(found)} changes"
        return Reading(
            status=EvidenceStatus.SUCCESS,
            query=query,
            summary=f"{counted}; the newest at {newest.at:%H:%M} UTC: {newest.description}",
            window=window,
            value=Quantity(value=len(found)),
            result=ChangesResult(changes=tuple(found[:SHOWN_CHANGES])),
        )

    async def _cluster(self, namespace: str) -> Cluster:
        cluster = self.scope.cluster
        return Cluster(
            *await asyncio.gather(
                cluster.list("deployments", namespace),
                cluster.list("replicasets", namespace),
                cluster.list("configmaps", namespace),
                cluster.list("events", namespace),
            )
        )


@dataclass(frozen=True, slots=True)
class TopRead:
    """Which pods use most."""

    name: ClassVar[str] = "incident_responder.top"
    backend: ClassVar[str] = BACKEND
    description: ClassVar[str] = "CPU and memory per pod as the cluster's metrics server measures them."
    params: ClassVar[type[Params]] = TopParams
    scope: Scope

    async def run(self, params: TopParams, now: datetime) -> Reading:
        """List them, the largest memory first."""
        names = self.scope.chosen(params.namespace)
        usages = await asyncio.gather(*(self.scope.cluster.pod_usage(n) for n in names))
        usage = {key: value for found in usages for key, value in found.items()}
        query = f"kubectl top pods {_where(self.scope, params.namespace)}"
        if not usage:
            return nothing(query, "The cluster has no metrics of its pods (no metrics server).", _now(now))
        ordered = sorted(usage.items(), key=lambda pair: -pair[1][1])[:SHOWN_PODS]
        name, (cores, memory) = ordered[0]
        return Reading(
            status=EvidenceStatus.SUCCESS,
            query=query,
            summary=f"{name} uses most memory: {words(memory, 'bytes')}, {words(cores, 'cores')}",
            window=Window(start=now - timedelta(minutes=1), end=now),
            value=Quantity(value=memory, unit="bytes"),
            result=TableResult(
                columns=("pod", "cpu", "memory"),
                rows=tuple((n, words(c, "cores"), words(m, "bytes")) for n, (c, m) in ordered),
            ),
        )
