"""Numbers with units in words, as summaries, tables and chart axes show them."""

import math

from agent.domain.results import Quantity

_BINARY = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_PLAIN = {
    "count": "",
    "score": "",
    "1/s": " req/s",
    "events/s": " /s",
    "cores": " cores",
    "days": " days",
    "USD": " USD",
    "USD/h": " USD/h",
    "1/h": " /h",
}


def number(value: float) -> str:
    """Return a number with three significant digits and thousands separators, never in e-notation."""
    if not math.isfinite(value):
        return "unknown"
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 100:
        return f"{value:,.0f}"
    digits = max(0, 2 - math.floor(math.log10(size)))
    text = f"{value:.{min(digits, 6)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _seconds(value: float) -> str:
    size = abs(value)
    if size >= 120:
        return f"{number(value / 60)} min"
    if size >= 1:
        return f"{number(value)} s"
    return f"{number(value * 1000)} ms"


def _bytes(value: float) -> str:
    size, step = value, 0
    while abs(size) >= 1024 and step < len(_BINARY) - 1:
        size /= 1024
        step += 1
    return f"{number(size)} {_BINARY[step]}"


def words(value: float, unit: str) -> str:
    """Return a value with its unit, such as `48 %`, `320 ms` or `1.5 GiB`."""
    if not math.isfinite(value):
        return "unknown"
    if unit == "ratio":
        return f"{number(value * 100)} %"
    if unit == "seconds":
        return _seconds(value)
    if unit == "bytes":
        return _bytes(value)
    if unit == "bytes/s":
        return f"{_bytes(value)}/s"
    return f"{number(value)}{_PLAIN.get(unit, f' {unit}')}"


def quantity_words(quantity: Quantity | None) -> str:
    """Return a quantity in words, `no value` when there is none."""
    return words(quantity.value, quantity.unit) if quantity else "no value"
