"""The log connector against two log stores with the layouts of every known shipper, and against nonsense."""

import json
from collections.abc import AsyncIterator
from copy import copy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from elasticsearch import AsyncElasticsearch

from agent.errors import BackendError, OpsError, Overloaded, Refused, TimedOut, Unavailable
from tests.support.backends import NoidaStore, OsmemStore
from tests.support.scripted_http import GARBAGE, Script, ended, scripted
from tools.connectors.elasticsearch import ElasticsearchLogs
from tools.connectors.log_query import GUIDE_QUERY
from tools.connectors.readers import LogQuery
from tools.log_analyzer.reads import PatternsParams, PatternsRead

LAYOUTS = Path(__file__).parents[1] / "data" / "logs" / "layouts.jsonl"
INDICES = "ai-textbook-*,logstash-*,ai-textbook-logs*,no-such-index-*"
pytestmark = pytest.mark.asyncio(loop_scope="module")


def stored(now: datetime) -> list[dict[str, Any]]:
    """Return the documents of all layouts, each a second older than the one before it."""
    found = []
    for age, row in enumerate(LAYOUTS.read_text(encoding="utf-8").splitlines()):
        document = json.loads(row)
        index = document.pop("_index")
        document["@timestamp"] = (now - timedelta(seconds=age + 1)).isoformat()
        found += [{"create": {"_index": index}}, document]
    return found


@pytest_asyncio.fixture(
    scope="module", loop_scope="module", params=[OsmemStore, NoidaStore], ids=["osmem", "noida"]
)
async def store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[str, datetime]]:
    now = datetime.now(UTC)
    async with (
        request.param(tmp_path_factory.mktemp("logs")) as server,
        AsyncElasticsearch(server.url) as client,
    ):
        answer = await client.bulk(operations=stored(now), refresh=True)
        assert not answer["errors"]
        yield server.url, now


@pytest_asyncio.fixture(loop_scope="module")
async def logs(store: tuple[str, datetime]) -> AsyncIterator[ElasticsearchLogs]:
    connector = ElasticsearchLogs(store[0], indices=INDICES, timeout_seconds=30)
    yield connector
    await connector.close()


def query(now: datetime, **more: Any) -> LogQuery:
    return LogQuery(now - timedelta(hours=1), now, **more)


@pytest.mark.backend
async def test_lines_of_every_layout_read_alike(logs: ElasticsearchLogs, store: tuple[str, datetime]) -> None:
    hits = await logs.search(query(store[1], limit=50))

    told = {(line.service, line.level, line.message) for line in hits.lines}
    assert ("payment", "error", "charge declined by issuer") in told
    assert ("tutor", "error", "Failed to generate image: upstream timed out") in told
    assert ("catalog", "error", "ERROR cannot reach cache at 10.0.0.7") in told
    assert ("checkout", "warn", "retrying payment") in told
    assert 8 == hits.total == len(hits.lines)
    assert sorted((line.at for line in hits.lines), reverse=True) == [line.at for line in hits.lines]
    fluent = next(line for line in hits.lines if line.service == "payment" and line.level == "error")
    assert "payment-7c9b4f-0" == fluent.pod
    assert "4bf92f3577b34da6a3ce929d0e0e4736" == fluent.trace_id


@pytest.mark.backend
@pytest.mark.parametrize(
    ("wanted", "services"),
    [
        ({"level": "error"}, {"payment", "tutor", "catalog"}),
        ({"service": "tutor"}, {"tutor"}),
        ({"service": "ledger"}, set()),
        ({"service": "ledger-db"}, {"ledger-db"}),
        ({"text": "declined by issuer"}, {"payment"}),
        ({"text": '" OR *:* {"query": }'}, set()),
        ({"log_type": "access"}, {"storefront"}),
        ({"log_type": "security"}, {"storefront"}),
        ({"log_type": "audit"}, {"payment"}),
        ({"log_type": "error"}, {"payment", "tutor", "catalog"}),
        ({"log_type": "application"}, {"tutor", "catalog", "checkout", "ledger-db"}),
    ],
    ids=lambda value: "+".join(sorted(value)) or "nothing",
)
async def test_filters_find_the_right_lines(
    logs: ElasticsearchLogs, store: tuple[str, datetime], wanted: dict[str, Any], services: set[str]
) -> None:
    hits = await logs.search(query(store[1], limit=50, **wanted))

    assert services == {line.service for line in hits.lines}
    assert len(hits.lines) == hits.total


