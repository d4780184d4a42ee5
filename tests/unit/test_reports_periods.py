"""Days, weeks and months of a zone, over changes of the clock, and what people may write for them."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.report import ReportKind
from agent.errors import BadInput, Misconfigured
from agent.operations.reports.periods import last_period, period_of, read_period
from agent.policy.documents import parse_document
from agent.policy.reports import ReportPolicy

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ZONES = ("UTC", "Asia/Seoul", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo")
kinds = st.sampled_from(list(ReportKind))
days = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@given(kinds, days, st.sampled_from(ZONES))
def test_periods_follow_each_other_without_gap_and_know_their_name(
    kind: ReportKind, day: date, zone: str
) -> None:
    period = period_of(kind, day, zone)
    assert period.first <= day < period.after
    assert period.before().end == period.start
    assert period == read_period(kind, period.name, zone, period.end + timedelta(days=1))
    local = period.start.astimezone(ZoneInfo(zone))
    # Where midnight is skipped, the day begins at the first moment that exists.
    assert (period.first, 0) == (local.date(), local.hour) or local.hour == 1
    assert period.days[0] == period.first
    assert period.days[-1] == period.after - timedelta(days=1)


@pytest.mark.parametrize(
    ("zone", "name", "hours"),
    [
        ("Europe/Berlin", "2026-03", 31 * 24 - 1),
        ("Europe/Berlin", "2026-10", 31 * 24 + 1),
        ("Australia/Lord_Howe", "2026-04", 30 * 24 + 0.5),
        ("Asia/Seoul", "2026-02", 28 * 24),
    ],
)
def test_a_month_is_as_long_as_its_clock_says(zone: str, name: str, hours: float) -> None:
    period = read_period(ReportKind.MONTHLY, name, zone, NOW)
    assert timedelta(hours=hours) == period.end - period.start


@pytest.mark.parametrize(
    ("kind", "words", "first"),
    [
        (ReportKind.MONTHLY, "", date(2026, 10, 1)),
        (ReportKind.SLA, " 2026-09 ", date(2026, 9, 1)),
        (ReportKind.WEEKLY, "", date(2026, 11, 16)),
        (ReportKind.WEEKLY, "2026-W01", date(2025, 12, 29)),
        (ReportKind.WEEKLY, "2026w43", date(2026, 10, 19)),
        (ReportKind.WEEKLY, "2026-10-23", date(2026, 10, 19)),
        (ReportKind.DAILY, "", date(2026, 11, 22)),
        (ReportKind.DAILY, "2024-02-29", date(2024, 2, 29)),
    ],
)
def test_what_people_write(kind: ReportKind, words: str, first: date) -> None:
    assert first == read_period(kind, words, "UTC", NOW).first


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (ReportKind.MONTHLY, "2026-13"),
        (ReportKind.MONTHLY, "october"),
        (ReportKind.MONTHLY, "2026-10-01"),
        (ReportKind.MONTHLY, "9999-12"),
        (ReportKind.MONTHLY, "2026-12"),
        (ReportKind.WEEKLY, "2026-W54"),
        (ReportKind.DAILY, "2026-02-29"),
        (ReportKind.DAILY, "２０２６-10-01"),
    ],
)
def test_what_is_no_period_is_refused_with_an_example(kind: ReportKind, words: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_period(kind, words, "UTC", NOW)
    said = refused.value
    assert "period" == said.field
    assert said.code in ("which-period", "period-ahead")
    assert said.facts


@given(kinds, st.text(max_size=20))
def test_any_words_are_a_period_or_bad_input(kind: ReportKind, words: str) -> None:
    with suppress(BadInput):
        assert read_period(kind, words, "Asia/Seoul", NOW).start <= NOW


def test_the_newest_month_that_is_over_depends_on_the_zone() -> None:
    midnight_in_seoul = datetime(2026, 10, 31, 15, 0, tzinfo=UTC)
    assert "2026-10" == last_period(ReportKind.MONTHLY, "Asia/Seoul", midnight_in_seoul).name
    assert "2026-09" == last_period(ReportKind.MONTHLY, "UTC", midnight_in_seoul).name


GOOD = """zone: Asia/Seoul
reports:
  - {name: monthly, kind: monthly, schedule: "0 9 1 * *", channels: ["#ops"]}
"""


@pytest.mark.parametrize(
    ("was", "wrong", "line", "said"),
    [
        ("Asia/Seoul", "Seoul", 1, "IANA zone"),
        ('"0 9 1 * *"', '"9 o clock"', 3, "five fields"),
        ('"0 9 1 * *"', '"0 9 31 2 *"', 3, "day-of-month"),
        ('"#ops"', '"ops"', 3, "pattern"),
        ("kind: monthly", "kind: yearly", 3, "kind"),
        ("channels", "channel", 3, "channel"),
        ("kind: monthly", 'kind: monthly, emails: ["mina@"]', 3, "emails"),
        ("kind: monthly", "kind: monthly, forms: []", 3, "forms"),
        ("kind: monthly", "kind: monthly, catch_up: 90d", 3, "catch_up"),
    ],
)
def test_a_mistake_in_the_policy_is_named_with_its_line(was: str, wrong: str, line: int, said: str) -> None:
    assert parse_document(GOOD, ReportPolicy, name="reports.yaml").reports[0].sent
    with pytest.raises(Misconfigured) as refused:
        parse_document(GOOD.replace(was, wrong), ReportPolicy, name="reports.yaml")
    assert f"reports.yaml:{line}:" in refused.value.user_message
    assert said in refused.value.user_message


def test_two_reports_of_one_name_are_refused() -> None:
    twice: Any = GOOD + GOOD.splitlines()[-1] + "\n"
    with pytest.raises(Misconfigured, match="another report is called monthly"):
        parse_document(twice, ReportPolicy, name="reports.yaml")


def test_a_day_on_which_clocks_are_set_has_an_hour_more_or_less() -> None:
    october = period_of(ReportKind.MONTHLY, date(2026, 10, 5), "Europe/Berlin")
    march = period_of(ReportKind.MONTHLY, date(2026, 3, 5), "Europe/Berlin")

    assert 25 * 3600 == october.seconds_of(date(2026, 10, 25))
    assert 23 * 3600 == march.seconds_of(date(2026, 3, 29))
    assert 31 * 24 * 3600 + 3600 == sum(october.seconds_of(day) for day in october.days)
    assert october.end == october.end_of(october.days[-1])
