"""The Kubernetes connector and its reads against the demo cluster, and against servers that answer nonsense."""

import asyncio
import json
from collections.abc import AsyncIterator
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from agent.domain.evidence import EvidenceStatus
from agent.domain.results import ChangesResult, LogLinesResult, PodsResult
from agent.errors import (
    BackendError,
    Misconfigured,
    NotFound,
    OpsError,
    Overloaded,
    Refused,
    TimedOut,
    Unavailable,
)
from demo.cluster.annotated import AnnotatedRuntime
from demo.cluster.identity import MASTERS, Identity
from demo.cluster.server import ClusterServer
from tests.support.backends import eventually
from tests.support.scripted_http import GARBAGE, Script, ended, scripted
from tools.connections import READ_PERMISSIONS
from tools.connectors.kubernetes import ClusterAccess, KubernetesCluster
from tools.connectors.readers import Permission
from tools.incident_responder.params import EventsParams, LogsParams, PodParams, PodsParams, RolloutsParams
from tools.incident_responder.reads import DescribeRead, EventsRead, LogsRead, PodsRead, RolloutsRead
from tools.incident_responder.scope import Scope

pytestmark = pytest.mark.asyncio(loop_scope="module")
ADMIN = {"Authorization": "Bearer admin-token"}


def deployment(image: str, annotations: dict[str, str] | None = None, **env: str) -> dict[str, Any]:
    labels = {"app": "payment"}
    container = {
        "name": "payment",
        "image": image,
        "env": [{"name": key, "value": value} for key, value in env.items()],
        "envFrom": [{"configMapRef": {"name": "payment-settings"}}],
    }
    template = {
        "metadata": {"labels": labels, "annotations": annotations or {}},
        "spec": {"containers": [container]},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "payment", "namespace": "shop", "labels": labels},
        "spec": {"replicas": 2, "selector": {"matchLabels": labels}, "template": template},
    }


@dataclass
class World:
    server: ClusterServer
    http: aiohttp.ClientSession

    async def send(
        self, method: str, path: str, body: dict[str, Any], kind: str = "application/json"
    ) -> None:
        headers = {**ADMIN, "Content-Type": kind}
        async with self.http.request(
            method, self.server.url + path, data=json.dumps(body), headers=headers
        ) as answer:
            assert answer.status < 300, await answer.text()

    async def settled(self, image: str) -> None:
        path = f"{self.server.url}/api/v1/namespaces/shop/pods"

        async def all_ready() -> bool:
            async with self.http.get(path, headers=ADMIN) as answer:
                pods = (await answer.json())["items"]
            good = [
                pod
                for pod in pods
                if pod["spec"]["containers"][0]["image"] == image
                and any(
                    c["type"] == "Ready" and c["status"] == "True"
                    for c in pod["status"].get("conditions", [])
                )
            ]
            return len(good) == len(pods) == 2

        await eventually(all_ready)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world() -> AsyncIterator[World]:
    tokens = {"admin-token": Identity("admin", (MASTERS,)), "bot-token": Identity("bot")}
    async with (
        ClusterServer(runtime=AnnotatedRuntime(), tokens=tokens, time_scale=0.2, metrics=True) as server,
        aiohttp.ClientSession() as http,
    ):
        found = World(server, http)
        path = "/apis/apps/v1/namespaces/shop/deployments"
        await server.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
        settings = {"metadata": {"name": "payment-settings"}, "data": {"POOL": "10"}}
        await found.send("POST", "/api/v1/namespaces/shop/configmaps", settings)
        await found.send("POST", path, deployment("registry.example/payment:v1", LEVEL="info"))
        await found.settled("registry.example/payment:v1")
        # Creation times have whole seconds: the next revision must be visibly later.
        await asyncio.sleep(1.1)
        logs = '2026-01-01T00:00:00Z {"level": "error", "message": "declined"}\nplain words'
        newer = deployment("registry.example/payment:v2", {"fakelet/logs": logs}, LEVEL="debug")
        await found.send("PUT", f"{path}/payment", newer)
        await found.settled("registry.example/payment:v2")
        patch = {"data": {"POOL": "20"}}
        await found.send(
            "PATCH",
            "/api/v1/namespaces/shop/configmaps/payment-settings",
            patch,
            "application/merge-patch+json",
        )
        yield found


