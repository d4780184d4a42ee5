"""Pods, events and changes are read out of what a real control plane sent, and out of anything else without failing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.domain.evidence import Window
from tests.support.cluster_data import recording
from tools.connectors.memory_objects import deployment, event, replica_set, template
from tools.incident_responder.describe import pod_rows, title_of
from tools.incident_responder.objects import cluster_event, event_concerns, pod_state, service_of
from tools.incident_responder.podtemplates import config_maps_of, differences
from tools.incident_responder.rollouts import Cluster, changes

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ALWAYS = Window(start=datetime(2020, 1, 1, tzinfo=UTC), end=datetime(2030, 1, 1, tzinfo=UTC))


def answer(scenario: str, place: int) -> dict[str, Any]:
    found: dict[str, Any] = recording(scenario)["exchanges"][place]["response"]["body"]
    return found


def test_a_real_roll_back_is_told_in_order_with_its_own_time() -> None:
    cluster = Cluster(
        [answer("rollout-undo", 15)],
        answer("rollout-undo", 16)["items"],
        [],
        answer("rollout-undo", 17)["items"],
    )

    told = changes(cluster, "payment", ALWAYS)

    assert [
        "payment was rolled back to revision 1 (now revision 3): image shop/payment:v2 -> shop/payment:v1",
        "payment revision 2: image shop/payment:v1 -> shop/payment:v2",
        "payment was created with shop/payment:v1 (revision 1)",
    ] == [change.description for change in sorted(told, key=lambda c: (c.at, c.revision or 0), reverse=True)]
    assert [3, 2, 1] == sorted((change.revision or 0 for change in told), reverse=True)
    assert datetime(2026, 11, 22, 2, 28, 33, tzinfo=UTC) == max(change.at for change in told)


def test_a_real_restart_is_told_as_a_restart() -> None:
    cluster = Cluster([answer("restart", 9)], answer("restart", 11)["items"], [], [])

    kinds = {change.revision: change.change for change in changes(cluster, "payment", ALWAYS)}

    assert {1: "deployment", 2: "restart"} == kinds


@pytest.mark.parametrize(
    ("name", "reason", "last_exit"),
    [
        ("crash", "CrashLoopBackOff", "Error, exit code 2"),
        ("oom", "CrashLoopBackOff", "OOMKilled, exit code 137"),
        ("pull", "ImagePullBackOff", None),
        ("notready", None, None),
        ("toobig", "Unschedulable", None),
    ],
)
def test_real_sick_pods_are_told_with_their_reason(
    name: str, reason: str | None, last_exit: str | None
) -> None:
    pod = next(p for p in answer("unhealthy-pods", 5)["items"] if p["metadata"]["name"] == name)

    state = pod_state(pod)

    assert not state.ready
    assert reason == state.reason
    assert (state.last_exit or "").startswith(last_exit or "")
    assert bool(last_exit) == bool(state.last_exit)
    assert name in title_of(pod)


def test_real_events_of_both_apis_are_read_alike() -> None:
    core = cluster_event(answer("events", 5)["items"][0])
    newer = cluster_event(answer("events", 8)["items"][0])

    assert core is not None
    assert newer is not None
    assert ("FailedScheduling", "pod/pending", "Warning") == (core.reason, core.object, core.type)
    assert core == newer


def test_a_scaling_is_told_unless_it_is_a_step_of_a_rollout() -> None:
    old, new = template("payment", "v1"), template("payment", "v2")
    sets = [
        replica_set("payment", "shop", NOW - timedelta(days=3), 1, old, "aaa"),
        replica_set("payment", "shop", NOW - timedelta(minutes=30), 2, new, "bbb"),
    ]

    def scaled(suffix: str, way: str, numbers: str, minutes: float) -> dict[str, Any]:
        text = f"Scaled {way} replica set payment-{suffix} {numbers}"
        at = NOW - timedelta(minutes=minutes)
        return event(
            "payment", "shop", at, kind="Deployment", reason="ScalingReplicaSet", message=text, warning=False
        )

    events = [
        scaled("bbb", "up", "from 0 to 1", 30),
        scaled("aaa", "down", "from 2 to 1", 29.8),
        scaled("bbb", "up", "from 1 to 2", 29.7),
        scaled("bbb", "up", "from 2 to 5", 10),
        scaled("other", "up", "from 2 to 5", 9),
    ]
    cluster = Cluster([deployment("payment", "shop", NOW - timedelta(days=3), new)], sets, [], events)

    scalings = [c for c in changes(cluster, "payment", ALWAYS) if c.change == "scale"]

    assert [("payment was scaled from 2 to 5 replicas", NOW - timedelta(minutes=10))] == [
        (c.description, c.at) for c in scalings
    ]


def test_a_roll_back_of_a_rollout_that_was_still_under_way_has_its_own_time() -> None:
    born, half = NOW - timedelta(days=3), NOW - timedelta(minutes=30)
    old, new = template("payment", "v1"), template("payment", "v2")
    again = replica_set("payment", "shop", born, 3, old, "aaa")
    again["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"] = "1"
    steps = [("aaa", "from 0 to 2", born), ("bbb", "from 0 to 1", half), ("aaa", "from 1 to 2", NOW)]
    events = [
        event(
            "payment",
            "shop",
            at,
            kind="Deployment",
            reason="ScalingReplicaSet",
            message=f"Scaled up replica set payment-{name} {numbers}",
            warning=False,
        )
        for name, numbers, at in steps
    ]
    sets = [again, replica_set("payment", "shop", half, 2, new, "bbb")]
    cluster = Cluster([deployment("payment", "shop", born, old)], sets, [], events)

    told = {c.revision: c.at for c in changes(cluster, "payment", ALWAYS) if c.change == "deployment"}

    assert {1: born, 2: half, 3: NOW} == told


def test_a_scaling_through_the_subresource_names_who_did_it() -> None:
    item = deployment("payment", "shop", NOW - timedelta(days=3), template("payment", "v1"))
    item["metadata"]["managedFields"] = [
        {
            "manager": "kubectl",
            "subresource": "scale",
            "time": "2026-03-01T11:55:00Z",
            "fieldsV1": {"f:spec": {"f:replicas": {}}},
        }
    ]

    told = changes(Cluster([item], [], [], []), "payment", ALWAYS)

    assert ["payment was scaled to 2 replicas by kubectl"] == [c.description for c in told]


def test_changes_outside_the_window_or_of_others_are_left_out() -> None:
    item = deployment("payment", "shop", NOW, template("payment", "v1"))
    sets = [replica_set("payment", "shop", NOW - timedelta(hours=3), 1, template("payment", "v1"), "aaa")]
    cluster = Cluster([item], sets, [], [])

    assert () == changes(cluster, "payment", Window(start=NOW - timedelta(hours=2), end=NOW))
    assert () == changes(cluster, "checkout", ALWAYS)
    assert 1 == len(changes(cluster, None, ALWAYS))


def test_templates_are_compared_in_words_without_values_from_elsewhere() -> None:
    old = template("payment", "payment:v1", {"LEVEL": "info", "GONE": "x"})
    new = template("payment", "payment:v2", {"LEVEL": "debug"})
    new["spec"]["containers"][0]["env"].append(
        {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}
    )
    new["spec"]["containers"][0]["resources"] = {"limits": {"memory": "1Gi"}}
    new["spec"]["containers"].append({"name": "proxy", "image": "proxy:1"})

    assert [
        "image payment:v1 -> payment:v2",
        "env LEVEL=info -> LEVEL=debug",
        "env GONE removed",
        "env KEY=a reference added",
        "limit memory=1Gi added",
        "container proxy added with image proxy:1",
    ] == differences(old, new)


def test_the_config_maps_of_a_template_are_found_wherever_they_stand() -> None:
    found = template("payment", "v1")
    container = found["spec"]["containers"][0]
    container["envFrom"] = [{"configMapRef": {"name": "a"}}, {"secretRef": {"name": "no"}}]
    container["env"] = [{"name": "X", "valueFrom": {"configMapKeyRef": {"name": "b", "key": "k"}}}]
    found["spec"]["volumes"] = [{"name": "v", "configMap": {"name": "c"}}]

    assert {"a", "b", "c"} == config_maps_of(found)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
METADATA = st.dictionaries(
    st.sampled_from(
        [
            "name",
            "labels",
            "annotations",
            "ownerReferences",
            "creationTimestamp",
            "managedFields",
            "namespace",
        ]
    ),
    ANY | st.just("2026-03-01T12:00:00Z") | st.just([{"kind": "Deployment", "uid": "u", "name": "payment"}]),
)
OBJECTS = st.fixed_dictionaries(
    {},
    optional={
        "metadata": METADATA | ANY,
        "spec": ANY,
        "status": ANY
        | st.fixed_dictionaries({"conditions": ANY, "containerStatuses": st.lists(ANY, max_size=2)}),
        "data": ANY,
        "lastTimestamp": ANY | st.just("2026-03-01T12:00:00Z"),
        "message": ANY,
        "involvedObject": ANY,
        "count": ANY,
    },
)


@settings(max_examples=50)
@given(st.lists(OBJECTS, max_size=3), st.lists(OBJECTS, max_size=3))
def test_no_object_whatever_makes_a_read_fail(
    first: list[dict[str, Any]], second: list[dict[str, Any]]
) -> None:
    for item in (*first, *second):
        assert isinstance(service_of(item), str)
        pod_state(item)
        found = cluster_event(item)
        pod_rows(item, [found] if found else [])
        assert found is None or event_concerns(found, None, frozenset())
    changes(Cluster(first, second, first, second), None, ALWAYS)
