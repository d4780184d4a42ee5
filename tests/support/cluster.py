"""Clusters for tests: the annotated runtime with the identities of the recordings, and a scripted one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import aiohttp

from demo.cluster.annotated import AnnotatedRuntime
from demo.cluster.identity import Identity
from demo.cluster.runtime import Exit, PodRuntime, PodSpec
from demo.cluster.server import ClusterServer
from tests.support.cluster_data import TOKENS

IDENTITIES: Mapping[str, Identity] = {
    TOKENS["admin"]: Identity("admin", ("system:masters",)),
    TOKENS["bot"]: Identity("bot", (), "bot-uid"),
    TOKENS["reader"]: Identity("reader", (), "reader-uid"),
}
SCALE = 0.1


@asynccontextmanager
async def cluster(runtime: PodRuntime | None = None, **options: Any) -> AsyncIterator[ClusterServer]:
    """Run a cluster whose waits are a tenth of the real ones."""
    settings = {"nodes": ("fake-0", "fake-1"), "tokens": IDENTITIES, "time_scale": SCALE, **options}
    async with ClusterServer(runtime=runtime or AnnotatedRuntime(), **settings) as server:
        yield server


@dataclass(slots=True)
class Reply:
    """One answer."""

    status: int
    body: Any
    headers: Mapping[str, str]


class Caller:
    """Sends requests to a cluster as one identity."""

    def __init__(self, server: ClusterServer, identity: str = "admin") -> None:
        self._url = server.url
        self._token = TOKENS[identity]

    async def __call__(
        self, method: str, path: str, body: Any = None, media: str = "application/json", **query: str
    ) -> Reply:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": media}
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, self._url + path, json=body, headers=headers, params=query) as response,
        ):
            raw = await response.text()
            kind = response.headers.get("Content-Type", "")
            return Reply(
                response.status,
                await response.json(content_type=None) if "json" in kind and raw else raw,
                dict(response.headers),
            )


def deployment(name: str = "payment", replicas: int = 2, **spec: Any) -> dict[str, Any]:
    """Build a Deployment of one small container."""
    container = {"name": "app", "image": f"shop/{name}:v1", "ports": [{"containerPort": 8080}]}
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": template,
            **spec,
        },
    }


async def eventually(check: Callable[[], Awaitable[Any]], patience: float = 60.0) -> Any:
    """Ask again until the answer is true; return it, or the last one when patience ends."""
    end = asyncio.get_running_loop().time() + patience
    while True:
        found = await check()
        if found or asyncio.get_running_loop().time() > end:
            return found
        await asyncio.sleep(0.01)


@dataclass(slots=True)
class FakeProcess:
    """A started Pod that a test can make ready, break and inspect."""

    pod: PodSpec
    port: int
    is_ready: bool = True
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    exit: Exit = field(default_factory=lambda: Exit(1, "Error"))
    stopped_with: float | None = None
    lines: list[str] = field(default_factory=lambda: ["started", "ready"])

    @property
    def address(self) -> tuple[str, int]:
        return ("127.0.0.1", self.port)

    def ready(self) -> bool:
        return self.is_ready

    async def wait(self) -> Exit:
        await self.ended.wait()
        return self.exit

    async def stop(self, grace_seconds: float) -> None:
        self.stopped_with = grace_seconds
        self.ended.set()

    def logs(self, *, tail: int | None, previous: bool, since: datetime | None) -> list[str]:
        lines = ["before"] if previous else self.lines
        return lines if tail is None else lines[len(lines) - tail :]

    def usage(self) -> tuple[float, int]:
        return 0.25, 64 * 1024 * 1024

    def die(self, code: int, reason: str) -> None:
        """Let the container end."""
        self.exit = Exit(code, reason)
        self.ended.set()


class FakeRuntime:
    """Starts processes that a test controls."""

    def __init__(self) -> None:
        self.started: list[FakeProcess] = []
        self.next_ready = True
        self.refuse = False

    async def start(self, pod: PodSpec) -> FakeProcess:
        if self.refuse:
            raise OSError("no such image")
        process = FakeProcess(pod, 20000 + len(self.started), is_ready=self.next_ready)
        self.started.append(process)
        return process
