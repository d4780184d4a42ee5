"""The verbs that read and write objects, without any transport: what every handler and controller calls."""

from __future__ import annotations

from collections.abc import Callable

from demo.cluster.creation import Creation
from demo.cluster.customs import check_schema
from demo.cluster.decoding import Call, decode, decode_patched, tidy
from demo.cluster.defaults import fill_defaults
from demo.cluster.kinds import Kind, KindTable
from demo.cluster.managed import Writer, entries_of, record_update
from demo.cluster.names import check_metadata, go_string
from demo.cluster.objects import Obj, clone, dig, meta, name_of, new_uid, stamp, suffix, uid_of
from demo.cluster.policies import Admission, admit
from demo.cluster.status import (
    ApiError,
    Cause,
    already_exists,
    bad_request,
    bad_value,
    conflict,
    forbidden,
    invalid,
    modified,
    not_found,
)
from demo.cluster.storage import Store
from demo.cluster.validation import check

NAMESPACES = ("", "namespaces")
_WITH_GENERATION = {
    ("apps", "deployments"),
    ("apps", "replicasets"),
    ("apps", "statefulsets"),
    ("apps", "daemonsets"),
    ("", "pods"),
    ("policy", "poddisruptionbudgets"),
    ("batch", "jobs"),
    ("batch", "cronjobs"),
    ("networking.k8s.io", "ingresses"),
    ("networking.k8s.io", "networkpolicies"),
    ("apiextensions.k8s.io", "customresourcedefinitions"),
    ("admissionregistration.k8s.io", "validatingadmissionpolicies"),
    ("admissionregistration.k8s.io", "validatingadmissionpolicybindings"),
}
_CONDITIONAL = {("policy", "poddisruptionbudgets"), ("coordination.k8s.io", "leases")}
_KEPT_META = (
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generation",
    "selfLink",
)


