"""A cluster to write to that keeps its objects in memory and notes every change that really takes place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from agent.errors import Conflict, NotFound
from tools.connectors.local_patches import merged, strategically_merged
from tools.connectors.memory import MemoryWorld
from tools.connectors.readers import JsonObject, Permission
from tools.connectors.writers import PODS, PatchKind, Resource

# Below, `list` is a method.
Objects = list[JsonObject]


@dataclass(frozen=True, slots=True)
class Effect:
    """One change of the cluster that was not a dry run."""

    verb: str
    kind: str
    namespace: str
    name: str


class RecordingCluster:
    """A ClusterWriter on the objects of a world in memory, which the readers see as well."""

    def __init__(self, world: MemoryWorld) -> None:
        self._world = world
        self.effects: list[Effect] = []

    async def version(self) -> str:
        """Return a made-up version."""
        return "memory"

    async def close(self) -> None:
        """Do nothing."""

    async def get(self, resource: Resource, namespace: str, name: str) -> JsonObject:
        """Return one object; raises NotFound."""
        for item in await self.list(resource, namespace):
            if item["metadata"]["name"] == name:
                return item
        raise NotFound(f"Kubernetes does not have that (404). {resource.plural} “{name}” not found")

    async def list(
        self, resource: Resource, namespace: str, *, labels: str = "", fields: str = ""
    ) -> tuple[JsonObject, ...]:
        """List objects; an empty namespace means all of them."""
        wanted = dict(pair.split("=", 1) for pair in labels.split(",") if "=" in pair)
        return tuple(
            {"kind": resource.kind, **item}
            for item in self._kind(resource)
            if namespace in ("", item["metadata"].get("namespace", ""))
            and wanted.items() <= dict(item["metadata"].get("labels") or {}).items()
        )

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
        """Change an object; raises Conflict for an old version."""
        item = await self.get(resource, namespace, name)
        change: dict[str, Any] = body if isinstance(body, dict) else {}
        version = (change.get("metadata") or {}).get("resourceVersion")
        if version and version != item["metadata"].get("resourceVersion"):
            raise Conflict(f"{resource.kind} {name} was changed meanwhile.")
        found = merged(item, change) if kind == "merge" else strategically_merged(item, change)
        if not dry_run:
            self._note("patch", resource, namespace, name)
            found["metadata"]["resourceVersion"] = str(len(self.effects) + 1000)
            items = self._kind(resource)
            items[:] = [found if one["metadata"]["name"] == name else one for one in items]
        return found

    async def create(
        self, resource: Resource, namespace: str, body: JsonObject, *, dry_run: bool = False
    ) -> JsonObject:
        """Create an object."""
        found = merged({"metadata": {"namespace": namespace}}, body)
        if not dry_run:
            self._note("create", resource, namespace, str(found["metadata"].get("name", "")))
            self._kind(resource).append(found)
        return found

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
        """Delete exactly the object with this uid."""
        item = await self.get(resource, namespace, name)
        if item["metadata"].get("uid") != uid:
            raise Conflict(f"The {resource.kind} {name} is another one than before.")
        if not dry_run:
            self._note("delete", resource, namespace, name)
            items = self._kind(resource)
            items[:] = [one for one in items if one["metadata"]["name"] != name]

    async def evict(self, namespace: str, pod: str, *, uid: str, dry_run: bool = False) -> None:
        """Delete a pod as an eviction does."""
        await self.delete(PODS, namespace, pod, uid=uid, dry_run=dry_run)

    async def allowed(self, permission: Permission, namespace: str) -> bool:
        """Hold every right: only the product itself stands in the way here."""
        return True

    def _kind(self, resource: Resource) -> Objects:
        # The world's kinds are the plurals that the readers know; other kinds grow here only.
        kinds: dict[str, Objects] = cast(Any, self._world.objects)
        return kinds.setdefault(resource.plural, [])

    def _note(self, verb: str, resource: Resource, namespace: str, name: str) -> None:
        self.effects.append(Effect(verb, resource.kind, namespace, name))
