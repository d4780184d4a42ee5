"""Now beside normal, and steady climbs, measured so that single spikes do not matter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.analysis.series import rising, shift, spread

floats = st.floats(min_value=-1e6, max_value=1e6)


def test_spread_ignores_an_outlier() -> None:
    calm, spiked = spread([1, 2, 3, 2, 1, 2, 3]), spread([1, 2, 3, 2, 1, 2, 900])

    assert calm.middle == spiked.middle


def test_spread_needs_values() -> None:
    with pytest.raises(ValueError, match="no values"):
        spread([])


def test_shift_says_how_far_and_how_many_times() -> None:
    far = shift(0.9, [0.1] * 20, floor=0.01)

    assert pytest.approx(9.0) == far.factor
    assert far.sigmas > 50


def test_shift_from_zero_has_no_factor() -> None:
    assert shift(5.0, [0.0, 0.0, 0.0]).factor is None


def test_a_climb_survives_a_spike() -> None:
    climb = [(60.0 * i, 0.01 * i) for i in range(60)]
    climb[30] = (1800.0, 40.0)

    assert rising(climb)


def test_a_flat_line_does_not_rise() -> None:
    assert not rising([(float(i), 1.0) for i in range(60)])
    assert not rising([])


@given(st.lists(floats, min_size=1, max_size=50))
def test_width_is_never_negative_and_the_middle_lies_within(values: list[float]) -> None:
    found = spread(values)

    assert found.width >= 0
    assert min(values) <= found.middle <= max(values)


@given(st.lists(st.tuples(floats, floats), max_size=100))
def test_what_rises_does_not_rise_upside_down(points: list[tuple[float, float]]) -> None:
    assert not (rising(points) and rising([(t, -v) for t, v in points]))
