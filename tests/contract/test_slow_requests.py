"""Slow endpoints by the guide's query on a real PostgreSQL: the right ones in the right order, and never a change."""

from datetime import timedelta

import psycopg
import pytest

from agent.domain.evidence import EvidenceStatus
from agent.domain.results import TableResult
from agent.errors import Refused, TimedOut, Unavailable
from tests.support.store import NOON
from tools.connectors.postgres_requests import PostgresRequests
from tools.metrics_collector.endpoint_reads import SlowRequestsParams, SlowRequestsRead

pytestmark = pytest.mark.backend
TABLE = 'CREATE TABLE http_requests (route text, duration double precision, "timestamp" timestamptz)'
INSERT = 'INSERT INTO http_requests (route, duration, "timestamp") VALUES (%s, %s, %s)'


@pytest.fixture
async def url(postgres_database: str) -> str:
    async with await psycopg.AsyncConnection.connect(postgres_database, autocommit=True) as connection:
        await connection.execute(TABLE.encode())
    return postgres_database


async def fill(url: str, *rows: tuple[str, float | None, float]) -> None:
    """Store requests: route, milliseconds, and how many minutes before noon."""
    values = [(route, spent, NOON - timedelta(minutes=ago)) for route, spent, ago in rows]
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.cursor().executemany(INSERT.encode(), values)


async def test_endpoints_over_a_second_on_average_come_by_their_p95(url: str) -> None:
    slow = [("/reports", 1000.0 + 100 * n, n) for n in range(20)]
    spiky = [("/search", 10.0, 5)] * 9 + [("/search", 30_000.0, 5)]
    old = [("/reports", 60_000.0, 61), ("/old", 60_000.0, 90)]
    exact = [("/limit", 1000.0, 1)]
    await fill(url, *slow, *spiky, *old, *exact, ("/home", 20.0, 3), ("/odd", None, 3), ("/later", 9e9, -1))
    found = await PostgresRequests(url, timeout_seconds=30).slow(
        NOON - timedelta(hours=1), NOON, over_seconds=1.0, most=20
    )

    assert [one.route for one in found.over] == ["/search", "/reports"]
    assert found.seen == 4
    reports = found.over[1]
    assert reports.requests == 20
    assert (reports.mean, reports.slowest) == pytest.approx((1.95, 2.9))
    # Twenty values from 1.0 to 2.9 s: 95 % of the way is 0.05 of a step below the last but one and the last.
    assert reports.p95 == pytest.approx(2.805)


async def test_the_read_says_how_many_and_none_is_no_lack_of_data(url: str) -> None:
    read = SlowRequestsRead(PostgresRequests(url, timeout_seconds=30))
    empty = await read.run(SlowRequestsParams(), NOON)
    await fill(url, ("/home", 20.0, 3), ("/reports", 2_500.0, 3))
    seen = await read.run(SlowRequestsParams(), NOON)
    none = await read.run(SlowRequestsParams(over_seconds=3), NOON)

    assert empty.status is EvidenceStatus.NO_DATA
    assert isinstance(seen.result, TableResult)
    assert seen.result.rows == (("", "/reports", "1", "2.5 s", "2.5 s", "2.5 s"),)
    assert "1 of 2 endpoints" in seen.summary
    assert (none.status, none.value and none.value.value) == (EvidenceStatus.SUCCESS, 0)
    assert "none of 2 endpoints" in none.summary


async def test_the_session_can_only_read_whatever_its_account_may_do(url: str) -> None:
    async with PostgresRequests(url, timeout_seconds=30)._connection() as connection:
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            await connection.execute("DELETE FROM http_requests")


async def test_a_statement_that_takes_too_long_is_ended(url: str) -> None:
    with pytest.raises(TimedOut) as late:
        async with PostgresRequests(url, timeout_seconds=0.2)._connection() as connection:
            await connection.execute("SELECT pg_sleep(30)")
    assert late.value.backend == "requests"


async def test_without_the_table_or_the_server_it_says_so(postgres_database: str) -> None:
    hour = NOON - timedelta(hours=1)
    with pytest.raises(Refused, match="http_requests"):
        await PostgresRequests(postgres_database, timeout_seconds=30).slow(hour, NOON, over_seconds=1, most=5)
    nobody = PostgresRequests("postgresql://nobody@127.0.0.1:1/x", timeout_seconds=30)
    with pytest.raises(Unavailable):
        await nobody.slow(hour, NOON, over_seconds=1, most=5)
