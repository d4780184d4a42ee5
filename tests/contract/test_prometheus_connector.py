"""The Prometheus connector against a real Prometheus, and against servers that answer nonsense."""

from collections.abc import AsyncIterator
from copy import copy
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from agent.domain.evidence import EvidenceStatus, Window
from agent.errors import BackendError, BadAnswer, OpsError, Overloaded, Refused, TimedOut, Unavailable
from tests.support.backends import MetricsPage, PrometheusServer, ScrapeJob, Target, eventually, metrics_page
from tests.support.scripted_http import GARBAGE, Script, ended, scripted
from tools.connectors.prometheus import PrometheusMetrics
from tools.metrics_collector.reads import NoParams, ServicesRead, SignalParams, SignalRead
from tools.metrics_collector.sampling import Sample, Sampler
from tools.metrics_collector.store_reads import StoreHealthRead
from tools.signals import SIGNALS

RULES = {
    "g": {
        "groups": [
            {
                "name": "g",
                "rules": [
                    {
                        "alert": "TooManyErrors",
                        "expr": "up == 7",
                        "for": "2m",
                        "labels": {"severity": "critical"},
                    }
                ],
            }
        ]
    }
}


def exposition(requests: int, failed: int) -> str:
    labels = 'service="pay\\"ment"'
    return "\n".join(
        (
            "# TYPE http_requests_total counter",
            f'http_requests_total{{{labels},status="200"}} {requests}',
            f'http_requests_total{{{labels},status="500"}} {failed}',
            "# TYPE http_request_duration_seconds histogram",
            f'http_request_duration_seconds_bucket{{{labels},le="0.1"}} {requests}',
            f'http_request_duration_seconds_bucket{{{labels},le="0.5"}} {requests + failed}',
            f'http_request_duration_seconds_bucket{{{labels},le="1"}} {requests + failed}',
            f'http_request_duration_seconds_bucket{{{labels},le="+Inf"}} {requests + failed}',
            f"http_request_duration_seconds_sum{{{labels}}} {requests * 0.05 + failed * 0.3}",
            f"http_request_duration_seconds_count{{{labels}}} {requests + failed}",
            "# TYPE active_users_total gauge",
            f"active_users_total{{{labels}}} 17",
            "# TYPE broken gauge",
            "broken NaN",
            "",
        )
    )


