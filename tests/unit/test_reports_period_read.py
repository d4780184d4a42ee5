"""The read over a whole period: which queries it asks, for which moments, and what it makes of the answers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import promql_parser
import pytest

from agent.domain.evidence import EvidenceStatus
from agent.domain.results import Series, SeriesResult
from agent.errors import BadInput
from tools.metrics_collector.period_reads import PeriodParams, PeriodRead
from tools.metrics_collector.sampling import Sampler

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
START, END = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
SECONDS = 31 * 86_400


@dataclass
class KnownMetrics:
    """A metrics store that has these names and answers everything with these series; remembers what it was asked."""

    names: frozenset[str]
    series: tuple[Series, ...] = (Series(labels={}, points=((0.0, 0.25),)),)
    asked: list[tuple[Any, ...]] = field(default_factory=list)

    async def existing(self, names: Sequence[str], at: datetime) -> frozenset[str]:
        return self.names & set(names)

    async def instant(self, promql: str, at: datetime) -> tuple[Series, ...]:
        self.asked.append(("instant", promql, at))
        return self.series

    async def range(self, promql: str, start: datetime, end: datetime, step: int) -> tuple[Series, ...]:
        self.asked.append(("range", promql, start, end, step))
        return self.series


REQUESTS = frozenset({"http_request_duration_seconds_bucket", "http_requests_total"})
HOSTS = frozenset({"node_memory_MemTotal_bytes", "node_memory_MemAvailable_bytes", "node_cpu_seconds_total"})


def read(metrics: Any) -> PeriodRead:
    return PeriodRead(metrics, Sampler(metrics))


def params(signal: str, **more: Any) -> PeriodParams:
    return PeriodParams(**({"signal": signal, "start": START, "end": END} | more))


async def test_a_quantile_is_over_all_requests_of_all_services_of_the_whole_month() -> None:
    metrics = KnownMetrics(REQUESTS)
    reading = await read(metrics).run(params("latency_p95"), NOW)
    [(kind, promql, at)] = metrics.asked
    assert ("instant", END) == (kind, at)
    promql_parser.parse(promql)
    assert f"[{SECONDS}s]" in promql
    # One group of all series: no metric has this label.
    assert "by (ops_monitor_together, le)" in promql
    assert reading.value is not None
    assert (0.25, "seconds") == (reading.value.value, reading.value.unit)


async def test_each_service_has_its_own_value() -> None:
    found = tuple(
        Series(labels={"service": name}, points=((0.0, value),)) for name, value in (("a", 1.0), ("b", 3.0))
    )
    metrics = KnownMetrics(REQUESTS, found)
    reading = await read(metrics).run(params("latency_p95", of="each"), NOW)
    assert "by (service, le)" in metrics.asked[0][1]
    assert isinstance(reading.result, SeriesResult)
    assert ["a", "b"] == [one.labels["of"] for one in reading.result.series]


async def test_a_gauge_is_averaged_over_the_period_and_the_hosts() -> None:
    found = tuple(
        Series(labels={"instance": name}, points=((0.0, value),)) for name, value in (("a", 0.2), ("b", 0.6))
    )
    metrics = KnownMetrics(HOSTS, found)
    reading = await read(metrics).run(params("memory_utilization", of="hosts"), NOW)
    promql = metrics.asked[0][1]
    promql_parser.parse(promql)
    assert promql.startswith("avg_over_time((")
    assert f"[{SECONDS}s:" in promql
    assert reading.value is not None
    assert pytest.approx(0.4) == reading.value.value


async def test_days_are_counted_from_the_beginning_of_the_period() -> None:
    metrics = KnownMetrics(REQUESTS)
    await read(metrics).run(params("request_rate", daily=True), NOW)
    [(kind, promql, first, last, step)] = metrics.asked
    assert ("range", START + timedelta(days=1), END, 86_400) == (kind, first, last, step)
    assert "[86400s]" in promql


async def test_the_day_on_which_clocks_are_set_is_asked_for_in_its_length() -> None:
    metrics = KnownMetrics(REQUESTS)
    berlin = ZoneInfo("Europe/Berlin")
    start, end = (datetime(2026, month, 1, tzinfo=berlin).astimezone(UTC) for month in (10, 11))
    reading = await read(metrics).run(
        params("request_rate", daily=True, zone="Europe/Berlin", start=start, end=end), NOW
    )
    runs = [(first, last, promql.split("[")[1].split("]")[0]) for _, promql, first, last, _ in metrics.asked]
    midnights = {day: datetime(2026, 10, day, tzinfo=berlin).astimezone(UTC) for day in (2, 25, 26, 27)}

    assert [
        (midnights[2], midnights[25], "86400s"),
        (midnights[26], midnights[26], "90000s"),
        (midnights[27], end, "86400s"),
    ] == runs
    assert isinstance(reading.result, SeriesResult)
    assert 3 == len(reading.result.series[0].points)


async def test_a_zone_that_does_not_exist_is_refused() -> None:
    with pytest.raises(BadInput, match="IANA"):
        await read(KnownMetrics(REQUESTS)).run(params("request_rate", daily=True, zone="Europe/Seoul"), NOW)


async def test_a_period_that_is_not_over_ends_now() -> None:
    metrics = KnownMetrics(REQUESTS)
    reading = await read(metrics).run(params("request_rate", end=END + timedelta(days=20)), NOW)
    assert NOW == metrics.asked[0][2]
    assert reading.window is not None
    assert NOW == reading.window.end


async def test_no_series_is_no_data_with_the_query() -> None:
    reading = await read(KnownMetrics(REQUESTS, ())).run(params("latency_p95"), NOW)
    assert EvidenceStatus.NO_DATA == reading.status
    assert "histogram_quantile" in reading.query


@pytest.mark.parametrize(
    ("start", "end"),
    [(END, START), (NOW + timedelta(days=1), NOW + timedelta(days=2)), (START - timedelta(days=90), END)],
)
async def test_what_is_no_period_is_refused(start: datetime, end: datetime) -> None:
    with pytest.raises(BadInput, match="A period lasts"):
        await read(KnownMetrics(REQUESTS)).run(params("latency_p95", start=start, end=end), NOW)
