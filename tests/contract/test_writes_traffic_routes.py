"""Shifting traffic and circuit breakers against the demo cluster, with real calls between real services."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from agent.errors import BadInput, Conflict, NotFound
from tests.support.backends import eventually
from tests.support.street import ROUTE, Street, manifest, settled, standby, street
from tools.base import CheckState, Happened
from tools.connectors.writers import DEPLOYMENTS
from tools.incident_responder.writes.breakers import BreakerParams as OffParams
from tools.incident_responder.writes.breakers import DisableCircuitBreaker, EnableCircuitBreaker, EnableParams
from tools.incident_responder.writes.marks import ACTION, UNDO
from tools.incident_responder.writes.traffic import ShiftTraffic, TrafficParams

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
ROUTES = ("gateway.networking.k8s.io", "httproutes", "textbook")
RULES = ("networking.istio.io", "destinationrules", "textbook")
HALF = TrafficParams(namespace="shop", route="textbook", weights={"textbook": 50, "textbook-standby": 50})
QUICK = EnableParams(
    namespace="shop", name="textbook", consecutive_errors=3, interval_seconds=1, ejection_seconds=60
)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Street]:
    async with street(tmp_path, *manifest("textbook"), *standby("textbook"), ROUTE) as found:
        await found.open("textbook", 2)
        await found.open("textbook-standby", 1)
        yield found


def weights(town: Street) -> dict[str, int]:
    route = town.object(*ROUTES)
    assert route is not None
    return {ref["name"]: ref["weight"] for ref in route["spec"]["rules"][0]["backendRefs"]}


def by_service(seen: Counter[tuple[str, int]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for (pod, _), times in seen.items():
        found["standby" if "standby" in pod else "first"] += times
    return found


async def test_a_shift_really_moves_the_calls_and_the_undo_moves_them_back(town: Street) -> None:
    write = ShiftTraffic(town.writer, ("shop",))
    client = town.mesh.proxy("shop")
    before = by_service(await town.call(client, 20, at_once=20))
    plan = await write.plan(HALF, NOW)
    untouched = weights(town)
    applied = await write.apply(HALF, plan, "act-1")
    state = await settled(write, HALF, plan, "act-1")
    between = by_service(await town.call(client, 60, at_once=20))
    await write.undo(HALF, plan, "undo-1")
    undone = await settled(write, HALF, plan, "undo-1", undo=True)
    after = by_service(await town.call(client, 20, at_once=20))

    assert untouched == {"textbook": 100, "textbook-standby": 0}
    assert plan.args["shares"] == "textbook 100 % → 50 %, textbook-standby 0 % → 50 %"
    assert plan.facts["share_moved"] == 0.5
    assert plan.radius.share == 0.5
    assert [(c.path, c.before, c.after) for c in plan.changes] == [
        ("spec.rules[0].backendRefs[textbook].weight", "100", "50"),
        ("spec.rules[0].backendRefs[textbook-standby].weight", "0", "50"),
    ]
    assert "textbook-standby 0 % → 50 %" in applied.detail
    assert (state, undone) == (CheckState.DONE, CheckState.DONE)
    assert (before, after) == ({"first": 20}, {"first": 20})
    assert 10 <= between["standby"] <= 50
    assert weights(town) == untouched
    assert await write.happened(HALF, plan, "act-1") is Happened.YES
    assert await write.undone(HALF, plan, "undo-1") is Happened.YES


async def test_a_lost_answer_is_found_again_by_its_mark_and_sent_no_second_time(town: Street) -> None:
    write = ShiftTraffic(town.writer, ("shop",))
    plan = await write.plan(HALF, NOW)
    assert await write.happened(HALF, plan, "act-1") is Happened.NO
    await write.apply(HALF, plan, "act-1")
    first = town.object(*ROUTES)
    await write.apply(HALF, plan, "act-1")
    assert first is not None
    assert first["metadata"]["annotations"][ACTION] == "act-1"
    assert first["metadata"]["generation"] == town.object(*ROUTES)["metadata"]["generation"]  # type: ignore[index]


async def test_a_route_that_somebody_changed_since_the_preview_is_left_alone(town: Street) -> None:
    write = ShiftTraffic(town.writer, ("shop",))
    plan = await write.plan(HALF, NOW)
    changed = {
        **ROUTE,
        "spec": {**ROUTE["spec"], "rules": [{"backendRefs": [{"name": "textbook", "port": 80}]}]},
    }
    await town.apply(changed)
    with pytest.raises(Conflict):
        await write.apply(HALF, plan, "act-1")
    assert weights(town) == {"textbook": 1}
    assert await write.happened(HALF, plan, "act-1") is Happened.UNKNOWN


async def test_an_undo_respects_what_somebody_else_did_meanwhile(town: Street) -> None:
    write = ShiftTraffic(town.writer, ("shop",))
    plan = await write.plan(HALF, NOW)
    await write.apply(HALF, plan, "act-1")
    more = TrafficParams(namespace="shop", route="textbook", weights={"textbook": 10})
    await write.apply(more, await write.plan(more, NOW), "act-2")
    with pytest.raises(Conflict, match="by somebody else"):
        await write.undo(HALF, plan, "undo-1")
    assert weights(town) == {"textbook": 10, "textbook-standby": 50}


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({"payment": 50}, "not every rule"),
        ({"textbook": 0}, "above 0"),
        ({"textbook": 100}, "already"),
    ],
)
async def test_weights_that_make_no_sense_are_refused(town: Street, wanted: dict[str, int], why: str) -> None:
    write = ShiftTraffic(town.writer, ("shop",))
    with pytest.raises(BadInput, match=why):
        await write.plan(TrafficParams(namespace="shop", route="textbook", weights=wanted), NOW)
    assert weights(town) == {"textbook": 100, "textbook-standby": 0}


async def test_nobody_is_sent_to_a_backend_without_a_ready_pod(town: Street) -> None:
    await town.admin.patch(DEPLOYMENTS, "shop", "textbook-standby", {"spec": {"replicas": 0}}, kind="merge")
    await eventually(lambda: not town.cluster.endpoints("shop", "textbook-standby"), every=0.02)
    with pytest.raises(BadInput, match="textbook-standby has no ready pod"):
        await ShiftTraffic(town.writer, ("shop",)).plan(HALF, NOW)


async def test_only_our_namespaces_and_only_what_exists(town: Street) -> None:
    with pytest.raises(BadInput, match="only in: shop"):
        await ShiftTraffic(town.writer, ("shop",)).plan(
            TrafficParams(namespace="kube-system", route="textbook", weights={"a": 1}), NOW
        )
    with pytest.raises(NotFound):
        await ShiftTraffic(town.writer, ("shop",)).plan(
            TrafficParams(namespace="shop", route="nothing", weights={"a": 1}), NOW
        )


@pytest.mark.parametrize("weight", [-1, 101, True, 1.5, "50"])
def test_a_weight_is_a_whole_number_from_0_to_100(weight: Any) -> None:
    with pytest.raises(ValidationError):
        TrafficParams(namespace="shop", route="textbook", weights={"textbook": weight})


@pytest.mark.parametrize("name", ["../secrets", "a/b", "*", "", "UPPER", "a" * 300, "x\n"])
def test_hostile_names_never_reach_the_cluster(name: str) -> None:
    with pytest.raises(ValidationError):
        TrafficParams(namespace="shop", route=name, weights={"a": 1})
    with pytest.raises(ValidationError):
        TrafficParams(namespace="shop", route="a", weights={name: 1})
    with pytest.raises(ValidationError):
        EnableParams(namespace="shop", name=name)


async def test_a_breaker_really_leaves_out_the_pod_that_fails_and_lets_it_in_again(town: Street) -> None:
    write = EnableCircuitBreaker(town.writer, ("shop",))
    bad, _ = await town.open("textbook", 2)
    pod = town.pod(bad)
    assert pod is not None
    town.runtime.trouble(pod["metadata"]["uid"]).no_files_left = True
    client = town.mesh.proxy("shop")
    without = await town.call(client, 20)
    plan = await write.plan(QUICK, NOW)
    absent = town.object(*RULES)
    await write.apply(QUICK, plan, "act-1")
    learning = await town.call(client, 12)
    protected = await town.call(client, 20)
    await write.undo(QUICK, plan, "undo-1")
    exposed = await town.call(client, 20)

    assert without[bad, 500] == 10
    assert absent is None
    assert (plan.radius.count, plan.radius.share) == (1, 0.5)
    assert plan.facts["max_ejected"] == 1
    assert learning[bad, 500] == 3
    assert protected[bad, 500] == 0
    assert exposed[bad, 500] == 10
    assert await settled(write, QUICK, plan, "undo-1", undo=True) is CheckState.DONE
    assert await write.undone(QUICK, plan, "undo-1") is Happened.YES


async def test_a_rule_that_is_there_is_changed_and_put_back_exactly(town: Street) -> None:
    policy = {
        "connectionPool": {"tcp": {"maxConnections": 7}},
        "outlierDetection": {"splitExternalLocalOriginErrors": True},
    }
    rule = {
        "apiVersion": "networking.istio.io/v1",
        "kind": "DestinationRule",
        "metadata": {"name": "textbook", "namespace": "shop"},
        "spec": {"host": "textbook", "trafficPolicy": policy},
    }
    await town.apply(rule)
    write = EnableCircuitBreaker(town.writer, ("shop",))
    plan = await write.plan(QUICK, NOW)
    assert await write.happened(QUICK, plan, "act-1") is Happened.NO
    await write.apply(QUICK, plan, "act-1")
    changed = town.object(*RULES)
    assert await settled(write, QUICK, plan, "act-1") is CheckState.DONE
    await write.undo(QUICK, plan, "undo-1")
    back = town.object(*RULES)

    assert changed is not None
    assert back is not None
    assert changed["spec"]["trafficPolicy"]["outlierDetection"] == {
        "splitExternalLocalOriginErrors": True,
        "consecutive5xxErrors": 3,
        "interval": "1s",
        "baseEjectionTime": "60s",
        "maxEjectionPercent": 50,
    }
    assert back["spec"] == rule["spec"]
    assert back["metadata"]["annotations"][UNDO] == "undo-1"


async def test_a_rule_that_was_to_be_made_is_made_once(town: Street) -> None:
    write = EnableCircuitBreaker(town.writer, ("shop",))
    plan = await write.plan(QUICK, NOW)
    assert await write.happened(QUICK, plan, "act-1") is Happened.NO
    await write.apply(QUICK, plan, "act-1")
    await write.apply(QUICK, plan, "act-1")
    assert await write.happened(QUICK, plan, "act-1") is Happened.YES
    assert await settled(write, QUICK, plan, "act-1") is CheckState.DONE
    assert await write.undone(QUICK, plan, "undo-1") is Happened.NO
    assert await write.happened(QUICK, plan, "act-2") is Happened.UNKNOWN
    with pytest.raises(Conflict, match="somebody else"):
        await write.apply(QUICK, plan, "act-2")
    assert town.object(*RULES)["metadata"]["annotations"][ACTION] == "act-1"  # type: ignore[index]


async def test_a_breaker_that_could_never_open_or_is_there_already_is_refused(town: Street) -> None:
    write = EnableCircuitBreaker(town.writer, ("shop",))
    with pytest.raises(BadInput, match="is not one"):
        await write.plan(EnableParams(namespace="shop", name="textbook-standby"), NOW)
    with pytest.raises(NotFound):
        await write.plan(EnableParams(namespace="shop", name="nothing"), NOW)
    await write.apply(QUICK, await write.plan(QUICK, NOW), "act-1")
    with pytest.raises(BadInput, match="set so already"):
        await write.plan(QUICK, NOW)


async def test_a_second_rule_for_the_same_host_is_refused(town: Street) -> None:
    await town.apply(
        {
            "apiVersion": "networking.istio.io/v1",
            "kind": "DestinationRule",
            "metadata": {"name": "mine", "namespace": "shop"},
            "spec": {"host": "textbook.shop.svc.cluster.local"},
        }
    )
    with pytest.raises(BadInput, match="DestinationRule mine"):
        await EnableCircuitBreaker(town.writer, ("shop",)).plan(QUICK, NOW)


@pytest.mark.parametrize("percent", [0, 51, 100])
def test_more_than_half_of_a_service_is_never_ejected(percent: int) -> None:
    with pytest.raises(ValidationError):
        EnableParams(namespace="shop", name="textbook", max_ejection_percent=percent)


async def test_a_breaker_is_taken_away_and_put_back(town: Street) -> None:
    on, off = EnableCircuitBreaker(town.writer, ("shop",)), DisableCircuitBreaker(town.writer, ("shop",))
    params = OffParams(namespace="shop", name="textbook")
    with pytest.raises(NotFound):
        await off.plan(params, NOW)
    await on.apply(QUICK, await on.plan(QUICK, NOW), "act-1")
    plan = await off.plan(params, NOW)
    await off.apply(params, plan, "act-2")
    gone = town.mesh.outlier("shop", "textbook")
    assert await settled(off, params, plan, "act-2") is CheckState.DONE
    with pytest.raises(BadInput, match="no circuit breaker"):
        await off.plan(params, NOW)
    await off.undo(params, plan, "undo-2")
    back = town.mesh.outlier("shop", "textbook")

    assert gone is None
    assert back is not None
    assert (back.consecutive_errors, back.ejection_seconds) == (3, 60)
    assert await off.undone(params, plan, "undo-2") is Happened.YES
