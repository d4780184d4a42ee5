"""Tables, as kubectl asks for them: columns and cells per kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from demo.cluster.kinds import Kind
from demo.cluster.objects import Obj, dig, name_of, now, parse_time
from demo.cluster.podcells import pod_cells
from demo.cluster.schema import description
from demo.cluster.selectors import selector_text


@dataclass(frozen=True, slots=True)
class Column:
    """One column; wide ones have priority 1."""

    name: str
    text: str = ""
    priority: int = 0
    form: str = "string"


def age(obj: Obj, field: str = "creationTimestamp") -> str:
    """Write how old an object is, as kubectl shows it."""
    created = dig(obj, "metadata", field)
    return "<unknown>" if not created else short_duration((now() - parse_time(created)).total_seconds())


def short_duration(seconds: float) -> str:
    """Write a duration in at most two units."""
    whole = max(int(seconds), 0)
    if whole < 120:
        return f"{whole}s"
    if whole < 600:
        rest = whole % 60
        return f"{whole // 60}m{rest}s" if rest else f"{whole // 60}m"
    if whole < 10800:
        return f"{whole // 60}m"
    if whole < 28800:
        rest = whole % 3600 // 60
        return f"{whole // 3600}h{rest}m" if rest else f"{whole // 3600}h"
    return f"{whole // 3600}h" if whole < 172800 else f"{whole // 86400}d"


_NAME = Column("Name", description("V1ObjectMeta", "name"))
_AGE = Column("Age", description("V1ObjectMeta", "creation_timestamp"))
_WIDE = (
    Column("Containers", "Names of each container in the template.", 1),
    Column("Images", "Images referenced by each container in the template.", 1),
)
_ADDRESSES = description("V1NodeStatus", "addresses")

_COLUMNS: dict[tuple[str, str], tuple[Column, ...]] = {
    ("apps", "deployments"): (
        Column("Ready", "Number of the pod with ready state"),
        Column("Up-to-date", description("V1DeploymentStatus", "updated_replicas")),
        Column("Available", description("V1DeploymentStatus", "available_replicas")),
        _AGE,
        *_WIDE,
        Column("Selector", description("V1DeploymentSpec", "selector"), 1),
    ),
    ("apps", "replicasets"): (
        Column("Desired", form="integer"),
        Column("Current", form="integer"),
        Column("Ready", form="integer"),
        _AGE,
        *_WIDE,
        Column("Selector", priority=1),
    ),
    ("apps", "statefulsets"): (Column("Ready"), _AGE, *_WIDE),
    ("", "pods"): (
        Column("Ready", "The aggregate readiness state of this pod for accepting traffic."),
        Column("Status", "The aggregate status of the containers in this pod."),
        Column(
            "Restarts",
            "The number of times the containers in this pod have been restarted and when the last container in "
            "this pod has restarted.",
        ),
        _AGE,
        Column("IP", description("V1PodStatus", "pod_ip"), 1),
        Column("Node", description("V1PodSpec", "node_name"), 1),
        Column("Nominated Node", description("V1PodStatus", "nominated_node_name"), 1),
        Column("Readiness Gates", description("V1PodSpec", "readiness_gates"), 1),
    ),
    ("", "nodes"): (
        Column("Status", "The status of the node"),
        Column("Roles", "The roles of the node"),
        _AGE,
        Column("Version", description("V1NodeSystemInfo", "kubelet_version")),
        Column("Internal-IP", _ADDRESSES, 1),
        Column("External-IP", _ADDRESSES, 1),
        Column("OS-Image", description("V1NodeSystemInfo", "os_image"), 1),
        Column("Kernel-Version", description("V1NodeSystemInfo", "kernel_version"), 1),
        Column("Container-Runtime", description("V1NodeSystemInfo", "container_runtime_version"), 1),
    ),
    ("", "services"): (
        Column("Type"),
        Column("Cluster-IP"),
        Column("External-IP"),
        Column("Port(s)"),
        _AGE,
        Column("Selector", priority=1),
    ),
    ("", "namespaces"): (Column("Status"), _AGE),
    ("", "configmaps"): (Column("Data", form="integer"), _AGE),
    ("", "secrets"): (Column("Type"), Column("Data", form="integer"), _AGE),
    ("policy", "poddisruptionbudgets"): (
        Column("Min Available"),
        Column("Max Unavailable"),
        Column("Allowed Disruptions", form="integer"),
        _AGE,
    ),
    ("autoscaling", "horizontalpodautoscalers"): (
        Column("Reference"),
        Column("Targets"),
        Column("MinPods"),
        Column("MaxPods", form="integer"),
        Column("Replicas", form="integer"),
        _AGE,
    ),
}
_EVENT_COLUMNS = tuple(Column(name) for name in ("Last Seen", "Type", "Reason", "Object"))
_EVENT_COLUMNS += (Column("Subobject", priority=1), Column("Source", priority=1), Column("Message"))
_EVENT_COLUMNS += tuple(Column(name, priority=1) for name in ("First Seen", "Count", "Name"))


def _wide(obj: Obj) -> list[Any]:
    containers = dig(obj, "spec", "template", "spec", "containers", default=[])
    return [",".join(str(item.get(field, "")) for item in containers) for field in ("name", "image")]


def _deployment(obj: Obj) -> list[Any]:
    status, spec = obj.get("status") or {}, obj["spec"]
    ready = f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 0)}"
    cells = [ready, status.get("updatedReplicas", 0), status.get("availableReplicas", 0), age(obj)]
    return [*cells, *_wide(obj), selector_text(spec.get("selector"))]


def _replica_set(obj: Obj) -> list[Any]:
    status, spec = obj.get("status") or {}, obj["spec"]
    cells = [spec.get("replicas", 0), status.get("replicas", 0), status.get("readyReplicas", 0), age(obj)]
    return [*cells, *_wide(obj), selector_text(spec.get("selector"))]


def _stateful_set(obj: Obj) -> list[Any]:
    ready = dig(obj, "status", "readyReplicas", default=0)
    return [f"{ready}/{dig(obj, 'spec', 'replicas', default=0)}", age(obj), *_wide(obj)]


def _pod(obj: Obj) -> list[Any]:
    ready, status, restarts = pod_cells(obj)
    spec, state = obj.get("spec") or {}, obj.get("status") or {}
    none = "<none>"
    return [
        ready,
        status,
        restarts,
        age(obj),
        state.get("podIP", none),
        spec.get("nodeName", none),
        state.get("nominatedNodeName", none),
        none,
    ]


def _node(obj: Obj) -> list[Any]:
    conditions = {item["type"]: item["status"] for item in dig(obj, "status", "conditions", default=[])}
    status = "Ready" if conditions.get("Ready") == "True" else "NotReady"
    if dig(obj, "spec", "unschedulable"):
        status += ",SchedulingDisabled"
    info = dig(obj, "status", "nodeInfo", default={})
    addresses = {item["type"]: item["address"] for item in dig(obj, "status", "addresses", default=[])}
    return [
        status,
        "<none>",
        age(obj),
        info.get("kubeletVersion", ""),
        addresses.get("InternalIP", "<none>"),
        addresses.get("ExternalIP", "<none>"),
        info.get("osImage", "<unknown>"),
        f"{info.get('kernelVersion', '<unknown>')} ({info.get('architecture', '')})",
        info.get("containerRuntimeVersion", "<unknown>"),
    ]


def _service(obj: Obj) -> list[Any]:
    spec = obj["spec"]
    ports = ",".join(f"{port.get('port')}/{port.get('protocol', 'TCP')}" for port in spec.get("ports") or [])
    chosen = ",".join(f"{key}={value}" for key, value in sorted((spec.get("selector") or {}).items()))
    address = spec.get("clusterIP", "<none>")
    return [spec.get("type"), address, "<none>", ports or "<none>", age(obj), chosen or "<none>"]


def _event(obj: Obj) -> list[Any]:
    about = obj.get("involvedObject") or {}
    last = obj.get("lastTimestamp") or obj.get("eventTime")
    first = obj.get("firstTimestamp") or obj.get("eventTime")
    since = [
        short_duration((now() - parse_time(when)).total_seconds()) if when else "<unknown>"
        for when in (last, first)
    ]
    source = dig(obj, "source", "component", default="") or obj.get("reportingComponent", "")
    return [
        since[0],
        obj.get("type", ""),
        obj.get("reason", ""),
        f"{str(about.get('kind', '')).lower()}/{about.get('name', '')}",
        about.get("fieldPath", ""),
        source,
        str(obj.get("message", "")).strip(),
        since[1],
        obj.get("count", 1),
        name_of(obj),
    ]


def _budget(obj: Obj) -> list[Any]:
    spec = obj.get("spec") or {}
    bounds = [str(spec.get(field, "N/A")) for field in ("minAvailable", "maxUnavailable")]
    return [*bounds, dig(obj, "status", "disruptionsAllowed", default=0), age(obj)]


def _autoscaler(obj: Obj) -> list[Any]:
    spec, status = obj["spec"], obj.get("status") or {}
    target = spec.get("scaleTargetRef") or {}
    goals = []
    for metric in spec.get("metrics") or []:
        resource = metric.get("resource") or {}
        goal = dig(resource, "target", "averageUtilization", default="")
        goals.append(f"{resource.get('name', metric.get('type'))}: <unknown>/{goal}%")
    low, high = str(spec.get("minReplicas", "<unset>")), spec.get("maxReplicas", 0)
    reference = f"{target.get('kind')}/{target.get('name')}"
    return [reference, ", ".join(goals) or "<none>", low, high, status.get("currentReplicas", 0), age(obj)]


_CELLS: dict[tuple[str, str], Callable[[Obj], list[Any]]] = {
    ("apps", "deployments"): _deployment,
    ("apps", "replicasets"): _replica_set,
    ("apps", "statefulsets"): _stateful_set,
    ("", "pods"): _pod,
    ("", "nodes"): _node,
    ("", "services"): _service,
    ("", "namespaces"): lambda obj: [dig(obj, "status", "phase", default=""), age(obj)],
    ("", "configmaps"): lambda obj: [len(obj.get("data") or {}), age(obj)],
    ("", "secrets"): lambda obj: [obj.get("type", ""), len(obj.get("data") or {}), age(obj)],
    ("policy", "poddisruptionbudgets"): _budget,
    ("autoscaling", "horizontalpodautoscalers"): _autoscaler,
}


def _only_age(obj: Obj) -> list[Any]:
    return [age(obj)]


def table(kind: Kind, objects: list[Obj], fields: Obj) -> Obj:
    """Show objects as a Table with the columns of their kind."""
    if kind.bucket == ("", "events"):
        columns: tuple[Column, ...] = _EVENT_COLUMNS
        rows = [_row(_event(obj), obj) for obj in objects]
    else:
        columns = (_NAME, *_COLUMNS.get(kind.bucket, (_AGE,)))
        cells = _CELLS.get(kind.bucket, _only_age)
        rows = [_row([name_of(obj), *cells(obj)], obj) for obj in objects]
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": fields,
        "columnDefinitions": [_definition(column) for column in columns],
        "rows": rows,
    }


def _definition(column: Column) -> Obj:
    return {
        "name": column.name,
        "type": column.form,
        "format": "name" if column.name == "Name" else "",
        "description": column.text,
        "priority": column.priority,
    }


def _row(cells: list[Any], obj: Obj) -> Obj:
    return {"cells": cells, "object": partial(obj)}


def partial(obj: Obj) -> Obj:
    """Show only an object's metadata."""
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": obj["metadata"]}
