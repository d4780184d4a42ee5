"""Objectives measured slice by slice: what is asked, what is kept, and what is no data."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from agent.app.objectives import BudgetGauges
from agent.domain.evidence import EvidenceStatus, Window
from agent.domain.slo import Budgeting, CalendarWindow, PeriodUnit, SliKind
from agent.errors import BadInput, NotFound, Unavailable
from agent.telemetry.metrics import build_metrics
from tests.support.counted import Counts, steady
from tests.support.objectives import NOW, House, hours_ago, objective
from tools.sla_tracker.objective_reads import ObjectiveParams, ObjectiveRead
from tools.sla_tracker.reads import BudgetParams, BudgetRead
from tools.sla_tracker.slices import SHORTEST_SECONDS, Stretch, cut, cut_whole, pieces, step_of, without

MONTH = CalendarWindow(unit=PeriodUnit.MONTH, zone="UTC")


def outage(start: float, end: float, share: float) -> Counts:
    return steady(troubles=[(hours_ago(start), hours_ago(end), share)])


# Cutting windows.


@given(
    st.floats(0, 10**6).map(round),
    st.integers(1, 4_000_000),
    st.sampled_from([300, 3600]),
    st.lists(st.tuples(st.integers(0, 4_000_000), st.integers(1, 100_000)), max_size=4),
)
def test_slices_cover_a_window_once_and_nothing_that_is_excluded(
    start: int, length: int, step: int, away: list[tuple[int, int]]
) -> None:
    window = Stretch(start, start + length)
    excluded = [Stretch(start + begin, start + begin + span) for begin, span in away]
    plan = cut(window, step, excluded)

    found = sorted([(end - step, end) for end in plan.ends] + [(one.start, one.end) for one in plan.odd])
    assert sum(one.seconds for one in without(window, excluded)) == pytest.approx(
        sum(b - a for a, b in found)
    )
    assert all(before[1] <= after[0] for before, after in pairwise(found))
    assert not any(a < one.end and one.start < b for a, b in found for one in excluded)
    assert all(end % step == 0 for end in plan.ends)


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_no_piece_at_an_edge_is_too_short_for_two_scrapes(start: int, length: int) -> None:
    window = Stretch(start, start + length)
    plan = cut(window, 3600)

    assert all(one.seconds >= SHORTEST_SECONDS for one in plan.odd) or plan.odd == (window,)


def test_whole_slices_leave_out_what_maintenance_touches() -> None:
    plan = cut_whole(Stretch(10, 2000), 300, [Stretch(899, 901)])

    assert (600.0, 1500.0, 1800.0) == plan.ends


def test_runs_are_asked_for_in_bounded_pieces() -> None:
    ends = [300.0 * n for n in (1, 2, 3, 4, 9, 10)]

    assert [(300.0, 900.0), (1200.0, 1200.0), (2700.0, 3000.0)] == pieces(ends, 300, 3)


@pytest.mark.parametrize(("days", "step"), [(1, 300), (7, 3600), (30, 3600), (90, 3600), (366, 21_600)])
def test_a_window_has_a_bounded_number_of_slices(days: int, step: int) -> None:
    assert step == step_of(days * 86_400)


# Measuring.


async def test_an_outage_is_what_spent_the_budget() -> None:
    house = House(outage(48, 47, 0.5))

    state = await house.objectives.state("payment-availability")

    # Half of an hour of 720 hours, of which 0.72 may fail.
    assert EvidenceStatus.SUCCESS is state.status
    assert state.spent == pytest.approx(0.5 / 0.72, rel=1e-3)
    assert state.covered == pytest.approx(1.0, abs=1e-3)
    assert {one.seconds: one.rate for one in state.burn}[3600] == 0.0
    assert state.exhausted_at is None


async def test_a_burn_of_the_last_minutes_is_seen_at_once() -> None:
    house = House(outage(0.5, 0, 1.0))

    state = await house.objectives.state("payment-availability")

    burns = {one.seconds: one.rate or 0.0 for one in state.burn}
    assert burns[300] == pytest.approx(1000)
    assert burns[3600] == pytest.approx(29 / 60 * 1000, rel=0.01)
    assert state.exhausted_at is not None


async def test_nothing_counted_is_no_data() -> None:
    house = House(lambda start, end: (None, None))

    state = await house.objectives.state("payment-availability")

    assert (EvidenceStatus.NO_DATA, None, None, ()) == (state.status, state.sli, state.left, state.burn)


async def test_no_traffic_is_no_data_and_not_good() -> None:
    house = House(lambda start, end: (0.0, 0.0))

    assert (await house.objectives.state("payment-availability")).sli is None


async def test_a_gap_is_left_out_and_told() -> None:
    def counts(start: float, end: float) -> tuple[float | None, float | None]:
        inside = hours_ago(400) <= start and end <= hours_ago(40)
        return (None, None) if inside else steady()(start, end)

    state = await House(counts).objectives.state("payment-availability")

    assert state.covered == pytest.approx(0.5, abs=0.01)
    assert 1.0 == state.sli


async def test_where_no_request_was_good_all_were_bad() -> None:
    house = House(lambda start, end: (None, (end - start) * 10))

    assert 0.0 == (await house.objectives.state("payment-availability")).sli


async def test_a_query_for_what_does_not_exist_is_no_data() -> None:
    house = House(lambda start, end: (None, (end - start) * 10))
    house.metrics.names = frozenset({"total"})

    assert (await house.objectives.state("payment-availability")).sli is None


async def test_planned_maintenance_is_not_counted() -> None:
    away = (NOW - timedelta(hours=48), NOW - timedelta(hours=46))
    slo = objective(excludes_maintenance=True)
    house = House(outage(47.5, 46.5, 1.0), slo, maintenance=[away])
    other = House(outage(47.5, 46.5, 1.0), maintenance=[away])

    excused = await house.objectives.state("payment-availability")
    blamed = await other.objectives.state("payment-availability")

    assert (0.0, 7200.0) == (excused.spent, excused.excluded_seconds)
    assert blamed.spent == pytest.approx(1 / 0.72, rel=1e-3)


async def test_slices_of_time_are_good_or_bad_as_a_whole() -> None:
    slo = objective(budgeting=Budgeting.TIMESLICES, slice_seconds=300, slice_target=0.95)
    state = await House(outage(48, 47, 0.06), slo).objectives.state("payment-availability")
    fine = await House(outage(48, 47, 0.04), slo).objectives.state("payment-availability")

    assert ("slices", 0.0) == (state.unit, fine.bad)
    assert state.bad == pytest.approx(12, abs=1)


async def test_a_month_begins_with_a_whole_budget_but_burns_look_back() -> None:
    house = House(outage(30, 12, 0.01), objective(window=MONTH))
    house.clock.time = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    early = datetime(2026, 11, 1, 1, 0, tzinfo=UTC)

    state = await house.objectives.state("payment-availability", at=early)

    assert datetime(2026, 11, 1, tzinfo=UTC) == state.window.start
    assert state.covered == pytest.approx(1.0, abs=0.03)
    assert 86_400 in {one.seconds for one in state.burn if one.rate is not None}


async def test_over_measures_the_time_that_was_asked_for() -> None:
    house = House(outage(48, 47, 0.5))
    window = Window(start=NOW - timedelta(hours=48), end=NOW - timedelta(hours=47))

    state = await house.objectives.over("payment-availability", window)

    assert state.sli == pytest.approx(0.5)
    assert (36_000, None) == (round(state.total or 0), state.exhausted_at)


async def test_the_budget_goes_down_to_what_is_left() -> None:
    house = House(outage(48, 47, 0.5))
    window = Window(start=NOW - timedelta(days=30), end=NOW)

    history = await house.objectives.history("payment-availability", window, points=60)
    state = await house.objectives.state("payment-availability")

    values = [value for _, value in history.points]
    assert values == sorted(values, reverse=True)
    assert 1.0 == values[0]
    assert values[-1] == pytest.approx(state.left, abs=1e-3)
    assert 50 <= len(values) <= 62


async def test_without_data_there_is_no_history() -> None:
    house = House(lambda start, end: (None, None))
    window = Window(start=NOW - timedelta(days=30), end=NOW)

    assert () == (await house.objectives.history("payment-availability", window)).points


# What is asked.


async def test_the_newest_minute_is_left_out_because_its_scrapes_may_be_late() -> None:
    house = House(steady())
    await house.objectives.state("payment-availability")

    newest = max([at for _, at in house.metrics.instants] + [end for _, end, _ in house.metrics.ranges])
    assert newest <= NOW - timedelta(seconds=60)


async def test_within_a_minute_nothing_is_asked_again_and_then_only_what_is_new() -> None:
    house = House(steady())
    await house.objectives.state("payment-availability")
    asked = len(house.metrics.ranges), len(house.metrics.instants)
    await house.objectives.states()
    assert asked == (len(house.metrics.ranges), len(house.metrics.instants))

    house.clock.time += timedelta(minutes=2)
    house.metrics.ranges.clear()
    await house.objectives.states()
    assert all(end - start <= timedelta(hours=1) for start, end, _ in house.metrics.ranges)


async def test_the_past_is_read_again_after_an_hour() -> None:
    house = House(lambda start, end: (None, None))
    await house.objectives.state("payment-availability")
    house.metrics.counts = steady()
    house.clock.time += timedelta(minutes=61)

    assert (await house.objectives.state("payment-availability")).covered == pytest.approx(1.0, abs=0.01)


async def test_another_query_of_the_same_name_is_measured_anew() -> None:
    house = House(steady())
    await house.objectives.state("payment-availability")
    house.slos = (objective(target=0.99),)

    assert 0.99 == (await house.objectives.state("payment-availability")).target


# When it cannot be measured.


async def test_a_store_that_is_away_is_an_error_and_never_good() -> None:
    house = House(steady())
    house.metrics.broken = Unavailable("Prometheus cannot be reached.", backend="prometheus")

    state = await house.objectives.state("payment-availability")

    assert (EvidenceStatus.ERROR, "Prometheus cannot be reached.") == (state.status, state.error)
    assert state.sli is None


async def test_a_store_that_hangs_is_given_up() -> None:
    house = House(steady())
    house.objectives.patience = 0.0

    assert EvidenceStatus.ERROR is (await house.objectives.state("payment-availability")).status


async def test_an_unknown_objective_is_named_with_the_nearest() -> None:
    with pytest.raises(NotFound, match="payment-availability"):
        await House(steady()).objectives.state("payment-availabilty")


async def test_without_a_metrics_store_the_setting_is_named() -> None:
    house = House(steady())
    house.objectives.judge = None

    assert "OPS_PROMETHEUS_URL" in ((await house.objectives.state("payment-availability")).error or "")


# Reads.


async def test_the_budget_read_is_of_the_services_own_objective() -> None:
    house = House(outage(48, 47, 0.5), objective(kind=SliKind.ERROR_RATE, name="rate"), objective())
    reading = await BudgetRead(house.metrics, house.judge).run(BudgetParams(service="payment"), NOW)

    assert reading.value is not None
    assert reading.value.value == pytest.approx(1 - 0.5 / 0.72, rel=1e-2)
    assert "payment-availability, 30 days" in reading.summary
    assert ("name", "payment-availability") in getattr(reading.result, "rows", ())


async def test_an_overspent_budget_is_zero_and_says_by_how_much() -> None:
    house = House(outage(48, 46, 1.0))
    reading = await BudgetRead(house.metrics, house.judge).run(BudgetParams(service="payment"), NOW)

    assert reading.value is not None
    assert 0.0 == reading.value.value
    assert "2.8 times the budget is used" in dict(getattr(reading.result, "rows", ())).values()


async def test_one_objective_is_read_by_its_name() -> None:
    house = House(outage(48, 47, 0.5))
    read = ObjectiveRead(house.judge)
    reading = await read.run(ObjectiveParams(objective="payment-availability"), NOW)

    assert "payment-availability holds" in reading.summary
    assert "99.9 %" == dict(getattr(reading.result, "rows", ()))["target"]
    with pytest.raises(BadInput, match="payment-availability"):
        await read.run(ObjectiveParams(objective="payment"), NOW)


async def test_an_objective_without_data_is_no_data() -> None:
    house = House(lambda start, end: (None, None))
    reading = await BudgetRead(house.metrics, house.judge).run(BudgetParams(service="payment"), NOW)

    assert (EvidenceStatus.NO_DATA, None) == (reading.status, reading.value)


class Hanging:
    """A judge whose store takes every question and answers none; `slow` are the only objectives that hang then."""

    def __init__(self, real: Any, slow: frozenset[str] | None = None) -> None:
        self.real, self.slow, self.asked = real, slow, list[str]()

    async def state(self, slo: Any, at: datetime, now: datetime) -> Any:
        self.asked.append(slo.name)
        if self.slow is None or slo.name in self.slow:
            await asyncio.sleep(3600)
        return await self.real.state(slo, at, now)


async def test_a_store_that_hangs_is_waited_for_once_and_not_by_every_objective() -> None:
    house = House(steady(), *(objective(name=f"o{n}") for n in range(30)))
    judge: Any = Hanging(house.judge)
    house.objectives.judge, house.objectives.patience = judge, 0.05
    found = await house.objectives.states()
    asked = len(judge.asked)
    house.clock.time += timedelta(minutes=2)
    judge.slow = frozenset()
    later = await house.objectives.states()

    assert {EvidenceStatus.ERROR} == {one.status for one in found}
    assert {"The metrics store did not answer in time."} == {one.error for one in found}
    assert asked == 3
    assert {EvidenceStatus.SUCCESS} == {one.status for one in later}


async def test_one_slow_objective_silences_no_other() -> None:
    house = House(steady(), *(objective(name=f"o{n}") for n in range(9)))
    judge: Any = Hanging(house.judge, frozenset({"o0", "o4"}))
    house.objectives.judge, house.objectives.patience = judge, 0.2
    found = {one.slo: one.status for one in await house.objectives.states()}

    assert {"o0", "o4"} == {name for name, status in found.items() if status is not EvidenceStatus.SUCCESS}


async def test_what_failed_just_before_a_month_began_is_not_of_that_month() -> None:
    # A month of this zone begins at half past an hour of UTC.
    begins = datetime(2026, 10, 31, 18, 30, tzinfo=UTC)
    trouble = (begins - timedelta(minutes=25)).timestamp(), (begins - timedelta(minutes=5)).timestamp(), 1.0
    window = CalendarWindow(unit=PeriodUnit.MONTH, zone="Asia/Kolkata")
    house, at = House(steady(troubles=[trouble]), objective(window=window)), begins + timedelta(hours=30)
    found = await house.judge.state(house.slos[0], at, at)

    assert (begins, EvidenceStatus.SUCCESS) == (found.window.start, found.status)
    assert found.bad == pytest.approx(0, abs=1e-6)
    # The burn of the last three days looks back beyond it all the same.
    assert found.burn[-1].seconds == 3 * 86_400
    assert found.burn[-1].rate == pytest.approx(20 / (3 * 24 * 60) / 0.001, rel=1e-3)


# The bot's own metrics.


async def test_the_gauges_hold_what_was_measured_and_nothing_else() -> None:
    house = House(
        outage(48, 47, 0.5),
        objective(),
        objective(name="gone", good="gone[<window>]", total="gone[<window>]"),
    )
    registry = CollectorRegistry()
    ground: Any = SimpleNamespace(metrics=build_metrics(registry))
    await BudgetGauges(ground, house.objectives).look()

    labels = {"slo": "payment-availability", "service": "payment"}
    left = registry.get_sample_value("ops_monitor_slo_error_budget_remaining_ratio", labels)
    burn = registry.get_sample_value("ops_monitor_slo_burn_rate", labels | {"window": "3600s"})
    none = registry.get_sample_value("ops_monitor_slo_error_budget_remaining_ratio", labels | {"slo": "gone"})
    assert left == pytest.approx(1 - 0.5 / 0.72, rel=1e-2)
    assert (0.0, None) == (burn, none)


async def test_whoever_loses_the_turn_tells_no_old_figures() -> None:
    house, registry = House(outage(48, 47, 0.5)), CollectorRegistry()
    ground: Any = SimpleNamespace(metrics=build_metrics(registry))
    gauges = BudgetGauges(ground, house.objectives)
    names = ("ops_monitor_slo_error_budget_remaining_ratio", "ops_monitor_slo_burn_rate")

    def told() -> set[str]:
        return {metric.name for metric in registry.collect() if metric.name in names and metric.samples}

    turn = asyncio.create_task(gauges.run())
    async with asyncio.timeout(120):
        while not told():
            await asyncio.sleep(0.01)
    turn.cancel()
    with suppress(asyncio.CancelledError):
        await turn

    assert set() == told()
