"""Stored documents of any shape become lines, and lines become patterns that tell new from old."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.domain.results import LogLine
from tools.connectors.log_layouts import canonical_level, log_line, stored_levels
from tools.connectors.log_query import assumed_fields, count_body, fields_from, search_body
from tools.connectors.readers import LogQuery
from tools.log_analyzer.templates import mine, surging

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
STAMP = "2026-03-01T12:00:00Z"
LAYOUTS = Path(__file__).parents[1] / "data" / "logs" / "layouts.jsonl"


def line(message: str, *, level: str = "error", ago: float = 0, service: str = "payment") -> LogLine:
    return LogLine(at=NOW - timedelta(seconds=ago), level=level, service=service, message=message)


@pytest.mark.parametrize("row", LAYOUTS.read_text(encoding="utf-8").splitlines())
def test_every_known_layout_names_service_level_and_message(row: str) -> None:
    found = log_line({**json.loads(row), "@timestamp": STAMP})

    assert found is not None
    assert found.service != "unknown"
    assert found.level in ("error", "warn", "info")
    assert found.message


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"time": 1772366400, "level": 50, "msg": "pino"}, ("error", "pino", "unknown")),
        (
            {"@timestamp": 1772366400000, "log.level": "WARN", "message": "ecs", "service": {"name": "a"}},
            ("warn", "ecs", "a"),
        ),
        (
            {"@timestamp": STAMP, "message": "level=error msg=boom"},
            ("error", "level=error msg=boom", "unknown"),
        ),
        ({"@timestamp": STAMP, "log": '{"level":"fatal","message":"m","service":"b"}'}, ("fatal", "m", "b")),
        ({"@timestamp": STAMP, "message": {"deep": [1]}, "level": None}, ("unknown", "", "unknown")),
        ({"@timestamp": STAMP, "message": "no errors found"}, ("unknown", "no errors found", "unknown")),
    ],
)
def test_other_shapes_are_understood(document: dict[str, Any], expected: tuple[str, str, str]) -> None:
    found = log_line(document)

    assert found is not None
    assert expected == (found.level, found.message, found.service)


@pytest.mark.parametrize("document", [{}, {"@timestamp": "yesterday"}, {"time": 1e300}, {"@timestamp": True}])
def test_a_document_without_a_time_is_no_line(document: dict[str, Any]) -> None:
    assert log_line(document) is None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
FIELDS = st.sampled_from(
    [
        "@timestamp",
        "time",
        "message",
        "log",
        "level",
        "severity",
        "service",
        "fields",
        "kubernetes",
        "error",
        "trace_id",
        "x",
    ]
)


@settings(max_examples=100)
@given(st.dictionaries(FIELDS, VALUES, max_size=8))
def test_any_document_is_a_line_or_none(document: dict[str, Any]) -> None:
    assert log_line(document) is None or log_line({**document, "@timestamp": STAMP}) is not None


def test_levels_know_each_others_names() -> None:
    assert "error" == canonical_level("ERR")
    assert {"error", "ERROR", "fatal", "CRITICAL"} <= set(stored_levels("error"))
    assert "error" not in stored_levels("warn")


@settings(max_examples=100)
@given(text=st.text(min_size=1, max_size=80), service=st.text(min_size=1, max_size=20))
def test_what_people_look_for_is_always_a_value(text: str, service: str) -> None:
    query = LogQuery(
        NOW - timedelta(hours=1), NOW, service=service, text=text, log_type="audit", level="error"
    )
    body = search_body(query, assumed_fields())

    def shape(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: shape(value) for key, value in node.items()}
        return [shape(item) for item in node] if isinstance(node, list) else None

    plain = LogQuery(query.start, query.end, service="a", text="b", log_type="audit", level="error")
    assert shape(search_body(plain, assumed_fields())) == shape(body)
    assert "query_string" not in json.dumps(body)
    assert {"size": 0}.items() <= count_body(query, assumed_fields()).items()


def test_fields_are_chosen_by_what_the_store_can_match_exactly() -> None:
    known = fields_from(
        {
            "service": {"keyword": {}},
            "kubernetes.labels.app": {"text": {}},
            "kubernetes.labels.app.keyword": {"keyword": {}},
            "level": {"text": {}},
            "severity": {"constant_keyword": {}},
        }
    )

    assert ("service", "kubernetes.labels.app.keyword") == known.service
    assert ("severity",) == known.level
    assert not known.guide_layout
    assert not fields_from({}).known


def test_a_new_error_is_told_before_what_was_always_there() -> None:
    before = [line(f"handled order {i} in {i} ms", level="info", ago=600 + i) for i in range(300)]
    now = [line(f"handled order {i} in {i} ms", level="info", ago=i) for i in range(50)]
    now += [
        line(f"issuer 10.0.0.{i}:443 refused card-{i}x for user {i:08x}-0000-4000-8000-00000000000{i}", ago=i)
        for i in range(7)
    ]

    patterns = mine(now, before, ratio=6, limit=5)

    assert patterns[0].new
    assert 7 == patterns[0].count
    assert "issuer <*> refused <*> for user <*>" == patterns[0].template
    assert (
        "issuer 10.0.0.0:443 refused card-0x for user 00000000-0000-4000-8000-000000000000"
        == patterns[0].sample
    )
    assert NOW - timedelta(seconds=6) == patterns[0].first_seen_at
    assert 300 == patterns[1].count_before
    assert not patterns[1].new


def test_a_surge_of_a_known_error_is_told() -> None:
    before = [line(f"timeout after {i} ms", ago=600 + i) for i in range(6)]
    now = [line(f"timeout after {i} ms", ago=i) for i in range(40)]

    patterns = mine(now, before, ratio=6, limit=5)

    assert surging(patterns[0], 6)
    assert "timeout after <*>" == patterns[0].template


def test_the_same_pace_is_no_surge() -> None:
    before = [line(f"timeout after {i} ms", ago=600 + i) for i in range(60)]
    now = [line(f"timeout after {i} ms", ago=i) for i in range(10)]

    assert not surging(mine(now, before, ratio=6, limit=1)[0], 6)


@settings(max_examples=40)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=25), st.lists(st.text(max_size=60), max_size=25))
def test_any_text_can_be_mined_and_every_line_is_counted(now: list[str], before: list[str]) -> None:
    patterns = mine([line(t) for t in now], [line(t) for t in before], ratio=1, limit=1000)

    assert len(now) == sum(pattern.count for pattern in patterns)
    assert sum(pattern.count_before for pattern in patterns) <= len(before)
