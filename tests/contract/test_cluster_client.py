"""The official Python client and kubectl work with the demo cluster unmodified."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client
from kubernetes.client.exceptions import ApiException
from kubernetes.config import load_kube_config_from_dict

from demo.cluster.server import ClusterServer
from tests.support.cluster import Caller, cluster, deployment, eventually

# The locked environment brings one, so that every machine runs the same.
_KUBECTL = Path(sys.executable).with_name("kubectl")


def _api_client(server: ClusterServer, identity: str = "admin") -> client.ApiClient:
    settings = client.Configuration()
    load_kube_config_from_dict(server.kubeconfig(identity), client_configuration=settings)
    return client.ApiClient(settings)


async def _furnish(server: ClusterServer) -> None:
    await server.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
    manifest = deployment()
    manifest["metadata"]["namespace"] = "shop"
    await server.apply(manifest)


async def _rolled_out(apps: client.AppsV1Api, image: str) -> Any:
    async def done() -> Any:
        found = await asyncio.to_thread(apps.read_namespaced_deployment, "payment", "shop")
        same = found.spec.template.spec.containers[0].image == image
        seen = found.status.observed_generation == found.metadata.generation
        counts = {found.status.replicas, found.status.updated_replicas, found.status.available_replicas}
        return found if same and seen and counts == {found.spec.replicas} else None

    return await eventually(done)


async def test_the_client_reads_pods_logs_and_events() -> None:
    async with cluster() as server:
        await _furnish(server)
        with _api_client(server) as api:
            core, apps = client.CoreV1Api(api), client.AppsV1Api(api)
            assert await _rolled_out(apps, "shop/payment:v1")
            pods = await asyncio.to_thread(core.list_namespaced_pod, "shop", label_selector="app=payment")
            assert [pod.status.phase for pod in pods.items] == ["Running", "Running"]
            name = pods.items[0].metadata.name
            text = await asyncio.to_thread(core.read_namespaced_pod_log, name, "shop", tail_lines=1)
            assert text == "listening on :8080\n"
            selector = f"involvedObject.name={name}"
            events = await asyncio.to_thread(core.list_namespaced_event, "shop", field_selector=selector)
            assert [event.reason for event in events.items] == ["Scheduled"]


async def test_the_client_rolls_out_reads_the_history_and_goes_back() -> None:
    async with cluster() as server:
        await _furnish(server)
        with _api_client(server) as api:
            apps = client.AppsV1Api(api)
            before = await _rolled_out(apps, "shop/payment:v1")
            body = {
                "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "shop/payment:v2"}]}}}
            }
            await asyncio.to_thread(apps.patch_namespaced_deployment, "payment", "shop", body)
            assert await _rolled_out(apps, "shop/payment:v2")
            sets = await asyncio.to_thread(apps.list_namespaced_replica_set, "shop")
            revisions = {
                item.metadata.annotations["deployment.kubernetes.io/revision"] for item in sets.items
            }
            assert {"1", "2"} == revisions
            template = api.sanitize_for_serialization(before.spec.template)
            undo = {"spec": {"template": {**template, "$patch": "replace"}}}
            await asyncio.to_thread(apps.patch_namespaced_deployment, "payment", "shop", undo)
            after = await _rolled_out(apps, "shop/payment:v1")
            assert after.metadata.annotations["deployment.kubernetes.io/revision"] == "3"


async def test_the_client_scales_and_is_refused_when_stale_or_dry() -> None:
    async with cluster() as server:
        await _furnish(server)
        with _api_client(server) as api:
            apps = client.AppsV1Api(api)
            assert await _rolled_out(apps, "shop/payment:v1")
            scale = await asyncio.to_thread(apps.read_namespaced_deployment_scale, "payment", "shop")
            scale.spec.replicas = 4
            dry = await asyncio.to_thread(
                apps.replace_namespaced_deployment_scale, "payment", "shop", scale, dry_run="All"
            )
            assert dry.spec.replicas == 4
            unchanged = await asyncio.to_thread(apps.read_namespaced_deployment_scale, "payment", "shop")
            assert unchanged.spec.replicas == 2
            await asyncio.to_thread(apps.replace_namespaced_deployment_scale, "payment", "shop", scale)
            with pytest.raises(ApiException) as refused:
                await asyncio.to_thread(apps.replace_namespaced_deployment_scale, "payment", "shop", scale)
            assert refused.value.status == 409
            assert await _rolled_out(apps, "shop/payment:v1")


async def test_an_identity_without_rights_is_refused() -> None:
    async with cluster() as server:
        with _api_client(server, "reader") as api:
            with pytest.raises(ApiException) as refused:
                await asyncio.to_thread(client.CoreV1Api(api).list_node)
            assert refused.value.status == 403
            assert json.loads(refused.value.body)["reason"] == "Forbidden"


async def _kubectl(
    server: ClusterServer, home: Path, *words: str, identity: str = "admin"
) -> tuple[int, str]:
    config = home / f"{identity}.json"
    config.write_text(json.dumps(server.kubeconfig(identity, for_kubectl=True)))
    environment = {**os.environ, "KUBECONFIG": str(config), "HOME": str(home)}
    process = await asyncio.create_subprocess_exec(
        str(_KUBECTL),
        *words,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=home,
    )
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, output.decode()


@pytest.mark.backend
async def test_kubectl_reads_and_changes_the_cluster(tmp_path: Path) -> None:
    async with cluster() as server:
        await _furnish(server)
        with _api_client(server) as api:
            assert await _rolled_out(client.AppsV1Api(api), "shop/payment:v1")
        manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "more"}, "data": {"a": "1"}}
        (tmp_path / "manifest.json").write_text(json.dumps(manifest))
        for words, wanted in (
            ("get deployments -n shop", "payment   2/2"),
            ("create configmap flags --from-literal=a=b -n shop", "created"),
            ("apply --server-side -n shop -f manifest.json", "serverside-applied"),
            ("get pods -n shop -o wide", "Running"),
            ("get nodes", "fake-1   Ready"),
            ("describe deployment payment -n shop", "ScalingReplicaSet"),
            ("set image deployment/payment app=shop/payment:v2 -n shop", "image updated"),
            ("rollout status deployment/payment -n shop --timeout=50s", "successfully rolled out"),
            ("rollout history deployment/payment -n shop", "REVISION"),
            ("rollout undo deployment/payment -n shop", "rolled back"),
            ("rollout status deployment/payment -n shop --timeout=50s", "successfully rolled out"),
            ("scale deployment/payment --replicas=1 -n shop", "scaled"),
            ("logs deployment/payment --tail=1 -n shop", "listening"),
            ("auth can-i delete pods -n shop", "yes"),
            ("cordon fake-0", "cordoned"),
            ("uncordon fake-0", "uncordoned"),
            ("delete deployment payment -n shop", "deleted"),
        ):
            code, output = await _kubectl(server, tmp_path, *words.split())
            assert wanted in output, f"{words}: {output}"
            assert code == 0, f"{words}: {output}"
        code, output = await _kubectl(server, tmp_path, "auth", "can-i", "delete", "pods", identity="reader")
        assert (code, output.strip().splitlines()[-1]) == (1, "no")


async def test_metrics_are_served_only_with_a_source() -> None:
    async with cluster() as server:
        assert (await Caller(server)("GET", "/apis/metrics.k8s.io/v1beta1/nodes")).status == 404
    async with cluster(metrics=True) as server:
        found = await Caller(server)("GET", "/apis/metrics.k8s.io/v1beta1/nodes")
        assert [item["metadata"]["name"] for item in found.body["items"]] == ["fake-0", "fake-1"]
