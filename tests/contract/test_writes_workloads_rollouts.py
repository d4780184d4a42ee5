"""Restarts, steps of a rollout and scaling: what the preview says, what is refused, and rollouts that fail."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from agent.domain.action import Plan
from agent.errors import BadInput, Conflict, NotFound
from tests.support.backends import eventually
from tests.support.writing_cluster import (
    CRASHES,
    NAMESPACES,
    WritingWorld,
    finished,
    workload,
    writing_world,
)
from tools.base import CheckState, Write
from tools.connectors.writers import AUTOSCALERS, DEPLOYMENTS, REPLICA_SETS, STATEFUL_SETS
from tools.incident_responder.writes.pausing import PauseRollout, ResumeRollout
from tools.incident_responder.writes.rollouts import RollBackWorkload, RollForwardWorkload
from tools.incident_responder.writes.scaling import ScaleWorkload
from tools.incident_responder.writes.workloads import RestartWorkload, SetWorkloadEnv

V2 = "registry.example/payment:v2"
SILENT = {"fakelet/state": "NeverReady"}


@pytest_asyncio.fixture
async def world() -> AsyncIterator[WritingWorld]:
    async with writing_world() as found:
        yield found


async def planned(world: WritingWorld, action: type, **params: Any) -> tuple[Write, Any, Plan]:
    """Return a write with its parameters and its plan."""
    write: Write = action(world.writer, NAMESPACES)
    given = action.params(**{"namespace": "shop", "name": "payment", **params})
    return write, given, await write.plan(given, datetime.now(UTC))


async def test_a_roll_back_says_what_it_puts_back(world: WritingWorld) -> None:
    _, _, plan = await planned(world, RollBackWorkload)
    image = next(change for change in plan.changes if change.path.endswith("containers[payment].image"))

    assert "spec.template.spec.containers[payment].image" == image.path
    assert (V2, "registry.example/payment:v1") == (image.before, image.after)
    assert {"revision_before": 2, "revision_after": 1, "pods": 3, "ready": 3} == {
        key: plan.facts[key] for key in ("revision_before", "revision_after", "pods", "ready")
    }
    assert V2 == plan.facts["image_before"]
    assert (3, "pods", 1.0, ("payment",)) == (
        plan.radius.count,
        plan.radius.unit,
        plan.radius.share,
        plan.radius.services,
    )
    assert plan.seconds is not None
    assert plan.seconds >= 1


async def test_a_roll_back_uses_the_replica_set_of_that_revision_again(world: WritingWorld) -> None:
    before = {item["metadata"]["name"] for item in await world.admin.list(REPLICA_SETS, "shop")}
    write, params, plan = await planned(world, RollBackWorkload)
    await write.apply(params, plan, "act-1")
    await finished(write, params, plan, "act-1")
    pods = await world.pods()

    assert before == {item["metadata"]["name"] for item in await world.admin.list(REPLICA_SETS, "shop")}
    assert {"registry.example/payment:v1"} == {pod["spec"]["containers"][0]["image"] for pod in pods}


async def test_the_reason_of_a_release_goes_with_its_revision(world: WritingWorld) -> None:
    cause = "kubernetes.io/change-cause"
    for number in (1, 2):
        found = workload("noted", image=f"registry.example/noted:v{number}")
        found["metadata"]["annotations"] = {cause: f"release v{number}"}
        await world.make(found)
        await world.revisions("noted", number)
        await world.settled("noted")
    write, params, plan = await planned(world, RollBackWorkload, name="noted")
    await write.apply(params, plan, "act-1")
    back = (await world.deployment("noted"))["metadata"]["annotations"][cause]
    await finished(write, params, plan, "act-1")
    await write.undo(params, plan, "undo-1")

    assert "release v1" == back
    assert "release v2" == (await world.deployment("noted"))["metadata"]["annotations"][cause]


async def test_revisions_are_told_when_the_wanted_one_is_not_there(world: WritingWorld) -> None:
    with pytest.raises(BadInput, match=r"no revision 7; there are: 1\."):
        await planned(world, RollBackWorkload, revision=7)
    with pytest.raises(BadInput, match="is at revision 2 already"):
        await planned(world, RollBackWorkload, revision=2)
    await world.make(workload("fresh"))
    await world.settled("fresh")
    with pytest.raises(BadInput, match="has no earlier revision"):
        await planned(world, RollBackWorkload, name="fresh")
    with pytest.raises(NotFound):
        await planned(world, RollBackWorkload, name="nobody")


async def test_a_revision_that_was_cleaned_up_meanwhile_is_a_conflict(world: WritingWorld) -> None:
    write, params, plan = await planned(world, RollBackWorkload)
    old = next(
        item
        for item in await world.admin.list(REPLICA_SETS, "shop")
        if item["metadata"]["name"] == plan.before["to"]
    )
    await world.admin.delete(
        REPLICA_SETS, "shop", old["metadata"]["name"], uid=old["metadata"]["uid"], grace_seconds=0
    )

    with pytest.raises(Conflict, match="no longer there"):
        await write.apply(params, plan, "act-1")


async def test_new_pods_that_crash_fail_the_roll_back_early(world: WritingWorld) -> None:
    await world.make(workload("frail", notes=CRASHES))
    await world.revisions("frail", 1)
    await world.make(workload("frail", image="registry.example/frail:v2"))
    await world.settled("frail")
    write, params, plan = await planned(world, RollBackWorkload, name="frail")
    await write.apply(params, plan, "act-1")
    found = await finished(write, params, plan, "act-1")
    await write.undo(params, plan, "undo-1")
    mended = await finished(write, params, plan, "undo-1", undo=True)

    assert CheckState.FAILED is found.state
    assert "CrashLoopBackOff" in found.detail
    assert CheckState.DONE is mended.state
    assert (3, 3) == mended.progress


async def test_a_rollout_past_its_deadline_fails(world: WritingWorld) -> None:
    silent = workload("quiet", notes=SILENT, progressDeadlineSeconds=10)
    good = workload("quiet", image="registry.example/quiet:v2", progressDeadlineSeconds=10)
    await world.make(silent)
    await world.revisions("quiet", 1)
    await world.make(good)
    await world.settled("quiet")
    write, params, plan = await planned(world, RollBackWorkload, name="quiet")
    await write.apply(params, plan, "act-1")
    found = await finished(write, params, plan, "act-1")

    assert CheckState.FAILED is found.state
    assert "progress deadline" in found.detail


async def test_the_missed_deadline_of_the_rollout_before_is_not_held_against_it(world: WritingWorld) -> None:
    good = workload("quiet", progressDeadlineSeconds=10)
    await world.make(good)
    await world.settled("quiet")
    await world.make(
        workload("quiet", image="registry.example/quiet:v2", notes=SILENT, progressDeadlineSeconds=10)
    )

    async def late() -> bool:
        conditions = (await world.deployment("quiet"))["status"]["conditions"]
        return any(c["reason"] == "ProgressDeadlineExceeded" for c in conditions)

    await eventually(late, every=0.01)
    write, params, plan = await planned(world, RollBackWorkload, name="quiet")
    await write.apply(params, plan, "act-1")

    assert CheckState.DONE is (await finished(write, params, plan, "act-1")).state


async def test_a_change_by_somebody_else_in_the_middle_is_told(world: WritingWorld) -> None:
    write, params, plan = await planned(world, RollBackWorkload)
    await write.apply(params, plan, "act-1")
    await world.make(workload(image="registry.example/payment:v9"))
    found = await write.check(params, plan, "act-1")

    assert CheckState.FAILED is found.state
    assert "somebody else" in found.detail


async def test_a_workload_that_is_gone_is_told(world: WritingWorld) -> None:
    write, params, plan = await planned(world, RestartWorkload)
    item = await world.deployment()
    await world.admin.delete(DEPLOYMENTS, "shop", "payment", uid=item["metadata"]["uid"])

    assert "is gone" in (await write.check(params, plan, "act-1")).detail
    with pytest.raises(NotFound):
        await write.apply(params, plan, "act-1")


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        (RestartWorkload, {}),
        (RollBackWorkload, {}),
        (RollForwardWorkload, {"container": "payment", "image": "registry.example/payment:v3"}),
        (SetWorkloadEnv, {"container": "payment", "variable": "POOL", "value": "30"}),
    ],
)
async def test_a_paused_workload_would_not_roll_it_out(
    world: WritingWorld, kind: type, params: dict[str, str]
) -> None:
    await world.admin.patch(DEPLOYMENTS, "shop", "payment", {"spec": {"paused": True}})

    with pytest.raises(BadInput, match="paused; resume them first"):
        await planned(world, kind, **params)


async def test_a_restart_needs_pods_and_a_strategy_that_replaces_them(world: WritingWorld) -> None:
    await world.make(
        workload("ledger", kind="StatefulSet", updateStrategy={"type": "OnDelete"}, serviceName="ledger"),
        workload("idle", replicas=0),
    )

    with pytest.raises(BadInput, match="OnDelete"):
        await planned(world, RestartWorkload, kind="StatefulSet", name="ledger")
    with pytest.raises(BadInput, match="scaled to 0"):
        await planned(world, RestartWorkload, name="idle")


async def test_a_restart_replaces_every_pod(world: WritingWorld) -> None:
    before = {pod["metadata"]["uid"] for pod in await world.pods()}
    write, params, plan = await planned(world, RestartWorkload)
    await write.apply(params, plan, "act-1")
    await finished(write, params, plan, "act-1")
    after = {pod["metadata"]["uid"] for pod in await world.pods()}

    assert 3 == len(after)
    assert set() == before & after
    with pytest.raises(BadInput, match="cannot be taken back"):
        await write.undo(params, plan, "undo-1")


@pytest.mark.parametrize(
    ("image", "why"),
    [
        ("registry.example/other:v3", "Only another tag or digest of registry.example/payment"),
        ("evil.example/payment:v3", "Only another tag"),
        ("registry.example:5000/payment:v3", "Only another tag"),
        ("registry.example/payment", "Name the tag"),
        (V2, "runs .* already"),
    ],
)
async def test_only_another_tag_of_the_same_image(world: WritingWorld, image: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        await planned(world, RollForwardWorkload, container="payment", image=image)


async def test_a_container_that_is_not_there_is_named(world: WritingWorld) -> None:
    with pytest.raises(BadInput, match="no container “sidecar”, only: payment"):
        await planned(world, RollForwardWorkload, container="sidecar", image="registry.example/payment:v3")


async def test_a_digest_is_welcome_and_latest_is_warned_of(world: WritingWorld) -> None:
    digest = f"registry.example/payment@sha256:{'ab' * 32}"
    _, _, pinned = await planned(world, RollForwardWorkload, container="payment", image=digest)
    _, _, loose = await planned(
        world, RollForwardWorkload, container="payment", image="registry.example/payment:latest"
    )

    assert "abababababab" == pinned.args["to"]
    assert () == pinned.warnings
    assert "latest" in loose.warnings[0]


async def test_scaling_says_how_far(world: WritingWorld) -> None:
    _, _, up = await planned(world, ScaleWorkload, replicas=9)
    _, _, down = await planned(world, ScaleWorkload, replicas=1)

    assert (3, 9, 3.0) == tuple(up.facts[key] for key in ("replicas_before", "replicas_after", "growth"))
    assert (6, 0.0) == (up.radius.count, up.radius.share)
    assert ("spec.replicas", "3", "9") == (up.changes[0].path, up.changes[0].before, up.changes[0].after)
    assert 2 == down.radius.count
    assert down.radius.share == pytest.approx(2 / 3)


@pytest.mark.parametrize("replicas", [0, -1, 101, "3", 2.0, True, None])
def test_replicas_have_a_floor_and_a_ceiling(replicas: object) -> None:
    with pytest.raises(ValueError, match="replicas"):
        ScaleWorkload.params(namespace="shop", name="payment", replicas=replicas)


async def test_what_an_autoscaler_scales_is_left_to_it(world: WritingWorld) -> None:
    write, params, plan = await planned(world, ScaleWorkload, replicas=5)
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "payment"}
    scaler = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "payment-by-cpu", "namespace": "shop"},
        "spec": {"minReplicas": 2, "maxReplicas": 6, "scaleTargetRef": target},
    }
    await world.admin.create(AUTOSCALERS, "shop", scaler)

    with pytest.raises(BadInput, match="payment-by-cpu"):
        await planned(world, ScaleWorkload, replicas=4)
    with pytest.raises(BadInput, match="payment-by-cpu"):
        await write.apply(params, plan, "act-1")
    assert 3 == (await world.deployment())["spec"]["replicas"]


async def test_scaling_up_what_crashes_fails_but_old_trouble_is_not_new(world: WritingWorld) -> None:
    await world.make(workload("frail", notes=CRASHES, replicas=2))

    async def crashes() -> bool:
        pods = await world.pods("frail")
        return len(pods) == 2 and all(
            pod.get("status", {}).get("containerStatuses", [{}])[0].get("restartCount") for pod in pods
        )

    await eventually(crashes, every=0.01)
    write, params, plan = await planned(world, ScaleWorkload, name="frail", replicas=3)
    known = plan.before["known_bad"]
    await write.apply(params, plan, "act-1")
    found = await finished(write, params, plan, "act-1")

    assert isinstance(known, list)
    assert 2 == len(known)
    assert CheckState.FAILED is found.state
    assert not any(str(name) in found.detail for name in known)


async def test_a_held_rollout_stays_half_way_until_it_is_let_go(world: WritingWorld) -> None:
    hold, params, plan = await planned(world, PauseRollout)
    await hold.apply(params, plan, "act-1")
    await world.make({**workload(image="registry.example/payment:v3", paused=True)})
    idle = plan.warnings
    go_on, again, resumed = await planned(world, ResumeRollout)
    await go_on.apply(again, resumed, "act-2")
    found = await finished(go_on, again, resumed, "act-2")

    assert "No rollout is under way" in idle[0]
    assert resumed.facts["rolling"] is True
    assert CheckState.DONE is found.state
    assert {"registry.example/payment:v3"} == {
        pod["spec"]["containers"][0]["image"] for pod in await world.pods()
    }
    with pytest.raises(BadInput, match="not paused"):
        await planned(world, ResumeRollout)


async def test_numbered_pods_restart_one_after_the_other(world: WritingWorld) -> None:
    await world.make(workload("ledger", kind="StatefulSet", replicas=2, serviceName="ledger"))
    await world.settled("ledger", STATEFUL_SETS)
    write, params, plan = await planned(world, RestartWorkload, kind="StatefulSet", name="ledger")
    before = {pod["metadata"]["uid"] for pod in await world.pods("ledger")}
    await write.apply(params, plan, "act-1")
    found = await finished(write, params, plan, "act-1")
    after = await world.pods("ledger")

    assert (2, 2) == found.progress
    assert {"ledger-0", "ledger-1"} == {pod["metadata"]["name"] for pod in after}
    assert set() == before & {pod["metadata"]["uid"] for pod in after}
