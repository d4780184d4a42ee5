"""Follows a rollout to its end, as `kubectl rollout status` does, and sees early when its new pods cannot start."""

import math
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from tools.base import Check, CheckState
from tools.connectors.readers import JsonObject
from tools.connectors.writers import PODS, REPLICA_SETS, ClusterWriter
from tools.incident_responder.objects import at, items, moment, name_of, word
from tools.incident_responder.writes.marks import uid_of

HASH = "pod-template-hash"
_REVISION_HASH = "controller-revision-hash"
_HOPELESS = frozenset(
    {
        "CrashLoopBackOff",
        "ImagePullBackOff",
        "InvalidImageName",
        "CreateContainerConfigError",
        "CreateContainerError",
    }
)
_MANY_RESTARTS = 2
_LATE = "ProgressDeadlineExceeded"


def count(item: JsonObject, *path: str, default: int = 0) -> int:
    """Return a number below a path."""
    found = at(item, *path)
    return found if isinstance(found, int) else default


def mapping(value: Any) -> JsonObject:
    """Return an object, empty for whatever is none."""
    return value if isinstance(value, dict) else {}


def wanted(item: JsonObject) -> int:
    """Return how many pods a workload wants."""
    return count(item, "spec", "replicas", default=1)


def bare(template: Any) -> Any:
    """Return a pod template without the label by which a ReplicaSet knows its own pods."""
    metadata = mapping(at(template, "metadata"))
    labels = {key: value for key, value in mapping(metadata.get("labels")).items() if key != HASH}
    return {**mapping(template), "metadata": {**metadata, "labels": labels}}


def trouble(pod: JsonObject) -> str | None:
    """Return why a pod will not become ready by waiting, or None."""
    if is_ready(pod):
        return None
    status = pod.get("status")
    for found in [*items(at(status, "initContainerStatuses")), *items(at(status, "containerStatuses"))]:
        reason = word(at(found, "state", "waiting", "reason"))
        if reason in _HOPELESS:
            return reason
        if count(found, "restartCount") >= _MANY_RESTARTS:
            return f"restarted {count(found, 'restartCount')} times"
    return None


def is_ready(pod: JsonObject) -> bool:
    """Say whether a pod is ready and stays."""
    conditions = items(at(pod, "status", "conditions"))
    ready = any(c.get("type") == "Ready" and c.get("status") == "True" for c in conditions)
    return ready and not at(pod, "metadata", "deletionTimestamp")


def owned_by(pod: JsonObject, uid: str) -> bool:
    """Say whether an object is kept by the controller with this uid."""
    return any(
        o.get("uid") == uid and o.get("controller") for o in items(at(pod, "metadata", "ownerReferences"))
    )


async def replica_sets(cluster: ClusterWriter, deployment: JsonObject) -> list[JsonObject]:
    """Return the ReplicaSets of a Deployment."""
    namespace = word(at(deployment, "metadata", "namespace"))
    found = await cluster.list(REPLICA_SETS, namespace, labels=selector_of(deployment))
    return [item for item in found if owned_by(item, uid_of(deployment))]


async def pods_of(cluster: ClusterWriter, workload: JsonObject) -> list[JsonObject]:
    """Return the pods of a Deployment or StatefulSet."""
    owners = {uid_of(workload)}
    if workload.get("kind") == "Deployment":
        owners = {uid_of(item) for item in await replica_sets(cluster, workload)}
    namespace = word(at(workload, "metadata", "namespace"))
    found = await cluster.list(PODS, namespace, labels=selector_of(workload))
    return [pod for pod in found if any(owned_by(pod, uid) for uid in owners)]


def selector_of(workload: JsonObject) -> str:
    """Return the labels that a workload's pods must have, as a query; what it cannot say is left to the owner."""
    labels = mapping(at(workload, "spec", "selector", "matchLabels"))
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()))


def current_set(deployment: JsonObject, sets: Iterable[JsonObject]) -> JsonObject | None:
    """Return the ReplicaSet of the template that a Deployment has now."""
    template = bare(at(deployment, "spec", "template"))
    return next((item for item in sets if bare(at(item, "spec", "template")) == template), None)


async def rollout(
    cluster: ClusterWriter, item: JsonObject, *, known_bad: frozenset[str] = frozenset()
) -> Check:
    """Say how far a workload's rollout is; pods that were in trouble before (`known_bad`) prove nothing."""
    size = wanted(item)
    if count(item, "status", "observedGeneration") < count(item, "metadata", "generation"):
        return Check(
            state=CheckState.PENDING, detail="The change is about to be rolled out.", progress=(0, size)
        )
    if item.get("kind") == "StatefulSet":
        return await _stateful(cluster, item, size, known_bad)
    return await _deployment(cluster, item, size, known_bad)


