"""The plan reads fast things first, follows the calls downwards, asks nothing twice and ends."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.brain.plans import due_reads
from agent.domain.evidence import Evidence, ReadRequest
from agent.domain.noun import Json
from agent.domain.view import IncidentView
from tests.support import troubles as t


async def rounds(name: str) -> list[list[ReadRequest]]:
    reads, view = t.TROUBLES[name]()
    evidence: list[Evidence] = []
    found: list[list[ReadRequest]] = []
    for iteration in range(1, 9):
        requests, _ = due_reads(view, evidence, iteration)
        if not requests:
            return found
        found.append(list(requests))
        evidence += [await reads.run(r) for r in requests]
    raise AssertionError("the plan does not end")


def tools(requests: list[ReadRequest]) -> set[str]:
    return {r.tool for r in requests}


async def test_the_first_look_is_what_the_first_card_shows() -> None:
    first = (await rounds("bad-deployment"))[0]

    assert tools(first) == {
        "metrics_collector.signal",
        "metrics_collector.compare",
        "metrics_collector.chart",
        "incident_responder.rollouts",
        "incident_responder.pods",
        "incident_responder.events",
    }


@pytest.mark.parametrize("name", t.TROUBLES)
async def test_nothing_is_asked_twice_and_five_rounds_are_enough(name: str) -> None:
    found = await rounds(name)
    everything = [r.model_dump_json() for requests in found for r in requests]

    assert len(everything) == len(set(everything))
    assert len(found) <= 5


async def test_the_callees_of_what_is_affected_are_looked_at() -> None:
    found = await rounds("slow-dependency")

    asked = {r.params.get("service") for r in found[2]}
    assert "ledger-db" in asked


async def test_the_deepest_failing_service_gets_its_logs_read_though_nobody_alerted() -> None:
    found = await rounds("slow-dependency")

    assert any(
        r.tool == "log_analyzer.patterns" and r.params["service"] == "ledger-db"
        for requests in found[3:]
        for r in requests
    )


async def test_what_only_configures_is_not_measured() -> None:
    reads, view = t.bad_deployment()
    settings = t.r.Change(
        at=t.BEGAN, change="config", service="shop-settings", description="config map shop-settings changed"
    )
    reads.on("incident_responder.rollouts", t.r.changes(settings))

    await t.investigated(reads, view)

    assert "shop-settings" not in {r.params.get("service") for r in reads.asked}


@pytest.mark.parametrize("name", t.TROUBLES)
async def test_no_round_is_a_flood(name: str) -> None:
    assert max(len(requests) for requests in await rounds(name)) <= 30


async def test_the_chart_is_drawn_again_with_what_changed() -> None:
    found = await rounds("bad-deployment")

    charts = [r for requests in found for r in requests if r.tool == "metrics_collector.chart"]
    assert "markers" not in charts[0].params
    assert charts[-1].params["markers"] == [
        {"at": (t.BEGAN - timedelta(seconds=40)).isoformat(), "label": "payment v1 → v2"}
    ]


async def test_what_an_ended_container_said_last_is_read() -> None:
    found = await rounds("crash-loop")

    assert ReadRequest(
        tool="incident_responder.logs", params={"pod": "textbook-1-a", "tail": 30, "previous": True}
    ) in [r for requests in found for r in requests]


@pytest.mark.parametrize(
    ("alert", "signal"),
    [
        ("HighErrorRate", "server_error_ratio"),
        ("HighResponseTime", "latency_p95"),
        ("HighLatency", "latency_p95"),
        ("HighCPUUsage", "cpu_utilization"),
        ("ContainerMemoryNearLimit", "container_memory_ratio"),
        ("HighMemoryUsage", "memory_utilization"),
        ("DiskSpaceLow", "disk_utilization"),
        ("ConnectionPoolNearlyExhausted", "pool_utilization"),
        ("CacheHitRateLow", "cache_hit_ratio"),
        ("CertificateExpired", "certificate_days_left"),
        ("ServiceDown", "up"),
        ("SomethingElse", "server_error_ratio"),
    ],
)
def test_the_chart_shows_what_the_alert_is_about(alert: str, signal: str) -> None:
    assert signal == drawn(t.view("payment", [t.alert(alert, "payment")]), ())["signal"]


def drawn(view: IncidentView, evidence: Sequence[Evidence]) -> dict[str, Json]:
    reads, _ = due_reads(view, evidence, 1)
    return next(r.params for r in reads if r.tool == "metrics_collector.chart")


def test_the_chart_shows_the_first_alert_of_its_service_and_not_what_followed() -> None:
    first = t.alert("CacheHitRateLow", "catalog")
    later = [
        t.alert("HighErrorRate", "catalog", t.BEGAN + timedelta(seconds=30)),
        t.alert("HighErrorRate", "aaa", t.BEGAN - timedelta(seconds=30)),
    ]

    assert "cache_hit_ratio" == drawn(t.view("catalog", [*later, first]), ())["signal"]


async def test_the_chart_of_an_expired_certificate_shows_what_fails_because_of_it() -> None:
    reads, _ = t.TROUBLES["expired-certificate"]()
    view = t.view("tutor", [t.alert("CertificateExpired", "tutor")])
    first, _ = due_reads(view, (), 1)
    measured = [await reads.run(r) for r in first if r.tool == "metrics_collector.signal"]
    again, _ = due_reads(view, measured, 1)
    charts = [r.params for r in again if r.tool == "metrics_collector.chart"]

    assert "certificate_days_left" == drawn(view, ())["signal"]
    assert ["server_error_ratio"] == [params["signal"] for params in charts]


def test_the_chart_of_a_young_trouble_is_near_enough_to_show_its_beginning() -> None:
    _, view = t.bad_deployment()
    young = view.model_copy(update={"as_of": view.incident.times.started_at + timedelta(seconds=40)})
    older = view.model_copy(update={"as_of": view.incident.times.started_at + timedelta(minutes=8)})

    assert [10, 24] == [drawn(young, ())["minutes"], drawn(older, ())["minutes"]]


@given(st.integers(min_value=0, max_value=60 * 24 * 30))
def test_the_window_holds_a_calm_stretch_before_young_incidents_and_is_bounded(age: int) -> None:
    _, view = t.bad_deployment()
    old = view.model_copy(update={"as_of": view.incident.times.started_at + timedelta(minutes=age)})

    windows = {r.params["minutes"] for r in due_reads(old, [], 1)[0] if r.tool == "metrics_collector.signal"}

    assert len(windows) == 1
    assert windows == {max(30, min(360, -(-age // 10) * 10 + 20))}
