"""Change points: the right moment for a step, none for noise, spikes, gaps and seasons of silence."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.analysis.anomaly.changes import ChangePoint, change_points
from agent.analysis.anomaly.memory import Floats

STEP = 15.0


def times(count: int) -> Floats:
    return 1_767_225_600.0 + STEP * np.arange(count)


def noise(count: int, seed: int = 0) -> Floats:
    return 10.0 + np.random.default_rng(seed).normal(0.0, 1.0, count)


def found(values: Floats) -> list[ChangePoint]:
    return change_points(times(len(values)), values)


def positions(values: Floats) -> list[int]:
    return [round((change.at - times(1)[0]) / STEP) for change in found(values)]


@pytest.mark.parametrize(("last", "size"), [(3, 12.0), (5, 6.0), (20, 4.0), (60, 4.0)])
def test_a_step_is_found_where_it_begins(last: int, size: float) -> None:
    for seed in range(5):
        values = noise(120, seed)
        values[-last:] += size

        assert [120 - last] == pytest.approx(positions(values), abs=1)


def test_the_levels_are_those_before_and_after() -> None:
    values = np.where(np.arange(60) < 40, 5.0, 25.0)

    (change,) = found(values)

    assert (5.0, 25.0) == (change.before, change.after)
    assert times(60)[40] == change.at


def test_a_larger_step_has_the_larger_score() -> None:
    small, large = noise(100), noise(100)
    small[60:] += 2.0
    large[60:] += 6.0

    assert found(small)[0].score < found(large)[0].score


def test_up_and_back_down_are_two_changes() -> None:
    values = noise(120)
    values[50:80] += 10.0

    assert [50, 80] == pytest.approx(positions(values), abs=1)


def test_noise_has_hardly_ever_a_change() -> None:
    assert sum(bool(found(noise(60, seed))) for seed in range(100)) <= 5


@pytest.mark.parametrize("spikes", [[30], [30, 31], [10, 50, 90]])
def test_single_outliers_are_no_change(spikes: list[int]) -> None:
    values = noise(120)
    values[spikes] = 1e6

    assert [] == found(values)


def test_rare_events_are_no_change() -> None:
    values = np.zeros(200)
    values[[20, 77, 140]] = 3.0

    assert [] == found(values)


def test_gaps_and_nan_move_nothing() -> None:
    values = noise(120)
    values[70:] += 10.0
    values[[5, 40, 41, 42, 90, 119]] = np.nan
    at = np.where(np.arange(120) >= 30, times(120) + 7200.0, times(120))

    (change,) = change_points(at, values)

    assert at[70] == change.at


def test_the_order_of_the_points_does_not_matter() -> None:
    values = noise(80)
    values[50:] += 10.0
    order = np.random.default_rng(1).permutation(80)

    assert found(values) == change_points(times(80)[order], values[order])


@pytest.mark.parametrize("count", [0, 1, 5, 100])
def test_a_constant_and_a_short_series_have_none(count: int) -> None:
    assert [] == found(np.full(count, 3.0))


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=40))
@settings(max_examples=60, deadline=None)
def test_anything_has_changes_in_time_order_inside_it(values: list[float]) -> None:
    changes = found(np.array(values, dtype=np.float64))

    assert sorted(change.at for change in changes) == [change.at for change in changes]
    assert all(change.at in times(len(values))[3:] for change in changes)
    assert all(np.isfinite(change.score) and change.before != change.after for change in changes)


@given(st.lists(st.floats(-1e6, 1e6).map(float), min_size=10, max_size=40), st.sampled_from([0.5, 4.0]))
@settings(max_examples=40, deadline=None)
def test_the_unit_does_not_matter(values: list[float], factor: float) -> None:
    table = np.array(values)

    assert [change.at for change in found(table)] == [change.at for change in found(factor * table)]
