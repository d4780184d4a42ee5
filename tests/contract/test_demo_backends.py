"""The demo's real servers start, do what the product needs of them, and stop."""

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from elasticsearch import AsyncElasticsearch

from demo.backends.process import BackendFailed, BackendMissing, ServerProcess, find_program, free_port
from tests.support.backends import (
    NoidaStore,
    OsmemStore,
    PrometheusServer,
    ScrapeJob,
    Target,
    alertmanager_to,
    eventually,
    metrics_page,
    prometheus_with_past,
    webhook_sink,
)

pytestmark = pytest.mark.backend


async def test_an_alert_goes_from_a_metric_to_the_webhook_and_resolves(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("s3cret-for-test")
    rules = {
        "test": {
            "groups": [
                {
                    "name": "g",
                    "rules": [
                        {"alert": "TooHot", "expr": "temperature > 30", "labels": {"severity": "critical"}}
                    ],
                }
            ]
        }
    }
    async with (
        webhook_sink() as sink,
        metrics_page("temperature 35\n") as page,
        alertmanager_to(tmp_path / "am", sink.url, token_file=token) as alertmanager,
        PrometheusServer(
            tmp_path / "prom",
            jobs=[ScrapeJob("things")],
            rules=rules,
            alertmanager_url=alertmanager.url,
            external_labels={"cluster": "test"},
        ) as prometheus,
    ):
        prometheus.set_targets("things", [Target(page.address, {"service": "oven"})])
        await eventually(lambda: sink.bodies)
        page.text = "temperature 20\n"
        resolved = await eventually(lambda: [b for b in sink.bodies if b["status"] == "resolved"])

    assert sink.bodies[0]["groupLabels"] == {"alertname": "TooHot", "cluster": "test", "service": "oven"}
    assert resolved[0]["alerts"][0]["labels"]["alertname"] == "TooHot"
    assert {"Bearer s3cret-for-test"} == set(sink.authorizations)


async def test_prometheus_knows_a_past_that_was_written_before_it_started(tmp_path: Path) -> None:
    start = datetime.now(UTC) - timedelta(hours=1)
    lines = [f"visits_total {i} {(start + timedelta(minutes=i)).timestamp():.0f}" for i in range(50)]
    text = "\n".join(["# TYPE visits counter", *lines, "# EOF", ""])

    async with await prometheus_with_past(tmp_path, text) as prometheus:
        found = await prometheus.query("count_over_time(visits_total[2h])")

    assert found[0]["value"][1] == "50"


@pytest.mark.parametrize("store", [OsmemStore, NoidaStore])
async def test_the_official_client_searches_either_log_store(
    tmp_path: Path, store: type[OsmemStore | NoidaStore]
) -> None:
    now = datetime.now(UTC)
    levels = ["info", "error", "info", "warn", "error"]
    async with store(tmp_path) as server, AsyncElasticsearch(server.url) as client:
        operations: list[dict[str, object]] = []
        for i, level in enumerate(levels):
            operations.append({"create": {"_index": "ai-textbook-2026.01.01"}})
            at = (now - timedelta(seconds=10 * i)).isoformat()
            operations.append({"@timestamp": at, "level": level, "message": f"card {i} declined", "n": i})
        await client.bulk(operations=operations, refresh=True)
        query = {
            "bool": {
                "filter": [{"range": {"@timestamp": {"gte": "now-1h"}}}, {"match": {"message": "declined"}}]
            }
        }
        aggs = {
            "by_level": {"terms": {"field": "level.keyword"}},
            "over_time": {"date_histogram": {"field": "@timestamp", "fixed_interval": "10s"}},
        }
        order = [{"@timestamp": "desc"}, {"n": "asc"}]
        index = "ai-textbook-*"
        first = await client.search(index=index, query=query, aggs=aggs, sort=order, size=2)
        after = first["hits"]["hits"][-1]["sort"]
        second = await client.search(index=index, query=query, sort=order, size=2, search_after=after)

    counts = {b["key"]: b["doc_count"] for b in first["aggregations"]["by_level"]["buckets"]}
    assert counts == {"info": 2, "error": 2, "warn": 1}
    assert sum(b["doc_count"] for b in first["aggregations"]["over_time"]["buckets"]) == 5
    assert [hit["_source"]["n"] for hit in first["hits"]["hits"]] == [0, 1]
    assert [hit["_source"]["n"] for hit in second["hits"]["hits"]] == [2, 3]


def test_a_missing_program_names_the_line_that_installs_it() -> None:
    with pytest.raises(BackendMissing, match="apt-get install something"):
        find_program(["no-such-program"], "apt-get install something")


def test_a_port_is_promised_once_and_a_busy_one_gives_way() -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        taken = busy.getsockname()[1]
        first, second = free_port(taken), free_port(taken)
    assert taken < first < second
    assert len({free_port() for _ in range(20)}) == 20


async def test_a_program_that_ends_at_once_is_reported_with_its_last_words(tmp_path: Path) -> None:
    async def never() -> bool:
        return False

    process = ServerProcess("broken", ["/bin/sh", "-c", "echo out of luck; exit 3"], tmp_path, never)
    with pytest.raises(BackendFailed, match="broken ended: out of luck"):
        await process.start()
    assert process.pid is None
