"""The onset of a series is the start of its largest lasting excursion, whatever the noise."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.analysis.onset import find_onset

STEP = 15.0


def line(*stretches: tuple[int, float]) -> list[tuple[float, float]]:
    values = [value for count, value in stretches for _ in range(count)]
    return [(i * STEP, v * (1 + 0.03 * (-1) ** i)) for i, v in enumerate(values)]


def test_a_step_is_found_where_it_begins() -> None:
    onset = find_onset(line((40, 0.1), (20, 2.0)), floor=0.05)

    assert onset is not None
    assert onset.at == 40 * STEP
    assert onset.lasts


def test_a_single_spike_is_no_onset() -> None:
    assert find_onset(line((30, 0.1), (1, 5.0), (30, 0.1)), floor=0.05) is None


def test_a_recovered_excursion_does_not_last() -> None:
    onset = find_onset(line((30, 0.1), (10, 2.0), (20, 0.1)), floor=0.05)

    assert onset is not None
    assert onset.at == 30 * STEP
    assert not onset.lasts


def test_the_largest_excursion_wins_over_an_earlier_small_one() -> None:
    onset = find_onset(line((30, 0.1), (3, 0.3), (10, 0.1), (15, 2.0)), floor=0.05)

    assert onset is not None
    assert onset.at == 43 * STEP


def test_a_dip_of_two_points_does_not_split_an_excursion() -> None:
    onset = find_onset(line((30, 0.1), (5, 2.0), (2, 0.1), (10, 2.0)), floor=0.05)

    assert onset is not None
    assert onset.at == 30 * STEP


def test_a_fall_is_found_downwards_only() -> None:
    fall = line((30, 0.9), (20, 0.1))

    assert find_onset(fall, direction="up", floor=0.1) is None
    found = find_onset(fall, direction="down", floor=0.1)
    assert found is not None
    assert found.at == 30 * STEP


def test_a_window_that_opens_in_trouble_is_measured_against_the_known_normal() -> None:
    always_bad = line((40, 2.0))

    assert find_onset(always_bad, floor=0.05) is None
    found = find_onset(always_bad, floor=0.05, normal=0.1)
    assert found is not None
    assert found.at == 0.0


def test_small_changes_below_the_floor_do_not_matter() -> None:
    assert find_onset(line((30, 0.001), (20, 0.004)), floor=0.01) is None


@pytest.mark.parametrize("points", [[], [(0.0, 1.0)], [(float(i), 1.0) for i in range(5)]])
def test_too_few_points_say_nothing(points: list[tuple[float, float]]) -> None:
    assert find_onset(points, floor=0.1) is None


@given(
    st.lists(st.tuples(st.floats(allow_nan=True), st.floats(allow_nan=True)), max_size=80),
    st.sampled_from(["up", "down"]),
    st.floats(min_value=0, max_value=10),
)
def test_any_series_gives_an_instant_of_its_own_or_nothing(
    points: list[tuple[float, float]], direction: str, floor: float
) -> None:
    found = find_onset(points, direction="up" if direction == "up" else "down", floor=floor)

    assert found is None or (math.isfinite(found.at) and found.at in {t for t, _ in points})


@given(
    st.integers(min_value=12, max_value=60),
    st.integers(min_value=3, max_value=30),
    st.floats(min_value=0.05, max_value=1.0),
    st.floats(min_value=3.0, max_value=50.0),
)
def test_a_clear_step_is_always_found_at_its_first_point(
    calm: int, bad: int, normal: float, factor: float
) -> None:
    if bad * 2 > calm:
        calm = bad * 2 + 1
    onset = find_onset(line((calm, normal), (bad, normal * factor)), floor=0.01)

    assert onset is not None
    assert calm * STEP == onset.at


def test_the_excursion_that_reaches_the_end_wins_over_a_larger_one_that_is_over() -> None:
    onset = find_onset(line((40, 0.1), (15, 9.0), (10, 0.1), (8, 1.0)), floor=0.05)

    assert onset is not None
    assert onset.at == 65 * STEP
    assert onset.lasts
