"""Changes a Kubernetes cluster with the write account: each method is one request, and nothing is sent twice."""

from collections.abc import Mapping

from tools.connectors.kubernetes_client import ClusterAccess, KubernetesClient, segment
from tools.connectors.readers import JsonObject, Permission
from tools.connectors.writers import PatchKind, Resource

MANAGER = "ops-monitor"
_MEDIA: Mapping[PatchKind, str] = {
    "merge": "application/merge-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "json": "application/json-patch+json",
}


class KubernetesWriter:
    """A ClusterWriter."""

    def __init__(self, access: ClusterAccess, *, timeout_seconds: float) -> None:
        self._server = KubernetesClient(access, timeout_seconds=timeout_seconds)

    async def close(self) -> None:
        """Close the connections."""
        await self._server.close()

    async def version(self) -> str:
        """Return the server's version."""
        return await self._server.version()

    async def get(self, resource: Resource, namespace: str, name: str) -> JsonObject:
        """Return one object; raises NotFound."""
        return await self._server.json("GET", _path(resource, namespace, name))

    async def list(
        self, resource: Resource, namespace: str, *, labels: str = "", fields: str = ""
    ) -> tuple[JsonObject, ...]:
        """List objects, at most 2,000; an empty namespace means all of them."""
        return await self._server.pages(_path(resource, namespace), labels=labels, fields=fields)

    async def patch(
        self,
        resource: Resource,
        namespace: str,
        name: str,
        body: object,
        *,
        kind: PatchKind = "strategic",
        subresource: str = "",
        dry_run: bool = False,
    ) -> JsonObject:
        """Change an object in one request; unknown fields are refused by the server."""
        path = _path(resource, namespace, name, subresource)
        return await self._server.json("PATCH", path, _query(dry_run), body, _MEDIA[kind])

    async def create(
        self, resource: Resource, namespace: str, body: JsonObject, *, dry_run: bool = False
    ) -> JsonObject:
        """Create an object; raises Conflict when its name is taken."""
        return await self._server.json("POST", _path(resource, namespace), _query(dry_run), body)

    async def delete(
        self,
        resource: Resource,
        namespace: str,
        name: str,
        *,
        uid: str,
        grace_seconds: int | None = None,
        dry_run: bool = False,
    ) -> None:
        """Delete exactly the object with this uid; another one of the same name raises Conflict."""
        options = _delete_options(uid, grace_seconds, dry_run=dry_run)
        await self._server.json("DELETE", _path(resource, namespace, name), body=options)

    async def evict(self, namespace: str, pod: str, *, uid: str, dry_run: bool = False) -> None:
        """Ask for a pod's eviction; raises Overloaded while a disruption budget says no."""
        body = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": pod, "namespace": namespace},
            "deleteOptions": _delete_options(uid, None, dry_run=dry_run),
        }
        path = f"/api/v1/namespaces/{segment(namespace)}/pods/{segment(pod)}/eviction"
        query = {"dryRun": "All"} if dry_run else {}
        await self._server.json("POST", path, query, body)

    async def allowed(self, permission: Permission, namespace: str) -> bool:
        """Say whether the write account holds a right."""
        return await self._server.allowed(permission, namespace)


def _path(resource: Resource, namespace: str, name: str = "", subresource: str = "") -> str:
    root = f"/apis/{resource.group}" if resource.group else "/api"
    inside = f"/namespaces/{segment(namespace)}" if resource.namespaced and namespace else ""
    path = f"{root}/{resource.version}{inside}/{resource.plural}"
    # One object of a kind that lives in namespaces has no address without one.
    if name and resource.namespaced:
        segment(namespace)
    path += f"/{segment(name)}" if name else ""
    return f"{path}/{segment(subresource)}" if subresource else path


def _query(dry_run: bool) -> dict[str, str]:
    query = {"fieldManager": MANAGER, "fieldValidation": "Strict"}
    return {**query, "dryRun": "All"} if dry_run else query


def _delete_options(uid: str, grace_seconds: int | None, *, dry_run: bool) -> JsonObject:
    options: JsonObject = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": uid}}
    if grace_seconds is not None:
        options["gracePeriodSeconds"] = grace_seconds
    if dry_run:
        options["dryRun"] = ["All"]
    return options
