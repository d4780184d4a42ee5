"""The toolbelt on the world in memory: every read gives evidence, whatever happens behind it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agent.analysis.redaction import MARK, Redactor
from agent.brain.toolbelt import READS, Toolbelt, build_toolbelt
from agent.domain.evidence import Evidence, EvidenceStatus, ReadRequest, reading_digest
from agent.domain.results import (
    AlertsResult,
    ChangesResult,
    EdgesResult,
    LogLine,
    LogLinesResult,
    PatternsResult,
    PictureResult,
    SeriesResult,
    TableResult,
)
from agent.errors import BadAnswer, BadInput, Refused, TimedOut, Unavailable
from agent.settings import Settings
from tools.charts import ChartSpec
from tools.connections import Connections
from tools.connectors.memory import (
    MemoryAlerts,
    MemoryCluster,
    MemoryIndices,
    MemoryLogs,
    MemoryMetrics,
    MemoryWorld,
)
from tools.connectors.memory_requests import MemoryRequests
from tools.connectors.memory_shop import bad_release, healthy_shop

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RELEASE = NOW - timedelta(minutes=6)


@dataclass
class HandClock:
    """A clock that a test moves."""

    time: datetime = NOW

    def now(self) -> datetime:
        return self.time


class FakePainter:
    """Draws nothing, but remembers what it was asked to draw."""

    def __init__(self) -> None:
        self.specs: list[ChartSpec] = []

    async def draw(self, spec: ChartSpec) -> bytes:
        self.specs.append(spec)
        return b"picture of " + spec.title.encode()

    async def close(self) -> None:
        pass


@dataclass
class Bench:
    """A toolbelt with everything that a test may want to touch."""

    belt: Toolbelt
    world: MemoryWorld
    clock: HandClock
    painter: FakePainter

    async def run(self, tool: str, **params: Any) -> Evidence:
        return await self.belt.run(ReadRequest(tool=tool, params=params), incident_id="inc")


def connections(world: MemoryWorld) -> Connections:
    return Connections(
        MemoryMetrics(world),
        MemoryAlerts(world),
        MemoryLogs(world),
        MemoryCluster(world),
        ("shop",),
        metrics_store=MemoryMetrics(world),
        indices=MemoryIndices(world),
        requests=MemoryRequests(),
    )


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    world = healthy_shop(NOW)
    bad_release(world, "payment", RELEASE, now=NOW)
    clock, painter = HandClock(), FakePainter()
    redactor = Redactor(["the-bots-own-secret"])
    belt = Toolbelt(connections(world), clock, painter=painter, redactor=redactor, timeout_seconds=30)
    yield Bench(belt, world, clock, painter)
    await belt.close()


async def test_a_bad_release_is_told_alike_by_every_backend(bench: Bench) -> None:
    errors = await bench.run("metrics_collector.signal", signal="server_error_ratio", service="payment")
    patterns = await bench.run("log_analyzer.patterns", service="payment")
    changes = await bench.run("incident_responder.rollouts", service="payment")
    alerts = await bench.run("alert_manager.firing", service="payment")

    assert errors.ok
    assert errors.reading.value is not None
    assert errors.reading.normal is not None
    assert (0.48, 0.002) == (errors.reading.value.value, errors.reading.normal.value)
    assert isinstance(errors.reading.result, SeriesResult)
    assert isinstance(patterns.reading.result, PatternsResult)
    assert patterns.reading.result.patterns[0].new
    assert "error" == patterns.reading.result.patterns[0].level
    assert isinstance(changes.reading.result, ChangesResult)
    assert RELEASE == changes.reading.result.changes[0].at
    assert "registry.example/payment:v2" == changes.reading.result.changes[0].after
    assert isinstance(alerts.reading.result, AlertsResult)
    assert "HighErrorRate" == alerts.reading.result.alerts[0].name


async def test_now_is_compared_with_normal_in_a_table(bench: Bench) -> None:
    signals = ["server_error_ratio", "latency_p95", "disk_io"]
    evidence = await bench.run("metrics_collector.compare", signals=signals, service="payment")

    assert isinstance(evidence.reading.result, TableResult)
    assert [
        ("error rate (5xx)", "48 %", "0.2 %", "5 %", "beyond"),
        ("P95 response time", "120 ms", "120 ms", "1 s", ""),
        ("disk throughput", "no data", "", "", ""),
    ] == [tuple(row) for row in evidence.reading.result.rows]


async def test_services_and_who_calls_whom(bench: Bench) -> None:
    services = await bench.run("metrics_collector.services")
    topology = await bench.run("metrics_collector.topology")

    assert isinstance(services.reading.result, TableResult)
    assert ("service", "up", "rps", "error_ratio", "p95_seconds") == services.reading.result.columns
    assert {"storefront", "checkout", "payment"} == {row[0] for row in services.reading.result.rows}
    assert isinstance(topology.reading.result, EdgesResult)
    assert (("checkout", "payment"), ("storefront", "checkout")) == topology.reading.result.edges


async def test_a_chart_is_kept_as_a_blob_and_told_in_words(bench: Bench) -> None:
    marker = {"at": RELEASE.isoformat(), "label": "payment v2"}
    evidence = await bench.run(
        "metrics_collector.chart", signal="server_error_ratio", service="payment", markers=[marker]
    )

    assert isinstance(evidence.reading.result, PictureResult)
    assert b"picture of Payment error rate (5xx)" == await bench.belt.blob(evidence.reading.result.blob)
    assert (
        "Payment error rate (5xx) rose from 0.2 % to 48 % at 11:54 (UTC); threshold 5 %; payment v2 at 11:54"
        == evidence.reading.result.alt
    )
    assert bench.painter.specs[0].incident is not None
    assert await bench.belt.blob("0" * 64) is None


async def test_logs_pods_and_the_rest_are_readings_too(bench: Bench) -> None:
    lines = await bench.run(
        "log_analyzer.search", service="payment", level="error", text="card issuer", limit=3
    )
    counts = await bench.run("log_analyzer.errors_by_service")
    pods = await bench.run("incident_responder.pods", service="payment")
    pod = await bench.run("incident_responder.describe", pod="payment-7c9b4f-0")
    events = await bench.run("incident_responder.events", service="payment")
    log = await bench.run("incident_responder.logs", pod="payment-7c9b4f-0", tail=5)
    top = await bench.run("incident_responder.top")

    assert isinstance(lines.reading.result, LogLinesResult)
    assert 3 == len(lines.reading.result.lines)
    assert lines.reading.result.total > 50
    assert "errors logged: payment 72" == counts.reading.summary
    assert "all 2 pods of payment are ready, 0 restarts" == pods.reading.summary
    assert "payment-7c9b4f-0: Running, ready, 0 restarts" == pod.reading.summary
    assert "1 events, 0 warnings" == events.reading.summary
    assert "payment listens" in str(log.reading.result)
    assert top.ok


# A TLS server is named by whoever asks, so there is nothing to configure and no world in memory that lacks it.
CONFIGURED = [kind.name for kind in READS if kind.backend != "tls"]
PARAMS: dict[str, dict[str, Any]] = {
    "metrics_collector.signal": {"signal": "up"},
    "metrics_collector.query": {"promql": "up"},
    "metrics_collector.compare": {"signals": ["up"]},
    "metrics_collector.chart": {"signal": "up"},
    "metrics_collector.expression": {"rule": "HighErrorRate"},
    "metrics_collector.period": {
        "signal": "latency_p95",
        "start": "2026-01-01T00:00:00+00:00",
        "end": "2026-02-01T00:00:00+00:00",
    },
    "sla_tracker.budget": {"service": "payment"},
    "sla_tracker.objective": {"objective": "payment-availability"},
    "sla_tracker.chart": {"objective": "payment-availability"},
    "log_analyzer.patterns": {"service": "payment"},
    "log_analyzer.index_retention": {"name_pattern": "logs-%Y.%m.%d", "keep_days": 30},
    "metrics_collector.capacity": {"resource": "disk"},
    "metrics_collector.capacity_chart": {"resource": "disk"},
    "incident_responder.describe": {"pod": "nope"},
    "incident_responder.logs": {"pod": "nope"},
}


@pytest.mark.parametrize("read", CONFIGURED)
async def test_an_empty_world_gives_no_data_and_no_error(read: str) -> None:
    belt = Toolbelt(connections(MemoryWorld()), HandClock(), painter=FakePainter())
    evidence = await belt.run(ReadRequest(tool=read, params=PARAMS.get(read, {})))

    if "pod" in PARAMS.get(read, {}):
        assert EvidenceStatus.ERROR is evidence.status
        assert "There is no pod “nope” in shop." == evidence.error
    else:
        assert EvidenceStatus.NO_DATA is evidence.status
        assert evidence.error is None
        assert evidence.reading.summary
        assert evidence.reading.query


@pytest.mark.parametrize("read", CONFIGURED)
async def test_what_is_not_configured_says_which_variable_to_set(read: str) -> None:
    belt = build_toolbelt(Settings(_env_file=None), HandClock())
    try:
        evidence = await belt.run(ReadRequest(tool=read, params=PARAMS.get(read, {})))
    finally:
        await belt.close()

    assert EvidenceStatus.ERROR is evidence.status
    assert evidence.error is not None
    assert "is not configured: set OPS_" in evidence.error
    assert evidence.error == evidence.reading.summary


async def test_the_catalogue_lists_every_read_with_its_parameters(bench: Bench) -> None:
    specs = {spec.name: spec for spec in bench.belt.catalogue()}

    assert {read.name for read in READS} == set(specs)
    assert "service" in str(specs["log_analyzer.search"].params_schema["properties"])
    assert {"prometheus", "alertmanager", "elasticsearch", "kubernetes", "tls", "requests"} == {
        s.backend for s in specs.values()
    }


@pytest.mark.parametrize(
    ("tool", "params", "field"),
    [
        ("log_analyzer.serch", {}, "tool"),
        ("log_analyzer.search", {"limit": 10_000}, "params.limit"),
        ("log_analyzer.search", {"srevice": "x"}, "params.srevice"),
        ("log_analyzer.search", {"service": "a\nb"}, "params.service"),
        ("metrics_collector.signal", {"signal": "latency"}, "signal"),
        ("metrics_collector.signal", {"signal": "up", "minutes": 10**9}, "params.minutes"),
        ("metrics_collector.query", {"promql": "sum("}, "promql"),
        ("metrics_collector.chart", {"signal": "up", "threshold": float("nan")}, "params.threshold"),
    ],
)
async def test_bad_input_is_raised_and_names_the_field(
    bench: Bench, tool: str, params: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadInput) as caught:
        await bench.belt.run(ReadRequest(tool=tool, params=params))

    assert field == caught.value.field


async def test_evidence_can_be_recognised_and_repeated(bench: Bench) -> None:
    first = await bench.run("alert_manager.firing")
    again = await bench.belt.run(first.request)

    assert first.id.startswith("ev_")
    assert first.id != again.id
    assert reading_digest(first.reading) == first.digest == again.digest
    assert "inc" == first.incident_id
    assert NOW == first.observed_at
    assert "alertmanager" == first.backend


async def test_nothing_secret_or_invisible_reaches_evidence(bench: Bench) -> None:
    bench.world.lines.append(
        LogLine(
            at=NOW,
            level="error",
            service="payment\u202e",
            message='{"password": "hunter2x", "note": "the-bots-own-secret"} \x1b[31mred',
        )
    )

    evidence = await bench.run("log_analyzer.search", text="the-bots-own-secret")

    told = evidence.model_dump_json()
    assert "hunter2x" not in told
    assert "the-bots-own-secret" not in told
    assert MARK in told
    assert "\u202e" not in told
    assert "u001b" not in told


async def test_a_flood_of_text_is_cut_to_size_and_says_so(bench: Bench) -> None:
    bench.world.lines = [
        LogLine(at=NOW, level="info", service="payment", message=f"{i} " + "x" * 3900) for i in range(200)
    ]

    evidence = await bench.run("log_analyzer.search", limit=200)

    assert len(evidence.model_dump_json()) < 300_000
    assert "cut to fit" in evidence.reading.summary
    assert isinstance(evidence.reading.result, LogLinesResult)
    assert 200 == evidence.reading.result.total


@pytest.mark.parametrize("error", [Unavailable, TimedOut, BadAnswer, Refused])
async def test_a_failing_backend_gives_evidence_of_its_failure(bench: Bench, error: Any) -> None:
    bench.world.broken["elasticsearch"] = error("It said password=hunter2x.", backend="elasticsearch")

    evidence = await bench.run("log_analyzer.search")

    assert EvidenceStatus.ERROR is evidence.status
    assert f"It said password={MARK}" == evidence.error
    assert "log_analyzer.search" in evidence.reading.query


async def test_after_three_failures_the_backend_is_left_alone_for_a_while(bench: Bench) -> None:
    bench.world.broken["prometheus"] = Unavailable("Gone.", backend="prometheus")
    for _ in range(3):
        await bench.run("metrics_collector.topology")
    asked = len(bench.world.asked)

    early = await bench.run("metrics_collector.topology")
    other = await bench.run("alert_manager.firing")

    assert early.error is not None
    assert "left alone" in early.error
    assert other.ok
    assert asked + 1 == len(bench.world.asked)

    bench.clock.time += timedelta(seconds=6)
    del bench.world.broken["prometheus"]
    later = await bench.run("metrics_collector.topology")

    assert later.ok
    assert (await bench.run("metrics_collector.topology")).ok


async def test_refusals_never_close_the_way(bench: Bench) -> None:
    bench.world.broken["prometheus"] = Refused("Bad query.", backend="prometheus")

    ends = [(await bench.run("metrics_collector.topology")).error for _ in range(5)]

    assert ["Bad query."] * 5 == ends


async def test_a_read_that_hangs_ends_at_its_deadline(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(*_: Any, **__: Any) -> Any:
        await asyncio.sleep(300)

    monkeypatch.setattr(MemoryAlerts, "firing", hang)
    monkeypatch.setattr(bench.belt, "_timeout", 0.2)

    evidence = await bench.run("alert_manager.firing")

    assert "Alertmanager did not answer in time." == evidence.error


async def test_a_bug_in_a_read_costs_only_that_read(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    async def stumble(*_: Any, **__: Any) -> Any:
        raise KeyError("x")

    monkeypatch.setattr(MemoryAlerts, "firing", stumble)

    evidence = await bench.run("alert_manager.firing")

    assert "The read failed unexpectedly (KeyError)." == evidence.error


async def test_probes_say_what_answers_and_how_to_mend_the_rest(bench: Bench) -> None:
    bench.world.broken["elasticsearch"] = Unavailable(
        "Elasticsearch cannot be reached.", backend="elasticsearch"
    )
    bench.world.denied |= {"pods/log", "deployments.apps"}

    probes = {probe.name: probe for probe in await bench.belt.probe()}

    assert probes["Prometheus"].ok
    assert probes["Prometheus"].detail.endswith(" ms, version memory")
    assert not probes["Elasticsearch"].ok
    assert "Elasticsearch cannot be reached." == probes["Elasticsearch"].detail
    assert "OPS_ELASTICSEARCH_URL" in (probes["Elasticsearch"].fix or "")
    assert not probes["Kubernetes"].ok
    assert "lacks get pods/log in shop, list deployments.apps in shop" == probes["Kubernetes"].detail
    assert (
        "kubectl create role ops-monitor-read -n shop --verb=get,list --resource=pods/log,deployments.apps"
        in (probes["Kubernetes"].fix or "")
    )


async def test_unconfigured_backends_are_probed_as_such() -> None:
    belt = Toolbelt(Connections(), HandClock(), painter=FakePainter())

    probes = await belt.probe()

    assert [(False, True)] * 4 == [(probe.configured, probe.ok) for probe in probes]
    assert all("Set OPS_" in (probe.fix or "") for probe in probes)
