"""The anomaly score: what it finds, what it leaves alone, and what it must never depend on."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.analysis.anomaly.batch import score_many, score_series
from agent.analysis.anomaly.memory import Floats
from agent.analysis.anomaly.online import OnlineScorer
from agent.analysis.anomaly.tuning import CEILING, NOVEL, UNUSUAL

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
Points = list[float]

measured = st.floats(-1e9, 1e9, allow_nan=False)
any_float = st.floats(allow_nan=True, allow_infinity=True)


def every(seconds: float, count: int) -> Floats:
    return 1_767_225_600.0 + seconds * np.arange(count)


def noise(count: int, seed: int = 0) -> Floats:
    return 100.0 + np.random.default_rng(seed).normal(0.0, 2.0, count)


def days(count: int, seed: int = 0) -> tuple[Floats, Floats]:
    """Hourly points with a high noon and a low midnight."""
    at = every(HOUR, 24 * count)
    return at, noise(24 * count, seed) - 50.0 * np.cos(2 * np.pi * at / DAY)


def scored(values: Points) -> Points:
    return score_series(every(MINUTE, len(values)), np.array(values)).tolist()


@given(st.lists(measured, max_size=50), st.lists(any_float, min_size=1, max_size=10))
@settings(max_examples=20, deadline=None)
def test_what_comes_later_never_changes_a_score(past: Points, future: Points) -> None:
    assert scored(past) == scored(past + future)[: len(past)]


@given(st.lists(any_float, max_size=60))
@settings(max_examples=20, deadline=None)
def test_every_point_of_anything_has_a_finite_score(values: Points) -> None:
    scores = score_series(every(MINUTE, len(values)), np.array(values, dtype=np.float64))

    assert scores.shape == (len(values),)
    assert np.all(np.isfinite(scores))
    assert np.all(scores >= 0.0)


@given(st.lists(measured, min_size=30, max_size=60), st.sets(st.integers(0, 59), max_size=20))
@settings(max_examples=20, deadline=None)
def test_points_that_were_not_measured_score_nothing_and_change_nothing(
    values: Points, holes: set[int]
) -> None:
    at = every(MINUTE, len(values))
    whole = score_series(at, np.array(values))
    times, gappy = list(at), list(values)
    for hole in sorted(holes):
        times.insert(min(hole, len(times)), at[0])
        gappy.insert(min(hole, len(gappy)), float("nan"))

    scores = score_series(np.array(times), np.array(gappy))

    assert not scores[np.isnan(gappy)].any()
    assert whole.tolist() == scores[np.isfinite(gappy)].tolist()


@given(st.lists(measured, min_size=30, max_size=60), st.sampled_from([0.25, 2.0, 1024.0]))
@settings(max_examples=20, deadline=None)
def test_the_unit_does_not_matter(values: Points, factor: float) -> None:
    assert scored(values) == scored([factor * value for value in values])


@pytest.mark.parametrize("shift", [-1000.0, 5.0, 40_000.0])
def test_the_zero_point_does_not_matter(shift: float) -> None:
    at, values = days(9)
    values[200] += 300.0

    assert score_series(at, values) == pytest.approx(score_series(at, values + shift), abs=1e-3)


def test_upside_down_is_as_surprising() -> None:
    at, values = days(9)
    values[200] += 300.0

    assert score_series(at, values).tolist() == score_series(at, -values).tolist()


@given(st.lists(st.lists(any_float, min_size=25, max_size=25), min_size=2, max_size=4))
@settings(max_examples=25, deadline=None)
def test_series_side_by_side_do_not_touch_each_other(table: list[Points]) -> None:
    values, at = np.array(table), every(MINUTE, 25)

    together = score_many(values, at)

    assert [score_series(at, row).tolist() for row in values] == together.tolist()


def test_point_by_point_is_the_same_as_all_at_once() -> None:
    at = every(HOUR, 24 * 9)
    values = np.stack([days(9, seed)[1] for seed in range(3)])
    values[1, 200] += 300.0
    values[2, 50:60] = np.nan
    scorer = OnlineScorer(3)

    one_by_one = [scorer.update(now, values[:, point]).tolist() for point, now in enumerate(at)]

    assert score_many(values, at).T.tolist() == one_by_one


def test_a_spike_in_calm_noise_is_unusual_at_once_and_alone() -> None:
    values = noise(240)
    values[150] += 80.0

    scores = score_series(every(MINUTE, 240), values)

    assert scores[150] > UNUSUAL
    assert np.delete(scores, 150).max() < UNUSUAL


def test_the_same_spike_in_wild_noise_is_usual() -> None:
    values = 100.0 + 20.0 * (noise(240) - 100.0)
    values[150] = 180.0

    assert score_series(every(MINUTE, 240), values)[150] < UNUSUAL


def test_four_widths_are_half_of_the_shock_scale() -> None:
    # A width is the mean absolute residual: 1 here, and the floor adds a twentieth of the usual step.
    values = np.where(np.arange(601) % 2 == 0, 101.0, 99.0)
    values[600] = 100.0 + 4.0 * 1.1

    assert score_series(every(MINUTE, 601), values)[600] == pytest.approx(CEILING / 2, abs=0.02)


@pytest.mark.parametrize("zone", [0.0, 0.5 * HOUR, 5.75 * HOUR])
def test_the_rise_of_every_morning_is_no_news_but_the_morning_without_it_is(zone: float) -> None:
    at = every(HOUR, 24 * 12)
    busy = (at % DAY >= 8 * HOUR) & (at % DAY < 20 * HOUR)
    values = noise(len(at)) + np.where(busy, 200.0, 0.0)
    last = 24 * 11
    values[last:] = noise(24)

    scores = score_series(at + zone, values)

    assert scores[24 * 4 : last].max() < UNUSUAL
    assert scores[last:][busy[last:]][0] > UNUSUAL


def test_something_never_seen_in_two_days_is_novel_and_again_only_when_it_is_worse() -> None:
    at, values = days(20)
    values[300] += 400.0
    values[306] += 400.0
    values[312] += 9000.0

    scores = score_series(at, values)

    assert scores[300] > NOVEL
    assert scores[306] < NOVEL
    assert scores[312] > NOVEL
    assert np.flatnonzero(scores > NOVEL).tolist() == [300, 312]


def test_nothing_is_novel_before_two_days_were_seen() -> None:
    values = noise(600)
    values[500] += 500.0

    scores = score_series(every(MINUTE, 600), values)

    assert UNUSUAL < scores[500] < CEILING


@pytest.mark.parametrize("value", [0.0, 7.0, -1e12, 1e-12])
def test_a_constant_is_never_surprising(value: float) -> None:
    assert not score_series(every(HOUR, 200), np.full(200, value)).any()


def test_a_constant_that_moves_is_surprising_and_its_rounding_is_not() -> None:
    values = np.full(100, 0.1 + 0.2)
    values[50] = 0.3
    values[80] = 0.4

    scores = score_series(every(MINUTE, 100), values)

    assert scores[50] < UNUSUAL < scores[80]


def test_a_rare_event_is_surprising_and_the_silence_around_it_is_not() -> None:
    values = np.zeros(300)
    values[[100, 200]] = 5.0

    scores = score_series(every(MINUTE, 300), values)

    assert scores[100] > UNUSUAL
    assert np.delete(scores, [100, 200]).max() < UNUSUAL


def test_a_new_level_is_reported_when_it_begins_and_then_becomes_usual() -> None:
    values = noise(400)
    values[200:] += 100.0

    scores = score_series(every(MINUTE, 400), values)

    assert scores[200] > UNUSUAL
    assert scores[350:].max() < UNUSUAL


def shuffled(at: Floats) -> Floats:
    return at + np.random.default_rng(3).uniform(-20.0, 20.0, len(at))


def with_a_long_gap(at: Floats) -> Floats:
    return np.where(np.arange(len(at)) > 120, at + 6 * HOUR, at)


@pytest.mark.parametrize("when", [shuffled, with_a_long_gap])
def test_uneven_times_are_not_an_anomaly_by_themselves(when: Callable[[Floats], Floats]) -> None:
    values = noise(240)
    values[200] += 80.0

    scores = score_series(when(every(MINUTE, 240)), values)

    assert np.flatnonzero(scores > UNUSUAL).tolist() == [200]


def test_a_series_that_begins_later_is_scored_like_one_of_its_own() -> None:
    at = every(MINUTE, 160)
    late = np.concatenate([np.full(60, np.nan), noise(100)])
    late[140] += 80.0

    together = score_many(np.stack([noise(160, 1), late]), at)

    assert score_series(at[60:], late[60:]).tolist() == together[1, 60:].tolist()
    assert together[1, 140] > UNUSUAL