def connector(world: World, token: str = "admin-token") -> KubernetesCluster:
    return KubernetesCluster(ClusterAccess(world.server.url, token), timeout_seconds=30)


@pytest_asyncio.fixture(loop_scope="module")
async def cluster(world: World) -> AsyncIterator[KubernetesCluster]:
    found = connector(world)
    yield found
    await found.close()


async def test_pods_are_listed_with_their_use(cluster: KubernetesCluster) -> None:
    reading = await PodsRead(Scope(cluster, ("shop",))).run(PodsParams(service="payment"), datetime.now(UTC))

    assert EvidenceStatus.SUCCESS is reading.status
    assert reading.summary == "all 2 pods of payment are ready, 0 restarts"
    assert isinstance(reading.result, PodsResult)
    assert {"registry.example/payment:v2"} == {pod.image for pod in reading.result.pods}
    assert all(pod.memory_bytes is not None for pod in reading.result.pods)


async def test_a_rollout_is_told_with_image_and_environment(cluster: KubernetesCluster) -> None:
    reading = await RolloutsRead(Scope(cluster, ("shop",))).run(
        RolloutsParams(service="payment"), datetime.now(UTC)
    )

    assert isinstance(reading.result, ChangesResult)
    release = next(c for c in reading.result.changes if c.revision == 2)
    assert release.before == "registry.example/payment:v1"
    assert release.after == "registry.example/payment:v2"
    assert "image registry.example/payment:v1 -> registry.example/payment:v2" in release.description
    assert "env LEVEL=info -> LEVEL=debug" in release.description
    configured = [c for c in reading.result.changes if c.change == "config"]
    assert configured[0].service == "payment"
    assert "payment-settings" in configured[0].description


async def test_describe_events_and_logs_of_one_pod(cluster: KubernetesCluster) -> None:
    scope = Scope(cluster, ("default", "shop"))
    now = datetime.now(UTC)
    pods = await scope.pods("payment", "shop")
    name = pods[0]["metadata"]["name"]
    described = await DescribeRead(scope).run(PodParams(pod=name), now)
    events = await EventsRead(scope).run(EventsParams(service="payment", namespace="shop"), datetime.now(UTC))
    logs = await LogsRead(scope).run(LogsParams(pod=name), now)

    assert name in described.summary
    assert "Scheduled" in str(described.result)
    assert EvidenceStatus.SUCCESS is events.status
    assert isinstance(logs.result, LogLinesResult)
    assert {"payment"} == {line.service for line in logs.result.lines}


async def test_a_roll_back_is_told_at_its_own_time(world: World, cluster: KubernetesCluster) -> None:
    read = RolloutsRead(Scope(cluster, ("shop",)))
    before = datetime.now(UTC).replace(microsecond=0)
    path = "/apis/apps/v1/namespaces/shop/deployments/payment"
    await world.send("PUT", path, deployment("registry.example/payment:v1", LEVEL="info"))
    await world.settled("registry.example/payment:v1")
    reading = await read.run(RolloutsParams(service="payment"), datetime.now(UTC))

    assert isinstance(reading.result, ChangesResult)
    back = next(c for c in reading.result.changes if c.revision == 3)
    assert "was rolled back to revision 1 (now revision 3): image" in back.description
    assert back.after == "registry.example/payment:v1"
    assert back.at >= before


