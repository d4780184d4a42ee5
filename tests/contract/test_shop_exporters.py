"""Pages that the demo serves to Prometheus: format, node counters, workload state and the invented past."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families as parse

from demo.shop.baseline import PROFILES, openmetrics
from demo.shop.exporter import family
from demo.shop.nodes import MEMORY, NodeGauges
from demo.shop.state_metrics import container_families, deployment_families, pod_families

REQUESTS = re.compile(
    r'http_requests_total\{.*service="(?P<service>[^"]+)".*route="(?P<route>[^"]+)",status="(?P<status>\d+)"\}'
    r" (?P<value>\S+) (?P<at>\S+)$"
)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), st.floats(allow_nan=False))
def test_any_label_value_survives_the_page(value: str, number: float) -> None:
    page = family("some_gauge", "gauge", "Some gauge", [({"label": value}, number)])
    sample = next(iter(parse(page))).samples[0]
    assert (sample.labels["label"], sample.value) == (value, number)


async def _samples(gauges: NodeGauges) -> dict[str, float]:
    families = parse(await gauges.page())
    return {
        f"{s.name}:{s.labels.get('mode', '')}": s.value
        for each in families
        for s in each.samples
        if s.labels.get("cpu", "0") == "0"
    }


async def test_a_node_shows_what_its_pods_use() -> None:
    gauges = NodeGauges("node-1", lambda: [(3.6, 10**9)], slow_disk=lambda: False)
    first = await _samples(gauges)
    second = await _samples(gauges)
    busy = {
        m: second[f"node_cpu_seconds_total:{m}"] - first[f"node_cpu_seconds_total:{m}"]
        for m in ("idle", "user")
    }
    assert busy["idle"] <= busy["user"]
    assert second["node_memory_MemAvailable_bytes:"] < MEMORY - 10**9
    assert second["node_memory_MemTotal_bytes:"] == MEMORY


def _pod(status: dict[str, object]) -> dict[str, object]:
    return {
        "metadata": {"namespace": "shop", "name": "catalog-1"},
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": "False"}],
            "containerStatuses": [{"name": "catalog", "restartCount": 3, **status}],
        },
    }


def test_a_crash_looping_container_is_told_with_its_last_exit() -> None:
    waiting = {"waiting": {"reason": "CrashLoopBackOff"}}
    ended = {"terminated": {"reason": "OOMKilled", "exitCode": 137}}
    page = container_families([_pod({"state": waiting, "lastState": ended})]) + pod_families([_pod({})])
    found = {(s.name, s.labels.get("reason")): s.value for f in parse(page) for s in f.samples}
    assert found["kube_pod_container_status_restarts_total", None] == 3
    assert found["kube_pod_container_status_waiting_reason", "CrashLoopBackOff"] == 1
    assert found["kube_pod_container_status_last_terminated_reason", "OOMKilled"] == 1
    assert found["kube_pod_status_ready", None] == 0


def test_missing_replicas_are_told_per_deployment() -> None:
    deployment = {
        "metadata": {"namespace": "shop", "name": "payment"},
        "spec": {"replicas": 3},
        "status": {"availableReplicas": 2, "unavailableReplicas": 1},
    }
    found = {s.name: s.value for f in parse(deployment_families([deployment])) for s in f.samples}
    assert found["kube_deployment_spec_replicas"] == 3
    assert found["kube_deployment_status_replicas_unavailable"] == 1


END = 1_800_000_000.0
Samples = list[tuple[float, float]]


@pytest.fixture(scope="module")
def past() -> dict[tuple[str, str, str], Samples]:
    found: dict[tuple[str, str, str], Samples] = {}
    for line in openmetrics(END, rate=12.0).splitlines():
        seen = REQUESTS.match(line)
        if seen:
            key = (seen["service"], seen["route"], seen["status"])
            found.setdefault(key, []).append((float(seen["at"]), float(seen["value"])))
    return found


def _failed(past: dict[tuple[str, str, str], Samples], service: str, since: float) -> float:
    """Return the share of a service's requests that failed since a moment."""
    grown = {"200": 0.0, "503": 0.0}
    for (name, _, status), samples in past.items():
        if name == service:
            grown[status] += samples[-1][1] - max(value for at, value in samples if at <= since)
    return grown["503"] / sum(grown.values())


async def test_the_last_hours_are_healthy_and_end_now(past: dict[tuple[str, str, str], Samples]) -> None:
    newest = max(samples[-1][0] for samples in past.values())

    assert {profile.service for profile in PROFILES} == {service for service, _, _ in past}
    assert END - 60 < newest <= END
    for service in {profile.service for profile in PROFILES}:
        assert 0.0004 < _failed(past, service, END - 7200) < 0.0016


async def test_counters_only_grow_and_their_samples_are_in_order(
    past: dict[tuple[str, str, str], Samples],
) -> None:
    for samples in past.values():
        assert samples == sorted(samples)
        assert [value for _, value in samples] == sorted(value for _, value in samples)


async def test_the_weeks_before_have_spent_budgets(past: dict[tuple[str, str, str], Samples]) -> None:
    month = datetime(2027, 1, 1, tzinfo=UTC).timestamp()
    spent = {name: _failed(past, name, month) / 0.001 for name in ("tutor", "payment", "checkout", "catalog")}

    assert spent["tutor"] > 1 > spent["payment"] > spent["checkout"] > spent["catalog"] > 0.1
    assert min(samples[0][0] for samples in past.values()) < END - 34 * 86_400
