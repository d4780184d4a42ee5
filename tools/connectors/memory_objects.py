"""Kubernetes objects for the world in memory, in the shape in which an API server sends them."""

from datetime import datetime
from typing import Any

from tools.connectors.readers import JsonObject


def stamp(at: datetime) -> str:
    """Return a time as Kubernetes writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def template(service: str, image: str, env: dict[str, str] | None = None) -> JsonObject:
    """Return a pod template with one container."""
    variables = [{"name": key, "value": value} for key, value in (env or {}).items()]
    container = {"name": service, "image": image, "env": variables}
    return {"metadata": {"labels": {"app": service}}, "spec": {"containers": [container]}}


def deployment(service: str, namespace: str, created: datetime, pod_template: JsonObject) -> JsonObject:
    """Return a Deployment."""
    metadata = {
        "name": service,
        "namespace": namespace,
        "uid": f"uid-{service}",
        "labels": {"app": service},
        "creationTimestamp": stamp(created),
    }
    return {"metadata": metadata, "spec": {"replicas": 2, "template": pod_template}, "status": {}}


def replica_set(
    service: str, namespace: str, created: datetime, revision: int, pod_template: JsonObject, suffix: str
) -> JsonObject:
    """Return one revision of a Deployment."""
    owner = {"kind": "Deployment", "name": service, "uid": f"uid-{service}"}
    metadata = {
        "name": f"{service}-{suffix}",
        "namespace": namespace,
        "labels": {"app": service},
        "annotations": {"deployment.kubernetes.io/revision": str(revision)},
        "ownerReferences": [owner],
        "creationTimestamp": stamp(created),
    }
    return {"metadata": metadata, "spec": {"replicas": 2, "template": pod_template}}


def pod(
    name: str,
    service: str,
    namespace: str,
    started: datetime,
    *,
    image: str = "registry.example/app:v1",
    ready: bool = True,
    restarts: int = 0,
    waiting: str | None = None,
    last: tuple[str, int] | None = None,
) -> JsonObject:
    """Return a pod; `waiting` is why its container waits, `last` the reason and code of its last exit."""
    state: dict[str, Any] = {"waiting": {"reason": waiting}} if waiting else {"running": {}}
    status: dict[str, Any] = {"name": service, "restartCount": restarts, "ready": ready, "state": state}
    if last:
        ended = {"reason": last[0], "exitCode": last[1], "finishedAt": stamp(started)}
        status["lastState"] = {"terminated": ended}
    condition = {"type": "Ready", "status": "True" if ready else "False"}
    return {
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": service}},
        "spec": {"nodeName": "node-1", "containers": [{"name": service, "image": image}]},
        "status": {
            "phase": "Running",
            "startTime": stamp(started),
            "conditions": [condition],
            "containerStatuses": [status],
        },
    }


def event(
    name: str,
    namespace: str,
    at: datetime,
    *,
    kind: str = "Pod",
    reason: str,
    message: str,
    warning: bool = True,
) -> JsonObject:
    """Return an event about an object."""
    return {
        "metadata": {"name": f"{name}.{reason.lower()}", "namespace": namespace},
        "involvedObject": {"kind": kind, "name": name, "namespace": namespace},
        "type": "Warning" if warning else "Normal",
        "reason": reason,
        "message": message,
        "lastTimestamp": stamp(at),
        "count": 1,
    }
