"""Counters become rates, restarts and gaps included."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.analysis.anomaly.batch import score_series
from agent.analysis.anomaly.counters import rates
from agent.analysis.anomaly.tuning import UNUSUAL

NAN = math.nan


def per_second(at: list[float], values: list[float]) -> list[float]:
    return rates(np.array(at), np.array(values)).tolist()


def test_the_increase_is_given_per_second() -> None:
    assert [2.0, 0.0, 0.5] == per_second([0, 10, 20, 40], [5, 25, 25, 35])[1:]


def test_the_first_point_has_no_rate() -> None:
    assert math.isnan(per_second([0, 10], [5, 25])[0])


def test_a_counter_that_restarts_has_grown_from_zero() -> None:
    assert [10.0, 3.0, 10.0] == per_second([0, 10, 20, 30], [900, 1000, 30, 130])[1:]


def test_a_gap_is_bridged_by_the_mean_over_it() -> None:
    rate = per_second([0, 10, 20, 30], [0, NAN, NAN, 90])

    assert [True, True, True, False] == [math.isnan(value) for value in rate]
    assert 3.0 == rate[3]


@pytest.mark.parametrize(("at", "values"), [([], []), ([5.0], [1.0]), ([1.0, 2.0], [NAN, NAN])])
def test_too_few_points_have_no_rate(at: list[float], values: list[float]) -> None:
    assert all(math.isnan(value) for value in per_second(at, values))


def test_two_points_of_one_moment_have_no_rate_between_them() -> None:
    assert math.isnan(per_second([0, 10, 10], [0, 10, 20])[2])


@given(st.lists(st.tuples(st.floats(0, 1e6) | st.just(NAN), st.floats(1.0, 1e4)), max_size=30))
def test_a_rate_is_never_negative_nor_infinite(steps: list[tuple[float, float]]) -> None:
    at = np.cumsum([seconds for _, seconds in steps])
    found = rates(at, np.array([value for value, _ in steps]))

    assert len(steps) == len(found)
    assert np.all((found >= 0.0) | np.isnan(found))
    assert not np.isinf(found).any()


def test_a_restart_is_no_anomaly_of_the_rate() -> None:
    at = 60.0 * np.arange(240)
    counter = np.cumsum(np.random.default_rng(0).normal(600.0, 30.0, 240))
    counter[120:] -= counter[119]

    assert score_series(at[1:], np.diff(counter)).max() > UNUSUAL
    assert score_series(at, rates(at, counter)).max() < UNUSUAL
