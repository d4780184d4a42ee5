"""Resource quantities: reading them, comparing them, writing them canonically."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

_QUANTITY = re.compile(r"^([+-]?(?:\d+\.?\d*|\.\d+))(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][+-]?\d+)?$")
_BINARY = {
    suffix: Fraction(1024) ** power for power, suffix in enumerate(["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"], 1)
}
_DECIMAL = {"n": -3, "u": -2, "m": -1, "": 0, "k": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6}


def parse_quantity(value: Any) -> Fraction:
    """Read a quantity as a number; raise ValueError when it is not one."""
    found = _QUANTITY.match(str(value).strip())
    if found is None:
        raise ValueError(f"not a quantity: {value!r}")
    number, suffix = Fraction(found.group(1)), found.group(2) or ""
    if suffix in _BINARY:
        return number * _BINARY[suffix]
    if suffix in _DECIMAL:
        return number * Fraction(1000) ** _DECIMAL[suffix]
    return number * Fraction(10) ** int(suffix[1:])


def canonical_quantity(value: Any) -> str:
    """Write a quantity with the largest suffix that leaves an integer; keep what is not one."""
    try:
        number = parse_quantity(value)
    except ValueError:
        return str(value)
    if number == 0:
        return "0"
    if str(value).strip().endswith("i") and number.denominator == 1 and abs(number) >= 1024:
        return _largest(number, list(_BINARY.items()))
    scales = [(suffix, Fraction(1000) ** power) for suffix, power in _DECIMAL.items()]
    return _largest(number, scales)


def format_decimal(number: Fraction) -> str:
    """Write a number as a decimal quantity."""
    return (
        canonical_quantity(float(number)) if number.denominator != 1 else canonical_quantity(number.numerator)
    )


def _largest(number: Fraction, scales: list[tuple[str, Fraction]]) -> str:
    for suffix, size in sorted(scales, key=lambda scale: -scale[1]):
        scaled = number / size
        if scaled.denominator == 1:
            return f"{scaled.numerator}{suffix}"
    return str(number.numerator) if number.denominator == 1 else str(float(number))
