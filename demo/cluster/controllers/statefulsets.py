"""Keeps the numbered Pods of StatefulSets, one at a time and in order, with their revisions."""

from __future__ import annotations

from collections.abc import Iterable

from demo.cluster.api import Api
from demo.cluster.controllers.events import Recorder
from demo.cluster.controllers.loop import Retry
from demo.cluster.controllers.pods import is_ready, new_pod, owned_pods, owner_key
from demo.cluster.decoding import Call
from demo.cluster.deletion import DeleteOptions, delete
from demo.cluster.objects import (
    Obj,
    clone,
    content_hash,
    controller_uid,
    dig,
    is_deleting,
    labels_of,
    name_of,
    namespace_of,
    owner_reference,
    uid_of,
    without_empty,
)
from demo.cluster.status import ApiError
from demo.cluster.storage import Change, Key

BUCKET = ("apps", "statefulsets")
REVISIONS = ("apps", "controllerrevisions")
LABEL = "controller-revision-hash"
COMPONENT = "statefulset-controller"


def ordinal(pod: Obj) -> int:
    """Return a Pod's number."""
    text = name_of(pod).rpartition("-")[2]
    return int(text) if text.isdigit() else -1


class StatefulSets:
    """The StatefulSet controller."""

    def __init__(self, api: Api, recorder: Recorder) -> None:
        self._api = api
        self._recorder = recorder
        self._kind = api.kinds.by_plural(*BUCKET)
        self._pods = api.kinds.by_plural("", "pods")
        self._revision_kind = api.kinds.by_plural(*REVISIONS)

    def keys(self, change: Change) -> Iterable[Key]:
        """Name a changed StatefulSet, or the one that owns a changed Pod."""
        if change.bucket == BUCKET and change.after is not None:
            yield owner_key(change.subject)
        if change.bucket == ("", "pods"):
            yield from owner_key(change.subject, "StatefulSet", optional=True)

    def reconcile(self, key: Key) -> float | None:
        """Take the next step: one Pod created, deleted or replaced."""
        owner = self._api.store.get(BUCKET, *key)
        if owner is None or is_deleting(owner):
            return None
        update = self._newest_revision(owner)
        current = str(dig(owner, "status", "currentRevision", default=update))
        failure = self._step(owner, update, current)
        self._write_status(owner, update, current)
        if failure:
            raise Retry
        return None

    def _newest_revision(self, owner: Obj) -> str:
        data = {"spec": {"template": {**clone(owner["spec"]["template"]), "$patch": "replace"}}}
        found = [
            item
            for item in self._api.store.select(REVISIONS, namespace_of(owner))
            if self._is_mine(item, owner)
        ]
        same = next((item for item in found if item.get("data") == data), None)
        last = max((int(item.get("revision", 0)) for item in found), default=0)
        if same is not None:
            if int(same.get("revision", 0)) < last:
                self._api.update(self._revision_kind, same, {**clone(same), "revision": last + 1}, Call())
            return name_of(same)
        code = content_hash(data)
        labels = {
            **dig(owner, "spec", "selector", "matchLabels", default={}),
            "controller.kubernetes.io/hash": code,
        }
        fields = {
            "name": f"{name_of(owner)}-{code}",
            "labels": labels,
            "ownerReferences": [owner_reference(owner)],
        }
        body = {"metadata": fields, "data": data, "revision": last + 1}
        return name_of(self._api.create(self._revision_kind, namespace_of(owner), body, Call()))

    @staticmethod
    def _is_mine(item: Obj, owner: Obj) -> bool:
        return controller_uid(item) == uid_of(owner)

    def _template_of(self, owner: Obj, revision: str) -> Obj:
        stored = self._api.store.get(REVISIONS, namespace_of(owner), revision)
        template = clone(dig(stored, "data", "spec", "template", default=owner["spec"]["template"]))
        template.pop("$patch", None)
        return template  # type: ignore[no-any-return]

    def _step(self, owner: Obj, update: str, current: str) -> bool:
        pods = {ordinal(pod): pod for pod in owned_pods(self._api.store, owner)}
        wanted = dig(owner, "spec", "replicas", default=1)
        first = dig(owner, "spec", "ordinals", "start", default=0)
        parallel = dig(owner, "spec", "podManagementPolicy") == "Parallel"
        for number in range(first, first + wanted):
            pod = pods.get(number)
            if pod is None:
                if self._create(owner, number, update, current):
                    return True
                if not parallel:
                    return False
            elif (is_deleting(pod) or not is_ready(pod)) and not parallel:
                return self._replace_broken(owner, pod, update)
        surplus = sorted(
            (number for number in pods if number not in range(first, first + wanted)), reverse=True
        )
        for number in surplus:
            if not is_deleting(pods[number]):
                self._delete(owner, pods[number])
            if not parallel:
                return False
        return False if surplus else self._roll(owner, pods, update)

    def _replace_broken(self, owner: Obj, pod: Obj, update: str) -> bool:
        # A Pod of an old revision that never became ready would block the rollout that could mend it.
        outdated = labels_of(pod).get(LABEL) != update
        if (
            outdated
            and not is_deleting(pod)
            and dig(owner, "spec", "updateStrategy", "type") == "RollingUpdate"
        ):
            self._delete(owner, pod)
        return False

    def _roll(self, owner: Obj, pods: dict[int, Obj], update: str) -> bool:
        if dig(owner, "spec", "updateStrategy", "type") != "RollingUpdate":
            return False
        partition = dig(owner, "spec", "updateStrategy", "rollingUpdate", "partition", default=0)
        for number in sorted(pods, reverse=True):
            pod = pods[number]
            if number < partition:
                break
            if labels_of(pod).get(LABEL) != update:
                if not is_deleting(pod):
                    self._delete(owner, pod)
                return False
            if not is_ready(pod):
                return False
        return False

    def _create(self, owner: Obj, number: int, update: str, current: str) -> bool:
        partition = dig(owner, "spec", "updateStrategy", "rollingUpdate", "partition", default=0)
        revision = current if number < partition else update
        pod = new_pod(owner, self._template_of(owner, revision), f"{name_of(owner)}-{number}")
        labels = pod["metadata"].setdefault("labels", {})
        labels["apps.kubernetes.io/pod-index"] = str(number)
        labels[LABEL] = revision
        labels["statefulset.kubernetes.io/pod-name"] = name_of(pod)
        pod["spec"]["hostname"] = name_of(pod)
        if dig(owner, "spec", "serviceName"):
            pod["spec"]["subdomain"] = owner["spec"]["serviceName"]
        try:
            self._api.create(self._pods, namespace_of(owner), pod, Call())
        except ApiError as refused:
            message = (
                f"create Pod {name_of(pod)} in StatefulSet {name_of(owner)} failed error: {refused.message}"
            )
            self._recorder.emit(owner, "Warning", "FailedCreate", message, COMPONENT)
            return True
        self._announce(owner, "SuccessfulCreate", "create", name_of(pod))
        return False

    def _delete(self, owner: Obj, pod: Obj) -> None:
        delete(self._api, self._pods, namespace_of(owner), name_of(pod), DeleteOptions())
        self._announce(owner, "SuccessfulDelete", "delete", name_of(pod))

    def _announce(self, owner: Obj, reason: str, verb: str, pod: str) -> None:
        message = f"{verb} Pod {pod} in StatefulSet {name_of(owner)} successful"
        self._recorder.emit(owner, "Normal", reason, message, COMPONENT)

    def _write_status(self, owner: Obj, update: str, current: str) -> None:
        pods = owned_pods(self._api.store, owner)
        live = [pod for pod in pods if not is_deleting(pod)]
        ready = [pod for pod in live if is_ready(pod)]
        updated = [pod for pod in live if labels_of(pod).get(LABEL) == update]
        wanted = dig(owner, "spec", "replicas", default=1)
        if current != update and len(updated) == len(pods) == wanted and len(ready) == wanted:
            current = update
        status: Obj = {
            "observedGeneration": dig(owner, "metadata", "generation", default=1),
            "replicas": len(pods),
            "readyReplicas": len(ready),
            "currentReplicas": sum(1 for pod in live if labels_of(pod).get(LABEL) == current),
            "updatedReplicas": len(updated),
            "currentRevision": current,
            "updateRevision": update,
            "collisionCount": 0,
            "availableReplicas": len(ready),
        }
        without_empty(status, ("readyReplicas", "currentReplicas", "updatedReplicas"))
        if status != owner.get("status"):
            self._api.put_status(self._kind, {**clone(owner), "status": status})
