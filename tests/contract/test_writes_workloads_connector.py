"""The write connector: preconditions, dry runs, refusals in the server's words, and nothing sent twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from agent.errors import (
    BackendError,
    Conflict,
    NotFound,
    OpsError,
    Overloaded,
    Refused,
    TimedOut,
    Unavailable,
)
from tests.support.scripted_http import GARBAGE, Script, ended, scripted
from tests.support.writing_cluster import WritingWorld, writing_world
from tools.connectors.kubernetes import ClusterAccess
from tools.connectors.kubernetes_writer import KubernetesWriter
from tools.connectors.readers import Permission
from tools.connectors.writers import CONFIG_MAPS, DEPLOYMENTS, DESTINATION_RULES, NODES, PODS, SERVICES


@pytest_asyncio.fixture
async def world() -> AsyncIterator[WritingWorld]:
    async with writing_world() as found:
        yield found


async def test_a_stale_version_is_a_conflict(world: WritingWorld) -> None:
    item = await world.deployment()
    version = item["metadata"]["resourceVersion"]
    await world.admin.patch(DEPLOYMENTS, "shop", "payment", {"metadata": {"labels": {"x": "y"}}})
    for kind in ("strategic", "merge"):
        body = {"metadata": {"resourceVersion": version}, "spec": {"replicas": 9}}
        with pytest.raises(Conflict, match="modified"):
            await world.writer.patch(
                DEPLOYMENTS,
                "shop",
                "payment",
                body,
                kind=kind,
            )

    assert 3 == (await world.deployment())["spec"]["replicas"]


async def test_a_dry_run_answers_and_changes_nothing(world: WritingWorld) -> None:
    before = await world.quiet()
    found = await world.writer.patch(DEPLOYMENTS, "shop", "payment", {"spec": {"replicas": 9}}, dry_run=True)
    pod = (await world.pods())[0]["metadata"]
    await world.writer.delete(PODS, "shop", pod["name"], uid=pod["uid"], dry_run=True)
    await world.writer.evict("shop", pod["name"], uid=pod["uid"], dry_run=True)

    assert 9 == found["spec"]["replicas"]
    assert before == await world.versions()


async def test_refusals_are_told_in_the_servers_words(world: WritingWorld) -> None:
    with pytest.raises(Refused, match="422"):
        await world.writer.patch(DEPLOYMENTS, "shop", "payment", {"spec": {"replicas": -1}})
    with pytest.raises(Refused, match="unknown field"):
        await world.writer.patch(DEPLOYMENTS, "shop", "payment", {"spec": {"replicasss": 3}})
    with pytest.raises(Refused, match="cannot patch resource"):
        await world.writer.patch(SERVICES, "shop", "payment", {"metadata": {"labels": {"x": "y"}}})
    with pytest.raises(Refused, match="cannot list resource"):
        await world.writer.list(CONFIG_MAPS, "shop")


async def test_an_object_is_created_once(world: WritingWorld) -> None:
    rule = {
        "apiVersion": "networking.istio.io/v1",
        "kind": "DestinationRule",
        "metadata": {"name": "payment", "namespace": "shop"},
        "spec": {"host": "payment"},
    }
    await world.writer.create(DESTINATION_RULES, "shop", rule, dry_run=True)
    with pytest.raises(NotFound):
        await world.writer.get(DESTINATION_RULES, "shop", "payment")
    await world.writer.create(DESTINATION_RULES, "shop", rule)
    with pytest.raises(Conflict, match="exists already"):
        await world.writer.create(DESTINATION_RULES, "shop", rule)
    made = await world.writer.get(DESTINATION_RULES, "shop", "payment")
    with pytest.raises(Conflict):
        await world.admin.delete(DESTINATION_RULES, "shop", "payment", uid="another")
    await world.admin.delete(DESTINATION_RULES, "shop", "payment", uid=made["metadata"]["uid"])

    assert () == await world.admin.list(DESTINATION_RULES, "shop")


async def test_an_eviction_names_the_pod_by_its_uid(world: WritingWorld) -> None:
    pod = (await world.pods())[0]["metadata"]
    with pytest.raises(Conflict):
        await world.writer.evict("shop", pod["name"], uid="another")

    assert pod["name"] in {found["metadata"]["name"] for found in await world.pods()}


async def test_rights_are_asked_for(world: WritingWorld) -> None:
    assert await world.writer.allowed(Permission("patch", "deployments", "apps"), "shop")
    assert not await world.writer.allowed(Permission("patch", "deployments", "apps"), "default")
    assert not await world.reader.allowed(Permission("patch", "deployments", "apps"), "shop")
    assert (await world.writer.version()).startswith("v1.")


@pytest.mark.parametrize("name", ["../x", "a/b", "", "..", "a?dryRun=All", "a%2Fb"])
async def test_a_name_never_leaves_its_place_in_the_address(world: WritingWorld, name: str) -> None:
    with pytest.raises(NotFound, match="cannot be the name"):
        await world.admin.delete(DEPLOYMENTS, "shop", name or "/", uid="x")
    with pytest.raises(NotFound, match="cannot be the name"):
        await world.admin.get(DEPLOYMENTS, name, "payment")
    with pytest.raises(NotFound, match="cannot be the name"):
        await world.admin.evict("shop", name, uid="x")


BUDGET = (
    b'{"message": "Cannot evict pod as it would violate the pod\'s disruption budget.", '
    b'"details": {"causes": [{"message": "The disruption budget payment needs 3 healthy pods"}]}}'
)


@pytest.mark.parametrize(
    ("script", "expected", "said"),
    [
        (Script(status=500, body=b"{}"), Unavailable, "500"),
        (Script(status=429, body=b"{}"), Overloaded, "overloaded"),
        (Script(status=429, body=BUDGET), Overloaded, "budget payment needs 3 healthy pods"),
        (Script(status=403, body=b'{"message": "no"}'), Refused, "no"),
        (Script(status=401), Refused, "401"),
        (Script(status=404), NotFound, "404"),
        (Script(status=409, body=b'{"message": "modified"}'), Conflict, "modified"),
        (Script(status=422, body=b'{"message": "too long"}'), Refused, "too long"),
        (Script(status=302), BackendError, "redirect"),
        (Script(delay=3), TimedOut, "in time"),
    ],
    ids=["500", "429", "budget", "403", "401", "404", "409", "422", "302", "slow"],
)
async def test_each_way_of_failing_has_its_error_and_is_sent_once(
    script: Script, expected: type[OpsError], said: str
) -> None:
    async with scripted(replace(script, seen=[])) as server:
        found = KubernetesWriter(ClusterAccess(server.url, "t"), timeout_seconds=1 if script.delay else 30)
        try:
            with pytest.raises(expected, match=said):
                await found.patch(NODES, "", "node-1", {"spec": {"unschedulable": True}})
            assert 1 == len(server.seen)
        finally:
            await found.close()


@pytest.mark.parametrize("kind", GARBAGE)
async def test_nonsense_gives_our_own_error(kind: str) -> None:
    async with scripted(replace(GARBAGE[kind], seen=[])) as server:
        found = KubernetesWriter(ClusterAccess(server.url, "t"), timeout_seconds=30)
        try:
            await ended(found.patch(PODS, "shop", "a", {"metadata": {}}))
            await ended(found.delete(PODS, "shop", "a", uid="x"))
            await ended(found.evict("shop", "a", uid="x"))
        finally:
            await found.close()
