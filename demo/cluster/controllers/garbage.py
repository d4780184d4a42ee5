"""Collects what nobody owns any more, and finishes foreground deletions and namespaces."""

from __future__ import annotations

from collections.abc import Iterable

from demo.cluster.api import NAMESPACES, Api
from demo.cluster.decoding import Call
from demo.cluster.deletion import FOREGROUND, ORPHAN, DeleteOptions, delete
from demo.cluster.kinds import Kind
from demo.cluster.objects import Obj, clone, dig, is_deleting, meta, name_of, namespace_of, owners_of, uid_of
from demo.cluster.status import ApiError
from demo.cluster.storage import Change, Key


class Garbage:
    """The garbage collector; it looks at one namespace at a time."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def keys(self, change: Change) -> Iterable[Key]:
        """Name the namespace in which something ended or is about to."""
        if (
            change.after is None
            or is_deleting(change.after)
            or (change.before is None and owners_of(change.after))
        ):
            yield (namespace_of(change.subject), "")

    def reconcile(self, key: Key) -> float | None:
        """Delete what lost its owners and let go of what has no dependents left."""
        kinds = self._stored_kinds()
        everything = [(kind, obj) for kind in kinds for obj in self._api.store.select(kind.bucket, key[0])]
        alive = {uid_of(obj) for _, obj in everything}
        if key[0]:
            alive |= {
                uid_of(obj)
                for kind in kinds
                if not kind.namespaced
                for obj in self._api.store.select(kind.bucket)
            }
        for kind, obj in everything:
            self._visit(kind, obj, everything, alive)
        return None

    def _stored_kinds(self) -> list[Kind]:
        buckets: dict[tuple[str, str], Kind] = {}
        for kind in self._api.kinds:
            if kind.deletable and kind.bucket != NAMESPACES:
                buckets.setdefault(kind.bucket, kind)
        return list(buckets.values())

    def _visit(self, kind: Kind, obj: Obj, everything: list[tuple[Kind, Obj]], alive: set[str]) -> None:
        owners = owners_of(obj)
        if owners and all(owner.get("uid") not in alive for owner in owners):
            self._delete(kind, obj, "Background")
            return
        finalizers = dig(obj, "metadata", "finalizers", default=[])
        if not is_deleting(obj) or not {FOREGROUND, ORPHAN} & set(finalizers):
            return
        mine = [
            pair for pair in everything if any(ref.get("uid") == uid_of(obj) for ref in owners_of(pair[1]))
        ]
        if ORPHAN in finalizers:
            for found, child in mine:
                self._disown(found, child, uid_of(obj))
            self._release(kind, obj, ORPHAN)
            return
        for found, child in mine:
            if not is_deleting(child):
                self._delete(found, child, "Foreground")
        if not any(self._api.store.get(found.bucket, namespace_of(c), name_of(c)) for found, c in mine):
            self._release(kind, obj, FOREGROUND)

    def _delete(self, kind: Kind, obj: Obj, propagation: str) -> None:
        if is_deleting(obj):
            return
        chosen = propagation if kind.bucket != ("", "pods") else ""
        try:
            delete(self._api, kind, namespace_of(obj), name_of(obj), DeleteOptions(propagation=chosen))
        except ApiError:
            # Somebody else was faster; the next look sees what is left.
            return

    def _disown(self, kind: Kind, obj: Obj, uid: str) -> None:
        child = clone(obj)
        rest = [owner for owner in owners_of(child) if owner.get("uid") != uid]
        meta(child)["ownerReferences"] = rest
        if not rest:
            meta(child).pop("ownerReferences")
        self._api.store.put(kind.bucket, child)

    def _release(self, kind: Kind, obj: Obj, finalizer: str) -> None:
        present = self._api.store.get(kind.bucket, namespace_of(obj), name_of(obj))
        if present is None:
            return
        freed = clone(present)
        rest = [item for item in meta(freed).get("finalizers", []) if item != finalizer]
        meta(freed)["finalizers"] = rest
        if not rest:
            meta(freed).pop("finalizers")
        self._api.update(kind, present, freed, Call())


class Namespaces:
    """Empties namespaces that are going away, then lets them go."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def keys(self, change: Change) -> Iterable[Key]:
        """Name a namespace that is going away, or in which something ended."""
        if change.bucket == NAMESPACES and change.after is not None and is_deleting(change.after):
            yield ("", name_of(change.subject))
        elif change.after is None and namespace_of(change.subject):
            yield ("", namespace_of(change.subject))

    def reconcile(self, key: Key) -> float | None:
        """Delete everything in a namespace that is going away."""
        namespace = self._api.store.get(NAMESPACES, "", key[1])
        if namespace is None or not is_deleting(namespace):
            return None
        left = 0
        for kind in self._api.kinds:
            if not kind.namespaced or not kind.deletable:
                continue
            for obj in self._api.store.select(kind.bucket, key[1]):
                if not is_deleting(obj):
                    delete(self._api, kind, key[1], name_of(obj), DeleteOptions(propagation="Background"))
                left += 1
        if left:
            return 0.1
        self._api.store.remove(NAMESPACES, "", key[1])
        return None
