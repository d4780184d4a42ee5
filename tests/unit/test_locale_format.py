"""Numbers, durations and quantities read as people expect, whatever the value."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.results import Quantity
from agent.locale.format import bytes_size, duration, number, percent, quantity, seconds


@pytest.mark.parametrize(
    ("span", "english", "korean"),
    [
        (0, "0 s", "0초"),
        (21, "21 s", "21초"),
        (124, "2 min 4 s", "2분 4초"),
        (180, "3 min", "3분"),
        (3600, "1 h", "1시간"),
        (3605, "1 h", "1시간"),
        (11_100, "3 h 5 min", "3시간 5분"),
        (187_200, "2 d 4 h", "2일 4시간"),
        (timedelta(minutes=4), "4 min", "4분"),
        (-5, "0 s", "0초"),
        (float("nan"), "–", "–"),
    ],
)
def test_durations(span: float | timedelta, english: str, korean: str) -> None:
    assert english == duration("en", span)
    assert korean == duration("ko", span)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, "0"), (1234567, "1,234,567"), (41.26, "41.3"), (2.5, "2.5"), (0.185, "0.185"), (1e-7, "1e-07")],
)
def test_numbers(value: float, expected: str) -> None:
    assert expected == number(value)


@pytest.mark.parametrize(
    ("ratio", "expected"), [(0.042, "4.2%"), (1, "100%"), (0.9995, "99.95%"), (0, "0%"), (float("inf"), "–")]
)
def test_percents(ratio: float, expected: str) -> None:
    assert expected == percent(ratio)


@pytest.mark.parametrize(
    ("value", "unit", "english", "korean"),
    [
        (0.034, "ratio", "3.4%", "3.4%"),
        (0.185, "seconds", "185 ms", "185 ms"),
        (2.4, "seconds", "2.4 s", "2.4초"),
        (75, "seconds", "1 min 15 s", "1분 15초"),
        (536870912, "bytes", "512 MiB", "512 MiB"),
        (41.2, "1/s", "41.2/s", "41.2/s"),
        (0.25, "cores", "0.25 cores", "0.25코어"),
        (12, "days", "12 d", "12일"),
        (9.5, "USD", "$9.5", "$9.5"),
        (2048, "bytes/s", "2 KiB/s", "2 KiB/s"),
        (7, "count", "7", "7"),
        (7, "pages", "7 pages", "7 pages"),
    ],
)
def test_quantities(value: float, unit: str, english: str, korean: str) -> None:
    assert english == quantity("en", Quantity(value=value, unit=unit))
    assert korean == quantity("ko", Quantity(value=value, unit=unit))


@given(st.floats())
def test_no_float_breaks_a_format(value: float) -> None:
    rendered = [number(value), percent(value), seconds("en", value), bytes_size(value), duration("ko", value)]

    assert all(0 < len(words) < 40 for words in rendered)
