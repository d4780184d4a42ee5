"""Numbers with units read well, and Kubernetes quantities are understood."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.quantities import number, parsed_quantity, words


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (0.48, "ratio", "48 %"),
        (0.002, "ratio", "0.2 %"),
        (0.99934, "ratio", "99.934 %"),
        (1.0, "ratio", "100 %"),
        (0.1234, "seconds", "123 ms"),
        (2.5, "seconds", "2.5 s"),
        (600, "seconds", "10 min"),
        (1536, "bytes", "1.5 KiB"),
        (3 * 2.0**30, "bytes/s", "3 GiB/s"),
        (12.345, "1/s", "12.3 req/s"),
        (0, "count", "0"),
        (1234567, "count", "1,234,567"),
        (-3.2, "days", "-3.2 days"),
        (float("nan"), "ratio", "unknown"),
        (float("inf"), "count", "unknown"),
        (7, "widgets", "7 widgets"),
    ],
)
def test_values_in_words(value: float, unit: str, expected: str) -> None:
    assert expected == words(value, unit)


@given(st.floats(min_value=-1e15, max_value=1e15))
def test_numbers_never_come_in_e_notation_and_stay_close(value: float) -> None:
    text = number(value)

    assert "e" not in text
    assert abs(float(text.replace(",", "")) - value) <= max(abs(value) * 0.006, 5e-7)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("250m", 0.25),
        ("2", 2.0),
        ("128Mi", 128 * 2.0**20),
        ("1500000n", 0.0015),
        ("1G", 1e9),
        ("", 0.0),
        (None, 0.0),
    ],
)
def test_kubernetes_quantities(text: object, expected: float) -> None:
    assert expected == pytest.approx(parsed_quantity(text))


@given(st.text(max_size=10))
def test_any_text_is_a_number_or_nothing(text: str) -> None:
    assert isinstance(parsed_quantity(text), float)
