"""When a level reaches its limit: right on straight lines, within the interval under noise, and silent without a trend."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.analysis.forecast import DAY, HOUR, Crossing, Why, crossing, trend_of

START = 1_790_000_000.0


def hourly(
    days: float, per_day: float, *, level: float = 0.5, noise: float = 0.0, seed: int = 0
) -> list[tuple[float, float]]:
    """Return a level that changes evenly, with a daily swing and noise that lasts for hours, as real ones have."""
    chance, drift = random.Random(seed), 0.0
    found = []
    for hour in range(int(days * 24) + 1):
        drift = 0.8 * drift + chance.gauss(0, noise)
        swing = 2 * noise * math.sin(hour / 24 * 2 * math.pi)
        found.append((START + hour * HOUR, level + per_day * hour / 24 + drift + swing))
    return found


def test_a_straight_line_is_extended_exactly() -> None:
    found = crossing(hourly(20, 0.01), 0.9)

    assert found.trend is not None
    assert found.days == pytest.approx(20, abs=0.01)
    assert found.earliest == pytest.approx(20, abs=0.01)
    assert found.latest == pytest.approx(20, abs=0.01)
    assert found.trend.days == pytest.approx(20)
    assert DAY == found.trend.bucket_seconds
    assert 0.01 == pytest.approx(found.trend.per_day)


def test_the_truth_lies_in_the_interval_and_no_trend_is_seen_where_there_is_none() -> None:
    truths = [crossing(hourly(10, 0.01, noise=0.01, seed=seed), 0.9) for seed in range(40)]
    flat = [crossing(hourly(10, 0.0, noise=0.01, seed=seed), 0.9) for seed in range(40)]
    inside = [one for one in truths if one.days and (one.earliest or 0) <= 30 <= (one.latest or 0)]

    assert 40 == sum(1 for one in truths if one.days is not None)
    assert 36 <= len(inside)
    assert sum(1 for one in flat if one.days is not None) <= 2
    assert Why.TREND in {one.why for one in flat}


def test_single_spikes_and_holes_turn_nothing() -> None:
    clean = hourly(20, 0.01)
    dirty = [(at, 5.0 if number % 97 == 0 else value) for number, (at, value) in enumerate(clean)]
    holed = dirty[:100] + dirty[160:]

    assert crossing(holed, 0.9).days == pytest.approx(crossing(clean, 0.9).days, abs=0.5)


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (crossing([], 0.9), Why.HISTORY),
        (crossing(hourly(1, 0.2), 0.9), Why.HISTORY),
        (crossing(hourly(20, 0.0), 0.9), Why.TREND),
        (crossing(hourly(20, -0.01), 0.9), Why.AWAY),
        (crossing(hourly(20, 0.0005), 0.9), Why.FAR),
        (crossing(hourly(20, 0.01, level=0.8), 0.9), Why.CROSSED),
        (crossing([(START, 0.95)], 0.9), Why.HISTORY),
        (crossing(hourly(1, 0.0, level=0.95), 0.9), Why.CROSSED),
        (crossing([(START, 0.1), (START + 90 * DAY, 0.2)], 0.9), Why.HISTORY),
        (crossing(hourly(20, 0.01), math.inf), Why.FAR),
    ],
)
def test_without_a_date_it_says_why(found: Crossing, why: Why) -> None:
    assert (None, why) == (found.days, found.why)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 1e10), st.floats(allow_nan=True, allow_infinity=True)), max_size=60),
    st.floats(0, 1e6),
)
def test_whatever_comes_in_the_order_of_the_interval_holds(
    points: list[tuple[float, float]], limit: float
) -> None:
    found = crossing(points, limit)

    assert (found.days is None) == (found.why is not None)
    if found.days is not None:
        assert found.latest is not None
        assert 0 <= (found.earliest or 0) <= found.days <= found.latest
    trend = trend_of(points)
    if trend is not None:
        assert trend.per_day_low <= trend.per_day <= trend.per_day_high
