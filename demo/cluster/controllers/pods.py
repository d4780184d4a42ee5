"""Pods as controllers see them: whose they are, whether they count, which to delete first."""

from __future__ import annotations

from typing import Literal, overload

from demo.cluster.objects import (
    Obj,
    clone,
    controller_uid,
    dig,
    is_deleting,
    name_of,
    namespace_of,
    now,
    owner_reference,
    owners_of,
    parse_time,
    suffix,
    uid_of,
)
from demo.cluster.storage import Key, Store

BUCKET = ("", "pods")


@overload
def owner_key(obj: Obj) -> Key: ...


@overload
def owner_key(obj: Obj, kind: str, *, optional: Literal[True]) -> list[Key]: ...


def owner_key(obj: Obj, kind: str = "", *, optional: bool = False) -> Key | list[Key]:
    """Return an object's own key, or the keys of its controlling owner of a kind."""
    if not optional:
        return (namespace_of(obj), name_of(obj))
    return [
        (namespace_of(obj), str(owner.get("name", "")))
        for owner in owners_of(obj)
        if owner.get("controller") and owner.get("kind") == kind
    ]


def owned_pods(store: Store, owner: Obj) -> list[Obj]:
    """List the Pods that an object controls."""
    return [pod for pod in store.select(BUCKET, namespace_of(owner)) if controller_uid(pod) == uid_of(owner)]


def is_active(pod: Obj) -> bool:
    """Tell whether a Pod is neither finished nor going."""
    return not is_deleting(pod) and dig(pod, "status", "phase") not in ("Succeeded", "Failed")


def is_ready(pod: Obj) -> bool:
    """Tell whether a Pod's Ready condition is true."""
    return any(
        item["type"] == "Ready" and item["status"] == "True"
        for item in dig(pod, "status", "conditions", default=[])
    )


def available_after(pod: Obj, minimum: int) -> float:
    """Return in how many seconds a ready Pod becomes available; 0 or less when it is."""
    if minimum <= 0:
        return 0.0
    for item in dig(pod, "status", "conditions", default=[]):
        if item["type"] == "Ready" and item["status"] == "True":
            since = (now() - parse_time(item["lastTransitionTime"])).total_seconds()
            return minimum - since
    return float(minimum)


def deletion_rank(pod: Obj) -> tuple[int, int, int, int, float]:
    """Order Pods so that the ones to delete first come first."""
    phases = {"Pending": 0, "Unknown": 1, "Running": 2}
    restarts = sum(
        int(item.get("restartCount", 0)) for item in dig(pod, "status", "containerStatuses", default=[])
    )
    created = parse_time(pod["metadata"]["creationTimestamp"]).timestamp()
    return (
        1 if dig(pod, "spec", "nodeName") else 0,
        phases.get(dig(pod, "status", "phase", default="Pending"), 2),
        1 if is_ready(pod) else 0,
        -restarts,
        -created,
    )


def new_pod(owner: Obj, template: Obj, name: str = "") -> Obj:
    """Build a Pod from its owner's template."""
    fields = clone(dig(template, "metadata", default={}))
    prefix = f"{name_of(owner)}-"
    fields |= {
        "name": name or prefix + suffix(),
        "generateName": prefix,
        "namespace": namespace_of(owner),
        "ownerReferences": [owner_reference(owner)],
    }
    return {"kind": "Pod", "apiVersion": "v1", "metadata": fields, "spec": clone(template.get("spec") or {})}
