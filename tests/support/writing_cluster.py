"""A cluster to change: the shipped rights of both accounts, workloads with a past, and connections that lose answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml

from agent.domain.action import Plan
from agent.errors import TimedOut
from demo.cluster.annotated import AnnotatedRuntime
from demo.cluster.identity import MASTERS, Identity
from demo.cluster.server import ClusterServer
from tests.support.backends import eventually
from tools.base import Check, CheckState, Write
from tools.connectors.kubernetes import ClusterAccess
from tools.connectors.kubernetes_writer import KubernetesWriter
from tools.connectors.readers import Permission
from tools.connectors.writers import (
    CONFIG_MAPS,
    DEPLOYMENTS,
    NODES,
    PODS,
    REPLICA_SETS,
    STATEFUL_SETS,
    Resource,
)

RIGHTS = Path(__file__).resolve().parents[2] / "deploy" / "kubernetes"
_GROUPS = ("system:serviceaccounts", "system:serviceaccounts:monitoring")
TOKENS: Mapping[str, Identity] = {
    "admin": Identity("admin", (MASTERS,)),
    "writer": Identity("system:serviceaccount:monitoring:ops-monitor-writer", _GROUPS),
    "reader": Identity("system:serviceaccount:monitoring:ops-monitor", _GROUPS),
}
NAMESPACES = ("shop",)
CRASHES = {"fakelet/state": "CrashLoopBackOff"}
Object = dict[str, Any]
Account = TypeVar("Account", bound=KubernetesWriter)


def workload(
    name: str = "payment",
    image: str = "registry.example/payment:v1",
    replicas: int = 3,
    *,
    kind: str = "Deployment",
    notes: Mapping[str, str] | None = None,
    env: Mapping[str, str] | None = None,
    **spec: Any,
) -> Object:
    """Build a workload of one container."""
    labels = {"app": name}
    container = {
        "name": name,
        "image": image,
        "env": [{"name": key, "value": value} for key, value in (env or {"POOL": "10"}).items()],
        "envFrom": [{"configMapRef": {"name": "settings"}}],
    }
    template = {
        "metadata": {"labels": labels, "annotations": dict(notes or {})},
        "spec": {"containers": [container]},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "shop", "labels": labels},
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template, **spec},
    }


class LosingWriter(KubernetesWriter):
    """Sends what it is told to and loses the answer, as a connection that breaks at the worst moment."""

    losing = True

    async def patch(self, resource: Resource, namespace: str, name: str, body: object, **how: Any) -> Object:
        found = await super().patch(resource, namespace, name, body, **how)
        return found if how.get("dry_run") else self._lost(found)

    async def delete(self, resource: Resource, namespace: str, name: str, **how: Any) -> None:
        await super().delete(resource, namespace, name, **how)
        if not how.get("dry_run"):
            self._lost({})

    def _lost(self, found: Object) -> Object:
        if self.losing:
            raise TimedOut("The answer was lost.", backend="kubernetes")
        return found


class RecordingWriter(KubernetesWriter):
    """Notes which rights it makes use of."""

    def __init__(self, access: ClusterAccess, *, timeout_seconds: float) -> None:
        super().__init__(access, timeout_seconds=timeout_seconds)
        self.used: set[Permission] = set()

    def _note(self, verb: str, resource: Resource, subresource: str = "") -> None:
        self.used.add(Permission(verb, resource.plural, resource.group, subresource))

    async def get(self, resource: Resource, namespace: str, name: str) -> Object:
        self._note("get", resource)
        return await super().get(resource, namespace, name)

    async def list(
        self, resource: Resource, namespace: str, *, labels: str = "", fields: str = ""
    ) -> tuple[Object, ...]:
        self._note("list", resource)
        return await super().list(resource, namespace, labels=labels, fields=fields)

    async def patch(self, resource: Resource, namespace: str, name: str, body: object, **how: Any) -> Object:
        self._note("patch", resource, how.get("subresource", ""))
        return await super().patch(resource, namespace, name, body, **how)

    async def create(
        self, resource: Resource, namespace: str, body: Object, *, dry_run: bool = False
    ) -> Object:
        self._note("create", resource)
        return await super().create(resource, namespace, body, dry_run=dry_run)

    async def delete(self, resource: Resource, namespace: str, name: str, **how: Any) -> None:
        self._note("delete", resource)
        await super().delete(resource, namespace, name, **how)

    async def evict(self, namespace: str, pod: str, *, uid: str, dry_run: bool = False) -> None:
        self._note("create", PODS, "eviction")
        await super().evict(namespace, pod, uid=uid, dry_run=dry_run)


@dataclass(slots=True)
class WritingWorld:
    """The cluster, an administrator's hands, and the two accounts of the product."""

    server: ClusterServer
    admin: KubernetesWriter
    writer: KubernetesWriter
    reader: KubernetesWriter
    losing: LosingWriter
    recording: RecordingWriter

    async def make(self, *manifests: Object) -> None:
        """Create or change objects as somebody else would."""
        for manifest in manifests:
            await self.server.apply(manifest)

    async def settled(self, name: str = "payment", resource: Resource = DEPLOYMENTS) -> Object:
        """Wait until a workload has rolled out; return it."""

        async def rolled() -> Object | None:
            found = await self.admin.get(resource, "shop", name)
            status, size = found.get("status", {}), found["spec"]["replicas"]
            seen = status.get("observedGeneration", 0) >= found["metadata"]["generation"]
            counts = [status.get(key, 0) for key in ("replicas", "readyReplicas", "updatedReplicas")]
            return found if seen and counts == [size] * 3 else None

        return await eventually(rolled, every=0.01)

    async def revisions(self, name: str, count: int) -> None:
        """Wait until a Deployment has so many revisions."""

        async def there() -> bool:
            found = await self.admin.list(REPLICA_SETS, "shop", labels=f"app={name}")
            return len(found) == count

        await eventually(there, every=0.01)

    async def pods(self, name: str = "payment") -> list[Object]:
        """Return the pods of a workload that are not on their way out."""
        found = await self.admin.list(PODS, "shop", labels=f"app={name}")
        return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]

    async def deployment(self, name: str = "payment") -> Object:
        """Return a Deployment."""
        return await self.admin.get(DEPLOYMENTS, "shop", name)

    async def versions(self) -> dict[str, str]:
        """Return the resource version of everything that an action may change."""
        found: dict[str, str] = {}
        for resource in (DEPLOYMENTS, STATEFUL_SETS, CONFIG_MAPS, PODS, NODES):
            for item in await self.admin.list(resource, ""):
                metadata = item["metadata"]
                found[f"{resource.plural}/{metadata.get('namespace')}/{metadata['name']}"] = metadata[
                    "resourceVersion"
                ]
        return found

    async def quiet(self) -> dict[str, str]:
        """Return the versions once the controllers have ended what a test's preparation set in motion."""
        seen, quiet = await self.versions(), 0
        async with asyncio.timeout(60):
            while quiet < 3:
                await asyncio.sleep(0.1)
                before, seen = seen, await self.versions()
                quiet = quiet + 1 if seen == before else 0
        return seen


