"""Schedules of CronJobs: what the fields mean, and that the last and the next time are what they say."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.cluster.schedules import parse_schedule


def at(text: str) -> datetime:
    """Read a moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "last", "following"),
    [
        ("* * * * *", "2026-05-06T10:20", "2026-05-06T10:21"),
        ("*/15 * * * *", "2026-05-06T10:15", "2026-05-06T10:30"),
        ("5/20 * * * *", "2026-05-06T10:05", "2026-05-06T10:25"),
        ("0 3 * * 0", "2026-05-03T03:00", "2026-05-10T03:00"),
        ("0 3 * * 7", "2026-05-03T03:00", "2026-05-10T03:00"),
        ("30 8-17 * * 1-5", "2026-05-06T09:30", "2026-05-06T10:30"),
        ("0 0 1,15 * *", "2026-05-01T00:00", "2026-05-15T00:00"),
        ("0 0 13 * 5", "2026-05-01T00:00", "2026-05-08T00:00"),
        ("0 0 29 2 *", "2024-02-29T00:00", "2028-02-29T00:00"),
    ],
)
def test_the_last_and_the_next_time(schedule: str, last: str, following: str) -> None:
    now = at("2026-05-06T10:20:30")
    found = parse_schedule(schedule)
    assert (found.last(now), found.next(now)) == (at(last), at(following))


def test_a_day_that_no_month_has_never_comes() -> None:
    found = parse_schedule("0 0 30 2 *")
    assert (found.last(at("2026-05-06")), found.next(at("2026-05-06"))) == (None, None)


@pytest.mark.parametrize(
    "text",
    ["", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "5-1 * * * *", "*/0 * * * *", "a * * * *"],
)
def test_what_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_schedule(text)


@given(st.text(max_size=20))
def test_any_text_is_a_schedule_or_refused(text: str) -> None:
    try:
        found = parse_schedule(text)
    except ValueError:
        return
    assert found.minutes
    assert found.hours


@given(
    st.integers(0, 59),
    st.integers(0, 23),
    st.integers(0, 6),
    st.datetimes(min_value=datetime(2024, 1, 1), max_value=datetime(2030, 1, 1)),
)
def test_no_due_time_lies_between_the_last_and_the_next(
    minute: int, hour: int, weekday: int, moment: datetime
) -> None:
    now = moment.replace(tzinfo=UTC)
    found = parse_schedule(f"{minute} {hour} * * {weekday}")
    last, following = found.last(now), found.next(now)
    assert last is not None
    assert following is not None
    assert last <= now < following
    assert following - last == timedelta(days=7)
    assert (following.minute, following.hour, following.isoweekday() % 7) == (minute, hour, weekday)
