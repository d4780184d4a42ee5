"""Starts Pods of the shop without a cluster: every ready Pod of a service is an endpoint."""

import contextlib
import uuid
from collections.abc import AsyncIterator
from typing import Any

import aiohttp

from demo.cluster.runtime import PodSpec
from demo.shop.calls import Endpoint
from demo.shop.pod import Pace, ShopPod
from demo.shop.runtime import ShopRuntime
from tests.support.backends import eventually


class ShopLauncher:
    """A runtime with Pods that a test starts by image."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self.runtime = ShopRuntime(
            sink=lambda identity, line: self.lines.append(dict(line)), pace=Pace(warm_up=0.0, linger=0.0)
        )
        self.runtime.connect(self._endpoints)

    def runtime_endpoints(self, service: str) -> list[Endpoint]:
        """Return the endpoints of a service that take calls."""
        return self._endpoints("shop", service)

    def _endpoints(self, namespace: str, service: str) -> list[Endpoint]:
        pods = self.runtime.pods_of(namespace, service).values()
        return [(*pod.address, pod.pod.pod) for pod in pods if pod.ready()]

    async def start(self, image: str, *, uid: str | None = None, **env: str) -> ShopPod:
        """Start one Pod and wait until it is ready or has ended."""
        uid = uid or uuid.uuid4().hex
        spec = PodSpec(
            "shop", f"pod-{uid[:5]}", uid, f"registry.example/{image}", env, {}, {}, "node-1", 8080
        )
        pod = await self.runtime.start(spec)
        if pod.address[1]:
            await eventually(pod.ready, every=0.01)
        return pod

    def messages(self, level: str) -> list[str]:
        """Return the messages logged at a level."""
        return [line["message"] for line in self.lines if line["level"] == level]


async def call(
    pod: ShopPod, method: str, path: str, body: dict[str, Any] | None = None, **headers: str
) -> tuple[int, Any]:
    """Send one request to a Pod and return status and body; text for pages that are not JSON."""
    host, port = pod.address
    async with (
        aiohttp.ClientSession() as http,
        http.request(method, f"http://{host}:{port}{path}", json=body, headers=headers) as response,
    ):
        if response.content_type == "application/json":
            return response.status, await response.json()
        return response.status, await response.text()


@contextlib.asynccontextmanager
async def shop() -> AsyncIterator[ShopLauncher]:
    """Give a launcher whose Pods are stopped in the end."""
    launcher = ShopLauncher()
    try:
        yield launcher
    finally:
        for pod in launcher.runtime.pods.values():
            await pod.stop(0)
