"""Keeps Endpoints and EndpointSlices of Services that select Pods."""

from __future__ import annotations

from collections.abc import Iterable

from demo.cluster.api import Api
from demo.cluster.controllers.pods import is_ready
from demo.cluster.decoding import Call
from demo.cluster.objects import (
    Obj,
    clone,
    dig,
    is_deleting,
    labels_of,
    name_of,
    namespace_of,
    owner_reference,
    uid_of,
)
from demo.cluster.storage import Change, Key, Store

SERVICES = ("", "services")
ENDPOINTS = ("", "endpoints")
SLICES = ("discovery.k8s.io", "endpointslices")


def selected_pods(store: Store, service: Obj) -> list[Obj]:
    """List the Pods behind a Service, ready or not, as long as they have an address."""
    selector = dig(service, "spec", "selector", default={})
    if not selector:
        return []
    return [
        pod
        for pod in store.select(("", "pods"), namespace_of(service))
        if selector.items() <= labels_of(pod).items()
        and dig(pod, "status", "podIP")
        and not is_deleting(pod)
        and dig(pod, "status", "phase") not in ("Succeeded", "Failed")
    ]


class Endpoints:
    """The endpoints controller."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def keys(self, change: Change) -> Iterable[Key]:
        """Name a changed Service, or those that select a changed Pod."""
        if change.bucket == SERVICES:
            yield (namespace_of(change.subject), name_of(change.subject))
        if change.bucket == ("", "pods"):
            # A Pod that was relabelled concerns the Service that it left as well.
            forms = [labels_of(pod).items() for pod in (change.before, change.after) if pod is not None]
            for service in self._api.store.select(SERVICES, namespace_of(change.subject)):
                wanted = dig(service, "spec", "selector", default={}).items()
                if wanted and any(wanted <= form for form in forms):
                    yield (namespace_of(service), name_of(service))

    def reconcile(self, key: Key) -> float | None:
        """Write the addresses of a Service's Pods."""
        service = self._api.store.get(SERVICES, *key)
        if service is None:
            self._api.store.remove(ENDPOINTS, *key)
            return None
        if not dig(service, "spec", "selector"):
            return None
        pods = selected_pods(self._api.store, service)
        self._write_endpoints(service, pods)
        self._write_slice(service, pods)
        return None

    def _write_endpoints(self, service: Obj, pods: list[Obj]) -> None:
        ready = [_address(pod) for pod in pods if is_ready(pod)]
        waiting = [_address(pod) for pod in pods if not is_ready(pod)]
        subset: Obj = {"addresses": ready, "notReadyAddresses": waiting}
        subset = {name: items for name, items in subset.items() if items}
        if subset:
            subset["ports"] = _ports(service, pods)
        body: Obj = {
            "metadata": {"name": name_of(service), "labels": clone(labels_of(service))},
            "subsets": [subset] if subset else [],
        }
        self._put(ENDPOINTS, namespace_of(service), body)

    def _write_slice(self, service: Obj, pods: list[Obj]) -> None:
        labels = {"kubernetes.io/service-name": name_of(service)}
        labels["endpointslice.kubernetes.io/managed-by"] = "endpointslice-controller.k8s.io"
        entries = [
            {
                "addresses": [pod["status"]["podIP"]],
                "conditions": {"ready": is_ready(pod), "serving": is_ready(pod), "terminating": False},
                "nodeName": dig(pod, "spec", "nodeName"),
                "targetRef": _reference(pod),
            }
            for pod in pods
        ]
        fields = {
            "name": f"{name_of(service)}-{uid_of(service)[:5]}",
            "labels": labels,
            "ownerReferences": [owner_reference(service)],
        }
        body = {
            "metadata": fields,
            "addressType": "IPv4",
            "endpoints": entries,
            "ports": _ports(service, pods),
        }
        self._put(SLICES, namespace_of(service), body)

    def _put(self, bucket: tuple[str, str], namespace: str, body: Obj) -> None:
        kind = self._api.kinds.by_plural(*bucket)
        present = self._api.store.get(bucket, namespace, body["metadata"]["name"])
        if present is None:
            self._api.create(kind, namespace, body, Call())
            return
        updated = {**clone(present), **{key: value for key, value in body.items() if key != "metadata"}}
        if not body.get("subsets", True):
            updated.pop("subsets", None)
        if updated != present:
            self._api.update(kind, present, updated, Call())


def _reference(pod: Obj) -> Obj:
    return {"kind": "Pod", "namespace": namespace_of(pod), "name": name_of(pod), "uid": uid_of(pod)}


def _address(pod: Obj) -> Obj:
    return {
        "ip": pod["status"]["podIP"],
        "nodeName": dig(pod, "spec", "nodeName"),
        "targetRef": _reference(pod),
    }


def _ports(service: Obj, pods: list[Obj]) -> list[Obj]:
    found = []
    for port in dig(service, "spec", "ports", default=[]):
        target = port.get("targetPort", port.get("port"))
        if isinstance(target, str):
            target = _named(target, pods) or port.get("port")
        entry = {"port": target, "protocol": port.get("protocol", "TCP")}
        found.append({"name": port["name"], **entry} if port.get("name") else entry)
    return found


def _named(name: str, pods: list[Obj]) -> int:
    for pod in pods:
        for container in dig(pod, "spec", "containers", default=[]):
            for port in container.get("ports") or []:
                if port.get("name") == name:
                    return int(port["containerPort"])
    return 0
