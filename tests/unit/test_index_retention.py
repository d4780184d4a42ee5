"""Dates are read from index names exactly or not at all, and only what is surely old enough is called expired."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.connectors.elasticsearch_documents import (
    days_of,
    lifecycles_from_ilm,
    lifecycles_from_ism,
    missing_rights,
    policies_from_ilm,
    policies_from_ism,
    read_indices,
    writing_indices,
)
from tools.connectors.readers import Index, Lifecycle
from tools.log_analyzer.retention import judged, last_day, problem_of, wildcard

PATTERN = "ai-textbook-logs-%Y.%m.%d"
TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def index(name: str, *, writing: bool = False, lifecycle: str = "") -> Index:
    life = Lifecycle(lifecycle) if lifecycle else None
    return Index(name=name, uuid=f"u-{name}", created_at=NOW, writing=writing, lifecycle=life)


@given(st.dates(date(1970, 1, 1), date(2199, 12, 31)))
def test_every_day_is_read_back(day: date) -> None:
    assert day == last_day(f"ai-textbook-logs-{day:%Y.%m.%d}", PATTERN)


@given(st.text(max_size=40))
def test_a_name_that_is_not_of_the_pattern_has_no_day(tail: str) -> None:
    name = f"ai-textbook-logs-{tail}"
    found = last_day(name, PATTERN)

    assert found is None or name == f"ai-textbook-logs-{found.year:04d}.{found.month:02d}.{found.day:02d}"


@pytest.mark.parametrize(
    "name",
    [
        "ai-textbook-logs-2026.02.30",
        "ai-textbook-logs-2026.9.01",
        "ai-textbook-logs-2026.09.01-shrink",
        "shrink-ai-textbook-logs-2026.09.01",
        "ai-textbook-logs-2026-09-01",
        "ai-textbook-logs-2026.09",
        "ai-textbook-logs-0000.01.01",
        "ai-textbook-logs-٢٠٢٦.09.01",
        "ai-textbook-logsX2026.09.01",
        "AI-textbook-logs-2026.09.01",
        "ai-textbook-logs-2026.09.01\n",
    ],
)
def test_an_ambiguous_name_is_never_dated(name: str) -> None:
    assert last_day(name, PATTERN) is None


def test_a_monthly_index_is_as_young_as_its_last_day() -> None:
    assert date(2026, 2, 28) == last_day("logs-202602", "logs-%Y%m")
    assert date(2026, 12, 31) == last_day("logs-202612", "logs-%Y%m")


@pytest.mark.parametrize(
    "pattern",
    [
        "logs-*",
        "logs-%Y.%m.*",
        "%Y.%m.%d",
        "logs-%Y",
        "logs-%Y.%m.%m",
        "logs-%Y.%m.%d.%H",
        "L-%Y%m",
        "a-%Y%m,b",
        "logs-%Y.%d.%m",
        "logs-%d.%m.%Y",
        "logs-%m%Y",
    ],
)
def test_a_pattern_that_could_mean_more_is_refused(pattern: str) -> None:
    assert problem_of(pattern)


def test_what_is_searched_by_is_a_wildcard_that_nothing_is_deleted_by() -> None:
    assert "" == problem_of(PATTERN)
    assert ("ai-textbook-logs-*", "logs-*app") == (wildcard(PATTERN), wildcard("logs-%Y.%m-app"))


def test_only_what_is_surely_old_enough_is_expired() -> None:
    names = {
        days: f"ai-textbook-logs-{TODAY - timedelta(days=days):%Y.%m.%d}" for days in (-2, 0, 30, 31, 32, 33)
    }
    found = judged(
        [
            index(names[-2]),
            index(names[0], writing=True),
            index(names[30]),
            index(names[31]),
            index(names[32], writing=True),
            index(names[33], lifecycle="weeks"),
            index("ai-textbook-logs-restored"),
        ],
        PATTERN,
        30,
        datetime(2026, 11, 23, 12, tzinfo=UTC),
    )

    assert [
        (names[33], "managed"),
        (names[32], "written to"),
        (names[31], "expired"),
        (names[30], "kept"),
        (names[0], "written to"),
        (names[-2], "future"),
        ("ai-textbook-logs-restored", "undated"),
    ] == [(one.index.name, one.judgement) for one in found]


@pytest.mark.parametrize(
    "zone", ["UTC", "Asia/Seoul", "America/Los_Angeles", "Pacific/Kiritimati", "Etc/GMT+12"]
)
@given(hours=st.integers(0, 24 * 400), keep=st.integers(1, 60))
def test_whichever_zone_names_carry_no_line_is_too_old_before_its_days_are_over(
    zone: str, hours: int, keep: int
) -> None:
    now, here = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours), ZoneInfo(zone)
    days = [now.astimezone(here).date() - timedelta(days=back) for back in range(keep + 4)]
    found = judged([index(f"ai-textbook-logs-{day:%Y.%m.%d}") for day in days], PATTERN, keep, now)
    ends = {day: datetime.combine(day + timedelta(days=1), time(), here).astimezone(UTC) for day in days}
    expired = {one.day for one in found if one.judgement == "expired" and one.day is not None}

    assert all(now - ends[day] >= timedelta(days=keep) for day in expired)
    assert days[-1] in expired
    assert "future" not in {one.judgement for one in found}


def test_a_stream_that_nobody_can_be_asked_about_counts_as_written_to() -> None:
    settings = {"index": {"uuid": "u", "creation_date": "1700000000000"}}
    told = {".ds-logs-000001": {"settings": settings, "aliases": {}, "data_stream": "logs"}}
    streams = {
        "data_streams": [
            {"name": "logs", "indices": [{"index_name": ".ds-logs-000001"}, {"index_name": "b"}]}
        ]
    }

    assert read_indices(told, None, None, {})[0].writing
    assert not read_indices(told, None, writing_indices(streams), {})[0].writing
    assert frozenset({"b"}) == writing_indices(streams)
    assert () == read_indices({"x": {"settings": {"index": {"uuid": "u"}}}}, None, None, {})


def test_lifecycles_of_both_kinds_of_store_are_read() -> None:
    explained = {
        "indices": {
            "a": {
                "managed": True,
                "policy": "weeks",
                "phase": "hot",
                "step": "ERROR",
                "step_info": {"reason": "full"},
            },
            "b": {"managed": False},
        }
    }
    ism = {
        "a": {
            "index.plugins.index_state_management.policy_id": "weeks",
            "state": {"name": "hot"},
            "action": {"failed": True},
        },
        "b": {"index.plugins.index_state_management.policy_id": None},
        "total_managed_indices": 1,
    }
    states = [
        {
            "name": "hot",
            "actions": [],
            "transitions": [{"state_name": "end", "conditions": {"min_index_age": "30d"}}],
        },
        {"name": "end", "actions": [{"delete": {}}], "transitions": []},
    ]
    phases = {"hot": {"actions": {}}, "delete": {"min_age": "12h", "actions": {"delete": {}}}}

    assert {"a": Lifecycle("weeks", "hot", "ERROR", "full")} == lifecycles_from_ilm(explained)
    assert {"a": Lifecycle("weeks", "hot", "", "its step failed")} == lifecycles_from_ism(ism)
    assert [("weeks", 0.5)] == [
        (one.name, one.delete_after_days)
        for one in policies_from_ilm({"weeks": {"policy": {"phases": phases}}})
    ]
    assert [("weeks", 30.0)] == [
        (one.name, one.delete_after_days)
        for one in policies_from_ism({"policies": [{"_id": "weeks", "policy": {"states": states}}]})
    ]
    assert [1.0, None, None] == [days_of("1d"), days_of("soon"), days_of(7)]


def test_the_rights_that_a_key_has_not_got_are_named() -> None:
    answer = {
        "has_all_requested": False,
        "cluster": {"manage_ilm": False, "monitor": True},
        "index": {"ai-textbook-*": {"delete_index": False, "manage": True}},
    }

    assert ("manage_ilm", "delete_index on ai-textbook-*") == missing_rights(answer)
    assert () == missing_rights({"cluster": 3, "index": [1]})


nonsense = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["indices", "policies", "policy", "states", "settings", "index", "a"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(nonsense)
def test_nonsense_is_no_index_and_no_policy(answer: object) -> None:
    assert () == read_indices(answer, answer, writing_indices(answer), {}) or isinstance(answer, dict)
    for read in (lifecycles_from_ilm, lifecycles_from_ism, policies_from_ilm, policies_from_ism):
        read(answer)
