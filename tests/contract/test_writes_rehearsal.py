"""Planning with the account that only reads: the same previews as the server's own dry run, and nothing but reading."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml

from agent.domain.action import Plan
from agent.errors import Conflict, NotFound, NotPermitted, Overloaded, Refused
from tests.support.backends import eventually
from tests.support.cluster_data import TOKENS
from tests.support.street import ROUTE, manifest, standby, street
from tests.support.workload_cases import CASES, Case
from tests.support.writing_cluster import NAMESPACES, RIGHTS, WritingWorld, writing_world
from tools.connectors.kubernetes import ClusterAccess
from tools.connectors.kubernetes_rehearsal import RehearsingCluster
from tools.connectors.writers import (
    CONFIG_MAPS,
    DEPLOYMENTS,
    JOBS,
    PODS,
    ClusterWriter,
)
from tools.incident_responder.writes.breakers import EnableCircuitBreaker, EnableParams
from tools.incident_responder.writes.jobs import CronJobParams, RunMaintenanceJob, ScheduleVerification
from tools.incident_responder.writes.membership import PodParams, TakeOutOfService
from tools.incident_responder.writes.naming import Named
from tools.incident_responder.writes.pods import DeletePod
from tools.incident_responder.writes.traffic import ShiftTraffic, TrafficParams

pytestmark = pytest.mark.slow(18)

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def rights(*files: str) -> list[dict[str, Any]]:
    return [item for file in files for item in yaml.safe_load_all((RIGHTS / file).read_text("utf-8"))]


@pytest_asyncio.fixture
async def world() -> AsyncIterator[WritingWorld]:
    async with writing_world() as found:
        await found.make(*rights("rbac-suggest.yaml"))
        yield found


@asynccontextmanager
async def rehearsing(url: str, token: str) -> AsyncIterator[RehearsingCluster]:
    cluster = RehearsingCluster(ClusterAccess(url, token), timeout_seconds=30)
    try:
        yield cluster
    finally:
        await cluster.close()


@pytest_asyncio.fixture
async def cluster(world: WritingWorld) -> AsyncIterator[RehearsingCluster]:
    async with rehearsing(world.server.url, "reader") as found:
        yield found


def previewed(plan: Plan) -> dict[str, Any]:
    """Return what people and rules see of a plan; the time of a restart is not that of another one."""
    shown = plan.model_dump(include={"target", "radius", "reversible", "args", "facts", "warnings"})
    return shown | {"changes": sorted((c.path, c.before) for c in plan.changes)}


def afters(plan: Plan) -> list[tuple[str, str]]:
    """Return what the fields would hold, but for the time of a restart."""
    return sorted((c.path, c.after or "") for c in plan.changes if "restarted" not in c.path.lower())


def params_of(case: Case) -> Any:
    kind: Any = case.write
    return kind.params(**case.params)


async def planned(write: Any, cluster: ClusterWriter, params: Any) -> Plan:
    plan: Plan = await write(cluster, NAMESPACES).plan(params, NOW)
    return plan


@pytest.mark.parametrize("name", CASES)
async def test_a_preview_is_that_of_the_servers_dry_run(
    world: WritingWorld, cluster: RehearsingCluster, name: str
) -> None:
    case = CASES[name]
    await case.prepare(world)
    params = params_of(case)
    before = await world.quiet()
    rehearsed = await planned(case.write, cluster, params)
    after = await world.versions()
    tried = await planned(case.write, world.writer, params)

    assert previewed(tried) == previewed(rehearsed)
    assert afters(tried) == afters(rehearsed)
    assert before == after


@pytest.mark.parametrize("name", CASES)
async def test_nothing_can_be_applied_or_taken_back(
    world: WritingWorld, cluster: RehearsingCluster, name: str
) -> None:
    case = CASES[name]
    await case.prepare(world)
    params = params_of(case)
    plan = await planned(case.write, cluster, params)
    before = await world.quiet()
    with pytest.raises(NotPermitted, match="holds no write account"):
        await case.write(cluster, NAMESPACES).apply(params, plan, "act-1")

    assert before == await world.versions()


async def test_each_way_to_change_something_is_shut(world: WritingWorld, cluster: RehearsingCluster) -> None:
    pod = (await world.pods())[0]["metadata"]
    before = await world.quiet()
    with pytest.raises(NotPermitted):
        await cluster.patch(DEPLOYMENTS, "shop", "payment", {"spec": {"replicas": 9}})
    with pytest.raises(NotPermitted):
        await cluster.create(CONFIG_MAPS, "shop", {"metadata": {"name": "new"}})
    with pytest.raises(NotPermitted):
        await cluster.delete(PODS, "shop", pod["name"], uid=pod["uid"])
    with pytest.raises(NotPermitted):
        await cluster.evict("shop", pod["name"], uid=pod["uid"])

    assert before == await world.versions()


async def test_preconditions_hold_in_a_rehearsal_too(world: WritingWorld, cluster: RehearsingCluster) -> None:
    pod = (await world.pods())[0]["metadata"]["name"]
    old = {"metadata": {"resourceVersion": "1"}}
    with pytest.raises(Conflict):
        await cluster.patch(DEPLOYMENTS, "shop", "payment", old, dry_run=True)
    with pytest.raises(Conflict):
        await cluster.patch(DEPLOYMENTS, "shop", "payment", {"metadata": {"uid": "other"}}, dry_run=True)
    with pytest.raises(NotFound):
        await cluster.patch(DEPLOYMENTS, "shop", "nothing", {}, dry_run=True)
    with pytest.raises(Conflict):
        await cluster.create(CONFIG_MAPS, "shop", {"metadata": {"name": "settings"}}, dry_run=True)
    with pytest.raises(Conflict):
        await cluster.delete(PODS, "shop", pod, uid="another", dry_run=True)
    with pytest.raises(NotPermitted, match="JSON patch"):
        await cluster.patch(DEPLOYMENTS, "shop", "payment", [], kind="json", dry_run=True)


async def test_a_pods_deletion_is_previewed(world: WritingWorld, cluster: RehearsingCluster) -> None:
    pods = await world.pods()
    params = Named(namespace="shop", name=pods[0]["metadata"]["name"])

    assert previewed(await planned(DeletePod, world.writer, params)) == previewed(
        await planned(DeletePod, cluster, params)
    )
    assert len(pods) == len(await world.pods())


def budget(**selector: Any) -> dict[str, Any]:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "payment", "namespace": "shop"},
        "spec": {"minAvailable": 3, "selector": selector},
    }


@pytest.mark.parametrize(
    "selector",
    [
        {"matchLabels": {"app": "payment"}},
        {"matchExpressions": [{"key": "app", "operator": "In", "values": ["payment", "other"]}]},
        {"matchExpressions": [{"key": "app", "operator": "Exists"}]},
        {"matchExpressions": [{"key": "gone", "operator": "DoesNotExist"}]},
        {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["other"]}]},
        {},
    ],
)
async def test_a_budget_without_room_refuses_an_eviction(
    world: WritingWorld, cluster: RehearsingCluster, selector: dict[str, Any]
) -> None:
    await world.make(budget(**selector))
    pod = (await world.pods())[0]["metadata"]

    async def refuses(account: ClusterWriter) -> bool:
        try:
            await account.evict("shop", pod["name"], uid=pod["uid"], dry_run=True)
        except Overloaded:
            return True
        return False

    await eventually(lambda: refuses(world.admin))
    assert await refuses(cluster)


async def test_a_budget_of_other_pods_refuses_nothing(
    world: WritingWorld, cluster: RehearsingCluster
) -> None:
    await world.make(budget(matchLabels={"app": "other"}))
    pod = (await world.pods())[0]["metadata"]
    await cluster.evict("shop", pod["name"], uid=pod["uid"], dry_run=True)


async def test_the_reading_account_could_not_change_anything_anyhow(world: WritingWorld) -> None:
    with pytest.raises(Refused, match="cannot patch resource"):
        await world.reader.patch(DEPLOYMENTS, "shop", "payment", {"spec": {"replicas": 9}})


TRAFFIC: list[tuple[Any, Any]] = [
    (
        ShiftTraffic,
        TrafficParams(namespace="shop", route="textbook", weights={"textbook": 50, "textbook-standby": 50}),
    ),
    (EnableCircuitBreaker, EnableParams(namespace="shop", name="textbook")),
    (RunMaintenanceJob, CronJobParams(namespace="shop", cronjob="ledger-upkeep")),
    (ScheduleVerification, CronJobParams(namespace="shop", cronjob="shop-checks")),
]


def bound(role: str) -> dict[str, Any]:
    """Return the binding of a role to the user who reads the street."""
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": f"{role}-of-the-reader"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "reader"}],
    }


async def test_changes_of_traffic_and_jobs_are_previewed_as_the_server_would(tmp_path: Path) -> None:
    objects = (*manifest("textbook", "jobs"), *standby("textbook"), ROUTE)
    async with street(tmp_path, *objects) as town, rehearsing(town.cluster.url, TOKENS["reader"]) as cluster:
        await town.apply(*rights("rbac.yaml", "rbac-suggest.yaml"), bound("ops-monitor-read"))
        await town.apply(bound("ops-monitor-suggest"))
        pods = await town.open("textbook", 2)
        await town.open("textbook-standby", 1)
        cases = [*TRAFFIC, (TakeOutOfService, PodParams(namespace="shop", pod=pods[0]))]
        for write, params in cases:
            tried = await planned(write, town.writer, params)
            rehearsed = await planned(write, cluster, params)
            assert previewed(tried) == previewed(rehearsed), write.name
        assert () == await town.admin.list(JOBS, "shop")
