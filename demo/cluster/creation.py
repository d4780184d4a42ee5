"""What else happens when an object of a certain kind is created: accounts, addresses, served kinds."""

from __future__ import annotations

from itertools import count

from demo.cluster.bootstrap import namespace_config_maps
from demo.cluster.customs import established, kinds_of
from demo.cluster.kinds import Kind, KindTable
from demo.cluster.objects import Obj, clone, dig, is_deleting, name_of, namespace_of, new_uid, stamp, uid_of
from demo.cluster.podspecs import admit_pod
from demo.cluster.quotas import require_room
from demo.cluster.status import forbidden, not_found
from demo.cluster.storage import Store

NAMESPACES = ("", "namespaces")
JOBS = ("batch", "jobs")
DEFINITIONS = ("apiextensions.k8s.io", "customresourcedefinitions")


def _prepare_job(job: Obj) -> None:
    """Give a new Job the selector and the labels by which it knows its Pods."""
    uid, spec = uid_of(job), job["spec"]
    labels = {
        "batch.kubernetes.io/controller-uid": uid,
        "batch.kubernetes.io/job-name": name_of(job),
        "controller-uid": uid,
        "job-name": name_of(job),
    }
    template = spec["template"].setdefault("metadata", {})
    template["labels"] = {**(template.get("labels") or {}), **labels}
    spec["selector"] = {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}


class Creation:
    """The steps of a create that depend on the kind."""

    def __init__(self, store: Store, kinds: KindTable) -> None:
        self._store = store
        self._kinds = kinds
        self._addresses = count(10)

    def require_namespace(self, kind: Kind, namespace: str) -> None:
        """Raise 404 when the namespace is missing, 403 when it is going away."""
        if not kind.namespaced:
            return
        home = self._store.get(NAMESPACES, "", namespace)
        if home is None:
            raise not_found(self._kinds.by_plural("", "namespaces"), namespace)
        if is_deleting(home):
            why = f"unable to create new content in namespace {namespace} because it is being terminated"
            raise forbidden(kind, "", why)

    def prepare(self, kind: Kind, obj: Obj) -> None:
        """Fill in what depends on the cluster, before the object is validated."""
        if kind.bucket == ("", "pods"):
            admit_pod(obj)
        if kind.bucket == JOBS:
            _prepare_job(obj)
        if kind.bucket == ("", "services"):
            self._give_address(obj)
        if kind.bucket == DEFINITIONS:
            obj["status"] = established(obj)

    def admit(self, kind: Kind, obj: Obj) -> None:
        """Refuse what the state of the cluster forbids."""
        if kind.bucket == ("", "pods"):
            account = dig(obj, "spec", "serviceAccountName", default="default")
            if self._store.get(("", "serviceaccounts"), namespace_of(obj), account) is None:
                where = f"{namespace_of(obj)}/{account}"
                missing = f'serviceaccount "{account}" not found'
                raise forbidden(kind, name_of(obj), f"error looking up service account {where}: {missing}")
        if kind.namespaced:
            require_room(self._store, kind, obj)

    def follow_up(self, kind: Kind, obj: Obj) -> None:
        """Do what the cluster does at once after an object was stored."""
        if kind.bucket == DEFINITIONS:
            for served in kinds_of(obj):
                self._kinds.add(served)
        if kind.bucket == NAMESPACES and not is_deleting(obj):
            self._furnish(name_of(obj))

    def _give_address(self, service: Obj) -> None:
        spec = service["spec"]
        if spec.get("type") == "ExternalName":
            return
        if not spec.get("clusterIP"):
            number = next(self._addresses)
            spec["clusterIP"] = f"10.96.{number // 250}.{number % 250 + 1}"
        spec["clusterIPs"] = [spec["clusterIP"]]

    @staticmethod
    def keep_address(old: Obj, service: Obj) -> None:
        """Give a replaced Service the address that it had, when the client names none."""
        for field in ("clusterIP", "clusterIPs"):
            if field in old["spec"] and not service["spec"].get(field):
                service["spec"][field] = clone(old["spec"][field])

    def _furnish(self, namespace: str) -> None:
        if self._store.get(("", "serviceaccounts"), namespace, "default") is None:
            account = self._shell("ServiceAccount", "default", namespace)
            self._store.put(("", "serviceaccounts"), account)
        for name, notes, data in namespace_config_maps():
            if self._store.get(("", "configmaps"), namespace, name) is None:
                shell = self._shell("ConfigMap", name, namespace)
                shell["metadata"]["annotations"] = clone(notes)
                self._store.put(("", "configmaps"), {**shell, "data": clone(data)})

    @staticmethod
    def _shell(kind: str, name: str, namespace: str) -> Obj:
        fields = {"name": name, "namespace": namespace, "uid": new_uid(), "creationTimestamp": stamp()}
        return {"kind": kind, "apiVersion": "v1", "metadata": fields}
