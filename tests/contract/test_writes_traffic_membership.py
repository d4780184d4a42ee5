"""Taking a pod out of its Services and putting it back, against the demo cluster with real services."""

import copy
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from agent.errors import BadInput, Conflict, NotFound
from demo.cluster.objects import controller_uid
from tests.support.backends import eventually
from tests.support.street import Street, manifest, settled, standby, street
from tools.base import CheckState, Happened
from tools.connectors.writers import PODS
from tools.incident_responder.writes.membership import OUT, PodParams, PutBackInService, TakeOutOfService

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Street]:
    async with street(tmp_path, *manifest("textbook"), *standby("textbook")) as found:
        await found.open("textbook", 2)
        await found.open("textbook-standby", 1)
        yield found


def params(pod: str) -> PodParams:
    return PodParams(namespace="shop", pod=pod)


def label(town: Street, pod: str) -> str | None:
    found = town.pod(pod)
    return found["metadata"]["labels"].get("app") if found else None


async def test_a_pod_that_is_taken_out_gets_no_calls_goes_on_running_and_is_replaced(town: Street) -> None:
    bad, good = await town.open("textbook", 2)
    uid = town.pod(bad)["metadata"]["uid"]  # type: ignore[index]
    town.runtime.trouble(uid).no_files_left = True
    write = TakeOutOfService(town.writer, ("shop",))
    plan = await write.plan(params(bad), NOW)
    untouched = label(town, bad)
    await write.apply(params(bad), plan, "act-1")
    state = await settled(write, params(bad), plan, "act-1")
    await eventually(
        lambda: bad not in [pod for *_, pod in town.cluster.endpoints("shop", "textbook")], every=0.02
    )
    serving = await town.open("textbook", 2)
    seen = await town.call(town.mesh.proxy("shop"), 12)
    pod = town.pod(bad)

    assert untouched == "textbook"
    assert [(c.path, c.before, c.after) for c in plan.changes] == [("metadata.labels.app", "textbook", OUT)]
    assert (plan.radius.count, plan.radius.share, plan.radius.services) == (1, 0.5, ("textbook",))
    assert plan.facts == {"ready": 2, "ready_others": 1, "replaced": True}
    assert "starts another pod" in plan.warnings[0]
    assert state is CheckState.DONE
    assert good in serving
    assert {status for _, status in seen} == {200}
    assert pod is not None
    assert controller_uid(pod) == ""
    assert town.runtime.pods[uid].ready()


async def test_an_undo_puts_it_back_and_its_controller_removes_the_one_too_many(town: Street) -> None:
    bad, _ = await town.open("textbook", 2)
    write = TakeOutOfService(town.writer, ("shop",))
    plan = await write.plan(params(bad), NOW)
    await write.apply(params(bad), plan, "act-1")
    await eventually(lambda: len(town.cluster.endpoints("shop", "textbook")) == 2, every=0.02)
    await write.undo(params(bad), plan, "undo-1")
    undone = await write.undone(params(bad), plan, "undo-1")
    state = await settled(write, params(bad), plan, "undo-1", undo=True)
    await town.open("textbook", 2)

    assert undone is Happened.YES
    assert state is CheckState.DONE
    assert label(town, bad) in ("textbook", None)


