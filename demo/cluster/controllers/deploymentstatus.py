"""The status of a Deployment: counts, Available, Progressing with its deadline, ReplicaFailure."""

from __future__ import annotations

from demo.cluster.api import Api
from demo.cluster.controllers.deploymentmath import (
    bounds_of,
    has_progressed,
    is_complete,
    replicas,
    status_count,
    total,
)
from demo.cluster.objects import Obj, clone, dig, name_of, now, parse_time, stamp, without_empty

_COUNTS = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas")
_COMPLETE = "NewReplicaSetAvailable"


def condition_of(conditions: list[Obj], kind: str) -> Obj | None:
    """Find a condition by type."""
    return next((item for item in conditions if item["type"] == kind), None)


def with_condition(
    conditions: list[Obj], kind: str, value: str, reason: str, message: str, *, refresh: bool = False
) -> list[Obj]:
    """Return the conditions with one set; equal status and reason leave it as it is unless refreshed."""
    present = condition_of(conditions, kind)
    if present and (present["status"], present["reason"]) == (value, reason) and not refresh:
        return conditions
    changed = present["lastTransitionTime"] if present and present["status"] == value else stamp()
    entry = {
        "type": kind,
        "status": value,
        "lastUpdateTime": stamp(),
        "lastTransitionTime": changed,
        "reason": reason,
        "message": message,
    }
    return [*(item for item in conditions if item["type"] != kind), entry]


class StatusWriter:
    """Writes what a Deployment has come to."""

    def __init__(self, api: Api, scale: float) -> None:
        self._api = api
        self._scale = scale
        self._kind = api.kinds.by_plural("apps", "deployments")

    def write(self, deployment: Obj, owned: list[Obj], fresh: Obj | None, *, rolling: bool) -> float | None:
        """Write the status if it differs; return after how many seconds the deadline is due."""
        before = deployment.get("status") or {}
        status = self._counted(deployment, owned, fresh)
        conditions = self._available(deployment, status, list(before.get("conditions") or []))
        if rolling:
            conditions = self._progress(deployment, before, status, conditions, fresh)
            conditions = _failures(conditions, owned)
        status["conditions"] = conditions
        if status != before:
            self._api.put_status(self._kind, {**clone(deployment), "status": status})
        return self._due(deployment, conditions) if rolling else None

    @staticmethod
    def _counted(deployment: Obj, owned: list[Obj], fresh: Obj | None) -> Obj:
        available = total(owned, "availableReplicas")
        status: Obj = {
            "observedGeneration": dig(deployment, "metadata", "generation", default=1),
            "replicas": total(owned, "replicas"),
            "updatedReplicas": status_count(fresh, "replicas") if fresh else 0,
            "readyReplicas": total(owned, "readyReplicas"),
            "availableReplicas": available,
            "unavailableReplicas": max(total(owned) - available, 0),
        }
        without_empty(status, _COUNTS)
        status["terminatingReplicas"] = total(owned, "terminatingReplicas")
        return status

    @staticmethod
    def _available(deployment: Obj, status: Obj, conditions: list[Obj]) -> list[Obj]:
        minimum = replicas(deployment) - bounds_of(deployment).unavailable
        if status.get("availableReplicas", 0) >= minimum:
            words = ("MinimumReplicasAvailable", "Deployment has minimum availability.")
            return with_condition(conditions, "Available", "True", *words)
        words = ("MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
        return with_condition(conditions, "Available", "False", *words)

    def _progress(
        self, deployment: Obj, before: Obj, status: Obj, conditions: list[Obj], fresh: Obj | None
    ) -> list[Obj]:
        if dig(deployment, "spec", "progressDeadlineSeconds") is None:
            return [item for item in conditions if item["type"] != "Progressing"]
        present = condition_of(conditions, "Progressing")
        done = present is not None and present["reason"] == _COMPLETE
        if done and status.get("replicas", 0) == status.get("updatedReplicas", 0):
            return conditions
        name = name_of(fresh) if fresh else name_of(deployment)
        if is_complete(deployment, status):
            message = f'ReplicaSet "{name}" has successfully progressed.'
            return with_condition(conditions, "Progressing", "True", _COMPLETE, message)
        if has_progressed(before, status):
            message = f'ReplicaSet "{name}" is progressing.'
            return with_condition(
                conditions, "Progressing", "True", "ReplicaSetUpdated", message, refresh=True
            )
        if self._is_late(deployment, present):
            message = f'ReplicaSet "{name}" has timed out progressing.'
            return with_condition(conditions, "Progressing", "False", "ProgressDeadlineExceeded", message)
        return conditions

    def _is_late(self, deployment: Obj, condition: Obj | None) -> bool:
        if condition is None or condition["reason"] == _COMPLETE:
            return False
        if condition["reason"] == "ProgressDeadlineExceeded":
            return True
        if dig(deployment, "spec", "paused"):
            return False
        return self._remaining(deployment, condition) <= 0

    def _remaining(self, deployment: Obj, condition: Obj) -> float:
        deadline = float(dig(deployment, "spec", "progressDeadlineSeconds", default=600)) * self._scale
        return deadline - (now() - parse_time(condition["lastUpdateTime"])).total_seconds()

    def _due(self, deployment: Obj, conditions: list[Obj]) -> float | None:
        present = condition_of(conditions, "Progressing")
        if present is None or present["reason"] in (_COMPLETE, "ProgressDeadlineExceeded"):
            return None
        # The worker scales every wait, so the unscaled rest is what it wants to hear; never a busy loop.
        return max(self._remaining(deployment, present) / max(self._scale, 1e-6), 0.2)


def _failures(conditions: list[Obj], owned: list[Obj]) -> list[Obj]:
    for item in owned:
        failed = condition_of(dig(item, "status", "conditions", default=[]), "ReplicaFailure")
        if failed is not None:
            words = (failed["reason"], failed["message"])
            return with_condition(conditions, "ReplicaFailure", failed["status"], *words)
    return [item for item in conditions if item["type"] != "ReplicaFailure"]
