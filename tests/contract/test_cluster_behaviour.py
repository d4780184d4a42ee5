"""How the demo cluster behaves where no recording looks: processes that die, ownership, pauses, endpoints."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.support.cluster import Caller, FakeRuntime, cluster, deployment, eventually

MERGE = "application/merge-patch+json"
PODS = "/api/v1/namespaces/shop/pods"
DEPLOYMENTS = "/apis/apps/v1/namespaces/shop/deployments"
SETS = "/apis/apps/v1/namespaces/shop/replicasets"


async def _furnish(call: Caller, **spec: Any) -> None:
    await call("POST", "/api/v1/namespaces", {"metadata": {"name": "shop"}})
    assert (await call("POST", DEPLOYMENTS, deployment(**spec))).status == 201


async def _pods(call: Caller) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await call("GET", PODS)).body["items"]
    return found


def _container(pod: dict[str, Any]) -> dict[str, Any]:
    statuses = pod["status"].get("containerStatuses") or [{}]
    found: dict[str, Any] = statuses[0]
    return found


async def test_a_pod_that_dies_is_restarted_and_then_backs_off() -> None:
    runtime = FakeRuntime()
    async with cluster(runtime, time_scale=0.02) as server:
        call = Caller(server)
        await _furnish(call, replicas=1)
        assert await eventually(lambda: _started(runtime, 1))
        runtime.started[0].die(137, "OOMKilled")
        assert await eventually(lambda: _started(runtime, 2))
        restarted = (await eventually(lambda: _running_again(call)))[0]
        assert _container(restarted)["restartCount"] == 1
        assert (
            _container(restarted)["lastState"]["terminated"]["reason"],
            _container(restarted)["lastState"]["terminated"]["exitCode"],
        ) == ("OOMKilled", 137)
        runtime.started[1].die(1, "Error")
        assert await eventually(lambda: _waiting(call, "CrashLoopBackOff"))
        events = await call("GET", "/api/v1/namespaces/shop/events", fieldSelector="reason=BackOff")
        assert [item["type"] for item in events.body["items"]] == ["Warning"]
        previous = await call("GET", f"{PODS}/{restarted['metadata']['name']}/log", previous="true")
        assert (200, "started\nready\n") == (previous.status, previous.body)


async def _started(runtime: FakeRuntime, count: int) -> bool:
    return len(runtime.started) >= count


async def _running_again(call: Caller) -> list[dict[str, Any]]:
    pods = await _pods(call)
    return [
        pod for pod in pods if _container(pod).get("restartCount") and "running" in _container(pod)["state"]
    ]


async def _waiting(call: Caller, reason: str) -> bool:
    states = [_container(pod).get("state", {}).get("waiting", {}).get("reason") for pod in await _pods(call)]
    return reason in states


async def test_endpoints_follow_readiness_and_name_the_real_address() -> None:
    runtime = FakeRuntime()
    async with cluster(runtime) as server:
        call = Caller(server)
        await _furnish(call, replicas=2)
        service = {
            "metadata": {"name": "payment"},
            "spec": {"selector": {"app": "payment"}, "ports": [{"port": 80}]},
        }
        assert (await call("POST", "/api/v1/namespaces/shop/services", service)).status == 201

        async def two() -> bool:
            return len(server.endpoints("shop", "payment")) == 2

        assert await eventually(two)
        assert {("127.0.0.1", 20000), ("127.0.0.1", 20001)} == {
            item[:2] for item in server.endpoints("shop", "payment")
        }
        addresses = {pod["metadata"]["annotations"]["demo/address"] for pod in await _pods(call)}
        assert {"127.0.0.1:20000", "127.0.0.1:20001"} == addresses
        runtime.started[0].is_ready = False

        async def one() -> bool:
            return [item[1] for item in server.endpoints("shop", "payment")] == [20001]

        assert await eventually(one)
        found = (await call("GET", "/api/v1/namespaces/shop/endpoints/payment")).body

        async def both_listed() -> bool:
            subsets = (await call("GET", "/api/v1/namespaces/shop/endpoints/payment")).body.get(
                "subsets"
            ) or [{}]
            return {"addresses", "notReadyAddresses"} <= set(subsets[0])

        assert await eventually(both_listed), found
        assert server.endpoints("shop", "nothing") == []


async def test_a_rollout_waits_for_pods_that_do_not_become_ready() -> None:
    runtime = FakeRuntime()
    async with cluster(runtime) as server:
        call = Caller(server)
        await _furnish(call, replicas=2, progressDeadlineSeconds=10)
        assert await eventually(lambda: _available(call, 2))
        runtime.next_ready = False
        image = {
            "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "shop/payment:v2"}]}}}
        }
        await call("PATCH", f"{DEPLOYMENTS}/payment", image, "application/strategic-merge-patch+json")
        assert await eventually(lambda: _condition(call, "Progressing", "ProgressDeadlineExceeded"))
        # The new pod may come into being after the deadline on a busy machine.
        assert await eventually(lambda: _updated(call, 1))
        assert await _available(call, 2)


async def _available(call: Caller, count: int) -> bool:
    status = (await call("GET", f"{DEPLOYMENTS}/payment")).body["status"]
    return bool(status.get("availableReplicas") == count)


async def _updated(call: Caller, count: int) -> bool:
    status = (await call("GET", f"{DEPLOYMENTS}/payment")).body["status"]
    return bool(status.get("updatedReplicas") == count)


async def _condition(call: Caller, kind: str, reason: str) -> dict[str, Any] | None:
    found: dict[str, Any] = (await call("GET", f"{DEPLOYMENTS}/payment")).body
    reasons = {item["type"]: item["reason"] for item in found["status"].get("conditions", [])}
    return found if reasons.get(kind) == reason else None


async def test_a_paused_deployment_changes_nothing_until_it_is_resumed() -> None:
    async with cluster() as server:
        call = Caller(server)
        await _furnish(call, replicas=1)
        assert await eventually(lambda: _available(call, 1))
        await call("PATCH", f"{DEPLOYMENTS}/payment", {"spec": {"paused": True}}, MERGE)
        image = {
            "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "shop/payment:v2"}]}}}
        }
        await call("PATCH", f"{DEPLOYMENTS}/payment", image, "application/strategic-merge-patch+json")
        assert await eventually(lambda: _condition(call, "Progressing", "DeploymentPaused"))
        assert len((await call("GET", SETS)).body["items"]) == 1
        await call("PATCH", f"{DEPLOYMENTS}/payment", {"spec": {"paused": None}}, MERGE)

        async def two_sets() -> bool:
            return len((await call("GET", SETS)).body["items"]) == 2

        assert await eventually(two_sets)


async def test_recreate_stops_the_old_pods_before_it_starts_new_ones() -> None:
    runtime = FakeRuntime()
    async with cluster(runtime) as server:
        call = Caller(server)
        await _furnish(call, replicas=2, strategy={"type": "Recreate"})
        assert await eventually(lambda: _available(call, 2))
        image = {
            "spec": {"template": {"spec": {"containers": [{"name": "app", "image": "shop/payment:v2"}]}}}
        }
        await call("PATCH", f"{DEPLOYMENTS}/payment", image, "application/strategic-merge-patch+json")
        assert await eventually(lambda: _started(runtime, 4))
        assert all(process.stopped_with is not None for process in runtime.started[:2])
        assert [process.pod.image for process in runtime.started[2:]] == ["shop/payment:v2"] * 2


async def test_orphans_live_on_and_background_deletion_takes_all() -> None:
    async with cluster() as server:
        call = Caller(server)
        await _furnish(call, replicas=1)
        assert await eventually(lambda: _available(call, 1))
        await call("DELETE", f"{DEPLOYMENTS}/payment", {"propagationPolicy": "Orphan"})

        async def gone() -> bool:
            return (await call("GET", f"{DEPLOYMENTS}/payment")).status == 404

        assert await eventually(gone)
        orphan = (await call("GET", SETS)).body["items"][0]
        assert "ownerReferences" not in orphan["metadata"]
        assert len(await _pods(call)) == 1
        await call("DELETE", f"{SETS}/{orphan['metadata']['name']}")

        async def empty() -> bool:
            return not await _pods(call)

        assert await eventually(empty)


async def test_a_watch_by_label_loses_an_object_whose_label_goes() -> None:
    async with cluster() as server:
        call = Caller(server)
        await call("POST", "/api/v1/namespaces", {"metadata": {"name": "shop"}})
        maps = "/api/v1/namespaces/shop/configmaps"
        created = await call(
            "POST", maps, {"metadata": {"name": "flags", "labels": {"app": "x"}}, "data": {"a": "1"}}
        )
        since = created.body["metadata"]["resourceVersion"]
        watching = asyncio.create_task(
            call("GET", maps, watch="true", labelSelector="app=x", resourceVersion=since, timeoutSeconds="3")
        )
        await asyncio.sleep(0.2)
        await call("PATCH", f"{maps}/flags", {"metadata": {"labels": {"app": None}}}, MERGE)
        assert (await watching).body["type"] == "DELETED"
        assert (await call("GET", f"{maps}/flags")).status == 200


async def test_a_namespace_takes_everything_with_it() -> None:
    async with cluster() as server:
        call = Caller(server)
        await _furnish(call, replicas=2)
        assert await eventually(lambda: _available(call, 2))
        deleted = await call("DELETE", "/api/v1/namespaces/shop")
        assert deleted.body["status"]["phase"] == "Terminating"

        async def gone() -> bool:
            return (await call("GET", "/api/v1/namespaces/shop")).status == 404

        assert await eventually(gone)
        assert await _pods(call) == []


async def test_custom_kinds_keep_spec_and_status_apart() -> None:
    async with cluster() as server:
        call = Caller(server)
        await call("POST", "/api/v1/namespaces", {"metadata": {"name": "shop"}})
        routes = "/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes"
        rules = [{"backendRefs": [{"name": "payment-stable", "port": 80}]}]
        created = await call(
            "POST", routes, {"metadata": {"name": "r"}, "spec": {"rules": rules}, "status": {"x": 1}}
        )
        assert created.body["spec"]["rules"][0]["backendRefs"][0]["weight"] == 1
        assert "status" not in created.body
        patched = await call("PATCH", f"{routes}/r", {"status": {"x": 1}}, MERGE)
        assert created.body["metadata"]["resourceVersion"] == patched.body["metadata"]["resourceVersion"]
        status = await call("PATCH", f"{routes}/r/status", {"status": {"x": 1}, "spec": {"rules": []}}, MERGE)
        assert (status.body["status"], status.body["metadata"]["generation"]) == ({"x": 1}, 1)
        assert rules[0]["backendRefs"][0]["name"] == status.body["spec"]["rules"][0]["backendRefs"][0]["name"]


async def test_two_appliers_conflict_field_by_field() -> None:
    apply = "application/apply-patch+yaml"
    async with cluster() as server:
        call = Caller(server)
        await call("POST", "/api/v1/namespaces", {"metadata": {"name": "shop"}})
        path = "/api/v1/namespaces/shop/configmaps/flags"
        body = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "1", "b": "2"}}
        assert (await call("PATCH", path, body, apply, fieldManager="one")).status == 201
        other = {**body, "data": {"a": "8", "b": "9"}}
        refused = await call("PATCH", path, other, apply, fieldManager="two")
        assert refused.status == 409
        assert (
            refused.body["message"]
            == 'Apply failed with 2 conflicts: conflicts with "one":\n- .data.a\n- .data.b'
        )
        agreed = await call("PATCH", path, {**body, "data": {"a": "1"}}, apply, fieldManager="two")
        assert agreed.status == 200
        shrunk = await call("PATCH", path, {**body, "data": {}}, apply, fieldManager="one")
        assert shrunk.body["data"] == {"a": "1"}


async def test_a_patch_that_names_an_old_version_or_another_uid_is_refused() -> None:
    async with cluster() as server:
        call = Caller(server)
        await _furnish(call, replicas=1)
        path = f"{DEPLOYMENTS}/payment"
        assert (await call("PATCH", path, {"metadata": {"resourceVersion": "1"}}, MERGE)).status == 409
        assert (await call("PATCH", path, {"metadata": {"uid": "other"}}, MERGE)).status == 422


async def test_a_node_that_falls_silent_keeps_its_pods_out_of_service() -> None:
    runtime = FakeRuntime()
    async with cluster(runtime, nodes=("only",)) as server:
        call = Caller(server)
        await _furnish(call, replicas=1)
        assert await eventually(lambda: _available(call, 1))
        server.silence_node("only")
        assert await eventually(lambda: _unavailable(call))
        server.silence_node("only", silent=False)
        assert await eventually(lambda: _available(call, 1))


async def _unavailable(call: Caller) -> bool:
    status = (await call("GET", f"{DEPLOYMENTS}/payment")).body["status"]
    return bool(status.get("availableReplicas", 0) == 0 and status.get("replicas") == 1)


async def test_applying_a_manifest_twice_changes_nothing() -> None:
    async with cluster() as server:
        first = await server.apply({**deployment(), "metadata": {"name": "payment", "namespace": "default"}})
        again = await server.apply({**deployment(), "metadata": {"name": "payment", "namespace": "default"}})
        assert first["spec"] == again["spec"]
        assert again["metadata"]["generation"] == 1
        scaled = await server.apply(
            {**deployment(replicas=3), "metadata": {"name": "payment", "namespace": "default"}}
        )
        assert (scaled["spec"]["replicas"], scaled["metadata"]["generation"]) == (3, 2)