async def _deployment(
    cluster: ClusterWriter, item: JsonObject, size: int, known_bad: frozenset[str]
) -> Check:
    updated, total = count(item, "status", "updatedReplicas"), count(item, "status", "replicas")
    available = count(item, "status", "availableReplicas")
    if updated >= size and total <= updated and available >= updated:
        return Check(state=CheckState.DONE, detail=f"{size} of {size} pods are ready.", progress=(size, size))
    newest = current_set(item, await replica_sets(cluster, item))
    fresh: list[JsonObject] = []
    if newest is not None:
        pods = await cluster.list(PODS, word(at(item, "metadata", "namespace")), labels=selector_of(item))
        fresh = [pod for pod in pods if owned_by(pod, uid_of(newest))]
        if _is_late(item, name_of(newest)):
            return Check(state=CheckState.FAILED, detail="The rollout exceeded its progress deadline.")
    return _judged(fresh, size, known_bad)


def _is_late(item: JsonObject, newest: str) -> bool:
    # The verdict on the rollout before stays for a while; it names the ReplicaSet that it was about.
    return any(
        condition.get("type") == "Progressing"
        and condition.get("reason") == _LATE
        and f'"{newest}"' in word(condition.get("message"))
        for condition in items(at(item, "status", "conditions"))
    )


async def _stateful(cluster: ClusterWriter, item: JsonObject, size: int, known_bad: frozenset[str]) -> Check:
    newest = word(at(item, "status", "updateRevision"))
    first = count(item, "spec", "updateStrategy", "rollingUpdate", "partition")
    rolled = count(item, "status", "updatedReplicas") >= size - first
    settled = first > 0 or at(item, "status", "currentRevision") == newest
    ready = count(item, "status", "readyReplicas")
    if rolled and settled and ready >= size and count(item, "status", "replicas") <= size:
        return Check(state=CheckState.DONE, detail=f"{size} of {size} pods are ready.", progress=(size, size))
    pods = await pods_of(cluster, item)
    fresh = [pod for pod in pods if at(pod, "metadata", "labels", _REVISION_HASH) == newest]
    return _judged(fresh, size, known_bad)


def _judged(fresh: list[JsonObject], size: int, known_bad: frozenset[str]) -> Check:
    ready = min(sum(is_ready(pod) for pod in fresh), size)
    for pod in fresh:
        why = trouble(pod)
        if why and name_of(pod) not in known_bad:
            detail = f"The new pod {name_of(pod)} cannot start: {why}."
            return Check(state=CheckState.FAILED, detail=detail, progress=(ready, size))
    return Check(
        state=CheckState.PENDING, detail=f"{ready} of {size} new pods are ready.", progress=(ready, size)
    )


def seconds_to_roll(workload: JsonObject, pods: Iterable[JsonObject]) -> float | None:
    """Estimate how long a rollout takes, from how long the present pods took to become ready."""
    took = start_seconds(pods)
    if not took:
        return None
    size = wanted(workload)
    at_once = 1
    if workload.get("kind") == "Deployment":
        bounds = at(workload, "spec", "strategy", "rollingUpdate")
        surge = amount(at(bounds, "maxSurge"), size, up=True)
        at_once = max(1, surge + amount(at(bounds, "maxUnavailable"), size, up=False)) if bounds else size
    return math.ceil(size / max(1, at_once)) * max(1.0, min(took))


def start_seconds(pods: Iterable[JsonObject]) -> list[float]:
    """Return how long pods took to become ready, for those that tell."""
    return [seconds for pod in pods if (seconds := _start_seconds(pod)) is not None]


def amount(value: Any, size: int, *, up: bool) -> int:
    """Return a count that is given as such or as a share of a workload's size."""
    text = word(value)
    if text.endswith("%") and text[:-1].isdigit():
        share = int(text[:-1]) * size / 100
        return math.ceil(share) if up else math.floor(share)
    return int(text) if text.isdigit() else 0


def _start_seconds(pod: JsonObject) -> float | None:
    created = moment(at(pod, "metadata", "creationTimestamp"))
    for condition in items(at(pod, "status", "conditions")):
        since = moment(condition.get("lastTransitionTime"))
        if condition.get("type") == "Ready" and condition.get("status") == "True" and created and since:
            return (since - created) / timedelta(seconds=1)
    return None
