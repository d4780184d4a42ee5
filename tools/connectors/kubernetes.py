"""Reads a Kubernetes cluster."""

from collections.abc import Mapping

from agent.errors import BadAnswer, NotFound, Refused, Unavailable
from tools.connectors.kubernetes_client import ClusterAccess, KubernetesClient, inside_cluster, segment
from tools.connectors.readers import JsonObject, Kind, Permission
from tools.quantities import parsed_quantity

__all__ = ["ClusterAccess", "KubernetesCluster", "inside_cluster"]

MAX_LOG_BYTES = 256 * 1024
_GROUPS: Mapping[str, str] = {
    "pods": "/api/v1",
    "configmaps": "/api/v1",
    "events": "/api/v1",
    "deployments": "/apis/apps/v1",
    "replicasets": "/apis/apps/v1",
    "resourcequotas": "/api/v1",
    "nodes": "/api/v1",
    "cronjobs": "/apis/batch/v1",
    "jobs": "/apis/batch/v1",
}
_EVERYWHERE = frozenset({"nodes"})


class KubernetesCluster:
    """A ClusterReader."""

    def __init__(self, access: ClusterAccess, *, timeout_seconds: float) -> None:
        self._server = KubernetesClient(access, timeout_seconds=timeout_seconds)

    async def close(self) -> None:
        """Close the connections."""
        await self._server.close()

    async def version(self) -> str:
        """Return the server's version."""
        return await self._server.version()

    async def list(
        self, kind: Kind, namespace: str, *, labels: str = "", fields: str = ""
    ) -> tuple[JsonObject, ...]:
        """List objects of a kind, page by page, at most 2,000."""
        return await self._server.pages(_path(kind, namespace), labels=labels, fields=fields)

    async def get(self, kind: Kind, namespace: str, name: str) -> JsonObject:
        """Return one object; raises NotFound."""
        return await self._server.json("GET", f"{_path(kind, namespace)}/{segment(name)}")

    async def pod_log(self, namespace: str, name: str, *, tail: int, previous: bool, container: str) -> str:
        """Return the newest lines that a container wrote."""
        query = {
            "tailLines": str(tail),
            "limitBytes": str(MAX_LOG_BYTES),
            "timestamps": "true",
            "previous": "true" if previous else "false",
        }
        query |= {"container": container} if container else {}
        path = f"{_path('pods', namespace)}/{segment(name)}/log"
        return (await self._server.raw("GET", path, query)).decode("utf-8", "replace")

    async def pod_usage(self, namespace: str) -> Mapping[str, tuple[float, float]]:
        """Return CPU cores and memory bytes per pod; empty when the cluster has no metrics."""
        path = f"/apis/metrics.k8s.io/v1beta1/namespaces/{segment(namespace)}/pods"
        try:
            answer = await self._server.json("GET", path)
        except (NotFound, Refused, Unavailable, BadAnswer):
            # The metrics server is an add-on: its absence, or trouble with it, must not hide the pods.
            return {}
        items = answer.get("items")
        return (
            dict(_usage(item) for item in items if isinstance(item, dict)) if isinstance(items, list) else {}
        )

    async def allowed(self, permission: Permission, namespace: str) -> bool:
        """Ask the server whether we hold a right."""
        return await self._server.allowed(permission, namespace)


def _path(kind: Kind, namespace: str) -> str:
    if kind in _EVERYWHERE or not namespace:
        return f"{_GROUPS[kind]}/{kind}"
    return f"{_GROUPS[kind]}/namespaces/{segment(namespace)}/{kind}"


def _usage(item: JsonObject) -> tuple[str, tuple[float, float]]:
    metadata, containers = item.get("metadata"), item.get("containers")
    name = str(metadata.get("name", "")) if isinstance(metadata, dict) else ""
    cores = memory = 0.0
    for container in containers if isinstance(containers, list) else ():
        usage = container.get("usage") if isinstance(container, dict) else None
        if isinstance(usage, dict):
            cores += parsed_quantity(usage.get("cpu"))
            memory += parsed_quantity(usage.get("memory"))
    return name, (cores, memory)