@asynccontextmanager
async def writing_world(*, nodes: tuple[str, ...] = ("node-1", "node-2")) -> AsyncIterator[WritingWorld]:
    """Run a cluster with the shipped rights in which `payment` went from v1 to v2."""
    async with ClusterServer(
        runtime=AnnotatedRuntime(), nodes=nodes, tokens=TOKENS, time_scale=0.1
    ) as server:

        def account(kind: type[Account], token: str) -> Account:
            return kind(ClusterAccess(server.url, token), timeout_seconds=30)

        world = WritingWorld(
            server,
            account(KubernetesWriter, "admin"),
            account(KubernetesWriter, "writer"),
            account(KubernetesWriter, "reader"),
            account(LosingWriter, "writer"),
            account(RecordingWriter, "writer"),
        )
        try:
            await world.make({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
            for name in ("rbac.yaml", "rbac-write.yaml"):
                await world.make(*yaml.safe_load_all((RIGHTS / name).read_text("utf-8")))
            settings = {"metadata": {"name": "settings", "namespace": "shop"}, "data": {"POOL": "10"}}
            await world.make({"apiVersion": "v1", "kind": "ConfigMap", **settings})
            await world.make(workload())
            await world.settled()
            await world.make(workload(image="registry.example/payment:v2"))
            await world.settled()
            yield world
        finally:
            for connection in (world.admin, world.writer, world.reader, world.losing, world.recording):
                await connection.close()


async def finished(write: Write, params: Any, plan: Plan, key: str, *, undo: bool = False) -> Check:
    """Ask how far an effect, or an undo, has come until that is decided."""

    async def decided() -> Check | None:
        found = await (write.undo_check if undo else write.check)(params, plan, key)
        return found if found.state is not CheckState.PENDING else None

    return await eventually(decided, every=0.01)
