"""A look into the logs carries the page of Kibana with the same lines, and none where Kibana is not configured."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.scripted_http import Script, scripted
from tools.connectors.elasticsearch import ElasticsearchLogs
from tools.connectors.kibana import saved_search_id
from tools.connectors.readers import LogQuery
from tools.log_analyzer.reads import (
    ErrorsByServiceRead,
    ErrorsParams,
    PatternsParams,
    PatternsRead,
    SearchParams,
    SearchRead,
)

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
LINE = b'{"_source": {"@timestamp": "2026-03-02T09:59:00Z", "service": "payment", "level": "error", "message": "no"}}'
FOUND = (
    b'{"hits": {"total": {"value": 1}, "hits": ['
    + LINE
    + b"]}, "
    + (
        b'"aggregations": {"errors_by_service": {"buckets": [{"key": "payment", "doc_count": 3}]}}, '
        b'"fields": {"service.keyword": {"keyword": {}}, "level.keyword": {"keyword": {}}}}'
    )
)


@pytest.mark.parametrize("kibana", ["https://kibana.example", None])
async def test_each_read_of_logs_links_its_lines(kibana: str | None) -> None:
    async with scripted(Script(body=FOUND)) as script:
        logs = ElasticsearchLogs(script.url, indices="a-*, b-*", timeout_seconds=30, kibana_url=kibana)
        readings = [
            await SearchRead(logs).run(SearchParams(service="payment", level="error", minutes=15), NOW),
            await ErrorsByServiceRead(logs).run(ErrorsParams(), NOW),
            await PatternsRead(logs).run(PatternsParams(service="payment"), NOW),
        ]
        hits = await logs.search(LogQuery(NOW - timedelta(minutes=15), NOW, log_type="security"))
        await logs.close()
    links = [*(reading.link for reading in readings), hits.link]

    if kibana is None:
        assert [None] * 4 == links
        return
    searches = [
        saved_search_id("a-*,b-*", kind) for kind in ("level-error", "level-error", "all", "type-security")
    ]
    pages = [f"{kibana}/app/discover#/view/{saved}?_g=(time:" for saved in searches]
    assert [True] * 4 == [str(link).startswith(page) for link, page in zip(links, pages, strict=True)]
    assert "service.keyword:%22payment%22" in str(links[0])
    assert "%22" not in str(links[1])
