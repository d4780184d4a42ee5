"""Deleting a pod and emptying a node: exactly those pods, and never against a disruption budget."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from agent.domain.action import Plan
from agent.errors import BadInput, Conflict, NotFound, Refused, TimedOut
from agent.execution.kit import Pace
from tests.support.backends import eventually
from tests.support.writing_cluster import (
    CRASHES,
    NAMESPACES,
    WritingWorld,
    finished,
    workload,
    writing_world,
)
from tools.base import CheckState, Happened
from tools.connectors.writers import DISRUPTION_BUDGETS, NODES, PODS, STATEFUL_SETS, Resource
from tools.incident_responder.writes.draining import DrainNode
from tools.incident_responder.writes.naming import Named, NodeParams
from tools.incident_responder.writes.nodes import CordonNode
from tools.incident_responder.writes.pods import DeletePod

DAEMON_SETS = Resource("apps", "v1", "daemonsets", "DaemonSet")
NODE = NodeParams(name="node-1")


@pytest_asyncio.fixture
async def world() -> AsyncIterator[WritingWorld]:
    async with writing_world() as found:
        yield found


def now() -> datetime:
    return datetime.now(UTC)


async def a_pod(world: WritingWorld) -> Named:
    return Named(namespace="shop", name=(await world.pods())[0]["metadata"]["name"])


def loose_pod(name: str, node: str = "node-1", **metadata: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop", **metadata},
        "spec": {"nodeName": node, "containers": [{"name": "a", "image": "registry.example/a:v1"}]},
    }


async def on_node(world: WritingWorld, node: str = "node-1") -> set[str]:
    found = await world.admin.list(PODS, "shop", fields=f"spec.nodeName={node}")
    return {pod["metadata"]["name"] for pod in found if "deletionTimestamp" not in pod["metadata"]}


async def running(world: WritingWorld, name: str) -> None:
    async def started() -> bool:
        found = await world.admin.get(PODS, "shop", name)
        return found.get("status", {}).get("phase") == "Running"

    await eventually(started, every=0.01)


async def budget(world: WritingWorld, least: int) -> None:
    """Keep so many pods of payment."""
    body = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "payment", "namespace": "shop"},
        "spec": {"minAvailable": least, "selector": {"matchLabels": {"app": "payment"}}},
    }
    await world.make(body)

    async def counted() -> bool:
        found = await world.admin.get(DISRUPTION_BUDGETS, "shop", "payment")
        status = found.get("status", {})
        seen = status.get("observedGeneration") == found["metadata"]["generation"]
        return bool(seen and status.get("desiredHealthy") == least)

    await eventually(counted, every=0.01)


async def test_a_deleted_pod_is_replaced(world: WritingWorld) -> None:
    write, params = DeletePod(world.writer, NAMESPACES), await a_pod(world)
    before = await world.quiet()
    plan = await write.plan(params, now())
    untouched = before == await world.versions()
    not_yet = await write.happened(params, plan, "act-1")
    await write.apply(params, plan, "act-1")
    found = await finished(write, params, plan, "act-1")
    names = {pod["metadata"]["name"] for pod in await world.pods()}

    assert untouched
    assert (1, "pods") == (plan.radius.count, plan.radius.unit)
    assert plan.radius.share == pytest.approx(1 / 3)
    assert Happened.NO is not_yet
    assert Happened.YES is await write.happened(params, plan, "act-1")
    assert CheckState.DONE is found.state
    assert (3, 3) == found.progress
    assert 3 == len(names)
    assert params.name not in names


async def test_a_deletion_whose_answer_was_lost_is_not_done_to_another_pod(world: WritingWorld) -> None:
    write, params = DeletePod(world.losing, NAMESPACES), await a_pod(world)
    plan = await write.plan(params, now())
    with pytest.raises(TimedOut):
        await write.apply(params, plan, "act-1")
    told = await write.happened(params, plan, "act-1")
    await finished(write, params, plan, "act-1")
    there = {pod["metadata"]["uid"] for pod in await world.pods()}
    with pytest.raises(Conflict, match="gone already"):
        await write.apply(params, plan, "act-1")

    assert Happened.YES is told
    assert there == {pod["metadata"]["uid"] for pod in await world.pods()}


async def test_another_pod_of_the_same_name_is_left_alone(world: WritingWorld) -> None:
    await world.make(workload("ledger", kind="StatefulSet", replicas=1, serviceName="ledger"))
    await world.settled("ledger", STATEFUL_SETS)
    write, params = DeletePod(world.writer, NAMESPACES), Named(namespace="shop", name="ledger-0")
    plan = await write.plan(params, now())
    await world.admin.delete(PODS, "shop", "ledger-0", uid=plan.target.uid)

    async def successor() -> bool:
        try:
            found = await world.admin.get(PODS, "shop", "ledger-0")
        except NotFound:
            return False
        return bool(found["metadata"]["uid"] != plan.target.uid)

    await eventually(successor, every=0.01)
    uid = (await world.admin.get(PODS, "shop", "ledger-0"))["metadata"]["uid"]
    with pytest.raises(Conflict):
        await write.apply(params, plan, "act-1")

    assert uid == (await world.admin.get(PODS, "shop", "ledger-0"))["metadata"]["uid"]
    assert "only ready pod" in plan.warnings[0]


async def test_a_pod_that_nothing_would_replace_stays(world: WritingWorld) -> None:
    write = DeletePod(world.writer, NAMESPACES)
    await world.make(
        loose_pod("alone"), loose_pod("mirror", annotations={"kubernetes.io/config.mirror": "abc"})
    )

    with pytest.raises(BadInput, match="no controller"):
        await write.plan(Named(namespace="shop", name="alone"), now())
    with pytest.raises(BadInput, match="kept by its node"):
        await write.plan(Named(namespace="shop", name="mirror"), now())
    with pytest.raises(NotFound):
        await write.plan(Named(namespace="shop", name="nobody"), now())
    with pytest.raises(BadInput, match="only in"):
        await write.plan(Named(namespace="kube-system", name="alone"), now())
    with pytest.raises(Refused):
        await DeletePod(world.reader, NAMESPACES).plan(await a_pod(world), now())


async def test_a_successor_that_crashes_fails_the_deletion(world: WritingWorld) -> None:
    write, params = DeletePod(world.writer, NAMESPACES), await a_pod(world)
    plan = await write.plan(params, now())
    owner = plan.before["owner"]
    sets = Resource("apps", "v1", "replicasets", "ReplicaSet")
    name = next(
        item["metadata"]["name"]
        for item in await world.admin.list(sets, "shop")
        if item["metadata"]["uid"] == owner
    )
    # As if the image had become unreadable: only pods that start from now on are hurt.
    broken = {"spec": {"template": {"metadata": {"annotations": CRASHES}}}}
    world.server.halt("deployments")
    await world.admin.patch(sets, "shop", name, broken)
    await write.apply(params, plan, "act-1")
    found = await finished(write, params, plan, "act-1")

    assert CheckState.FAILED is found.state
    assert "CrashLoopBackOff" in found.detail
    with pytest.raises(BadInput, match="cannot be brought back"):
        await write.undo(params, plan, "undo-1")


async def drain_of(world: WritingWorld, **options: float) -> tuple[DrainNode, Plan]:
    write = DrainNode(world.writer, NAMESPACES, **{"patience_seconds": 5, "pause_seconds": 0.02, **options})
    return write, await write.plan(NODE, now())


async def test_a_drain_leaves_what_belongs_to_the_node(world: WritingWorld) -> None:
    await world.make(
        {
            "apiVersion": "apps/v1",
            "kind": "DaemonSet",
            "metadata": {"name": "logs", "namespace": "shop"},
            "spec": {
                "selector": {"matchLabels": {"app": "logs"}},
                "template": {
                    "metadata": {"labels": {"app": "logs"}},
                    "spec": {"containers": [{"name": "a", "image": "registry.example/a:v1"}]},
                },
            },
        }
    )
    keeper = await world.admin.get(DAEMON_SETS, "shop", "logs")
    owner = {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "name": "logs",
        "uid": keeper["metadata"]["uid"],
        "controller": True,
    }
    await world.make(
        loose_pod("logs-1", ownerReferences=[owner]),
        loose_pod("mirror", annotations={"kubernetes.io/config.mirror": "abc"}),
    )
    await running(world, "logs-1")
    write, plan = await drain_of(world)
    there = await on_node(world)
    applied = await write.apply(NODE, plan, "act-1")
    found = await finished(write, NODE, plan, "act-1")

    assert {"logs-1", "mirror"} == await on_node(world)
    assert len(there) - 2 == plan.radius.count == plan.facts["pods"]
    assert f"{plan.radius.count} of {plan.radius.count} pods" in applied.detail
    assert CheckState.DONE is found.state
    await world.settled()
    assert 3 == len(await world.pods())


async def test_a_drain_says_what_it_takes_away(world: WritingWorld) -> None:
    _, plan = await drain_of(world)
    taken = len(await on_node(world))
    everywhere = len(await world.pods())

    assert plan.radius.share == pytest.approx(taken / everywhere)
    assert ("payment",) == plan.radius.services
    assert 1 == plan.facts["nodes_left"]
    assert ("spec.unschedulable", "false", "true") == (
        plan.changes[0].path,
        plan.changes[0].before,
        plan.changes[0].after,
    )
    assert taken + 1 == len(plan.changes)


async def test_a_drain_waits_for_a_budget_and_goes_on(world: WritingWorld) -> None:
    await budget(world, 2)
    write, plan = await drain_of(world)
    await write.apply(NODE, plan, "act-1")
    least = min(len(await world.pods()), 3)
    found = await finished(write, NODE, plan, "act-1")

    assert least >= 2
    assert CheckState.DONE is found.state
    assert set() == await on_node(world)


async def test_a_budget_that_never_gives_way_keeps_its_pods(world: WritingWorld) -> None:
    await budget(world, 3)
    write, plan = await drain_of(world, patience_seconds=0.2)
    there = await on_node(world)
    applied = await write.apply(NODE, plan, "act-1")
    found = await write.check(NODE, plan, "act-1")
    unfinished = await write.happened(NODE, plan, "act-1")
    await write.undo(NODE, plan, "undo-1")

    assert "disruption budget" in plan.warnings[0]
    assert len(there) == plan.facts["blocked"]
    assert f"0 of {len(there)}" in applied.detail
    assert CheckState.FAILED is found.state
    assert (0, len(there)) == found.progress
    assert there == await on_node(world)
    assert Happened.YES is unfinished
    assert not (await world.admin.get(NODES, "", "node-1"))["spec"].get("unschedulable")


async def test_a_drain_that_broke_off_has_happened_and_can_be_taken_back(world: WritingWorld) -> None:
    """Its preview is out of date by its own doing, so nobody may begin it again without asking people anew."""
    await budget(world, 3)
    write, plan = await drain_of(world, patience_seconds=0)
    await write.apply(NODE, plan, "act-1")
    broken_off = await write.happened(NODE, plan, "act-1")
    again = await write.plan(NODE, now())
    there = await on_node(world)
    await write.undo(NODE, plan, "undo-1")

    assert Happened.YES is broken_off
    assert plan.target.version != again.target.version
    assert there
    assert CheckState.DONE is (await write.undo_check(NODE, plan, "undo-1")).state


async def test_a_drain_gives_up_before_the_engine_does(world: WritingWorld) -> None:
    assert DrainNode(world.writer, NAMESPACES).patience_seconds < Pace().apply


async def test_pods_that_came_meanwhile_make_the_preview_out_of_date(world: WritingWorld) -> None:
    write, plan = await drain_of(world)
    await world.admin.patch(NODES, "", "node-2", {"spec": {"unschedulable": True}})
    await world.make(workload("other", replicas=2))
    await world.settled("other")
    await world.admin.patch(NODES, "", "node-2", {"spec": {"unschedulable": None}})
    there = await on_node(world)

    with pytest.raises(Conflict, match="the pods on it changed"):
        await write.apply(NODE, plan, "act-1")
    assert there == await on_node(world)
    assert Happened.NO is await write.happened(NODE, plan, "act-1")


async def test_a_node_with_a_lonely_pod_is_not_drained(world: WritingWorld) -> None:
    await world.make(loose_pod("alone"))

    with pytest.raises(BadInput, match="shop/alone: no controller"):
        await drain_of(world)


async def test_the_last_node_is_not_drained_and_closing_it_is_warned_of(world: WritingWorld) -> None:
    await world.admin.patch(NODES, "", "node-2", {"spec": {"unschedulable": True}})
    await world.make(workload("other", replicas=1))
    await world.settled("other")
    plan = await CordonNode(world.writer, NAMESPACES).plan(NODE, now())

    assert "No other node" in plan.warnings[0]
    with pytest.raises(BadInput, match="No other node"):
        await drain_of(world)


async def test_a_node_that_was_closed_before_stays_closed(world: WritingWorld) -> None:
    await world.admin.patch(NODES, "", "node-1", {"spec": {"unschedulable": True}})
    write, plan = await drain_of(world)
    await write.apply(NODE, plan, "act-1")
    found = await finished(write, NODE, plan, "act-1")

    assert CheckState.DONE is found.state
    assert not plan.reversible
    with pytest.raises(BadInput, match="cannot be taken back"):
        await write.undo(NODE, plan, "undo-1")
    with pytest.raises(BadInput, match="cordoned already"):
        await CordonNode(world.writer, NAMESPACES).plan(NODE, now())
    with pytest.raises(NotFound):
        await CordonNode(world.writer, NAMESPACES).plan(NodeParams(name="nobody"), now())
