"""How durations, numbers and quantities with units read in each language."""

import math
from datetime import timedelta

from agent.domain.results import Quantity
from agent.locale.messages import text

NOTHING = "–"
_STEPS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_LONGEST = 10_000 * 365 * 86_400.0
_BYTES = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def duration(language: str, span: float | timedelta) -> str:
    """Return a span in its two largest units, such as `2 min 4 s`; spans are seconds or timedeltas."""
    total = span.total_seconds() if isinstance(span, timedelta) else float(span)
    if not math.isfinite(total) or total > _LONGEST:
        return NOTHING
    left = round(max(total, 0.0))
    parts: list[str] = []
    for unit, size in _STEPS:
        count, left = divmod(left, size)
        if count:
            parts.append(text(language, f"unit-{unit}", count=str(count)))
        if len(parts) == 2 or (parts and not count):
            break
    return " ".join(parts) or text(language, "unit-second", count="0")


def number(value: float) -> str:
    """Return a number with about three telling digits and grouped thousands."""
    if not math.isfinite(value):
        return NOTHING
    size = abs(value)
    if size >= 1e15:
        return f"{value:.3g}"
    if size >= 100 or value == int(value):
        return f"{value:,.0f}"
    if size >= 0.001:
        digits = 1 if size >= 10 else 2 if size >= 1 else 3
        return f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return f"{value:.2g}"


def percent(ratio: float) -> str:
    """Return a ratio (0 to 1) as per cent, such as `4.2%`."""
    if not math.isfinite(ratio):
        return NOTHING
    value = ratio * 100
    if 99 < value < 100:
        return f"{value:.3f}".rstrip("0").rstrip(".") + "%"
    return number(round(value, 2)) + "%"


def seconds(language: str, value: float) -> str:
    """Return a latency: milliseconds below a second, `2.4 s` below a minute, else a duration."""
    if not math.isfinite(value):
        return NOTHING
    if abs(value) < 1:
        return f"{number(round(value * 1000, 1))} ms"
    return (
        text(language, "unit-second", count=number(value)) if abs(value) < 60 else duration(language, value)
    )


def bytes_size(value: float) -> str:
    """Return bytes in binary units, such as `512 MiB`."""
    if not math.isfinite(value):
        return NOTHING
    size, unit = float(value), 0
    while abs(size) >= 1024 and unit < len(_BYTES) - 1:
        size, unit = size / 1024, unit + 1
    return f"{number(round(size, 2))} {_BYTES[unit]}"


def quantity(language: str, measured: Quantity) -> str:
    """Return a number in the words of its unit."""
    value = measured.value
    match measured.unit:
        case "ratio":
            return percent(value)
        case "seconds" | "s":
            return seconds(language, value)
        case "bytes" | "By":
            return bytes_size(value)
        case "USD":
            return f"${number(value)}"
        case "1/s":
            return f"{number(value)}/s"
        case "bytes/s":
            return f"{bytes_size(value)}/s"
        case "cores":
            return text(language, "unit-cores", count=number(value))
        case "days":
            return text(language, "unit-day", count=number(value))
        case "count" | "":
            return number(value)
        case other:
            return f"{number(value)} {other}"
