"""Rolls Deployments out: new ReplicaSets up, old ones down, within the bounds, and back."""

from __future__ import annotations

from collections.abc import Iterable

from demo.cluster.api import Api
from demo.cluster.controllers.deploymentmath import (
    DESIRED,
    MAXIMUM,
    REVISION,
    bare_template,
    bounds_of,
    is_complete,
    new_size,
    proportions,
    replicas,
    revision_of,
    status_count,
    total,
)
from demo.cluster.controllers.deploymentstatus import StatusWriter
from demo.cluster.controllers.events import Recorder
from demo.cluster.controllers.pods import is_active, owned_pods, owner_key
from demo.cluster.controllers.revisions import Revisions
from demo.cluster.decoding import Call
from demo.cluster.deletion import DeleteOptions, delete
from demo.cluster.objects import (
    Obj,
    annotations_of,
    clone,
    controller_uid,
    dig,
    is_deleting,
    meta,
    name_of,
    uid_of,
)
from demo.cluster.storage import Change, Key

BUCKET = ("apps", "deployments")
SETS = ("apps", "replicasets")
COMPONENT = "deployment-controller"


class Deployments:
    """The Deployment controller."""

    def __init__(self, api: Api, recorder: Recorder, scale: float) -> None:
        self._api = api
        self._recorder = recorder
        self._sets = api.kinds.by_plural(*SETS)
        self._revisions = Revisions(api, self._announce)
        self._status = StatusWriter(api, scale)

    def keys(self, change: Change) -> Iterable[Key]:
        """Name a changed Deployment, or the one that owns a changed ReplicaSet."""
        if change.bucket == BUCKET and change.after is not None:
            yield owner_key(change.subject)
        if change.bucket == SETS:
            yield from owner_key(change.subject, "Deployment", optional=True)
        if change.bucket == ("", "pods") and change.after is None:
            for _, name in owner_key(change.subject, "ReplicaSet", optional=True):
                owner = self._api.store.get(SETS, change.subject["metadata"]["namespace"], name)
                if owner is not None:
                    yield from owner_key(owner, "Deployment", optional=True)

    def reconcile(self, key: Key) -> float | None:
        """Take the next step of a rollout or a scaling."""
        deployment = self._api.store.get(BUCKET, *key)
        if deployment is None:
            return None
        owned = self._owned(deployment)
        if is_deleting(deployment):
            return self._status.write(deployment, owned, self._current(deployment, owned), rolling=False)
        deployment = self._revisions.note_pause(deployment)
        paused = bool(dig(deployment, "spec", "paused"))
        if paused or self._was_scaled(deployment, owned):
            return self._sync(deployment, owned)
        fresh, wrote = self._revisions.newest(deployment, owned)
        if wrote:
            # The revision was written; the next look goes on from what is stored now.
            return 0.0
        assert fresh is not None
        if dig(deployment, "spec", "strategy", "type") == "Recreate":
            return self._recreate(deployment, fresh, owned)
        return self._roll(deployment, fresh, owned)

    def _owned(self, deployment: Obj) -> list[Obj]:
        found = self._api.store.select(SETS, deployment["metadata"]["namespace"])
        mine = [item for item in found if controller_uid(item) == uid_of(deployment)]
        return sorted(mine, key=lambda item: (item["metadata"]["creationTimestamp"], name_of(item)))

    @staticmethod
    def _current(deployment: Obj, owned: list[Obj]) -> Obj | None:
        wanted = bare_template(deployment["spec"]["template"])
        return next((item for item in owned if bare_template(item["spec"]["template"]) == wanted), None)

    @staticmethod
    def _was_scaled(deployment: Obj, owned: list[Obj]) -> bool:
        active = [item for item in owned if replicas(item) > 0]
        return any(annotations_of(item).get(DESIRED) != str(replicas(deployment)) for item in active)

    def _roll(self, deployment: Obj, fresh: Obj, owned: list[Obj]) -> float | None:
        wanted = new_size(deployment, owned, replicas(fresh))
        if replicas(fresh) > replicas(deployment):
            wanted = replicas(deployment)
        if wanted != replicas(fresh):
            self._resize(deployment, fresh, wanted)
        elif not self._shrink_old(deployment, fresh, [item for item in owned if item is not fresh]):
            self._clean_up(deployment, fresh, owned)
        return self._status.write(deployment, self._owned(deployment), self._again(fresh), rolling=True)

    def _again(self, item: Obj) -> Obj | None:
        return self._api.store.get(SETS, item["metadata"]["namespace"], name_of(item))

    def _shrink_old(self, deployment: Obj, fresh: Obj, old: list[Obj]) -> bool:
        if total(old) == 0:
            return False
        minimum = replicas(deployment) - bounds_of(deployment).unavailable
        waiting = replicas(fresh) - status_count(fresh, "availableReplicas")
        spare = total([fresh, *old]) - minimum - waiting
        if spare <= 0:
            return False
        sick = self._drop_sick(deployment, old, spare)
        old = [item for item in (self._again(item) for item in old) if item is not None]
        available = total([fresh, *old], "availableReplicas")
        left = min(available - minimum, spare - sick)
        for item in old:
            if left <= 0:
                break
            step = min(replicas(item), left)
            if step > 0:
                self._resize(deployment, item, replicas(item) - step)
                left -= step
        return True

    def _drop_sick(self, deployment: Obj, old: list[Obj], spare: int) -> int:
        dropped = 0
        for item in old:
            step = min(replicas(item) - status_count(item, "availableReplicas"), spare - dropped)
            if step > 0:
                self._resize(deployment, item, replicas(item) - step)
                dropped += step
        return dropped

    def _recreate(self, deployment: Obj, fresh: Obj, owned: list[Obj]) -> float | None:
        old = [item for item in owned if item is not fresh]
        for item in old:
            if replicas(item):
                self._resize(deployment, item, 0)
        gone = not any(
            is_active(pod) or is_deleting(pod) for item in old for pod in owned_pods(self._api.store, item)
        )
        if gone and replicas(fresh) != replicas(deployment):
            self._resize(deployment, fresh, replicas(deployment))
        elif gone:
            self._clean_up(deployment, fresh, owned)
        return self._status.write(deployment, self._owned(deployment), self._again(fresh), rolling=True)

    def _sync(self, deployment: Obj, owned: list[Obj]) -> float | None:
        fresh = self._current(deployment, owned)
        active = [item for item in owned if replicas(item) > 0]
        if len(active) <= 1:
            target = active[0] if active else fresh or (owned[-1] if owned else None)
            if target is not None:
                self._resize(deployment, target, replicas(deployment))
        elif fresh is not None and status_count(fresh, "availableReplicas") >= replicas(deployment):
            for item in active:
                self._resize(deployment, item, replicas(deployment) if item is fresh else 0)
        else:
            ordered = sorted(
                active, key=lambda item: (-replicas(item), item["metadata"]["creationTimestamp"])
            )
            for item, size in zip(ordered, proportions(deployment, ordered), strict=True):
                self._resize(deployment, item, size)
        fresh = self._again(fresh) if fresh is not None else None
        return self._status.write(deployment, self._owned(deployment), fresh, rolling=False)

    def _resize(self, deployment: Obj, item: Obj, size: int) -> None:
        before = replicas(item)
        obj = clone(item)
        obj["spec"]["replicas"] = size
        notes = meta(obj).setdefault("annotations", {})
        notes[DESIRED] = str(replicas(deployment))
        notes[MAXIMUM] = str(replicas(deployment) + bounds_of(deployment).surge)
        self._api.update(self._sets, item, obj, Call())
        if size != before:
            self._announce(deployment, name_of(item), before, size)

    def _announce(self, deployment: Obj, name: str, before: int, size: int) -> None:
        way = "up" if size > before else "down"
        message = f"Scaled {way} replica set {name} from {before} to {size}"
        self._recorder.emit(deployment, "Normal", "ScalingReplicaSet", message, COMPONENT)

    def _clean_up(self, deployment: Obj, fresh: Obj, owned: list[Obj]) -> None:
        if not is_complete(deployment, deployment.get("status") or {}):
            return
        limit = dig(deployment, "spec", "revisionHistoryLimit", default=10)
        old = [item for item in owned if name_of(item) != name_of(fresh) and not is_deleting(item)]
        idle = [item for item in old if not replicas(item) and not status_count(item, "replicas")]
        for item in sorted(idle, key=revision_of)[: max(len(old) - limit, 0)]:
            options = DeleteOptions(propagation="Background")
            delete(self._api, self._sets, item["metadata"]["namespace"], name_of(item), options)


__all__ = ["REVISION", "Deployments"]
