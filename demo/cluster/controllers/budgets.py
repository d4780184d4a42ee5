"""Keeps the status of disruption budgets, quotas and autoscalers."""

from __future__ import annotations

from collections.abc import Iterable

from demo.cluster.api import Api
from demo.cluster.controllers.deploymentmath import amount
from demo.cluster.controllers.pods import is_active, is_ready
from demo.cluster.objects import (
    Obj,
    clone,
    controller_uid,
    dig,
    labels_of,
    name_of,
    namespace_of,
    now,
    owners_of,
    parse_time,
    stamp,
)
from demo.cluster.quotas import BUCKET as QUOTAS
from demo.cluster.quotas import used
from demo.cluster.selectors import selects
from demo.cluster.storage import Change, Key

BUDGETS = ("policy", "poddisruptionbudgets")
SCALERS = ("autoscaling", "horizontalpodautoscalers")
_PODS = ("", "pods")
_FIRST_LOOK = 15.0
_NO_METRICS = (
    "the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for "
    "resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested "
    "resource (get pods.metrics.k8s.io)"
)


class Budgets:
    """The disruption controller."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._kind = api.kinds.by_plural(*BUDGETS)

    def keys(self, change: Change) -> Iterable[Key]:
        """Name a changed budget, or those that cover a changed Pod."""
        if change.bucket == BUDGETS and change.after is not None:
            yield (namespace_of(change.subject), name_of(change.subject))
        if change.bucket == _PODS:
            for budget in self._api.store.select(BUDGETS, namespace_of(change.subject)):
                if selects(dig(budget, "spec", "selector"), labels_of(change.subject)):
                    yield (namespace_of(budget), name_of(budget))

    def reconcile(self, key: Key) -> float | None:
        """Count the healthy Pods that a budget covers and what it still allows."""
        budget = self._api.store.get(BUDGETS, *key)
        if budget is None:
            return None
        pods = [
            pod
            for pod in self._api.store.select(_PODS, key[0])
            if selects(dig(budget, "spec", "selector"), labels_of(pod)) and is_active(pod)
        ]
        healthy = sum(1 for pod in pods if is_ready(pod))
        expected = self._expected(pods)
        wanted = self._wanted(budget, expected)
        allowed = max(healthy - wanted, 0) if expected else 0
        generation = dig(budget, "metadata", "generation", default=1)
        status: Obj = {
            "observedGeneration": generation,
            "disruptionsAllowed": allowed,
            "currentHealthy": healthy,
            "desiredHealthy": wanted,
            "expectedPods": expected,
        }
        status["conditions"] = [self._condition(budget, allowed > 0, generation)]
        if status != budget.get("status"):
            self._api.put_status(self._kind, {**clone(budget), "status": status})
        return None

    def _expected(self, pods: list[Obj]) -> int:
        owners: dict[str, int] = {}
        loose = 0
        for pod in pods:
            uid = controller_uid(pod)
            if not uid:
                loose += 1
            elif uid not in owners:
                owners[uid] = self._size(pod)
        return loose + sum(owners.values())

    def _size(self, pod: Obj) -> int:
        for owner in owners_of(pod):
            if not owner.get("controller"):
                continue
            for bucket in (("apps", "replicasets"), ("apps", "statefulsets")):
                found = self._api.store.get(bucket, namespace_of(pod), str(owner.get("name")))
                if found is not None and found["kind"] == owner.get("kind"):
                    return int(dig(found, "spec", "replicas", default=1))
        return 1

    @staticmethod
    def _wanted(budget: Obj, expected: int) -> int:
        spec = budget.get("spec") or {}
        if "maxUnavailable" in spec:
            return max(expected - amount(spec["maxUnavailable"], expected, up=True), 0)
        return amount(spec.get("minAvailable", 1), expected, up=True)

    @staticmethod
    def _condition(budget: Obj, allowed: bool, generation: int) -> Obj:
        value = "True" if allowed else "False"
        changed = stamp()
        for present in dig(budget, "status", "conditions", default=[]):
            if present["type"] == "DisruptionAllowed" and present["status"] == value:
                changed = present["lastTransitionTime"]
        return {
            "type": "DisruptionAllowed",
            "status": value,
            "observedGeneration": generation,
            "lastTransitionTime": changed,
            "reason": "SufficientPods" if allowed else "InsufficientPods",
            "message": "",
        }


class Quotas:
    """The quota controller."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._kind = api.kinds.by_plural(*QUOTAS)

    def keys(self, change: Change) -> Iterable[Key]:
        """Name a changed quota, or those of the namespace in which something came or went."""
        if change.bucket == QUOTAS and change.after is not None:
            yield (namespace_of(change.subject), name_of(change.subject))
        elif change.before is None or change.after is None or change.bucket == _PODS:
            for quota in self._api.store.select(QUOTAS, namespace_of(change.subject)):
                yield (namespace_of(quota), name_of(quota))

    def reconcile(self, key: Key) -> float | None:
        """Measure what a quota's namespace uses."""
        quota = self._api.store.get(QUOTAS, *key)
        if quota is None:
            return None
        status = {"hard": clone(dig(quota, "spec", "hard", default={})), "used": used(self._api.store, quota)}
        if status != quota.get("status"):
            self._api.put_status(self._kind, {**clone(quota), "status": status})
        return None


class Autoscalers:
    """The autoscaling controller, which has no metrics and says so."""

    def __init__(self, api: Api, scale: float) -> None:
        self._api = api
        self._scale = scale
        self._kind = api.kinds.by_plural(*SCALERS)

    def keys(self, change: Change) -> Iterable[Key]:
        """Name a changed autoscaler."""
        if change.bucket == SCALERS and change.after is not None:
            yield (namespace_of(change.subject), name_of(change.subject))

    def reconcile(self, key: Key) -> float | None:
        """Report that metrics are missing, once the first look is due."""
        scaler = self._api.store.get(SCALERS, *key)
        if scaler is None:
            return None
        age = (now() - parse_time(scaler["metadata"]["creationTimestamp"])).total_seconds()
        if age < _FIRST_LOOK * self._scale:
            return _FIRST_LOOK - age / self._scale
        target = dig(scaler, "spec", "scaleTargetRef", default={})
        plural = f"{str(target.get('kind', '')).lower()}s"
        found = self._api.store.get(("apps", plural), key[0], str(target.get("name", "")))
        if found is None or dig(scaler, "status", "conditions"):
            return None
        status = {
            "currentReplicas": dig(found, "status", "replicas", default=0),
            "desiredReplicas": 0,
            "currentMetrics": [{"type": ""}],
            "conditions": [
                _scaling(
                    "AbleToScale",
                    "True",
                    "SucceededGetScale",
                    "the HPA controller was able to get the target's current scale",
                ),
                _scaling("ScalingActive", "False", "FailedGetResourceMetric", _NO_METRICS),
            ],
        }
        self._api.put_status(self._kind, {**clone(scaler), "status": status})
        return None


def _scaling(kind: str, value: str, reason: str, message: str) -> Obj:
    return {
        "type": kind,
        "status": value,
        "lastTransitionTime": stamp(),
        "reason": reason,
        "message": message,
    }