@pytest.mark.backend
async def test_errors_are_counted_over_all_layouts(
    logs: ElasticsearchLogs, store: tuple[str, datetime]
) -> None:
    found = await logs.count_by_service(query(store[1], level="error"), now=store[1])

    assert {"payment": 1, "tutor": 1, "catalog": 1} == dict(found.counts)


@pytest.mark.backend
@pytest.mark.parametrize("kind", [OsmemStore, NoidaStore], ids=["osmem", "noida"])
async def test_the_guides_own_query_is_sent_as_it_stands_where_its_layout_is_used(
    tmp_path: Path, kind: type[OsmemStore | NoidaStore]
) -> None:
    now = datetime.now(UTC)
    documents: list[dict[str, Any]] = []
    for service, count in (("payment", 3), ("tutor", 1)):
        for age in range(count):
            documents.append({"create": {"_index": "ai-textbook-2026.01.01"}})
            at = (now - timedelta(minutes=age + 1)).isoformat()
            documents.append({"@timestamp": at, "level": "error", "service": service, "message": "x"})
    async with kind(tmp_path) as server, AsyncElasticsearch(server.url) as client:
        await client.bulk(operations=documents, refresh=True)
        connector = ElasticsearchLogs(server.url, indices=INDICES, timeout_seconds=30)
        try:
            found = await connector.count_by_service(query(now, level="error"), now=now)
        finally:
            await connector.close()

    assert (("payment", 3), ("tutor", 1)) == found.counts
    assert json.dumps(GUIDE_QUERY) == found.query.partition("_search ")[2]


@pytest.mark.backend
async def test_patterns_come_from_real_lines(logs: ElasticsearchLogs, store: tuple[str, datetime]) -> None:
    reading = await PatternsRead(logs).run(PatternsParams(service="payment", minutes=10), store[1])

    assert reading.result is not None
    assert "patterns" == reading.result.kind
    assert "charge declined by issuer" == reading.result.patterns[0].template
    assert reading.result.patterns[0].new


@pytest.mark.parametrize("kind", GARBAGE)
async def test_nonsense_gives_our_own_error_or_no_lines(kind: str) -> None:
    now = datetime.now(UTC)
    async with scripted(copy(GARBAGE[kind])) as server:
        connector = ElasticsearchLogs(server.url, indices="x", timeout_seconds=30)
        try:
            for call in (
                connector.search(query(now)),
                connector.count_by_service(query(now, level="error"), now=now),
                connector.version(),
            ):
                end = await ended(call)
                assert not isinstance(end, BackendError) or "Elasticsearch" in end.user_message
        finally:
            await connector.close()


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (Script(status=503, body=b'{"error": {"reason": "no shards"}}'), Unavailable),
        (Script(status=429, body=b"{}"), Overloaded),
        (Script(status=401, body=b"{}"), Refused),
        (Script(status=400, body=b'{"error": {"reason": "bad field"}}'), Refused),
        (Script(delay=3), TimedOut),
        (Script(headers={"X-Elastic-Product": "Somebody"}, body=b"{}"), BackendError),
        (Script(body=b"x" * 1024 * 1024, chunks=34), BackendError),
    ],
    ids=["503", "429", "401", "400", "slow", "impostor", "huge"],
)
async def test_each_way_of_failing_has_its_error(script: Script, expected: type[OpsError]) -> None:
    async with scripted(script) as server:
        connector = ElasticsearchLogs(server.url, indices="x", timeout_seconds=1 if script.delay else 30)
        try:
            with pytest.raises(expected):
                await connector.search(query(datetime.now(UTC)))
        finally:
            await connector.close()


async def test_a_store_that_is_not_there_is_unavailable() -> None:
    connector = ElasticsearchLogs("http://127.0.0.1:9", indices="x", timeout_seconds=1)
    try:
        with pytest.raises(Unavailable):
            await connector.version()
    finally:
        await connector.close()
