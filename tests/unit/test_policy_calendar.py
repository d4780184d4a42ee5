"""Freeze windows and business hours hold at the clock on the wall, through summer time and New Year."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.policy.freezes import FreezePolicy

ZURICH = ZoneInfo("Europe/Zurich")


def calendar(*windows: dict[str, Any], zone: str = "Europe/Zurich", **hours: Any) -> FreezePolicy:
    work = {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "18:00"} | hours
    return FreezePolicy.model_validate(
        {"zone": zone, "business_hours": work, "windows": list(windows)}, strict=False
    )


def holds(window: dict[str, Any], local: str, zone: str = "Europe/Zurich") -> bool:
    now = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return bool(calendar({"name": "a window"} | window).active(now, "production", "payment"))


@pytest.mark.parametrize(
    ("window", "inside", "outside"),
    [
        ({"weekly": {"from": "fri 18:00", "to": "mon 08:00"}}, "2026-03-08 12:00", "2026-03-09 08:00"),
        ({"weekly": {"from": "fri 18:00", "to": "mon 08:00"}}, "2026-03-06 18:00", "2026-03-06 17:59"),
        ({"weekly": {"from": "mon 08:00", "to": "fri 18:00"}}, "2026-03-04 12:00", "2026-03-08 12:00"),
        ({"daily": {"days": ["mon"], "from": "22:00", "to": "06:00"}}, "2026-03-10 05:59", "2026-03-11 05:59"),
        ({"daily": {"days": ["sun"], "from": "22:00", "to": "06:00"}}, "2026-03-09 05:59", "2026-03-08 05:59"),
        ({"daily": {"days": ["sun"], "from": "22:00", "to": "24:00"}}, "2026-03-08 23:59", "2026-03-09 00:00"),
        ({"yearly": {"from": "12-20", "to": "01-03"}}, "2026-01-03 23:59", "2026-01-04 00:00"),
        ({"yearly": {"from": "12-20", "to": "01-03"}}, "2026-12-20 00:00", "2026-12-19 23:59"),
        ({"yearly": {"from": "02-29", "to": "03-01"}}, "2026-03-01 12:00", "2026-02-28 12:00"),
        ({"once": {"from": "2026-05-01 18:00", "to": "2026-05-02 08:00"}}, "2026-05-01 18:00", "2026-05-02 08:00"),
    ],
)  # fmt: skip
def test_a_window_holds_from_its_beginning_to_before_its_end(
    window: dict[str, Any], inside: str, outside: str
) -> None:
    assert holds(window, inside)
    assert not holds(window, outside)


def test_a_window_keeps_to_its_zone_in_summer_and_winter() -> None:
    rules = calendar({"name": "mornings", "daily": {"days": ["wed"], "from": "09:00", "to": "10:00"}})
    winter, summer = datetime(2026, 1, 7, 8, 30, tzinfo=UTC), datetime(2026, 7, 8, 7, 30, tzinfo=UTC)

    assert ("mornings",) == rules.active(winter, "production", None)
    assert ("mornings",) == rules.active(summer, "production", None)
    assert () == rules.active(summer + timedelta(hours=1), "production", None)


@pytest.mark.parametrize("minute", [0, 30, 59])
def test_the_hour_that_comes_twice_is_inside_twice(minute: int) -> None:
    rules = calendar({"name": "night", "daily": {"days": ["sun"], "from": "02:00", "to": "03:00"}})
    first = datetime(2026, 10, 25, 0, minute, tzinfo=UTC)

    assert ("night",) == rules.active(first, "production", None)
    assert ("night",) == rules.active(first + timedelta(hours=1), "production", None)
    assert () == rules.active(first + timedelta(hours=2), "production", None)


def test_a_window_may_have_a_zone_of_its_own() -> None:
    window = {
        "name": "there",
        "zone": "Asia/Seoul",
        "daily": {"days": ["wed"], "from": "09:00", "to": "10:00"},
    }

    assert ("there",) == calendar(window).active(datetime(2026, 3, 4, 0, 30, tzinfo=UTC), "x", None)


@pytest.mark.parametrize(
    ("environment", "service", "active"),
    [
        ("production", "payment", True),
        ("production", None, True),
        ("production", "auth", False),
        ("staging", "payment", False),
        ("staging", None, False),
    ],
)
def test_a_window_is_for_its_environments_and_services(
    environment: str, service: str | None, active: bool
) -> None:
    rules = calendar(
        {
            "name": "payments",
            "environments": ["production"],
            "services": ["payment"],
            "yearly": {"from": "01-01", "to": "12-31"},
        }
    )

    assert active == bool(rules.active(datetime(2026, 3, 4, tzinfo=UTC), environment, service))


@pytest.mark.parametrize(
    ("local", "at_work"),
    [
        ("2026-03-04 09:00", True),
        ("2026-03-04 08:59", False),
        ("2026-03-04 17:59", True),
        ("2026-03-04 18:00", False),
        ("2026-03-07 12:00", False),
        ("2026-12-25 12:00", False),
    ],
)
def test_business_hours_know_days_times_and_holidays(local: str, at_work: bool) -> None:
    now = datetime.fromisoformat(local).replace(tzinfo=ZURICH)

    assert at_work == calendar(holidays=["2026-12-25"]).at_work(now)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(["UTC", "Europe/Zurich", "Asia/Seoul", "America/St_Johns"]),
    st.integers(0, 10_079),
    st.integers(1, 10_079),
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
)
def test_a_week_is_split_between_a_window_and_its_complement(
    zone: str, start: int, length: int, now: datetime
) -> None:
    begin, end = _moment(start), _moment((start + length) % 10_080)
    window = calendar({"name": "inside", "weekly": {"from": begin, "to": end}}, zone=zone)
    rest = calendar({"name": "outside", "weekly": {"from": end, "to": begin}}, zone=zone)

    assert bool(window.active(now, "x", None)) != bool(rest.active(now, "x", None))
    # The two halves of a week touch and never overlap, so that they may stand in one file.
    both = (
        {"name": "inside", "weekly": {"from": begin, "to": end}},
        {"name": "outside", "weekly": {"from": end, "to": begin}},
    )
    assert 1 == len(calendar(*both, zone=zone).active(now, "x", None))


def _moment(minute: int) -> str:
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return f"{days[minute // 1440]} {minute % 1440 // 60:02}:{minute % 60:02}"
