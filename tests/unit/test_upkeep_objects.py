"""Quotas, scheduled jobs and images as the cluster's objects tell of them, with anything missing."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.evidence import EvidenceStatus
from tools.connectors.memory import MemoryCluster, MemoryWorld
from tools.incident_responder.scope import Scope
from tools.incident_responder.upkeep import canonical, job_standing, quota_uses, unused_images
from tools.incident_responder.upkeep_reads import (
    ImagesParams,
    ImagesRead,
    JobsParams,
    JobsRead,
    QuotasParams,
    QuotasRead,
)

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def cron(name: str, *, purpose: str = "", last: str | None = None, suspend: bool = False) -> dict[str, Any]:
    labels = {"ops-monitor.dev/purpose": purpose} if purpose else {}
    return {
        "metadata": {"name": name, "namespace": "shop", "labels": labels},
        "spec": {"schedule": "0 2 * * *", "suspend": suspend},
        "status": {"lastSuccessfulTime": last} if last else {},
    }


def job(owner: str, began: str, ended: str | None, state: str) -> dict[str, Any]:
    return {
        "metadata": {
            "name": f"{owner}-{began}",
            "namespace": "shop",
            "ownerReferences": [{"kind": "CronJob", "name": owner}],
        },
        "status": {
            "startTime": began,
            "completionTime": ended,
            "conditions": [{"type": state, "status": "True"}] if state else [],
        },
    }


def test_a_job_stands_by_its_newest_success_and_what_failed_since() -> None:
    jobs = [
        job("backup", "2026-11-21T02:00:00Z", "2026-11-21T02:05:00Z", "Complete"),
        job("backup", "2026-11-22T02:00:00Z", None, "Failed"),
        job("backup", "2026-11-23T02:00:00Z", None, "Failed"),
        job("other", "2026-11-23T02:00:00Z", "2026-11-23T02:05:00Z", "Complete"),
    ]
    found = job_standing(cron("backup", last="2026-11-20T02:05:00Z"), jobs)

    assert datetime(2026, 11, 21, 2, 5, tzinfo=UTC) == found.last_success
    assert ("failed", 2) == (found.state, found.failures)
    assert "never ran" == job_standing(cron("new"), []).state
    assert "running" == job_standing(cron("backup"), [job("backup", "2026-11-23T02:00:00Z", None, "")]).state


def test_a_quota_is_as_full_as_it_says() -> None:
    quota = {
        "metadata": {"name": "q", "namespace": "shop"},
        "status": {
            "hard": {"limits.memory": "8Gi", "pods": "10", "secrets": "0", "services": "5"},
            "used": {"limits.memory": "7168Mi", "pods": "9", "secrets": "0"},
        },
    }

    assert {"limits.memory": 0.875, "pods": 0.9, "secrets": None} == {
        u.resource: u.share for u in quota_uses(quota)
    }


def node(name: str, *images: tuple[str, int]) -> dict[str, Any]:
    told = [{"names": [image], "sizeBytes": size} for image, size in images]
    return {"metadata": {"name": name}, "status": {"images": told}}


def pod(where: str, *images: str, namespace: str = "shop", ran: str = "") -> dict[str, Any]:
    statuses = [{"imageID": ran}] if ran else []
    return {
        "metadata": {"name": f"p-{where}", "namespace": namespace},
        "spec": {"nodeName": where, "containers": [{"image": image} for image in images]},
        "status": {"containerStatuses": statuses},
    }


def test_an_image_is_used_on_the_node_where_a_pod_runs_it_under_any_of_its_names() -> None:
    nodes = [
        node(
            "a",
            ("docker.io/library/redis:7", 10),
            ("reg.example/shop@sha256:aa", 30),
            ("reg.example/old:v1", 20),
        ),
        node("b", ("docker.io/library/redis:7", 10)),
    ]
    pods = [pod("a", "redis:7"), pod("a", "reg.example/shop:v3", ran="reg.example/shop@sha256:aa")]

    assert [("a", "reg.example/old:v1", 20.0), ("b", "docker.io/library/redis:7", 10.0)] == [
        (one.node, one.image, one.size_bytes) for one in unused_images(nodes, pods)
    ]


def owned(kind: str, name: str, image: str) -> dict[str, Any]:
    made = {"spec": {"containers": [{"image": image}]}}
    spec = {"jobTemplate": {"spec": {"template": made}}} if kind == "CronJob" else {"template": made}
    return {"kind": kind, "metadata": {"name": name, "namespace": "shop"}, "spec": spec}


def test_an_image_that_a_kept_revision_or_a_scheduled_job_names_is_still_needed() -> None:
    held = node("a", ("reg.example/shop:v2", 30), ("reg.example/backup:v1", 20), ("reg.example/old:v1", 10))
    owners = [
        owned("ReplicaSet", "shop-1", "reg.example/shop:v2"),
        owned("CronJob", "n", "reg.example/backup:v1"),
    ]

    found = unused_images([held], [], owners)

    assert [True, True, False] == [one.needed for one in found]


async def test_what_is_needed_again_is_not_called_unused() -> None:
    held = node("a", ("reg.example/shop:v2", 30 * 2**20), ("reg.example/old:v1", 10 * 2**20))
    world = MemoryWorld()
    world.objects["nodes"] = [held]
    world.objects["replicasets"] = [owned("ReplicaSet", "shop-1", "reg.example/shop:v2")]
    read = ImagesRead(Scope(MemoryCluster(world), ("shop",)))

    reading = await read.run(ImagesParams(), NOW)

    assert reading.value is not None
    assert 10 * 2**20 == reading.value.value
    assert "1 unused images with 10 MiB" in reading.summary
    assert "1 more are named by kept revisions and scheduled jobs" in reading.summary


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("redis", "docker.io/library/redis:latest"),
        ("team/app:v1", "docker.io/team/app:v1"),
        ("docker-pullable://reg.example:5000/app@sha256:1", "reg.example:5000/app@sha256:1"),
        ("localhost/app", "localhost/app:latest"),
        ("reg.example:5000/app", "reg.example:5000/app:latest"),
    ],
)
def test_an_image_has_one_full_name(name: str, full: str) -> None:
    assert full == canonical(name)
    assert full == canonical(full)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["metadata", "spec", "status", "name", "names", "images", "hard", "used", "conditions"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=14,
)


@given(st.dictionaries(st.sampled_from(["metadata", "spec", "status"]), anything, max_size=3))
def test_no_object_is_too_odd_to_be_read(odd: dict[str, Any]) -> None:
    quota_uses(odd)
    job_standing(odd, [odd])
    unused_images([odd], [odd], [odd])


async def test_the_reads_ask_for_the_namespaces_and_for_every_pod_of_the_cluster() -> None:
    world = MemoryWorld()
    world.objects["cronjobs"] = [cron("backup", purpose="backup", last="2026-11-23T02:05:00Z"), cron("other")]
    world.objects["nodes"] = [node("a", ("reg.example/old:v1", 2**30), ("reg.example/agent:v1", 2**20))]
    world.objects["pods"] = [pod("a", "reg.example/agent:v1", namespace="kube-system")]
    scope = Scope(MemoryCluster(world), ("shop",))

    jobs = await JobsRead(scope).run(JobsParams(purpose="backup"), NOW)
    images = await ImagesRead(scope).run(ImagesParams(), NOW)
    quotas = await QuotasRead(scope).run(QuotasParams(), NOW)
    untold = await ImagesRead(scope).run(ImagesParams(node="b"), NOW)

    assert "backup last succeeded 6.9 hours ago" == jobs.summary
    assert images.value is not None
    assert 2**30 == images.value.value
    assert [EvidenceStatus.NO_DATA] * 2 == [quotas.status, untold.status]