async def test_a_pod_that_goes_between_two_looks_counts_as_put_back(
    town: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, _ = await town.open("textbook", 2)
    write = TakeOutOfService(town.writer, ("shop",))
    plan = await write.plan(params(bad), NOW)
    await write.apply(params(bad), plan, "act-1")
    looks = [await town.writer.get(PODS, "shop", bad)]

    async def get(*_: object) -> dict[str, Any]:
        if looks:
            return looks.pop()
        raise NotFound("it has just gone")

    monkeypatch.setattr(town.writer, "get", get)
    assert await write.undone(params(bad), plan, "undo-1") is Happened.YES


async def test_a_label_that_only_the_service_needs_is_the_one_that_changes(town: Street) -> None:
    front = copy.deepcopy(manifest("textbook")[1])
    front["spec"]["selector"]["version"] = "v1"
    await town.apply(front)
    one, _ = await town.open("textbook", 2)
    write = TakeOutOfService(town.writer, ("shop",))
    plan = await write.plan(params(one), NOW)
    await write.apply(params(one), plan, "act-1")
    await eventually(lambda: len(town.cluster.endpoints("shop", "textbook")) == 1, every=0.02)
    pod = town.pod(one)
    back = PutBackInService(town.writer, ("shop",))
    returned = await back.plan(params(one), NOW)
    await back.apply(params(one), returned, "act-2")
    state = await settled(back, params(one), returned, "act-2")
    await town.open("textbook", 2)
    restored = town.pod(one)

    assert plan.facts["replaced"] is False
    assert plan.warnings == ()
    assert pod is not None
    assert pod["metadata"]["labels"] | {"pod-template-hash": ""} == {
        "app": "textbook",
        "version": OUT,
        "monitoring": "enabled",
        "pod-template-hash": "",
    }
    assert controller_uid(pod)
    assert [(c.before, c.after) for c in returned.changes] == [(OUT, "v1")]
    assert state is CheckState.DONE
    assert restored is not None
    assert restored["metadata"]["labels"]["version"] == "v1"
    assert not [key for key in restored["metadata"]["annotations"] if key.endswith("taken-out")]


async def test_a_put_back_can_itself_be_undone(town: Street) -> None:
    front = copy.deepcopy(manifest("textbook")[1])
    front["spec"]["selector"]["version"] = "v1"
    await town.apply(front)
    one, _ = await town.open("textbook", 2)
    out, back = TakeOutOfService(town.writer, ("shop",)), PutBackInService(town.writer, ("shop",))
    await out.apply(params(one), await out.plan(params(one), NOW), "act-1")
    plan = await back.plan(params(one), NOW)
    assert await back.happened(params(one), plan, "act-2") is Happened.NO
    await back.apply(params(one), plan, "act-2")
    await back.undo(params(one), plan, "undo-2")
    state = await settled(back, params(one), plan, "undo-2", undo=True)

    assert state is CheckState.DONE
    assert town.pod(one)["metadata"]["labels"]["version"] == OUT  # type: ignore[index]
    assert (await back.plan(params(one), NOW)).args["service"] == "textbook"


async def test_the_last_ready_pod_stays_where_it_is(town: Street) -> None:
    [only] = await town.open("textbook-standby", 1)
    with pytest.raises(BadInput, match="last ready pod of textbook-standby"):
        await TakeOutOfService(town.writer, ("shop",)).plan(params(only), NOW)


async def test_a_pod_that_became_the_last_one_since_the_preview_stays_too(town: Street) -> None:
    one, other = await town.open("textbook", 2)
    write = TakeOutOfService(town.writer, ("shop",))
    plan = await write.plan(params(one), NOW)
    town.cluster.halt("replicasets")
    await town.admin.patch(PODS, "shop", other, {"metadata": {"labels": {"app": "elsewhere"}}})
    with pytest.raises(BadInput, match="last ready pod"):
        await write.apply(params(one), plan, "act-1")
    assert label(town, one) == "textbook"


async def test_labels_that_somebody_changed_since_the_preview_are_left_alone(town: Street) -> None:
    one, _ = await town.open("textbook", 2)
    write = TakeOutOfService(town.writer, ("shop",))
    plan = await write.plan(params(one), NOW)
    await town.admin.patch(PODS, "shop", one, {"metadata": {"labels": {"team": "content"}}})
    with pytest.raises(Conflict):
        await write.apply(params(one), plan, "act-1")
    assert await write.happened(params(one), plan, "act-1") is Happened.UNKNOWN
    assert label(town, one) == "textbook"


async def test_a_lost_answer_is_found_again_by_its_mark(town: Street) -> None:
    one, _ = await town.open("textbook", 2)
    write = TakeOutOfService(town.writer, ("shop",))
    plan = await write.plan(params(one), NOW)
    assert await write.happened(params(one), plan, "act-1") is Happened.NO
    await write.apply(params(one), plan, "act-1")
    assert await write.happened(params(one), plan, "act-1") is Happened.YES
    await write.apply(params(one), plan, "act-1")
    with pytest.raises(BadInput, match="out of service already"):
        await write.plan(params(one), NOW)


async def test_an_undo_respects_what_somebody_else_did_meanwhile(town: Street) -> None:
    one, _ = await town.open("textbook", 2)
    write = TakeOutOfService(town.writer, ("shop",))
    plan = await write.plan(params(one), NOW)
    await write.apply(params(one), plan, "act-1")
    assert await write.undone(params(one), plan, "undo-1") is Happened.NO
    await town.admin.patch(PODS, "shop", one, {"metadata": {"labels": {"app": "museum"}}})
    with pytest.raises(Conflict, match="by somebody else"):
        await write.undo(params(one), plan, "undo-1")
    assert label(town, one) == "museum"


async def test_a_pod_that_nobody_calls_or_that_is_not_there_is_refused(town: Street) -> None:
    lone: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "lone", "namespace": "shop", "labels": {"app": "lone"}},
        "spec": {"containers": [{"name": "lone", "image": "registry.example/textbook:v1"}]},
    }
    await town.apply(lone)
    write = TakeOutOfService(town.writer, ("shop",))
    with pytest.raises(BadInput, match="No Service sends calls"):
        await write.plan(params("lone"), NOW)
    with pytest.raises(NotFound):
        await write.plan(params("nothing"), NOW)
    with pytest.raises(BadInput, match="was not taken out"):
        await PutBackInService(town.writer, ("shop",)).plan(params("lone"), NOW)
    with pytest.raises(BadInput, match="only in: shop"):
        await write.plan(PodParams(namespace="kube-system", pod="lone"), NOW)


async def test_a_pod_of_a_stateful_set_is_not_relabelled(tmp_path: Path) -> None:
    objects = copy.deepcopy(manifest("ledger-db"))
    objects[0]["spec"]["replicas"] = 2
    async with street(tmp_path, *objects) as town:
        one, _ = await town.open("ledger-db", 2)
        with pytest.raises(BadInput, match="StatefulSet ledger-db could not start another pod"):
            await TakeOutOfService(town.writer, ("shop",)).plan(params(one), NOW)


async def test_a_forged_note_of_old_labels_is_no_way_around_the_cluster(town: Street) -> None:
    one, _ = await town.open("textbook", 2)
    notes = {"ops-monitor.dev/taken-out": "[1, 2"}
    await town.admin.patch(PODS, "shop", one, {"metadata": {"annotations": notes}})
    with pytest.raises(BadInput, match="was not taken out"):
        await PutBackInService(town.writer, ("shop",)).plan(params(one), NOW)


@pytest.mark.parametrize("name", ["../x", "a/b", "*", "", "A", "a" * 300])
def test_hostile_names_never_reach_the_cluster(name: str) -> None:
    with pytest.raises(ValidationError):
        params(name)