class Counting:
    """A metrics page that counts on with every scrape."""

    def __init__(self, page: MetricsPage) -> None:
        self.page = page
        self.rounds = 0

    def step(self) -> bool:
        self.rounds += 1
        self.page.text = exposition(90 * self.rounds, 10 * self.rounds)
        return self.rounds > 20


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def prometheus(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[PrometheusServer]:
    directory: Path = tmp_path_factory.mktemp("prometheus")
    async with (
        metrics_page(exposition(0, 0)) as page,
        PrometheusServer(directory, jobs=[ScrapeJob("shop")], rules=RULES, interval="200ms") as server,
    ):
        server.set_targets("shop", [Target(page.address, {})])
        await eventually(lambda: server.query("active_users_total"))
        await eventually(Counting(page).step, every=0.2)
        yield server


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.backend
async def test_instants_and_ranges_come_back_as_series(prometheus: PrometheusServer) -> None:
    metrics = PrometheusMetrics(prometheus.url, timeout_seconds=30)
    now = datetime.now(UTC)
    try:
        instant = await metrics.instant("active_users_total", now)
        course = await metrics.range("active_users_total", now - timedelta(seconds=4), now, 1)
        scalar = await metrics.instant("1 + 1", now)
        undefined = await metrics.instant("broken", now)
        version = await metrics.version()
        rules = await metrics.rules()
        existing = await metrics.existing(["active_users_total", "no_such_metric"], now)
    finally:
        await metrics.close()

    assert 17.0 == instant[0].points[0][1]
    assert {17.0} == {value for _, value in course[0].points}
    assert 2.0 == scalar[0].points[0][1]
    assert () == undefined
    assert version[0].isdigit()
    assert [("TooManyErrors", "inactive", 120.0, "critical")] == [
        (r.name, r.state, r.for_seconds, r.severity) for r in rules
    ]
    assert frozenset({"active_users_total"}) == existing


@pytest.mark.backend
async def test_every_recipe_of_every_signal_is_accepted_by_prometheus(prometheus: PrometheusServer) -> None:
    from tools.recipes import expand_fresh

    metrics = PrometheusMetrics(prometheus.url, timeout_seconds=30)
    now = datetime.now(UTC)
    try:
        for signal in SIGNALS.values():
            for recipe in signal.recipes:
                for service, namespace in ((None, None), ('we"ird\\.name{}', "shop")):
                    await metrics.instant(expand_fresh(recipe, service, namespace, 20, 300), now)
    finally:
        await metrics.close()


@pytest.mark.backend
async def test_signals_are_sampled_for_a_service_with_a_hostile_name(prometheus: PrometheusServer) -> None:
    metrics = PrometheusMetrics(prometheus.url, timeout_seconds=30)
    sampler = Sampler(metrics)
    now = datetime.now(UTC)
    window = Window(start=now - timedelta(minutes=2), end=now)
    found: dict[str, Sample | str] = {}
    try:
        for name in (
            "request_rate",
            "server_error_ratio",
            "availability",
            "latency_p95",
            "apdex",
            "latency_average",
        ):
            found[name] = await sampler.sample(SIGNALS[name], 'pay"ment', None, window, now)
        missing = await sampler.sample(SIGNALS["disk_io"], None, None, window, now)
    finally:
        await metrics.close()

    values = {name: sample.value for name, sample in found.items() if isinstance(sample, Sample)}
    assert 0.1 == pytest.approx(values["server_error_ratio"], abs=0.02)
    assert 0.9 == pytest.approx(values["availability"], abs=0.02)
    assert 0.3 == pytest.approx(values["latency_p95"], abs=0.03)
    assert 0.075 == pytest.approx(values["latency_average"], abs=0.01)
    assert 1.0 == pytest.approx(values["apdex"], abs=0.01)
    assert (values["request_rate"] or 0) > 100
    assert isinstance(missing, str)
    assert "node_disk_read_bytes_total" in missing


@pytest.mark.backend
async def test_services_and_one_signal_become_readings(prometheus: PrometheusServer) -> None:
    metrics = PrometheusMetrics(prometheus.url, timeout_seconds=30)
    sampler = Sampler(metrics)
    now = datetime.now(UTC)
    try:
        services = await ServicesRead(metrics, sampler).run(NoParams(), now)
        signal = await SignalRead(metrics, sampler).run(SignalParams(signal="active_users", minutes=5), now)
    finally:
        await metrics.close()

    assert 'pay"ment' in services.summary
    assert EvidenceStatus.SUCCESS is signal.status
    assert signal.value is not None
    assert 17.0 == signal.value.value
    assert signal.link is not None
    assert signal.link.startswith(prometheus.url)


@pytest.mark.backend
async def test_a_query_that_prometheus_refuses_is_refused_with_its_reason(
    prometheus: PrometheusServer,
) -> None:
    metrics = PrometheusMetrics(prometheus.url, timeout_seconds=30)
    try:
        with pytest.raises(Refused, match="parse error"):
            await metrics.instant("sum(", datetime.now(UTC))
    finally:
        await metrics.close()


@pytest.mark.backend
async def test_the_store_tells_how_it_is_itself_and_what_it_does_not_measure(
    prometheus: PrometheusServer,
) -> None:
    metrics = PrometheusMetrics(prometheus.url, timeout_seconds=30)
    try:
        reading = await StoreHealthRead(metrics).run(NoParams(), datetime.now(UTC))
    finally:
        await metrics.close()

    assert reading.result is not None
    assert reading.result.kind == "table"
    told = {row[0]: (row[1], row[2]) for row in reading.result.rows}
    assert ("1d", "fine") == told["retention"]
    assert ("0 of 1", "fine") == told["targets down"]
    assert ("0 of 1", "fine") == told["rules failing"]
    assert ("loaded", "fine") == told["configuration"]
    assert "fine" == told["series in memory"][1]
    # This one does not scrape itself, so nothing is known of its compactions; that is not "none failed".
    assert ("", "not measured") == told["failed compactions in a day"]


@pytest.mark.parametrize("kind", GARBAGE)
async def test_nonsense_never_becomes_anything_but_our_own_error(kind: str) -> None:
    now = datetime.now(UTC)
    async with scripted(copy(GARBAGE[kind])) as server:
        metrics = PrometheusMetrics(server.url, timeout_seconds=30)
        calls = (
            metrics.instant("up", now),
            metrics.range("up", now - timedelta(minutes=1), now, 5),
            metrics.existing(["up"], now),
        )
        try:
            for call in calls:
                with pytest.raises(BackendError):
                    await call
            for tolerant in (metrics.rules(), metrics.version(), metrics.status()):
                end = await ended(tolerant)
                assert not isinstance(end, BackendError) or "Prometheus" in end.user_message
        finally:
            await metrics.close()


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (Script(status=503, body=b"starting", headers={"Retry-After": "7"}), Unavailable),
        (Script(status=429, body=b"{}"), Overloaded),
        (Script(status=401, body=b"no"), Refused),
        (Script(status=404, body=b"404 page not found"), Refused),
        (Script(status=302, headers={"Location": "https://login.invalid/"}), BadAnswer),
        (Script(delay=3), TimedOut),
        (Script(body=b"x" * 1024 * 1024, chunks=18), BadAnswer),
    ],
    ids=["503", "429", "401", "404", "302", "slow", "huge"],
)
async def test_each_way_of_failing_has_its_error(script: Script, expected: type[OpsError]) -> None:
    async with scripted(script) as server:
        metrics = PrometheusMetrics(server.url, timeout_seconds=1 if script.delay else 30)
        try:
            with pytest.raises(expected) as caught:
                await metrics.instant("up", datetime.now(UTC))
        finally:
            await metrics.close()

    if script.headers.get("Retry-After"):
        assert isinstance(caught.value, Unavailable)
        assert 7.0 == caught.value.retry_after_seconds


async def test_an_address_that_nobody_listens_on_is_named_without_its_password() -> None:
    metrics = PrometheusMetrics("http://user:hunter2@127.0.0.1:9/x", timeout_seconds=1)
    try:
        with pytest.raises(Unavailable) as caught:
            await metrics.instant("up", datetime.now(UTC))
    finally:
        await metrics.close()

    assert "127.0.0.1:9" in caught.value.user_message
    assert "hunter2" not in caught.value.user_message
    assert "hunter2" not in metrics.link("up", 5, datetime.now(UTC))
