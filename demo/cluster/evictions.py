"""Evicting a Pod, if its disruption budgets allow it."""

from __future__ import annotations

from demo.cluster.api import Api
from demo.cluster.deletion import DeleteOptions, delete
from demo.cluster.kinds import Kind
from demo.cluster.objects import Obj, clone, dig, is_deleting, labels_of, name_of, stamp
from demo.cluster.selectors import selects
from demo.cluster.status import ApiError, internal, success

BUDGETS = ("policy", "poddisruptionbudgets")
_REFUSED = "Cannot evict pod as it would violate the pod's disruption budget."
_TWO = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."


def evict(api: Api, kind: Kind, namespace: str, name: str, options: DeleteOptions) -> Obj:
    """Evict a Pod; raise 429 when its budget forbids it and 500 when it has two."""
    pod = api.read(kind, namespace, name)
    budgets = [
        budget
        for budget in api.store.select(BUDGETS, namespace)
        if selects(dig(budget, "spec", "selector"), labels_of(pod))
    ]
    if len(budgets) > 1:
        raise internal(_TWO)
    if budgets and _counts(pod):
        _spend(api, budgets[0], pod, dry_run=options.dry_run)
    delete(api, kind, namespace, name, options)
    return success(code=201)


def _counts(pod: Obj) -> bool:
    return dig(pod, "status", "phase") not in ("Succeeded", "Failed", "Pending") and not is_deleting(pod)


def _ready(pod: Obj) -> bool:
    conditions = dig(pod, "status", "conditions", default=[])
    return any(item["type"] == "Ready" and item["status"] == "True" for item in conditions)


def _spend(api: Api, budget: Obj, pod: Obj, *, dry_run: bool) -> None:
    status = budget.get("status") or {}
    name = name_of(budget)
    if status.get("observedGeneration", 0) < dig(budget, "metadata", "generation", default=1):
        raise _refusal(f"The disruption budget {name} is still being processed by the server.", retry=10)
    healthy = status.get("currentHealthy", 0)
    wanted = status.get("desiredHealthy", 0)
    if not _ready(pod) and healthy >= wanted > 0:
        return
    if status.get("disruptionsAllowed", 0) < 1:
        raise _refusal(
            f"The disruption budget {name} needs {wanted} healthy pods and has {healthy} currently"
        )
    if dry_run:
        return
    updated = clone(budget)
    updated["status"]["disruptionsAllowed"] -= 1
    updated["status"].setdefault("disruptedPods", {})[name_of(pod)] = stamp()
    api.put_status(api.kinds.by_plural(*BUDGETS), updated)


def _refusal(message: str, retry: int = 0) -> ApiError:
    details: Obj = {"causes": [{"reason": "DisruptionBudget", "message": message}]}
    headers = {}
    if retry:
        details["retryAfterSeconds"] = retry
        headers["Retry-After"] = str(retry)
    return ApiError(429, "TooManyRequests", _REFUSED, details=details, headers=headers)
