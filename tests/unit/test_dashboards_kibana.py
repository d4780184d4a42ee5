"""Kibana: the form of what it imports, and links that open the same lines as a look into the logs found."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import Misconfigured
from agent.settings import Settings
from tools.connectors.kibana import (
    KibanaLinks,
    data_view_id,
    kind_of,
    kql_of,
    kql_text,
    patterns_of,
    rison,
    saved_search_id,
)
from tools.connectors.log_query import LogFields, assumed_fields, search_body
from tools.connectors.readers import LogQuery
from tools.dashboard_builder.kibana import kibana_objects

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
INDICES = "ai-textbook-*,logstash-*"
FIELDS = LogFields(("service.keyword",), ("level.keyword",), ("log_type.keyword",))
OBJECTS = [json.loads(line) for line in kibana_objects(INDICES).splitlines()]
SEARCHES = {one["id"]: one for one in OBJECTS if one["type"] == "search"}


def look(**more: Any) -> LogQuery:
    return LogQuery(NOW - timedelta(minutes=15), NOW, **more)


def test_there_is_one_data_view_and_every_search_rests_on_it() -> None:
    [view] = [one for one in OBJECTS if one["type"] == "index-pattern"]

    assert (INDICES, "@timestamp") == (view["attributes"]["title"], view["attributes"]["timeFieldName"])
    assert data_view_id(INDICES) == view["id"]
    for one in SEARCHES.values():
        source = json.loads(one["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
        named = {reference["name"]: reference for reference in one["references"]}
        wanted = {source["indexRefName"], *(f["meta"]["indexRefName"] for f in source["filter"])}
        assert wanted == set(named)
        assert {("index-pattern", view["id"])} == {(r["type"], r["id"]) for r in named.values()}
        assert [["@timestamp", "desc"]] == one["attributes"]["sort"]


@pytest.mark.parametrize("query", [look(level="error"), look(log_type="security"), look(level="warn")])
def test_a_saved_search_has_the_filter_of_the_read(query: LogQuery) -> None:
    saved = SEARCHES[saved_search_id(INDICES, kind_of(query))]
    [found] = json.loads(saved["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])["filter"]
    time, *rest = search_body(query, assumed_fields())["query"]["bool"]["filter"]

    assert "range" in time
    assert {"bool": {"filter": rest}} == found["query"] == json.loads(found["meta"]["value"])


def test_errors_by_service_and_security_events_can_be_found_by_name() -> None:
    titles = {one["attributes"]["title"] for one in SEARCHES.values()}

    assert {"ops-monitor: Errors by service", "ops-monitor: Security events", "ops-monitor: Logs"} <= titles


@pytest.mark.parametrize(
    "query",
    [look(), look(level="error", service="payment"), look(log_type="audit", level="info", text="log in")],
)
def test_a_link_opens_an_exported_search_over_the_same_time(query: LogQuery) -> None:
    link = KibanaLinks("https://kibana.example/base/", INDICES).lines(query, FIELDS)
    found = re.fullmatch(r"https://kibana\.example/base/app/discover#/view/([\w-]+)\?(.*)", link)
    assert found is not None
    saved, asked = found.groups()

    assert saved in SEARCHES
    assert "from:'2026-03-02T09:45:00.000Z',to:'2026-03-02T10:00:00.000Z'" in unquote(asked)
    assert 700 > len(link) or query.log_type


def test_what_a_search_leaves_open_stands_in_the_query() -> None:
    assert "" == kql_of(look(level="error"), FIELDS)
    assert 'service.keyword:"payment"' == kql_of(look(service="payment"), FIELDS)
    assert kql_of(look(service="payment", text="time out"), FIELDS).endswith('fields.message:"time out")')


@pytest.mark.parametrize(
    ("value", "written"), [("a", "a"), ("a b", "'a b'"), ("it's!", "'it!'s!!'"), ("1a", "'1a'"), ("", "''")]
)
def test_rison_quotes_what_is_no_plain_word(value: str, written: str) -> None:
    assert written == rison(value)
    assert f"(a:!({written},!t,!n,-1))" == rison({"a": [value, True, None, -1]})


@given(st.text(max_size=80), st.text(max_size=80))
def test_hostile_words_stay_values(service: str, phrase: str) -> None:
    link = KibanaLinks("https://k.example", INDICES).lines(
        look(service=service or "a", text=phrase or "b"), FIELDS
    )

    assert link.isascii()
    assert not re.search(r"[\s\"<>|&](?!_a=)", link)
    quoted = kql_text(service)
    assert not re.search(r'(?<!\\)(?:\\\\)*"', quoted[1:-1])
    # Outside quotes, Rison has as many brackets that open as that close.
    bare = re.sub(r"'(?:!.|[^'!])*'", "", rison({"q": service, "p": [phrase]}))
    assert bare.count("(") == bare.count(")")


def test_ids_depend_on_the_patterns_alone() -> None:
    assert patterns_of(" a* , b* ,") == "a*,b*"
    assert data_view_id("a*") == data_view_id("a*") != data_view_id("b*")
    assert kibana_objects("a*") == kibana_objects("a*")


def test_the_committed_copy_is_what_is_written_for_the_shipped_patterns() -> None:
    shipped = patterns_of(str(Settings.model_fields["log_indices"].default))

    assert kibana_objects(shipped) == (ROOT / "deploy" / "kibana" / "ops-monitor.ndjson").read_text("utf-8")


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(Misconfigured, match="Kibana"):
        KibanaLinks("kibana:5601", INDICES)
