"""The arithmetic of a rollout: surge, availability, proportions, completeness."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from demo.cluster.objects import Obj, annotations_of, dig

REVISION = "deployment.kubernetes.io/revision"
HISTORY = "deployment.kubernetes.io/revision-history"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MAXIMUM = "deployment.kubernetes.io/max-replicas"
HASH = "pod-template-hash"


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many Pods more and fewer than wanted a rollout may have."""

    surge: int
    unavailable: int


def amount(value: Any, total: int, *, up: bool) -> int:
    """Turn a count or percentage into a count."""
    if isinstance(value, str) and value.endswith("%"):
        share = int(value[:-1]) * total / 100
        return math.ceil(share) if up else math.floor(share)
    return int(value or 0)


def bounds_of(deployment: Obj) -> Bounds:
    """Read the bounds of a Deployment; a Recreate has none."""
    rolling = dig(deployment, "spec", "strategy", "rollingUpdate")
    if rolling is None:
        return Bounds(0, 0)
    wanted = replicas(deployment)
    surge = amount(rolling.get("maxSurge"), wanted, up=True)
    unavailable = amount(rolling.get("maxUnavailable"), wanted, up=False)
    if surge == 0 and unavailable == 0:
        unavailable = 1
    return Bounds(surge, min(unavailable, wanted) if wanted else unavailable)


def replicas(obj: Obj) -> int:
    """Return the wanted size."""
    return int(dig(obj, "spec", "replicas", default=0))


def status_count(obj: Obj, field: str) -> int:
    """Return a count of the status."""
    return int(dig(obj, "status", field, default=0))


def total(objects: list[Obj], field: str = "") -> int:
    """Sum wanted sizes, or a count of the statuses."""
    return sum(status_count(obj, field) if field else replicas(obj) for obj in objects)


def revision_of(obj: Obj) -> int:
    """Return the revision annotation as a number."""
    text = annotations_of(obj).get(REVISION, "0")
    return int(text) if text.isdigit() else 0


def bare_template(template: Obj) -> Obj:
    """Return a template without its hash label, for comparison."""
    fields = dict(template.get("metadata") or {})
    labels = {key: value for key, value in (fields.get("labels") or {}).items() if key != HASH}
    fields["labels"] = labels
    return {"metadata": {key: value for key, value in fields.items() if value}, "spec": template.get("spec")}


def new_size(deployment: Obj, everyone: list[Obj], fresh: int) -> int:
    """Return how large the new ReplicaSet may be now."""
    wanted = replicas(deployment)
    if dig(deployment, "spec", "strategy", "type") != "RollingUpdate":
        return wanted
    room = wanted + bounds_of(deployment).surge - total(everyone)
    return fresh if room <= 0 else fresh + min(room, wanted - fresh)


def is_complete(deployment: Obj, status: Obj) -> bool:
    """Tell whether a rollout has ended well."""
    wanted = replicas(deployment)
    counts = [status.get(name, 0) for name in ("updatedReplicas", "replicas", "availableReplicas")]
    seen = status.get("observedGeneration", 0) >= dig(deployment, "metadata", "generation", default=1)
    return all(count == wanted for count in counts) and seen


def has_progressed(before: Obj, after: Obj) -> bool:
    """Tell whether a status shows more progress than an older one."""

    def old_pods(status: Obj) -> int:
        return int(status.get("replicas", 0)) - int(status.get("updatedReplicas", 0))

    grown = ("updatedReplicas", "readyReplicas", "availableReplicas")
    return old_pods(after) < old_pods(before) or any(
        after.get(name, 0) > before.get(name, 0) for name in grown
    )


def proportions(deployment: Obj, active: list[Obj]) -> list[int]:
    """Share a new size among ReplicaSets in proportion to what they have, largest first."""
    allowed = replicas(deployment) + bounds_of(deployment).surge if replicas(deployment) else 0
    present = total(active)
    change = allowed - present
    sizes = [replicas(item) for item in active]
    left = change
    for index, item in enumerate(active):
        if not present or not left:
            break
        fair = round(replicas(item) * allowed / present) - replicas(item)
        step = min(fair, left) if change > 0 else max(fair, left)
        sizes[index] += step
        left -= step
    if sizes and left:
        sizes[0] = max(sizes[0] + left, 0)
    return sizes
