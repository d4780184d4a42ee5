"""The revisions of a Deployment: finding or making its newest ReplicaSet, numbering, pausing."""

from __future__ import annotations

from collections.abc import Callable

from demo.cluster.api import Api
from demo.cluster.controllers.deploymentmath import (
    DESIRED,
    HASH,
    HISTORY,
    MAXIMUM,
    REVISION,
    bare_template,
    bounds_of,
    new_size,
    replicas,
    revision_of,
)
from demo.cluster.controllers.deploymentstatus import condition_of, with_condition
from demo.cluster.decoding import Call
from demo.cluster.objects import (
    Obj,
    annotations_of,
    clone,
    content_hash,
    dig,
    meta,
    name_of,
    namespace_of,
    owner_reference,
)
from demo.cluster.status import ApiError

_OWN = {REVISION, HISTORY, DESIRED, MAXIMUM, "kubectl.kubernetes.io/last-applied-configuration"}
Announce = Callable[[Obj, str, int, int], None]


class Revisions:
    """Numbers the ReplicaSets of Deployments."""

    def __init__(self, api: Api, announce: Announce) -> None:
        self._api = api
        self._kind = api.kinds.by_plural("apps", "deployments")
        self._sets = api.kinds.by_plural("apps", "replicasets")
        self._announce = announce

    def newest(self, deployment: Obj, owned: list[Obj]) -> tuple[Obj | None, bool]:
        """Return the ReplicaSet of the present template, making it if need be, and whether something was written."""
        wanted = bare_template(deployment["spec"]["template"])
        fresh = next((item for item in owned if bare_template(item["spec"]["template"]) == wanted), None)
        last = max((revision_of(item) for item in owned if item is not fresh), default=0)
        if fresh is None:
            return self._make(deployment, owned, last + 1)
        number = str(max(last + 1, revision_of(fresh)) if revision_of(fresh) > last else last + 1)
        annotated = self._annotated(deployment, fresh, number)
        if annotated != fresh:
            self._api.update(self._sets, fresh, annotated, Call())
            return fresh, True
        return fresh, self._number(deployment, number, None)

    def _make(self, deployment: Obj, owned: list[Obj], number: int) -> tuple[Obj | None, bool]:
        template = clone(deployment["spec"]["template"])
        code = content_hash(bare_template(template))
        labels = {**dig(template, "metadata", "labels", default={}), HASH: code}
        template.setdefault("metadata", {})["labels"] = labels
        selector = clone(deployment["spec"]["selector"])
        selector["matchLabels"] = {**selector.get("matchLabels", {}), HASH: code}
        size = new_size(deployment, owned, 0)
        body: Obj = {
            "metadata": {
                "name": f"{name_of(deployment)}-{code}",
                "labels": labels,
                "annotations": self._notes(deployment, {}, str(number)),
                "ownerReferences": [owner_reference(deployment)],
            },
            "spec": {"replicas": size, "selector": selector, "template": template},
        }
        if dig(deployment, "spec", "minReadySeconds"):
            body["spec"]["minReadySeconds"] = deployment["spec"]["minReadySeconds"]
        created = self._api.create(self._sets, namespace_of(deployment), body, Call())
        if size:
            self._announce(deployment, name_of(created), 0, size)
        message = f'Created new replica set "{name_of(created)}"'
        self._number(deployment, str(number), ("NewReplicaSetCreated", message))
        return created, True

    def _notes(self, deployment: Obj, present: dict[str, str], number: str) -> dict[str, str]:
        notes = dict(present)
        notes |= {key: value for key, value in annotations_of(deployment).items() if key not in _OWN}
        notes[DESIRED] = notes.get(DESIRED) or str(replicas(deployment))
        notes[MAXIMUM] = notes.get(MAXIMUM) or str(replicas(deployment) + bounds_of(deployment).surge)
        before = notes.get(REVISION, "")
        if before and before != number:
            history = notes.get(HISTORY, "")
            notes[HISTORY] = f"{history},{before}" if history else before
        notes[REVISION] = number
        return notes

    def _annotated(self, deployment: Obj, fresh: Obj, number: str) -> Obj:
        obj = clone(fresh)
        meta(obj)["annotations"] = self._notes(deployment, annotations_of(fresh), number)
        minimum = dig(deployment, "spec", "minReadySeconds")
        if minimum:
            obj["spec"]["minReadySeconds"] = minimum
        else:
            obj["spec"].pop("minReadySeconds", None)
        return obj  # type: ignore[no-any-return]

    def _number(self, deployment: Obj, number: str, news: tuple[str, str] | None) -> bool:
        obj = clone(deployment)
        meta(obj).setdefault("annotations", {})[REVISION] = number
        if news is not None and dig(deployment, "spec", "progressDeadlineSeconds") is not None:
            status = obj.setdefault("status", {})
            status["conditions"] = with_condition(
                status.get("conditions") or [], "Progressing", "True", *news
            )
        if obj == deployment:
            return False
        self._api.put_status(self._kind, obj)
        return True

    def note_pause(self, deployment: Obj) -> Obj:
        """Write the condition that tells of a pause or of its end, and return what is stored."""
        if dig(deployment, "spec", "progressDeadlineSeconds") is None:
            return deployment
        conditions = dig(deployment, "status", "conditions", default=[])
        present = condition_of(conditions, "Progressing")
        paused = bool(dig(deployment, "spec", "paused"))
        noted = present is not None and present["reason"] == "DeploymentPaused"
        if (present is not None and present["reason"] == "ProgressDeadlineExceeded") or paused == noted:
            return deployment
        reason = "DeploymentPaused" if paused else "DeploymentResumed"
        message = "Deployment is paused" if paused else "Deployment is resumed"
        obj = clone(deployment)
        status = obj.setdefault("status", {})
        status["conditions"] = with_condition(conditions, "Progressing", "Unknown", reason, message)
        try:
            return self._api.put_status(self._kind, obj)
        except ApiError:
            return deployment
