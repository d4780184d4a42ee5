"""A cluster with real shop services, the mesh and a TLS gateway, small and fast, for the writes that steer traffic."""

import asyncio
import contextlib
import copy
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from demo.backends.rules import DEPLOY
from demo.cluster.server import ClusterServer
from demo.mesh.mesh import Mesh
from demo.mesh.sidecar import Sidecar
from demo.shop.model_gateway import ModelGateway
from demo.shop.pod import Pace
from demo.shop.runtime import ShopRuntime
from demo.world import MANIFESTS, WRITER
from tests.support.backends import eventually
from tests.support.cluster import IDENTITIES
from tests.support.cluster_data import TOKENS
from tools.base import CheckState
from tools.connectors.kubernetes_client import ClusterAccess
from tools.connectors.kubernetes_writer import KubernetesWriter

WRITERS_TOKEN = "token-writer"
WISH = {"user": "u-1", "grade_level": 7, "subject": "math"}
ROUTE = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "HTTPRoute",
    "metadata": {"name": "textbook", "namespace": "shop"},
    "spec": {
        "parentRefs": [{"group": "", "kind": "Service", "name": "textbook"}],
        "rules": [
            {
                "backendRefs": [
                    {"name": "textbook", "port": 80, "weight": 100},
                    {"name": "textbook-standby", "port": 80, "weight": 0},
                ]
            }
        ],
    },
}


def manifest(*files: str) -> list[dict[str, Any]]:
    """Read objects of the shop."""
    return [item for file in files for item in yaml.safe_load_all((MANIFESTS / f"{file}.yaml").read_text())]


def _rights() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((DEPLOY / "kubernetes" / "rbac-write.yaml").read_text()))


def standby(service: str) -> list[dict[str, Any]]:
    """Return a second Deployment and Service of the same image under the name SERVICE-standby."""
    name = f"{service}-standby"
    deployment, front = copy.deepcopy(manifest(service))
    for item in (deployment, front):
        item["metadata"]["name"] = name
    deployment["spec"]["replicas"] = 1
    deployment["spec"]["selector"]["matchLabels"] = {"app": name}
    deployment["spec"]["template"]["metadata"]["labels"]["app"] = name
    front["spec"]["selector"] = {"app": name}
    return [deployment, front]


@dataclass
class Street:
    """The running parts; `writer` holds exactly the rights that are shipped, `admin` all of them."""

    cluster: ClusterServer
    runtime: ShopRuntime
    mesh: Mesh
    gateway: ModelGateway
    writer: KubernetesWriter
    admin: KubernetesWriter

    async def apply(self, *objects: dict[str, Any]) -> None:
        """Create or change objects."""
        for item in objects:
            await self.cluster.apply(copy.deepcopy(item))

    async def open(self, service: str, pods: int) -> list[str]:
        """Wait until a Service has so many ready pods and return their names."""

        def names() -> list[str]:
            found = sorted(pod for _, _, pod in self.cluster.endpoints("shop", service))
            return found if len(found) == pods else []

        found: list[str] = await eventually(names, every=0.02)
        return found

    def pod(self, name: str) -> dict[str, Any] | None:
        """Return a pod as the cluster stores it."""
        return self.cluster.store.get(("", "pods"), "shop", name)

    def object(self, group: str, plural: str, name: str) -> dict[str, Any] | None:
        """Return any object as the cluster stores it."""
        return self.cluster.store.get((group, plural), "shop", name)

    async def call(self, client: Sidecar, times: int, *, at_once: int = 1) -> Counter[tuple[str, int]]:
        """Create textbooks through a client's proxy and count pod and status."""
        seen: Counter[tuple[str, int]] = Counter()
        async with aiohttp.ClientSession() as http:

            async def one(number: int) -> None:
                endpoints = client.route("textbook")
                host, port, pod = endpoint = endpoints[number % len(endpoints)]
                async with http.post(f"http://{host}:{port}/textbooks", json=WISH) as response:
                    await response.read()
                client.answered(endpoint, response.status)
                seen[pod, response.status] += 1

            for first in range(0, times, at_once):
                await asyncio.gather(*(one(number) for number in range(first, min(first + at_once, times))))
        return seen


@contextlib.asynccontextmanager
async def street(home: Path, *objects: dict[str, Any]) -> AsyncIterator[Street]:
    """Run a cluster with the namespaces of the shop and some more objects."""
    gateway = ModelGateway(home)
    runtime = ShopRuntime(pace=Pace(warm_up=0.0, linger=0.0))
    async with contextlib.AsyncExitStack() as stack:
        await gateway.start()
        stack.push_async_callback(gateway.stop)
        cluster = await stack.enter_async_context(
            ClusterServer(runtime=runtime, tokens={**IDENTITIES, WRITERS_TOKEN: WRITER}, time_scale=0.02)
        )
        mesh = Mesh(cluster, gateway.authority, {gateway.name: gateway})
        runtime.join(mesh.proxy)
        writer, admin = (
            KubernetesWriter(ClusterAccess(url=cluster.url, token=token), timeout_seconds=30)
            for token in (WRITERS_TOKEN, TOKENS["admin"])
        )
        stack.push_async_callback(writer.close)
        stack.push_async_callback(admin.close)
        found = Street(cluster, runtime, mesh, gateway, writer, admin)
        await found.apply(*manifest("namespace"), *_rights(), *objects)
        await mesh.start()
        stack.push_async_callback(mesh.stop)
        yield found


async def settled(write: Any, params: Any, plan: Any, key: str, undo: bool = False) -> CheckState:
    """Ask until the effect has arrived or failed."""

    async def ended() -> Any:
        check = await (write.undo_check if undo else write.check)(params, plan, key)
        return check if check.state is not CheckState.PENDING else None

    return (await eventually(ended, every=0.02)).state
