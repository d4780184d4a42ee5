"""Deleting: grace, finalizers, propagation, preconditions, and what the answer is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from demo.cluster.api import NAMESPACES, Api
from demo.cluster.creation import DEFINITIONS
from demo.cluster.kinds import Kind
from demo.cluster.objects import Obj, clone, dig, is_deleting, meta, name_of, namespace_of, now, stamp, uid_of
from demo.cluster.status import ApiError, Cause, invalid, success, unsupported

FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"
PODS = ("", "pods")
_RETURNED = {
    ("", "pods"),
    ("", "services"),
    ("", "serviceaccounts"),
    ("", "podtemplates"),
    ("", "resourcequotas"),
    ("", "persistentvolumes"),
    ("", "persistentvolumeclaims"),
    ("storage.k8s.io", "storageclasses"),
}
_POLICIES = ("Background", "Foreground", "Orphan")


@dataclass(frozen=True, slots=True)
class DeleteOptions:
    """How something should be deleted."""

    grace: int | None = None
    propagation: str = ""
    uid: str = ""
    revision: str = ""
    dry_run: bool = False


def read_options(body: Obj, query: dict[str, str], *, dry_run: bool) -> DeleteOptions:
    """Read the options from a request's body and query; raise 422 for an unknown policy."""
    merged = {**{key: value for key, value in query.items() if value}, **body}
    grace = merged.get("gracePeriodSeconds")
    policy = str(merged.get("propagationPolicy") or "")
    if policy and policy not in _POLICIES:
        rendered = f'"{policy}"'
        cause = unsupported("propagationPolicy", rendered, (*_POLICIES, "nil"))
        raise invalid("meta.k8s.io", "DeleteOptions", "", [cause])
    if str(merged.get("orphanDependents", "")).lower() == "true":
        policy = "Orphan"
    conditions = merged.get("preconditions") or {}
    return DeleteOptions(
        int(grace) if grace is not None else None,
        policy,
        str(conditions.get("uid") or ""),
        str(conditions.get("resourceVersion") or ""),
        dry_run,
    )


def delete(api: Api, kind: Kind, namespace: str, name: str, options: DeleteOptions) -> Obj:
    """Delete an object, at once or by marking it, and return what the server answers."""
    old = api.read(kind, namespace, name)
    _require(kind, old, options)
    marked, gone = _mark(kind, old, options)
    if options.dry_run:
        return marked if not gone or kind.bucket in _RETURNED else success(kind, name, uid_of(old))
    if not gone:
        if marked != old:
            api.store.put(kind.bucket, marked)
        return marked
    if kind.bucket == PODS and marked != old:
        # Watchers see the grace run out before the Pod goes.
        marked = api.store.put(kind.bucket, marked)
    api.store.remove(kind.bucket, namespace, name, last=marked)
    if kind.bucket == DEFINITIONS:
        _unserve(api, old)
    return marked if kind.bucket in _RETURNED else success(kind, name, uid_of(old))


def _unserve(api: Api, definition: Obj) -> None:
    group, plural = definition["spec"]["group"], definition["spec"]["names"]["plural"]
    for obj in api.store.select((group, plural)):
        api.store.remove((group, plural), namespace_of(obj), name_of(obj))
    api.kinds.remove(group, plural)


def _require(kind: Kind, old: Obj, options: DeleteOptions) -> None:
    if options.uid and options.uid != uid_of(old):
        raise _failed(
            kind,
            old,
            f"the UID in the precondition ({options.uid}) does not match the UID in record ({uid_of(old)}). "
            "The object might have been deleted and then recreated",
        )
    revision = dig(old, "metadata", "resourceVersion")
    if options.revision and options.revision != revision:
        raise _failed(
            kind,
            old,
            f"the ResourceVersion in the precondition ({options.revision}) does not match the ResourceVersion in "
            f"record ({revision}). The object might have been modified",
        )


def _failed(kind: Kind, old: Obj, why: str) -> ApiError:
    qualified = f"{kind.kind}.{kind.group}" if kind.group else kind.kind
    details: Obj = {"name": name_of(old)}
    if kind.group:
        details["group"] = kind.group
    message = f'Operation cannot be fulfilled on {qualified} "{name_of(old)}": {why}'
    return ApiError(409, "Conflict", message, details={**details, "kind": kind.kind})


def _grace(kind: Kind, old: Obj, options: DeleteOptions) -> int:
    if kind.bucket != PODS or not dig(old, "spec", "nodeName"):
        return 0
    if dig(old, "status", "phase") in ("Succeeded", "Failed"):
        return 0
    if options.grace is not None:
        return max(options.grace, 0)
    return int(dig(old, "spec", "terminationGracePeriodSeconds", default=30))


def _mark(kind: Kind, old: Obj, options: DeleteOptions) -> tuple[Obj, bool]:
    grace = _grace(kind, old, options)
    finalizers = list(dig(old, "metadata", "finalizers", default=[]))
    finalizers = (
        [item for item in finalizers if item not in (FOREGROUND, ORPHAN)]
        if options.propagation
        else finalizers
    )
    if options.propagation == "Foreground":
        finalizers.append(FOREGROUND)
    if options.propagation == "Orphan":
        finalizers.append(ORPHAN)
    obj = clone(old)
    fields = meta(obj)
    if not is_deleting(old) or grace < int(fields.get("deletionGracePeriodSeconds") or 0):
        if not is_deleting(old) and fields.get("generation"):
            fields["generation"] += 1
        fields["deletionTimestamp"] = stamp(now() + timedelta(seconds=grace))
        fields["deletionGracePeriodSeconds"] = grace
    elif grace:
        grace = int(fields.get("deletionGracePeriodSeconds") or 0)
    if finalizers:
        fields["finalizers"] = finalizers
    else:
        fields.pop("finalizers", None)
    if kind.bucket == NAMESPACES:
        obj["status"] = {**(obj.get("status") or {}), "phase": "Terminating"}
        return obj, False
    return obj, not finalizers and grace == 0


def check_dry_run(options_kind: str, values: list[str]) -> bool:
    """Read the dryRun parameter; raise 422 for anything but All."""
    if not values:
        return False
    if any(value != "All" for value in values):
        rendered = "[" + ",".join(f'"{value}"' for value in values) + "]"
        cause = Cause(
            "dryRun", "FieldValueNotSupported", f'Unsupported value: {rendered}: supported values: "All"'
        )
        raise invalid("meta.k8s.io", options_kind, "", [cause])
    return True
