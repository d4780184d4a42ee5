"""When cron expressions are due where clocks change, told against a walk through the minutes of the wall clock."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.analysis.occurrences import Schedule, schedule
from agent.errors import BadInput
from bench.cron_reference import Daily, due_times

ZONES = ("Asia/Seoul", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")


def local(expression: str, zone: str, after: str, count: int = 3) -> list[str]:
    """Return the next occurrences as the wall of the zone shows them, with their offset."""
    start = datetime.fromisoformat(after).replace(tzinfo=ZoneInfo(zone))
    found = islice(Schedule(expression, zone).after(start), count)
    return [at.astimezone(ZoneInfo(zone)).isoformat() for at in found]


@pytest.mark.parametrize(
    ("zone", "after", "expected"),
    [
        # Two o'clock is skipped: once, right after the gap.
        ("Europe/Berlin", "2027-03-27T12:00", ["2027-03-28T03:00:00+02:00", "2027-03-29T02:30:00+02:00"]),
        ("America/New_York", "2027-03-13T12:00", ["2027-03-14T03:00:00-04:00", "2027-03-15T02:30:00-04:00"]),
        # Two o'clock comes twice: once, at the first.
        ("Europe/Berlin", "2026-10-24T12:00", ["2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"]),
        # Half an hour, from two to half past; half past two itself is there.
        ("Australia/Lord_Howe", "2026-10-03T12:00", ["2026-10-04T02:30:00+11:00", "2026-10-05T02:30:00+11:00"]),
        ("Asia/Seoul", "2026-10-24T12:00", ["2026-10-25T02:30:00+09:00", "2026-10-26T02:30:00+09:00"]),
    ],
)  # fmt: skip
def test_half_past_two_where_the_clocks_change(zone: str, after: str, expected: list[str]) -> None:
    assert expected == local("30 2 * * *", zone, after, 2)


def test_a_gap_of_half_an_hour() -> None:
    assert ["2026-10-04T02:30:00+11:00", "2026-10-05T02:10:00+11:00"] == local(
        "10 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00", 2
    )


def test_times_that_a_gap_brings_together_are_one() -> None:
    assert ["2027-03-28T03:00:00+02:00", "2027-03-29T02:00:00+02:00"] == local(
        "0,30 2 * * *", "Europe/Berlin", "2027-03-27T12:00", 2
    )


def test_nothing_is_due_again_in_the_second_pass_of_an_hour() -> None:
    second = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)

    assert "2026-10-25T02:10:00+01:00" == second.astimezone(ZoneInfo("Europe/Berlin")).isoformat()
    assert datetime(2026, 10, 26, 1, 30, tzinfo=UTC) == Schedule("30 2 * * *", "Europe/Berlin").next(second)


def test_every_half_hour_counts_real_time() -> None:
    start = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)

    found = list(islice(Schedule("*/30 * * * *", "Europe/Berlin").after(start), 10))

    assert [start + timedelta(minutes=30 * n) for n in range(1, 11)] == found


@given(
    st.sampled_from(ZONES),
    st.integers(0, 23),
    st.integers(0, 59),
    st.one_of(st.none(), st.integers(0, 6)),
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)),
)
@settings(max_examples=60, deadline=None)
def test_it_is_due_when_a_walk_through_the_minutes_says(
    zone: str, hour: int, minute: int, weekday: int | None, start: datetime
) -> None:
    begin = start.replace(tzinfo=UTC, second=0, microsecond=0)
    end, one = begin + timedelta(days=9), Daily("one", hour, minute, zone, weekday)

    found = list(Schedule(one.expression, zone).between(begin, end))

    assert due_times([one], begin, end)["one"] == found


@pytest.mark.parametrize(
    "day", ["2027-03-28", "2026-10-25", "2026-10-04", "2027-03-14", "2026-11-01", "2027-04-04"]
)
@pytest.mark.parametrize("zone", ZONES)
def test_every_minute_of_a_day_of_change(zone: str, day: str) -> None:
    begin = datetime.fromisoformat(day).replace(tzinfo=UTC) - timedelta(hours=14)
    end = begin + timedelta(days=2)
    wanted = [Daily(f"{h}:{m}", h, m, zone) for h in (0, 1, 2, 3) for m in (0, 1, 29, 30, 31, 59)]

    due = due_times(wanted, begin, end)

    assert due == {one.name: list(Schedule(one.expression, zone).between(begin, end)) for one in wanted}


def test_the_last_one_before_a_time() -> None:
    nine, at = Schedule("0 9 * * *", "Asia/Seoul"), datetime(2026, 11, 24, 0, 0, tzinfo=UTC)

    assert at - timedelta(days=1) == nine.last(at - timedelta(days=8), at)
    assert nine.last(at - timedelta(hours=3), at) is None


@pytest.mark.parametrize(
    ("expression", "zone", "field"),
    [
        ("0 25 * * *", "Asia/Seoul", "schedule"),
        ("0 9 * *", "Asia/Seoul", "schedule"),
        ("0 0 9 * * *", "Asia/Seoul", "schedule"),
        ("0 9 30 2 *", "Asia/Seoul", "schedule"),
        ("", "UTC", "schedule"),
        ("every day", "UTC", "schedule"),
        ("0 9 * * *", "Asia/Soul", "zone"),
        ("0 9 * * *", "../etc/passwd", "zone"),
    ],
)
def test_what_never_comes_is_refused(expression: str, zone: str, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        schedule(expression, zone)

    assert field == refused.value.field


@given(st.text(max_size=40))
@settings(max_examples=100, deadline=None)
def test_any_text_is_read_or_refused(expression: str) -> None:
    try:
        found = schedule(expression, "UTC")
    except BadInput:
        return

    assert found.next(datetime(2026, 1, 1, tzinfo=UTC)) is not None
