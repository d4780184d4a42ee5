"""Objects that are served in two versions: into the stored form and out of it."""

from __future__ import annotations

from demo.cluster.kinds import Kind
from demo.cluster.objects import Obj

_EVENT_NAMES = {
    "regarding": "involvedObject",
    "note": "message",
    "reportingController": "reportingComponent",
    "deprecatedSource": "source",
    "deprecatedFirstTimestamp": "firstTimestamp",
    "deprecatedLastTimestamp": "lastTimestamp",
    "deprecatedCount": "count",
}


def to_stored(kind: Kind, obj: Obj) -> Obj:
    """Turn a served object into the form that is stored."""
    if kind.group == "events.k8s.io":
        renamed = {_EVENT_NAMES.get(key, key): value for key, value in obj.items()}
        return {**renamed, "apiVersion": "v1"}
    if kind.group == "autoscaling" and kind.version == "v1":
        return _scaler_to_v2(obj)
    return obj


def to_served(kind: Kind, obj: Obj) -> Obj:
    """Turn a stored object into the version that was asked for."""
    if kind.group == "events.k8s.io":
        names = {stored: served for served, stored in _EVENT_NAMES.items()}
        renamed = {names.get(key, key): value for key, value in obj.items()}
        return {**renamed, "apiVersion": kind.api_version}
    if kind.group == "autoscaling" and kind.version == "v1":
        return _scaler_to_v1(obj)
    return obj


def _scaler_to_v2(obj: Obj) -> Obj:
    spec = dict(obj.get("spec") or {})
    target = spec.pop("targetCPUUtilizationPercentage", None)
    if target is not None:
        goal = {"type": "Utilization", "averageUtilization": target}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": goal}}]
    return {**obj, "apiVersion": "autoscaling/v2", "spec": spec}


def _scaler_to_v1(obj: Obj) -> Obj:
    spec = dict(obj.get("spec") or {})
    for metric in spec.pop("metrics", None) or []:
        resource = metric.get("resource") or {}
        if resource.get("name") == "cpu" and "averageUtilization" in resource.get("target", {}):
            spec["targetCPUUtilizationPercentage"] = resource["target"]["averageUtilization"]
    spec.pop("behavior", None)
    status = obj.get("status") or {}
    counts = {
        "currentReplicas": status.get("currentReplicas", 0),
        "desiredReplicas": status.get("desiredReplicas", 0),
    }
    return {**obj, "apiVersion": "autoscaling/v1", "spec": spec, "status": counts}