async def test_a_restart_is_told_as_such(world: World, cluster: KubernetesCluster) -> None:
    path = "/apis/apps/v1/namespaces/shop/deployments/payment"
    marked = {"kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z"}
    patch = {"spec": {"template": {"metadata": {"annotations": marked}}}}
    await asyncio.sleep(1.1)
    await world.send("PATCH", path, patch, "application/merge-patch+json")
    read = RolloutsRead(Scope(cluster, ("shop",)))

    async def told() -> list[str]:
        reading = await read.run(RolloutsParams(service="payment"), datetime.now(UTC))
        assert isinstance(reading.result, ChangesResult)
        return [change.description for change in reading.result.changes if change.change == "restart"]

    assert await eventually(told) == ["payment was restarted (revision 4)"]


async def test_a_pod_that_does_not_exist_is_not_found(cluster: KubernetesCluster) -> None:
    for name in ("no-such-pod", "../../secrets", "a/b", "결제"):
        with pytest.raises(NotFound):
            await DescribeRead(Scope(cluster, ("shop",))).run(PodParams(pod=name), datetime.now(UTC))


async def test_rights_are_asked_for_and_a_lack_of_them_is_refused(world: World) -> None:
    admin, bot = connector(world), connector(world, "bot-token")
    try:
        assert await admin.allowed(READ_PERMISSIONS[0], "shop")
        assert not await bot.allowed(Permission("list", "deployments", group="apps"), "shop")
        with pytest.raises(Refused, match="cannot list resource"):
            await bot.list("deployments", "shop")
        assert await bot.pod_usage("shop") == {}
    finally:
        await admin.close()
        await bot.close()


async def test_a_kubeconfig_file_works_too(world: World, tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(world.server.kubeconfig("admin")))
    found = KubernetesCluster(ClusterAccess(kubeconfig=path), timeout_seconds=30)
    try:
        assert (await found.version()).startswith("v1.")
    finally:
        await found.close()


async def test_an_unreadable_kubeconfig_names_the_setting_to_mend(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text("clusters: 7")
    found = KubernetesCluster(ClusterAccess(kubeconfig=path), timeout_seconds=1)
    try:
        with pytest.raises(Misconfigured, match="access to Kubernetes"):
            await found.version()
    finally:
        await found.close()


@pytest.mark.parametrize("kind", GARBAGE)
async def test_nonsense_gives_our_own_error_or_nothing(kind: str) -> None:
    async with scripted(copy(GARBAGE[kind])) as server:
        found = KubernetesCluster(ClusterAccess(server.url, "t"), timeout_seconds=30)
        scope = Scope(found, ("shop",))
        now = datetime.now(UTC)
        try:
            for call in (
                PodsRead(scope).run(PodsParams(), now),
                RolloutsRead(scope).run(RolloutsParams(), now),
                EventsRead(scope).run(EventsParams(), now),
                DescribeRead(scope).run(PodParams(pod="x"), now),
                LogsRead(scope).run(LogsParams(pod="x"), now),
            ):
                end = await ended(call)
                assert not isinstance(end, BackendError) or "Kubernetes" in end.user_message
        finally:
            await found.close()


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (Script(status=500, body=b"{}"), Unavailable),
        (Script(status=429, body=b"{}"), Overloaded),
        (Script(status=403, body=b'{"message": "no"}'), Refused),
        (Script(status=401), Refused),
        (Script(status=404), NotFound),
        (Script(delay=3), TimedOut),
    ],
    ids=["500", "429", "403", "401", "404", "slow"],
)
async def test_each_way_of_failing_has_its_error(script: Script, expected: type[OpsError]) -> None:
    async with scripted(script) as server:
        found = KubernetesCluster(ClusterAccess(server.url, "t"), timeout_seconds=1 if script.delay else 30)
        try:
            with pytest.raises(expected):
                await found.list("pods", "shop")
        finally:
            await found.close()


async def test_a_cluster_that_is_not_there_is_unavailable() -> None:
    found = KubernetesCluster(ClusterAccess("http://127.0.0.1:9", "t"), timeout_seconds=1)
    try:
        with pytest.raises(Unavailable):
            await found.version()
    finally:
        await found.close()