class Api:
    """Creates, replaces and patches objects, with everything that a real server does on the way."""

    def __init__(self, store: Store, kinds: KindTable) -> None:
        self.store = store
        self.kinds = kinds
        self._creation = Creation(store, kinds)

    def read(self, kind: Kind, namespace: str, name: str) -> Obj:
        """Return a stored object; raise 404 when it is missing."""
        found = self.store.get(kind.bucket, namespace, name)
        if found is None:
            raise not_found(kind, name)
        return found

    def create(self, kind: Kind, namespace: str, body: Obj, call: Call, *, applied: bool = False) -> Obj:
        """Create an object; raise 400, 403, 404, 409 or 422 as the server would."""
        obj = body if applied else decode(kind, body, call)
        self._place(kind, namespace, obj)
        fields = meta(obj)
        for name in (
            "uid",
            "resourceVersion",
            "creationTimestamp",
            "generation",
            "deletionTimestamp",
            "selfLink",
        ):
            fields.pop(name, None)
        self._creation.require_namespace(kind, namespace)
        if kind.has_status:
            obj.pop("status", None)
        fill_defaults(kind.bucket, obj)
        fields["uid"], fields["creationTimestamp"] = new_uid(), stamp()
        if kind.custom or kind.bucket in _WITH_GENERATION:
            fields["generation"] = 1
        self._creation.prepare(kind, obj)
        self._validate(kind, obj, None)
        if self.store.get(kind.bucket, namespace, name_of(obj)) is not None:
            raise already_exists(kind, name_of(obj))
        self._admit(kind, "CREATE", obj, None, call)
        self._creation.admit(kind, obj)
        if not applied:
            fields.pop("managedFields", None)
            record_update(None, obj, Writer(call.manager), custom=kind.custom)
        if call.dry_run:
            return obj
        stored = self.store.put(kind.bucket, obj)
        self._creation.follow_up(kind, stored)
        return stored

    def _place(self, kind: Kind, namespace: str, obj: Obj) -> None:
        fields = meta(obj)
        if kind.namespaced and fields.get("namespace", namespace) != namespace:
            why = "the namespace of the provided object does not match the namespace sent on the request"
            raise bad_request(why)
        if kind.namespaced:
            fields["namespace"] = namespace
        else:
            fields.pop("namespace", None)
        if not fields.get("name") and fields.get("generateName"):
            fields["name"] = fields["generateName"] + suffix()

    def replace(self, kind: Kind, namespace: str, name: str, body: Obj, call: Call, sub: str = "") -> Obj:
        """Replace an object by PUT; raise 409 when it was changed meanwhile."""
        obj = decode(kind, body, call)
        given = name_of(obj)
        if not given:
            why = f"the name of the object ({name} based on URL) was undeterminable: name must be provided"
            raise bad_request(why)
        if given != name:
            raise bad_request(f"the name of the object ({given}) does not match the name on the URL ({name})")
        if kind.namespaced and meta(obj).setdefault("namespace", namespace) != namespace:
            why = "the namespace of the object ({}) does not match the namespace on the URL ({})"
            raise bad_request(why.format(meta(obj)["namespace"], namespace))
        old = self.read(kind, namespace, name)
        uid = uid_of(obj)
        if uid and uid != uid_of(old):
            why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {uid_of(old)}"
            raise conflict(kind, name, why)
        if not dig(obj, "metadata", "resourceVersion") and (kind.custom or kind.bucket in _CONDITIONAL):
            cause = bad_value("metadata.resourceVersion", "0", "must be specified for an update")
            raise invalid(kind.group, kind.kind, name, [cause])
        return self.update(kind, old, obj, call, sub)

    def patch(
        self, kind: Kind, namespace: str, name: str, change: Callable[[Obj], Obj], call: Call, sub: str = ""
    ) -> Obj:
        """Change an object by a function of its present form."""
        old = self.read(kind, namespace, name)
        patched = change(clone(old))
        if not isinstance(patched, dict):
            raise bad_request("the patch does not leave an object")
        return self.update(kind, old, decode_patched(kind, patched, call), call, sub)

    def update(
        self, kind: Kind, old: Obj, obj: Obj, call: Call, sub: str = "", *, applied: bool = False
    ) -> Obj:
        """Store a new form of an object, or answer the old one when nothing changes."""
        self._require_current(kind, old, obj)
        self._restore_meta(kind, old, obj)
        if sub == "status":
            obj = self._only_status(kind, old, obj)
        elif kind.has_status:
            self._keep(obj, old, "status")
        if kind.bucket == ("", "services"):
            self._creation.keep_address(old, obj)
        fill_defaults(kind.bucket, obj)
        self._count_generation(kind, old, obj, sub)
        self._validate(kind, obj, old, sub)
        self._admit(kind, "UPDATE", obj, old, call, sub)
        if not applied:
            meta(obj)["managedFields"] = entries_of(old)
            if same(obj, old):
                return old
            record_update(old, obj, Writer(call.manager, subresource=sub), custom=kind.custom)
        elif obj == old:
            return old
        meta(obj)["resourceVersion"] = dig(old, "metadata", "resourceVersion")
        if call.dry_run:
            return obj
        if dig(obj, "metadata", "deletionTimestamp") and self._may_go(kind, obj):
            self.store.remove(
                kind.bucket, dig(obj, "metadata", "namespace", default=""), name_of(obj), last=obj
            )
            return obj
        stored = self.store.put(kind.bucket, obj)
        self._creation.follow_up(kind, stored)
        return stored

    @staticmethod
    def _may_go(kind: Kind, obj: Obj) -> bool:
        if dig(obj, "metadata", "finalizers") or kind.bucket == NAMESPACES:
            return False
        return not dig(obj, "metadata", "deletionGracePeriodSeconds")

    def _require_current(self, kind: Kind, old: Obj, obj: Obj) -> None:
        wanted = dig(obj, "metadata", "resourceVersion")
        if wanted and wanted != dig(old, "metadata", "resourceVersion"):
            raise modified(kind, name_of(old))

    def _restore_meta(self, kind: Kind, old: Obj, obj: Obj) -> None:
        causes: list[Cause] = []
        for name in ("name", "namespace", "uid"):
            given = dig(obj, "metadata", name)
            if given and given != dig(old, "metadata", name):
                causes.append(bad_value(f"metadata.{name}", go_string(str(given)), "field is immutable"))
        if causes:
            raise invalid(kind.group, kind.kind, name_of(old), causes)
        fields = meta(obj)
        for name in ("name", "namespace", "generateName", *_KEPT_META):
            self._keep(fields, meta(old), name)
        fields["resourceVersion"] = dig(old, "metadata", "resourceVersion")

    @staticmethod
    def _keep(target: Obj, source: Obj, name: str) -> None:
        if name in source:
            target[name] = clone(source[name])
        else:
            target.pop(name, None)

    def _only_status(self, kind: Kind, old: Obj, obj: Obj) -> Obj:
        result = clone(old)
        self._keep(result, obj, "status")
        if not kind.custom:
            self._keep(meta(result), meta(obj), "annotations")
        return tidy(kind, result)

    def _count_generation(self, kind: Kind, old: Obj, obj: Obj, sub: str) -> None:
        if sub == "status" or not dig(old, "metadata", "generation"):
            return
        ignored = {"metadata", "status"} if kind.has_status or not kind.custom else {"metadata"}
        before = {key: value for key, value in old.items() if key not in ignored}
        after = {key: value for key, value in obj.items() if key not in ignored}
        if before != after:
            meta(obj)["generation"] = meta(old)["generation"] + 1

    def _validate(self, kind: Kind, obj: Obj, old: Obj | None, sub: str = "") -> None:
        if sub == "status" and not kind.custom:
            return
        causes = (
            check_metadata(kind, obj) + check_schema(kind.schema, obj)
            if kind.custom
            else check(kind, obj, old)
        )
        if causes:
            raise invalid(kind.group, kind.kind, name_of(obj), causes)

    def _admit(
        self, kind: Kind, operation: str, obj: Obj, old: Obj | None, call: Call, sub: str = ""
    ) -> None:
        namespace = dig(obj, "metadata", "namespace", default="")
        admission = Admission(kind, operation, name_of(obj), namespace, obj, old, call.identity, sub)
        call.warnings.extend(admit(self.store, admission))

    def put_status(self, kind: Kind, obj: Obj, call: Call | None = None) -> Obj:
        """Store a controller's new status (and annotations) for an object it read; ignore stale ones."""
        namespace = dig(obj, "metadata", "namespace", default="")
        old = self.store.get(kind.bucket, namespace, name_of(obj))
        if old is None or uid_of(old) != uid_of(obj):
            return obj
        return self.update(kind, old, clone(obj), call or Call(), "status")


def same(left: Obj, right: Obj) -> bool:
    """Compare objects without their managed fields."""

    def bare(obj: Obj) -> Obj:
        fields = {key: value for key, value in meta(obj).items() if key != "managedFields"}
        return {**obj, "metadata": fields}

    return bare(left) == bare(right)


def terminating(kind: Kind, name: str, namespace: str) -> ApiError:
    """Build the 403 of a create in a namespace that is going away."""
    return forbidden(
        kind, name, f"unable to create new content in namespace {namespace} because it is being terminated"
    )
