"""Keeps the number of Pods of every ReplicaSet, and its status."""

from __future__ import annotations

from collections.abc import Iterable

from demo.cluster.api import Api
from demo.cluster.controllers.events import Recorder
from demo.cluster.controllers.loop import Retry
from demo.cluster.controllers.pods import (
    available_after,
    deletion_rank,
    is_active,
    is_ready,
    new_pod,
    owned_pods,
    owner_key,
)
from demo.cluster.decoding import Call
from demo.cluster.deletion import DeleteOptions, delete
from demo.cluster.objects import (
    Obj,
    clone,
    controller_uid,
    dig,
    is_deleting,
    labels_of,
    name_of,
    namespace_of,
    owner_reference,
    owners_of,
    stamp,
    uid_of,
    without_empty,
)
from demo.cluster.selectors import selects
from demo.cluster.status import ApiError
from demo.cluster.storage import Change, Key

BUCKET = ("apps", "replicasets")
PODS = ("", "pods")
COMPONENT = "replicaset-controller"


class ReplicaSets:
    """The ReplicaSet controller."""

    def __init__(self, api: Api, recorder: Recorder) -> None:
        self._api = api
        self._recorder = recorder
        self._kind = api.kinds.by_plural(*BUCKET)
        self._pods = api.kinds.by_plural("", "pods")

    def keys(self, change: Change) -> Iterable[Key]:
        """Name a changed ReplicaSet, or the one that owns a changed Pod."""
        if change.bucket == BUCKET and change.after is not None:
            yield owner_key(change.subject)
        if change.bucket == PODS:
            yield from owner_key(change.subject, "ReplicaSet", optional=True)
            if change.after is not None and not controller_uid(change.after):
                yield from self._suitors(change.after)

    def _suitors(self, pod: Obj) -> Iterable[Key]:
        """Name the ReplicaSets that would take a Pod without an owner."""
        for replica_set in self._api.store.select(BUCKET, namespace_of(pod)):
            if selects(dig(replica_set, "spec", "selector", default={}), labels_of(pod)):
                yield owner_key(replica_set)

    def reconcile(self, key: Key) -> float | None:
        """Create or delete Pods until there are as many as wanted, then write the status."""
        replica_set = self._api.store.get(BUCKET, *key)
        if replica_set is None:
            return None
        if not is_deleting(replica_set):
            self._claim(replica_set)
        pods = owned_pods(self._api.store, replica_set)
        active = [pod for pod in pods if is_active(pod)]
        failure: ApiError | None = None
        if not is_deleting(replica_set):
            failure = self._manage(replica_set, active)
        # What was just created or deleted shows in the next look; the status tells what was found before.
        wait = self._write_status(replica_set, active, pods, failure)
        if failure is not None:
            raise Retry
        return wait

    def _claim(self, replica_set: Obj) -> None:
        """Let go of Pods whose labels no longer fit, and take in those without an owner whose labels do."""
        selector, uid = dig(replica_set, "spec", "selector", default={}), uid_of(replica_set)
        for pod in self._api.store.select(PODS, namespace_of(replica_set)):
            owner, fits = controller_uid(pod), selects(selector, labels_of(pod))
            if is_deleting(pod) or not (
                (owner == uid and not fits) or (not owner and fits and is_active(pod))
            ):
                continue
            changed = clone(pod)
            references = [item for item in owners_of(pod) if item.get("uid") != uid]
            changed["metadata"]["ownerReferences"] = references + (
                [owner_reference(replica_set)] if fits else []
            )
            without_empty(changed["metadata"], ("ownerReferences",))
            self._api.update(self._pods, pod, changed, Call())

    def _manage(self, replica_set: Obj, active: list[Obj]) -> ApiError | None:
        wanted = dig(replica_set, "spec", "replicas", default=1)
        if len(active) < wanted:
            return self._create(replica_set, wanted - len(active))
        if len(active) > wanted:
            for pod in sorted(active, key=deletion_rank)[: len(active) - wanted]:
                self._delete(replica_set, pod)
        return None

    def _create(self, replica_set: Obj, missing: int) -> ApiError | None:
        for _ in range(missing):
            pod = new_pod(replica_set, dig(replica_set, "spec", "template"))
            try:
                created = self._api.create(self._pods, replica_set["metadata"]["namespace"], pod, Call())
            except ApiError as refused:
                self._emit(replica_set, "Warning", "FailedCreate", f"Error creating: {refused.message}")
                return refused
            self._emit(replica_set, "Normal", "SuccessfulCreate", f"Created pod: {name_of(created)}")
        return None

    def _delete(self, replica_set: Obj, pod: Obj) -> None:
        delete(self._api, self._pods, pod["metadata"]["namespace"], name_of(pod), DeleteOptions())
        self._emit(replica_set, "Normal", "SuccessfulDelete", f"Deleted pod: {name_of(pod)}")

    def _emit(self, replica_set: Obj, kind: str, reason: str, message: str) -> None:
        self._recorder.emit(replica_set, kind, reason, message, COMPONENT)

    def _write_status(
        self, replica_set: Obj, active: list[Obj], pods: list[Obj], failure: ApiError | None
    ) -> float | None:
        minimum = dig(replica_set, "spec", "minReadySeconds", default=0)
        labels = dig(replica_set, "spec", "template", "metadata", "labels", default={})
        waits = [available_after(pod, minimum) for pod in active if is_ready(pod)]
        status: Obj = {"replicas": len(active)}
        counts = {
            "fullyLabeledReplicas": sum(1 for pod in active if labels.items() <= labels_of(pod).items()),
            "readyReplicas": len(waits),
            "availableReplicas": sum(1 for wait in waits if wait <= 0),
        }
        status |= {name: value for name, value in counts.items() if value}
        status["terminatingReplicas"] = sum(1 for pod in pods if is_deleting(pod))
        status["observedGeneration"] = dig(replica_set, "metadata", "generation", default=1)
        if failure is not None:
            status["conditions"] = [_failure(replica_set, failure)]
        if status != replica_set.get("status"):
            self._api.put_status(self._kind, {**clone(replica_set), "status": status})
        pending = [wait for wait in waits if wait > 0]
        return min(pending) if pending else None


def _failure(replica_set: Obj, failure: ApiError) -> Obj:
    for condition in dig(replica_set, "status", "conditions", default=[]):
        if condition["type"] == "ReplicaFailure" and condition["status"] == "True":
            return dict(condition)
    return {
        "type": "ReplicaFailure",
        "status": "True",
        "lastTransitionTime": stamp(),
        "reason": "FailedCreate",
        "message": failure.message,
    }
