"""The machines of the cluster as Node objects."""

from __future__ import annotations

from typing import Any

from demo.cluster.objects import Obj, clone, dig, name_of, stamp
from demo.cluster.runtime import NodeReporter, PodRuntime

_REASONS = {
    "Ready": "KubeletReady",
    "MemoryPressure": "KubeletHasSufficientMemory",
    "DiskPressure": "KubeletHasNoDiskPressure",
    "PIDPressure": "KubeletHasSufficientPID",
}
_MESSAGES = {
    "Ready": "kubelet is posting ready status",
    "MemoryPressure": "kubelet has sufficient memory available",
    "DiskPressure": "kubelet has no disk pressure",
    "PIDPressure": "kubelet has sufficient PID available",
}
_CAPACITY = {"cpu": "8", "ephemeral-storage": "50Gi", "memory": "16Gi", "pods": "110"}
_INFO = {
    "machineID": "m",
    "systemUUID": "u",
    "bootID": "b",
    "kernelVersion": "6.1",
    "osImage": "Demo Linux",
    "containerRuntimeVersion": "demo://1",
    "kubeletVersion": "v1.36.2",
    "kubeProxyVersion": "v1.36.2",
    "operatingSystem": "linux",
    "architecture": "amd64",
}


def _report(runtime: PodRuntime, name: str) -> dict[str, Any]:
    return dict(runtime.node_status(name)) if isinstance(runtime, NodeReporter) else {}


def _conditions(report: dict[str, Any]) -> list[Obj]:
    reasons = {**_REASONS, **report.get("reasons", {})}
    messages = {} if "reasons" in report else _MESSAGES
    found = []
    for kind, reason in reasons.items():
        condition = {
            "type": kind,
            "status": "True" if kind == "Ready" else "False",
            "lastHeartbeatTime": stamp(),
            "lastTransitionTime": stamp(),
            "reason": reason,
        }
        found.append(condition | ({"message": messages[kind]} if kind in messages else {}))
    return found


def node_of(name: str, runtime: PodRuntime) -> Obj:
    """Build the Node of a machine that has just registered."""
    report = _report(runtime, name)
    capacity = report.get("capacity", _CAPACITY)
    labels = {"beta.kubernetes.io/os": "linux", "kubernetes.io/hostname": name, "kubernetes.io/os": "linux"}
    fields = {"name": name, "labels": labels, "annotations": {"node.alpha.kubernetes.io/ttl": "0"}}
    status = {
        "capacity": dict(capacity),
        "allocatable": dict(capacity),
        "conditions": _conditions(report),
        "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}, {"type": "Hostname", "address": name}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        "nodeInfo": {**_INFO, **report.get("nodeInfo", {})},
    }
    if report.get("images"):
        status["images"] = list(report["images"])
    return {"kind": "Node", "apiVersion": "v1", "metadata": fields, "spec": {}, "status": status}


def refreshed(node: Obj, runtime: PodRuntime) -> Obj:
    """Return a node as its kubelet reports it when it speaks again."""
    result: Obj = clone(node)
    present = {item["type"]: item for item in dig(result, "status", "conditions", default=[])}
    # A kubelet patches its conditions by type: what it does not say stays as it was.
    result["status"]["conditions"] = [
        {**present.get(item["type"], {}), **item} for item in _conditions(_report(runtime, name_of(node)))
    ]
    return result
