"""Slow endpoints by histograms: which metrics are asked, what is counted as slow, and what `/ops slow` says of it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.evidence import EvidenceStatus, Reading
from agent.domain.results import Quantity, Series, TableResult
from agent.errors import Misconfigured
from agent.operations.slow import HISTOGRAMS, TABLE, slow_answer
from agent.operations.wording import Wish
from tests.support.reads import ScriptedReads
from tests.support.store import NOON
from tools.connectors.memory import MemoryMetrics, MemoryWorld
from tools.connectors.postgres_requests import PostgresRequests
from tools.metrics_collector.endpoint_reads import SlowEndpointsParams, SlowEndpointsRead
from tools.metrics_collector.endpoints import SCHEMES, Scheme, endpoints_of, queries_of
from tools.metrics_collector.promql import check

ROUTE = SCHEMES[0]


def series(service: str, route: str, value: float, scheme: Scheme = ROUTE) -> Series:
    return Series(labels={scheme.service: service, scheme.route: route}, points=((NOON.timestamp(), value),))


def world(scheme: Scheme, *endpoints: tuple[str, str, float, float, float, float]) -> MemoryWorld:
    """Return a metrics store that knows endpoints: service, route, requests, mean, P95, slowest."""
    found = MemoryWorld()
    for number, query in enumerate(queries_of(scheme, None, 60)):
        found.answers[query] = tuple(series(e[0], e[1], e[2 + number], scheme) for e in endpoints)  # type: ignore[arg-type]
    return found


def quiet(found: MemoryWorld, *schemes: Scheme) -> MemoryWorld:
    for scheme in schemes:
        found.answers[queries_of(scheme, None, 60)[0]] = ()
    return found


async def test_what_takes_longer_than_a_second_on_average_comes_by_its_p95() -> None:
    known = world(
        ROUTE,
        ("storefront", "/checkout", 100, 1.2, 1.9, 5),
        ("tutor", "/answers", 40, 1.1, 4.5, 10),
        ("catalog", "/items/{item}", 900, 0.01, 0.03, 0.5),
        ("idle", "/nothing", 3, float("nan"), float("nan"), float("nan")),
    )
    reading = await SlowEndpointsRead(MemoryMetrics(known)).run(SlowEndpointsParams(), NOON)

    assert isinstance(reading.result, TableResult)
    assert [row[1] for row in reading.result.rows] == ["/answers", "/checkout"]
    assert reading.result.rows[0] == ("tutor", "/answers", "40", "1.1 s", "4.5 s", "10 s")
    assert reading.value == Quantity(value=2)
    assert reading.summary.startswith("2 of 3 endpoints take longer than 1 s on average, above all /answers")


async def test_when_none_is_slow_the_slowest_are_shown() -> None:
    known = world(ROUTE, ("catalog", "/items", 900, 0.01, 0.03, 0.5), ("tutor", "/answers", 9, 0.2, 0.4, 0.5))
    reading = await SlowEndpointsRead(MemoryMetrics(known)).run(SlowEndpointsParams(), NOON)

    assert isinstance(reading.result, TableResult)
    assert [row[1] for row in reading.result.rows] == ["/answers", "/items"]
    assert reading.value == Quantity(value=0)


async def test_the_next_histogram_is_asked_when_one_is_unknown() -> None:
    known = quiet(world(SCHEMES[3], ("api", "/v1", 9, 2, 3, 5)), *SCHEMES[:3])
    reading = await SlowEndpointsRead(MemoryMetrics(known)).run(SlowEndpointsParams(), NOON)

    assert "http_route" in reading.query
    assert isinstance(reading.result, TableResult)
    assert reading.result.rows[0][:2] == ("api", "/v1")


async def test_no_histogram_is_no_data_and_says_what_was_tried() -> None:
    reading = await SlowEndpointsRead(MemoryMetrics(quiet(MemoryWorld(), *SCHEMES))).run(
        SlowEndpointsParams(), NOON
    )

    assert reading.status is EvidenceStatus.NO_DATA
    assert all(scheme.metric in reading.query for scheme in SCHEMES)


@given(service=st.none() | st.text(min_size=1, max_size=20), minutes=st.integers(1, 1440))
def test_every_query_is_promql_whatever_the_service_is_called(service: str | None, minutes: int) -> None:
    for scheme in SCHEMES:
        for query in queries_of(scheme, service, minutes):
            assert check(query) == query


def test_an_endpoint_without_all_its_figures_is_left_out() -> None:
    whole = [[series("a", "/x", 1.0)], [series("a", "/x", 2.0)], [series("a", "/x", 3.0)], []]
    assert endpoints_of(ROUTE, whole) == []


def answered(slow: int, *rows: tuple[str, ...]) -> Reading:
    result = TableResult(columns=("service",), rows=rows)
    return Reading(
        status=EvidenceStatus.SUCCESS, query="q", summary="s", value=Quantity(value=slow), result=result
    )


@pytest.mark.parametrize("lang", ["en", "ko"])
async def test_the_answer_tells_both_sources_apart(lang: str) -> None:
    reads = ScriptedReads(NOON)
    reads.on(HISTOGRAMS, answered(1, ("tutor", "/answers", "40", "1.1 s", "4.5 s", "10 s")))
    reads.on(TABLE, answered(0))
    answer = await slow_answer(reads, Wish(service="tutor", minutes=30), lang)

    lines = answer.text.splitlines()
    assert len(lines) == 2
    assert ("one endpoint takes" if lang == "en" else "엔드포인트 1개") in lines[0]
    assert answer.table is not None
    assert answer.table.rows == (("tutor", "/answers", "40", "1.1 s", "4.5 s", "10 s"),)
    assert reads.asked[0].params == {"minutes": 30, "service": "tutor"}
    assert reads.asked[1].params == {"minutes": 30}


async def test_a_table_that_nobody_configured_is_not_missed_and_no_data_is_said() -> None:
    reads = ScriptedReads(NOON)
    answer = await slow_answer(reads, Wish(), "en")

    assert answer.text == "By histograms: no data about single endpoints within 1 h."
    assert answer.table is None


async def test_a_backend_that_is_away_is_said() -> None:
    reads = ScriptedReads(NOON, down={"prometheus": "Prometheus cannot be reached."})
    answer = await slow_answer(reads, Wish(minutes=int(timedelta(hours=2).total_seconds() // 60)), "en")
    assert "could not be looked at" in answer.text


def test_an_address_that_is_none_is_named_by_its_setting() -> None:
    with pytest.raises(Misconfigured, match="OPS_REQUESTS_POSTGRESQL_URL"):
        PostgresRequests("postgresql://[", timeout_seconds=1)
