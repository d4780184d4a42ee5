"""Resource quotas: what an object counts for, and whether one more fits."""

from __future__ import annotations

from fractions import Fraction

from demo.cluster.kinds import Kind
from demo.cluster.objects import Obj, dig, name_of, namespace_of
from demo.cluster.quantity import canonical_quantity, parse_quantity
from demo.cluster.status import forbidden
from demo.cluster.storage import Store

BUCKET = ("", "resourcequotas")
_COUNTED = {
    "pods": ("", "pods"),
    "services": ("", "services"),
    "secrets": ("", "secrets"),
    "configmaps": ("", "configmaps"),
    "persistentvolumeclaims": ("", "persistentvolumeclaims"),
    "replicationcontrollers": ("", "replicationcontrollers"),
    "resourcequotas": ("", "resourcequotas"),
}
_COMPUTE = {
    "cpu": ("requests", "cpu"),
    "memory": ("requests", "memory"),
    "requests.cpu": ("requests", "cpu"),
    "requests.memory": ("requests", "memory"),
    "limits.cpu": ("limits", "cpu"),
    "limits.memory": ("limits", "memory"),
}


def _bucket_of(resource: str) -> tuple[str, str] | None:
    if resource in _COUNTED:
        return _COUNTED[resource]
    if resource.startswith("count/"):
        plural, _, group = resource.removeprefix("count/").partition(".")
        return (group, plural)
    return ("", "pods") if resource in _COMPUTE else None


def _weight(resource: str, obj: Obj) -> Fraction:
    if resource not in _COMPUTE:
        return Fraction(1)
    field, name = _COMPUTE[resource]
    amounts = [
        dig(container, "resources", field, name, default="0")
        for container in dig(obj, "spec", "containers", default=[])
    ]
    return sum((parse_quantity(amount) for amount in amounts), Fraction(0))


def _counts(bucket: tuple[str, str], obj: Obj) -> bool:
    return bucket != ("", "pods") or dig(obj, "status", "phase") not in ("Succeeded", "Failed")


def used(store: Store, quota: Obj) -> dict[str, str]:
    """Measure what a quota's namespace uses of each limited resource."""
    result = {}
    for resource in dig(quota, "spec", "hard", default={}):
        bucket = _bucket_of(resource)
        if bucket is None:
            continue
        objects = [obj for obj in store.select(bucket, namespace_of(quota)) if _counts(bucket, obj)]
        total = sum((_weight(resource, obj) for obj in objects), Fraction(0))
        result[resource] = _written(total, resource)
    return result


def _written(amount: Fraction, resource: str) -> str:
    if "memory" in resource and amount.denominator == 1:
        for suffix, size in (("Gi", 1024**3), ("Mi", 1024**2), ("Ki", 1024)):
            if amount and amount % size == 0:
                return f"{amount // size}{suffix}"
    if amount.denominator == 1:
        return canonical_quantity(amount.numerator)
    return canonical_quantity(f"{amount * 1000 // 1}m")


def require_room(store: Store, kind: Kind, obj: Obj) -> None:
    """Raise 403 when a quota of the namespace leaves no room for one more object."""
    for quota in store.select(BUCKET, namespace_of(obj)):
        hard = dig(quota, "status", "hard", default={}) or {}
        asked, have, limits = [], [], []
        present = used(store, quota)
        for resource, limit in sorted(hard.items()):
            if _bucket_of(resource) != kind.bucket:
                continue
            weight = _weight(resource, obj)
            if parse_quantity(present.get(resource, "0")) + weight > parse_quantity(limit):
                asked.append(f"{resource}={_written(weight, resource)}")
                have.append(f"{resource}={present.get(resource, '0')}")
                limits.append(f"{resource}={canonical_quantity(limit)}")
        if asked:
            why = (
                f"exceeded quota: {name_of(quota)}, requested: {','.join(asked)}, "
                f"used: {','.join(have)}, limited: {','.join(limits)}"
            )
            raise forbidden(kind, name_of(obj), why)
