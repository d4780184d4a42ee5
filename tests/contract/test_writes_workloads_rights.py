"""The shipped rights are those that the actions use: none is missing and none is there for nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime

import pytest
import pytest_asyncio
import yaml

from agent.errors import Refused
from tests.support.workload_cases import CASES, Case
from tests.support.writing_cluster import (
    NAMESPACES,
    RIGHTS,
    RecordingWriter,
    WritingWorld,
    finished,
    writing_world,
)
from tools.connectors.readers import Permission
from tools.connectors.writers import CONFIG_MAPS, DEPLOYMENTS, PODS, SECRETS, Resource
from tools.incident_responder.permissions import NODE_PERMISSIONS, WRITE_PERMISSIONS, preview_permissions
from tools.incident_responder.writes.naming import Named
from tools.incident_responder.writes.pods import DeletePod

ALL = {**WRITE_PERMISSIONS, **NODE_PERMISSIONS}


@pytest_asyncio.fixture
async def world() -> AsyncIterator[WritingWorld]:
    async with writing_world() as found:
        yield found


def granted(role: str, file: str = "rbac-write.yaml") -> set[Permission]:
    manifests = [*yaml.safe_load_all((RIGHTS / file).read_text("utf-8"))]
    found = next(
        item for item in manifests if (item["kind"], item["metadata"]["name"]) == ("ClusterRole", role)
    )
    rights = set()
    for rule in found["rules"]:
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                plural, _, sub = resource.partition("/")
                rights |= {Permission(verb, plural, group, sub) for verb in rule["verbs"]}
    return rights


def needed(permissions: Mapping[str, tuple[Permission, ...]]) -> set[Permission]:
    return {right for rights in permissions.values() for right in rights}


def rows(rights: set[Permission]) -> list[str]:
    return sorted(f"{right.verb} {right.shown}" for right in rights)


@pytest.mark.parametrize(
    ("role", "permissions"),
    [("ops-monitor-write", WRITE_PERMISSIONS), ("ops-monitor-write-nodes", NODE_PERMISSIONS)],
)
def test_the_manifest_grants_exactly_what_the_actions_need(
    role: str, permissions: Mapping[str, tuple[Permission, ...]]
) -> None:
    assert rows(needed(permissions)) == rows(granted(role))
    assert not [right for right in granted(role) if "*" in (right.verb, right.resource, right.group)]


def test_the_account_that_reads_sees_exactly_what_previews_need() -> None:
    read, more = granted("ops-monitor-read", "rbac.yaml"), granted("ops-monitor-suggest", "rbac-suggest.yaml")

    assert rows(needed(preview_permissions()) - read) == rows(more)
    assert {"get", "list"} == {right.verb for right in more}


def test_the_account_that_reads_is_another_one() -> None:
    subjects = {
        (subject["name"], item["metadata"]["name"])
        for file in ("rbac.yaml", "rbac-suggest.yaml", "rbac-write.yaml")
        for item in yaml.safe_load_all((RIGHTS / file).read_text("utf-8"))
        for subject in item.get("subjects", ())
    }

    assert {
        ("ops-monitor", "ops-monitor-read"),
        ("ops-monitor", "ops-monitor-suggest"),
        ("ops-monitor-writer", "ops-monitor-write"),
        ("ops-monitor-writer", "ops-monitor-write-nodes"),
    } == subjects


async def used(world: WritingWorld, case: Case) -> set[Permission]:
    """Return the rights that an action makes use of from its plan to its undo."""
    await case.prepare(world)
    recorder = world.recording
    write, params = case.write(recorder, NAMESPACES), case.write.params(**case.params)
    plan = await write.plan(params, datetime.now(UTC))
    await write.happened(params, plan, "act-1")
    await write.apply(params, plan, "act-1")
    await finished(write, params, plan, "act-1")
    if plan.reversible:
        await write.undo(params, plan, "undo-1")
        await write.undone(params, plan, "undo-1")
        await finished(write, params, plan, "undo-1", undo=True)
    return recorder.used


@pytest.mark.parametrize("name", CASES)
async def test_an_action_uses_no_more_than_it_says(world: WritingWorld, name: str) -> None:
    found = await used(world, CASES[name])
    allowed = set(ALL[CASES[name].write.name])
    changes = {right for right in allowed if right.verb not in ("get", "list")}

    assert [] == rows(found - allowed)
    # What it changes differs by the kind of its target; every action changes something that it has to name.
    assert found & changes


async def test_deleting_a_pod_uses_no_more_than_it_says(world: WritingWorld) -> None:
    recorder: RecordingWriter = world.recording
    write = DeletePod(recorder, NAMESPACES)
    params = Named(namespace="shop", name=(await world.pods())[0]["metadata"]["name"])
    plan = await write.plan(params, datetime.now(UTC))
    await write.apply(params, plan, "act-1")
    await finished(write, params, plan, "act-1")

    assert set(ALL["delete_pod"]) == recorder.used


@pytest.mark.parametrize("resource", [SECRETS, CONFIG_MAPS, DEPLOYMENTS])
async def test_the_write_account_reaches_no_other_namespace(world: WritingWorld, resource: Resource) -> None:
    with pytest.raises(Refused, match="cannot get resource"):
        await world.writer.get(resource, "kube-public", "anything")
    with pytest.raises(Refused, match="cannot delete resource"):
        await world.writer.delete(PODS, "kube-public", "anything", uid="x")


async def test_the_write_account_reads_no_secret(world: WritingWorld) -> None:
    with pytest.raises(Refused, match="cannot get resource"):
        await world.writer.get(SECRETS, "shop", "anything")
