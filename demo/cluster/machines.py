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


def _conditions(reasons: dict[str, str]) -> list[Obj]:
    return [
        {
            "type": kind,
            "status": "True" if kind == "Ready" else "False",
            "lastHeartbeatTime": stamp(),
            "lastTransitionTime": stamp(),
            "reason": reason,
        }
        for kind, reason in reasons.items()
    ]


def node_of(name: str, runtime: PodRuntime) -> Obj:
    """Build the Node of a machine that has just registered."""
    report = _report(runtime, name)
    capacity = report.get("capacity", _CAPACITY)
    labels = {"beta.kubernetes.io/os": "linux", "kubernetes.io/hostname": name, "kubernetes.io/os": "linux"}
    fields = {"name": name, "labels": labels, "annotations": {"node.alpha.kubernetes.io/ttl": "0"}}
    status = {
        "capacity": dict(capacity),
        "allocatable": dict(capacity),
        "conditions": _conditions({**_REASONS, **report.get("reasons", {})}),
        "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}, {"type": "Hostname", "address": name}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        "nodeInfo": {**_INFO, **report.get("nodeInfo", {})},
    }
    return {"kind": "Node", "apiVersion": "v1", "metadata": fields, "spec": {}, "status": status}


def refreshed(node: Obj, runtime: PodRuntime) -> Obj:
    """Return a node as its kubelet reports it when it speaks again."""
    result: Obj = clone(node)
    report = _report(runtime, name_of(node))
    result["status"]["conditions"] = _conditions({**_REASONS, **report.get("reasons", {})})
    assert dig(result, "status", "conditions")
    return result
