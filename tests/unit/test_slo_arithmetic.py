"""Periods, budgets, burn rates, forecasts and credits of objectives."""

from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.analysis.slo import (
    Count,
    allowed,
    burn_pairs,
    burn_rate,
    credit_of,
    joined,
    period_before,
    period_of,
    share_spent,
    state,
)
from agent.domain.evidence import EvidenceStatus, Window
from agent.domain.slo import Budgeting, Burn, CalendarWindow, PeriodUnit, RollingWindow, ServiceCredit
from bench.slo_arithmetic import compared
from tests.support.slo_counts import counted, moment, objective, sliced

DAY = timedelta(days=1)
MONTH = CalendarWindow(unit=PeriodUnit.MONTH, zone="UTC")
ROLLING = RollingWindow(length=30 * DAY)
CREDITS = (
    ServiceCredit(down_to=0.995, below=0.999, credit=0.1),
    ServiceCredit(down_to=0.99, below=0.995, credit=0.25),
    ServiceCredit(down_to=0.0, below=0.99, credit=0.5),
)


def test_generated_histories_agree_with_exact_fractions() -> None:
    found = compared(9, seed=7)

    assert found.worst < 1e-9, found.where
    assert 9 == found.measured


@pytest.mark.parametrize(
    ("unit", "zone", "at", "start", "hours"),
    [
        # A month with a day of 23 hours, and one with a day of 25.
        (PeriodUnit.MONTH, "Europe/Zurich", "2026-03-15", "2026-02-28T23:00", 31 * 24 - 1),
        (PeriodUnit.MONTH, "Europe/Zurich", "2026-10-15", "2026-09-30T22:00", 31 * 24 + 1),
        (PeriodUnit.MONTH, "Asia/Seoul", "2026-10-31T15:00", "2026-10-31T15:00", 30 * 24),
        (PeriodUnit.MONTH, "Asia/Seoul", "2026-10-31T14:59:59", "2026-09-30T15:00", 31 * 24),
        (PeriodUnit.DAY, "Europe/Zurich", "2026-03-29T12:00", "2026-03-28T23:00", 23),
        # The clock shows midnight twice on this day; it begins with the first.
        (PeriodUnit.DAY, "America/Havana", "2026-11-01T12:00", "2026-11-01T04:00", 25),
        (PeriodUnit.WEEK, "UTC", "2026-11-23", "2026-11-23T00:00", 168),
        (PeriodUnit.WEEK, "America/New_York", "2026-11-01T12:00", "2026-10-26T04:00", 169),
        (PeriodUnit.QUARTER, "UTC", "2026-12-31", "2026-10-01T00:00", 92 * 24),
        (PeriodUnit.YEAR, "UTC", "2028-06-01", "2028-01-01T00:00", 366 * 24),
    ],
)
def test_a_calendar_period_follows_the_clock_of_its_zone(
    unit: PeriodUnit, zone: str, at: str, start: str, hours: int
) -> None:
    period = period_of(CalendarWindow(unit=unit, zone=zone), moment(at))

    assert moment(start) == period.start
    assert timedelta(hours=hours) == period.end - period.start


