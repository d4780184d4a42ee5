"""Whose turn it is: one person at any instant, hand-overs at the stated time of the wall's clock, overrides first."""

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.policy.documents import parse_document
from agent.policy.oncall import OnCallPolicy, QuietHours
from agent.policy.rota import Schedule, hand_overs, on_shift

ZONES = ["UTC", "Europe/Zurich", "America/New_York", "Asia/Seoul", "Australia/Lord_Howe", "America/Santiago"]
INSTANTS = st.datetimes(datetime(2025, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))
CLOCKS = st.integers(0, 24 * 60 - 1).map(lambda minute: f"{minute // 60:02d}:{minute % 60:02d}")
PEOPLE = ("ada", "bob", "cleo")


def schedule(zone: str = "UTC", clock: str = "09:00", every: str = "1w", **more: object) -> Schedule:
    given = {
        "id": "primary",
        "zone": zone,
        "rotation": list(PEOPLE),
        "starts": f"2026-01-05 {clock}",
        "every": every,
    }
    return Schedule.model_validate_json(json.dumps(given | more))


@given(
    at=INSTANTS, zone=st.sampled_from(ZONES), clock=CLOCKS, every=st.sampled_from(["1d", "3d", "1w", "2w"])
)
@settings(max_examples=120)
def test_exactly_one_person_is_on_call_and_the_turn_ends_where_the_next_begins(
    at: datetime, zone: str, clock: str, every: str
) -> None:
    rota = schedule(zone, clock, every)
    duty = on_shift(rota, at, "UTC")
    assert duty is not None
    assert duty.person in PEOPLE
    assert duty.until is not None
    assert duty.until > at
    last = on_shift(rota, duty.until - timedelta(microseconds=1), "UTC")
    after = on_shift(rota, duty.until, "UTC")
    assert last is not None
    assert after is not None
    assert (last.person, after.person) == (
        duty.person,
        PEOPLE[(PEOPLE.index(duty.person) + 1) % len(PEOPLE)],
    )


@given(at=INSTANTS, zone=st.sampled_from(ZONES), clock=CLOCKS, every=st.sampled_from(["1d", "1w"]))
@settings(max_examples=60)
def test_hand_overs_happen_at_the_stated_time_of_the_walls_clock(
    at: datetime, zone: str, clock: str, every: str
) -> None:
    rota = schedule(zone, clock, every)
    found = list(hand_overs(rota, at, at + timedelta(days=21), "UTC"))
    assert len(found) in ((20, 21, 22) if every == "1d" else (2, 3, 4))
    for moment in found:
        local = moment.astimezone(ZoneInfo(zone))
        hours, minutes = map(int, clock.split(":"))
        wanted = local.replace(hour=hours, minute=minutes, second=0, fold=0)
        left_out = wanted.astimezone(UTC).astimezone(ZoneInfo(zone)).strftime("%H:%M") != clock
        assert left_out or local == wanted


def test_a_hand_over_in_the_hour_that_comes_twice_happens_once() -> None:
    rota = schedule("Europe/Zurich", "02:30", "1d")
    night = datetime(2026, 10, 24, 22, tzinfo=UTC)
    found = list(hand_overs(rota, night, night + timedelta(hours=12), "UTC"))
    assert found == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC)]
    people = [on_shift(rota, night + timedelta(minutes=15 * step), "UTC") for step in range(30)]
    names = [duty.person for duty in people if duty is not None]
    assert sum(one != other for one, other in pairwise(names)) == 1


def test_a_hand_over_in_the_hour_that_is_left_out_follows_it() -> None:
    rota = schedule("Europe/Zurich", "02:30", "1d")
    night = datetime(2027, 3, 27, 22, tzinfo=UTC)
    assert list(hand_overs(rota, night, night + timedelta(hours=12), "UTC")) == [
        datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    ]


@given(at=INSTANTS)
@settings(max_examples=60)
def test_overrides_win_while_they_hold_and_the_last_one_written_counts(at: datetime) -> None:
    stand_ins = [
        {"from": "2026-06-01 09:00", "to": "2026-08-01 09:00", "person": "bob"},
        {"from": "2026-07-01 09:00", "to": "2026-07-08 09:00", "person": "cleo"},
    ]
    rota, plain = schedule("Asia/Seoul", overrides=stand_ins), schedule("Asia/Seoul")
    duty, usual = on_shift(rota, at, "UTC"), on_shift(plain, at, "UTC")
    assert duty is not None
    assert usual is not None
    local = at.astimezone(ZoneInfo("Asia/Seoul")).replace(tzinfo=None)
    expected = usual.person
    if datetime(2026, 6, 1, 9) <= local < datetime(2026, 8, 1, 9):
        expected = "bob"
    if datetime(2026, 7, 1, 9) <= local < datetime(2026, 7, 8, 9):
        expected = "cleo"
    assert (expected, expected != usual.person or duty.stands_in) == (
        duty.person,
        duty.stands_in or expected != usual.person,
    )


def test_an_override_alone_is_a_turn_with_an_end() -> None:
    rota = parse_document(
        """
zone: UTC
people: [{id: ada, name: Ada}]
schedules: [{id: holiday, overrides: [{from: 2026-12-24 09:00, to: 2026-12-27 09:00, person: ada}]}]
""",
        OnCallPolicy,
        name="oncall.yaml",
    ).schedules[0]
    during = on_shift(rota, datetime(2026, 12, 25, tzinfo=UTC), "UTC")
    assert during is not None
    assert (during.person, during.until) == ("ada", datetime(2026, 12, 27, 9, tzinfo=UTC))
    assert on_shift(rota, datetime(2026, 12, 28, tzinfo=UTC), "UTC") is None


@given(at=INSTANTS, zone=st.sampled_from(ZONES), start=CLOCKS, end=CLOCKS)
@settings(max_examples=120)
def test_quiet_hours_end_in_the_future_and_at_their_own_time(
    at: datetime, zone: str, start: str, end: str
) -> None:
    if start == end:
        return
    quiet = QuietHours.model_validate({"from": start, "to": end})
    until = quiet.ends(at, zone)
    local = at.astimezone(ZoneInfo(zone)).strftime("%H:%M")
    holds = start <= local < end if start < end else local >= start or local < end
    assert (until is not None) is holds
    if until is not None:
        assert at <= until <= at + timedelta(hours=26)
