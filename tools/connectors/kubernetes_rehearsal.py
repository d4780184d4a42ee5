"""A cluster to plan changes on with an account that only reads: dry runs are worked out here, anything else is refused."""

from typing import Any

from agent.errors import Conflict, NotFound, NotPermitted, Overloaded
from tools.connectors.kubernetes_client import BACKEND, ClusterAccess
from tools.connectors.kubernetes_writer import KubernetesWriter
from tools.connectors.local_patches import merged, strategically_merged
from tools.connectors.readers import JsonObject, Permission
from tools.connectors.writers import DISRUPTION_BUDGETS, PODS, PatchKind, Resource


class RehearsingCluster:
    """A ClusterWriter that changes nothing: it sends no request but those that read.

    What it answers to a dry run was never seen by the server: admission rules and its validation are left out.
    """

    def __init__(self, access: ClusterAccess, *, timeout_seconds: float) -> None:
        self._server = KubernetesWriter(access, timeout_seconds=timeout_seconds)

    async def close(self) -> None:
        """Close the connections."""
        await self._server.close()

    async def version(self) -> str:
        """Return the server's version."""
        return await self._server.version()

    async def get(self, resource: Resource, namespace: str, name: str) -> JsonObject:
        """Return one object; raises NotFound."""
        return await self._server.get(resource, namespace, name)

    async def list(
        self, resource: Resource, namespace: str, *, labels: str = "", fields: str = ""
    ) -> tuple[JsonObject, ...]:
        """List objects, at most 2,000; an empty namespace means all of them."""
        return await self._server.list(resource, namespace, labels=labels, fields=fields)

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
        """Work out what a patch would make of the object as it is now; raises Conflict for an old version."""
        _only_rehearsed(dry_run)
        item = await self._server.get(resource, namespace, name)
        if not isinstance(body, dict) or kind == "json":
            raise NotPermitted("A JSON patch cannot be worked out without the server.")
        for field in ("resourceVersion", "uid"):
            wanted = _meta(body, field)
            if wanted and wanted != _meta(item, field):
                raise Conflict(f"{resource.kind} {name} was changed meanwhile.")
        return merged(item, body) if kind == "merge" else strategically_merged(item, body)

    async def create(
        self, resource: Resource, namespace: str, body: JsonObject, *, dry_run: bool = False
    ) -> JsonObject:
        """Return the object that would be created; raises Conflict when its name is taken."""
        _only_rehearsed(dry_run)
        name = _meta(body, "name")
        try:
            await self._server.get(resource, namespace, name)
        except NotFound:
            return merged({"metadata": {"namespace": namespace}}, body)
        raise Conflict(f"There is a {resource.kind} {name} already.")

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
        """Look whether exactly the object with this uid is there; another one of the same name raises Conflict."""
        _only_rehearsed(dry_run)
        if _meta(await self._server.get(resource, namespace, name), "uid") != uid:
            raise Conflict(f"The {resource.kind} {name} is another one than before.")

    async def evict(self, namespace: str, pod: str, *, uid: str, dry_run: bool = False) -> None:
        """Look whether a pod could be evicted; raises Overloaded when a disruption budget has no room."""
        _only_rehearsed(dry_run)
        await self.delete(PODS, namespace, pod, uid=uid, dry_run=True)
        for budget in await self._server.list(DISRUPTION_BUDGETS, namespace):
            if _room(budget) <= 0 and await self._covers(budget, namespace, uid):
                why = f"Kubernetes would refuse for now: the disruption budget {_meta(budget, 'name')} has no room."
                raise Overloaded(why, backend=BACKEND)

    async def _covers(self, budget: JsonObject, namespace: str, uid: str) -> bool:
        covered = await self._server.list(PODS, namespace, labels=_query(budget))
        return any(_meta(pod, "uid") == uid for pod in covered)

    async def allowed(self, permission: Permission, namespace: str) -> bool:
        """Say whether the reading account holds a right."""
        return await self._server.allowed(permission, namespace)


def _only_rehearsed(dry_run: bool) -> None:
    if not dry_run:
        raise NotPermitted(
            "Nothing is changed here: the bot holds no write account, because actions are only suggested."
        )


def _meta(item: Any, field: str) -> str:
    metadata = item.get("metadata")
    return str(metadata.get(field) or "") if isinstance(metadata, dict) else ""


def _room(budget: JsonObject) -> int:
    status = budget.get("status")
    allowed = status.get("disruptionsAllowed") if isinstance(status, dict) else None
    return allowed if isinstance(allowed, int) else 0


def _query(budget: JsonObject) -> str:
    """Return a budget's selector as the API's own query; an empty selector covers every pod."""
    spec = budget.get("spec")
    selector = spec.get("selector") if isinstance(spec, dict) else None
    found = selector if isinstance(selector, dict) else {}
    parts = [f"{key}={value}" for key, value in (found.get("matchLabels") or {}).items()]
    for one in found.get("matchExpressions") or ():
        key, operator, values = one.get("key"), one.get("operator"), ",".join(one.get("values") or ())
        spelled = {"In": f"{key} in ({values})", "NotIn": f"{key} notin ({values})", "Exists": f"{key}"}
        parts.append(spelled.get(operator, f"!{key}"))
    return ",".join(parts)