@given(
    st.sampled_from(list(PeriodUnit)),
    st.sampled_from(["UTC", "Europe/Zurich", "America/Havana", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    st.datetimes(datetime(2000, 1, 1), datetime(2037, 12, 31)),
)
def test_periods_follow_each_other_without_a_gap(unit: PeriodUnit, zone: str, at: datetime) -> None:
    window = CalendarWindow(unit=unit, zone=zone)
    period = period_of(window, at.replace(tzinfo=ZoneInfo("UTC")))

    assert period.start <= at.replace(tzinfo=ZoneInfo("UTC")) < period.end
    assert period.start == period_of(window, period.end).start - (period.end - period.start)
    assert period_before(window, period.end) == period
    # The first moment of a day: 00:00, or 01:00 where clocks are set forward at midnight.
    local = [
        one.astimezone(ZoneInfo(zone)) for one in (period.start - timedelta(microseconds=1), period.start)
    ]
    assert local[0].date() < local[1].date()


def test_a_rolling_period_ends_now() -> None:
    at = moment("2026-11-23T09:00")

    assert Window(start=at - 30 * DAY, end=at) == period_of(ROLLING, at)
    assert Window(start=at - 60 * DAY, end=at - 30 * DAY) == period_before(ROLLING, at)


def test_the_figures_of_the_documents() -> None:
    month = 730.5 * 60

    assert 1000 == allowed(0.999, 1_000_000)
    assert pytest.approx(43.83, abs=1e-9) == allowed(0.999, month)
    assert (43.2, 44.64) == (allowed(0.999, 30 * 24 * 60), allowed(0.999, 31 * 24 * 60))
    assert 144 == allowed(0.9, 1440)


def test_events_are_judged_against_those_so_far() -> None:
    at = moment("2026-11-02")
    found = state(objective(MONTH), counted(moment("2026-11-01"), [(10_000, 3), (10_000, 7)]), at)

    assert (20_000, 10, 20, 0.5) == (found.total, found.bad, found.budget, found.spent)
    assert (0.9995, True, 0.5) == (found.sli, found.met, found.left)
    assert moment("2026-12-01") == found.period_ends_at
    assert pytest.approx(0.3) == found.bad_seconds
    assert pytest.approx(600 / 86_400) == found.covered


@pytest.mark.parametrize(
    "values", [[], [None, None], [(0.0, 0.0)], [(float("nan"), 0.0)], [(10.0, float("nan"))], [(-1.0, 0.0)]]
)
@pytest.mark.parametrize("slo", [objective(ROLLING), sliced(ROLLING)], ids=["events", "slices"])
def test_nothing_measured_is_no_data_and_never_all_good(
    slo: object, values: list[tuple[float, float] | None]
) -> None:
    at = moment("2026-11-02")
    found = state(slo, counted(at - DAY, values), at)  # type: ignore[arg-type]  # both are objectives

    assert EvidenceStatus.NO_DATA is found.status
    assert [None] * 6 == [found.sli, found.total, found.bad, found.budget, found.spent, found.met]
    assert () == found.burn


def test_no_traffic_is_measured_and_weighs_nothing() -> None:
    at = moment("2026-11-01T00:15")
    found = state(objective(MONTH), counted(moment("2026-11-01"), [(0, 0), (100, 1), None]), at)

    assert (100, 1) == (found.total, found.bad)
    assert pytest.approx(2 / 3) == found.covered


def test_bad_is_never_more_than_all_nor_less_than_none() -> None:
    at = moment("2026-11-01T00:10")
    found = state(objective(MONTH), counted(moment("2026-11-01"), [(100, 100.2), (100, -0.1)]), at)

    assert 100 == found.bad


def test_slices_are_good_or_bad_as_a_whole_and_the_budget_is_that_of_the_period() -> None:
    day = CalendarWindow(unit=PeriodUnit.DAY, zone="UTC")
    values = [(100, 1), (100, 1.5), None, (0, 0), (1000, 1000)]
    found = state(sliced(day), counted(moment("2026-11-01"), values), moment("2026-11-01T00:25"))

    assert ("slices", 3, 2, 600) == (found.unit, found.total, found.bad, found.bad_seconds)
    # 283 slices are still to come; the two that were not measured are out.
    assert pytest.approx(28.6) == found.budget
    assert pytest.approx(2 / 28.6) == found.spent
    assert pytest.approx(3 / 5) == found.covered


def test_a_slice_is_judged_only_when_it_is_over() -> None:
    day = CalendarWindow(unit=PeriodUnit.DAY, zone="UTC")
    counts = counted(moment("2026-11-01"), [(60, 0)] * 4 + [(60, 60)] * 4, seconds=60)

    assert (1, 1) == tuple(
        getattr(state(sliced(day), counts, moment("2026-11-01T00:09:59")), name) for name in ("total", "bad")
    )


def test_shares_of_slices_weigh_alike_whatever_the_traffic() -> None:
    slo = sliced(ROLLING, budgeting=Budgeting.RATIO_TIMESLICES, slice_target=None)
    at = moment("2026-11-01T00:10")
    found = state(slo, counted(moment("2026-11-01"), [(1, 1), (1_000_000, 0)]), at)

    assert (2, 1, 0.5) == (found.total, found.bad, found.sli)


def test_planned_maintenance_is_left_out_where_the_objective_says_so() -> None:
    at, start = moment("2026-11-01T00:20"), moment("2026-11-01")
    counts = counted(start, [(100, 0), (100, 100), (100, 100), (100, 0)])
    work = [
        (moment("2026-11-01T00:05"), moment("2026-11-01T00:12")),
        (moment("2026-11-01T00:10"), moment("2026-11-01T00:15")),
    ]
    kept = state(objective(MONTH), counts, at, excluded=work)
    left = state(objective(MONTH, excludes_maintenance=True), counts, at, excluded=work)

    assert (200, 0.0) == (kept.bad, kept.excluded_seconds)
    assert (200, 0, 600.0, 1.0) == (left.total, left.bad, left.excluded_seconds, left.covered)


def test_a_slice_that_maintenance_touches_is_not_judged() -> None:
    at = moment("2026-11-01T00:10")
    work = [(moment("2026-11-01T00:04:59"), moment("2026-11-01T00:05"))]
    slo = sliced(ROLLING, excludes_maintenance=True)
    found = state(slo, counted(moment("2026-11-01"), [(100, 100), (100, 0)]), at, excluded=work)

    assert (1, 0) == (found.total, found.bad)


@pytest.mark.parametrize(
    ("sli", "credit"),
    [
        (1.0, 0.0),
        (0.999, 0.0),
        (0.9989999, 0.1),
        (0.995, 0.1),
        (1 - 5 / 1000, 0.1),
        (0.9949999, 0.25),
        (0.99, 0.25),
        (0.9899999, 0.5),
        (0.0, 0.5),
        (None, None),
    ],
)
def test_the_lower_edge_of_a_credit_belongs_to_it(sli: float | None, credit: float | None) -> None:
    assert credit == credit_of(objective(MONTH, credits=CREDITS), sli)


def test_burn_rates_of_the_workbook() -> None:
    assert 1000 == burn_rate(0.999, 10, 10)
    assert 1 == burn_rate(0.999, 1000, 1)
    assert None is burn_rate(0.999, 0, 0)
    spent = [pair.burn * pair.long / (30 * 86_400) for pair in burn_pairs(ROLLING)]
    assert pytest.approx([0.02, 0.05, 0.1, 0.1]) == spent
    assert all(pair.long == 12 * pair.short for pair in burn_pairs(ROLLING))
    quarter = burn_pairs(RollingWindow(length=90 * DAY))
    assert [(3 * 3600, 15 * 60), (18 * 3600, 90 * 60)] == [(pair.long, pair.short) for pair in quarter[:2]]


def test_a_rolling_budget_that_burns_no_faster_than_allowed_lasts() -> None:
    at = moment("2026-11-02")
    counts = counted(at - DAY, [(1000, 0.5)])
    lasting = state(objective(ROLLING), counts, at, burns=[Burn(seconds=21_600, rate=1.0)])
    burning = state(objective(ROLLING), counts, at, burns=[Burn(seconds=21_600, rate=5.0)])
    unknown = state(objective(ROLLING), counts, at, burns=[Burn(seconds=21_600, rate=None)])

    assert (None, None) == (lasting.exhausted_at, unknown.exhausted_at)
    # Half of the budget of 30 days at five times the pace.
    assert at + timedelta(days=3) == burning.exhausted_at


def test_a_forecast_is_where_the_budget_really_ends() -> None:
    slo, start = objective(MONTH, 0.99), moment("2026-11-01")
    early = [(1000.0, 2.0)] * 288
    at = start + DAY
    found = state(slo, counted(start, early), at, burns=[Burn(seconds=21_600, rate=1.8)])
    later = (found.exhausted_at or at) - at
    steps = later / timedelta(minutes=5)
    whole = [*early, *[(1000.0, 18.0)] * round(steps)]
    end = state(slo, counted(start, whole), start + timedelta(minutes=5) * len(whole))

    assert 288 == steps
    assert pytest.approx(1.0, abs=1e-9) == end.spent


def test_a_calendar_budget_of_slices_lasts_when_the_period_ends_first() -> None:
    day = CalendarWindow(unit=PeriodUnit.DAY, zone="UTC")
    counts = counted(moment("2026-11-01"), [(100, 100)] * 10 + [(100, 0)] * 134)
    at = moment("2026-11-01T12:00")
    burns = {
        rate: state(sliced(day), counts, at, burns=[Burn(seconds=300, rate=rate)]) for rate in (1.2, 4.0)
    }

    assert None is burns[1.2].exhausted_at
    # 18.8 of 28.8 bad slices are left; four tenths of the slices are bad from now on.
    assert at + timedelta(seconds=18.8 / 0.4 * 300) == burns[4.0].exhausted_at


def test_what_is_spent_is_gone_now() -> None:
    at = moment("2026-11-02")

    assert at == state(objective(ROLLING), counted(at - DAY, [(1000, 2)]), at).exhausted_at


def test_how_much_of_the_budget_an_incident_spent() -> None:
    start = moment("2026-11-01")
    counts = counted(start, [(1000, 0), (1000, 30), (1000, 0)])
    whole = state(objective(MONTH, 0.99), counts, start + timedelta(minutes=15))
    incident = Window(start=start + timedelta(minutes=5), end=start + timedelta(minutes=7, seconds=30))

    assert 0.5 == share_spent(objective(MONTH, 0.99), counts, incident, whole.budget)
    assert None is share_spent(objective(MONTH, 0.99), [], incident, whole.budget)
    assert None is share_spent(objective(MONTH, 0.99), counts, incident, None)


def test_an_incident_of_a_minute_spoils_its_whole_slice() -> None:
    start = moment("2026-11-01")
    counts = counted(start, [(1000, 0), (1000, 300), (1000, 0)])
    incident = Window(start=start + timedelta(minutes=6), end=start + timedelta(minutes=7))

    assert pytest.approx(0.1) == share_spent(sliced(ROLLING), counts, incident, 10)


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), max_size=12))
def test_a_union_is_in_order_apart_and_covers_the_same(spans: list[tuple[int, int]]) -> None:
    union = joined((float(a), float(b)) for a, b in spans)

    assert all(first[1] < second[0] for first, second in pairwise(union))
    covered = {n for a, b in spans for n in range(a, b)}
    assert covered == {n for a, b in union for n in range(int(a), int(b))}


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)), min_size=1, max_size=50))
def test_the_order_of_counts_does_not_matter(pairs: list[tuple[int, int]]) -> None:
    at = moment("2026-11-20")
    counts: list[Count] = counted(at - DAY, [(float(a + b), float(b)) for a, b in pairs])
    found, again = state(objective(ROLLING), counts, at), state(objective(ROLLING), counts[::-1], at)

    assert found == again
    total = sum(a + b for a, b in pairs)
    if total:
        bad = sum(b for _, b in pairs)
        assert pytest.approx(float(Fraction(total - bad, total)), abs=1e-12) == found.sli
