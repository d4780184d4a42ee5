"""The statistics behind the ranking: shares, crowds and tails."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.analysis.ranking.surprise import (
    crowd_surprise,
    own_tail_surprise,
    robust_spread,
    share_surprise,
    tail_surprise,
)


def test_a_pattern_never_seen_surprises_more_the_more_often_it_comes() -> None:
    weights = [share_surprise(hits, 10, 0, 20) for hits in range(11)]
    assert weights == sorted(weights)
    assert 0.0 == weights[0]
    assert weights[10] > 10


def test_an_unchanged_share_is_no_surprise() -> None:
    assert 0.0 == share_surprise(5, 10, 50, 100)
    assert 0.0 == share_surprise(4, 10, 50, 100)


def test_no_number_of_earlier_trials_makes_a_drift_a_sensation() -> None:
    assert share_surprise(20, 100, 10**5, 10**6) == pytest.approx(
        share_surprise(20, 100, 100, 1000), rel=0.01
    )


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_a_share_s_surprise_is_a_finite_number_from_nought(a: int, b: int, c: int, d: int) -> None:
    weight = share_surprise(min(a, b), b, min(c, d), d)
    assert 0 <= weight < math.inf


def test_one_straggler_is_worth_no_more_than_a_straggler() -> None:
    assert crowd_surprise(np.array([6.0] + [0.0] * 19)) < 6.0
    assert crowd_surprise(np.array([6.0] * 5)) > 20


def test_many_that_moved_a_little_are_a_crowd() -> None:
    # Ten of ten values that one in three exceeds: a chance of one in 3^10.
    assert crowd_surprise(np.full(10, math.log(3))) == pytest.approx(10 * math.log(3) - math.log(10))


def test_a_crowd_far_beyond_the_smallest_number_is_still_weighed() -> None:
    assert crowd_surprise(np.full(30, 500.0)) == pytest.approx(30 * 500.0 - math.log(30))


@given(st.lists(st.floats(0, 1000), max_size=40))
def test_a_crowd_s_surprise_does_not_depend_on_order(values: list[float]) -> None:
    assert crowd_surprise(np.array(values)) == pytest.approx(crowd_surprise(np.array(values[::-1])))


def test_beyond_all_known_values_twice_as_far_is_worth_the_log_of_two() -> None:
    known = np.arange(1.0, 101.0)
    assert math.log(101) == pytest.approx(tail_surprise(100.5, known), abs=0.01)
    assert tail_surprise(400.0, known) - tail_surprise(200.0, known) == pytest.approx(math.log(2))
    assert 0.0 == tail_surprise(-5.0, known)


def test_few_own_values_leave_the_say_to_those_like_it() -> None:
    like = np.sort(np.random.default_rng(3).standard_normal(1000))
    alone = own_tail_surprise(8.0, np.array([0.1]), like)
    backed = own_tail_surprise(8.0, np.linspace(-2, 2, 1000), like)
    seen = own_tail_surprise(8.0, np.array([0.1, 9.0]), like)
    assert seen < alone < backed


def test_a_flat_sample_has_the_least_spread_widened_for_its_size() -> None:
    assert 0.2 == pytest.approx(robust_spread(np.array([3.0]), 0.1))
    assert 0.1 == pytest.approx(robust_spread(np.full(10**4, 3.0), 0.1), rel=0.02)
