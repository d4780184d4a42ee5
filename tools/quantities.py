"""Numbers with units in words, as summaries, tables and chart axes show them."""

import math

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
    return _trimmed(value, min(digits, 6))


def _trimmed(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


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
        # Near 100 % the interesting digits are the last ones.
        return f"{_trimmed(value * 100, 3)} %" if 0.99 < value < 1 else f"{number(value * 100)} %"
    if unit == "seconds":
        return _seconds(value)
    if unit == "bytes":
        return _bytes(value)
    if unit == "bytes/s":
        return f"{_bytes(value)}/s"
    return f"{number(value)}{_PLAIN.get(unit, f' {unit}')}"


_SUFFIXES = {
    "n": 1e-9,
    "u": 1e-6,
    "m": 1e-3,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "T": 1e12,
    "P": 1e15,
    "Ki": 2.0**10,
    "Mi": 2.0**20,
    "Gi": 2.0**30,
    "Ti": 2.0**40,
    "Pi": 2.0**50,
}


def parsed_quantity(text: object) -> float:
    """Return the number that a Kubernetes quantity such as `250m` or `128Mi` stands for; 0 when it is none."""
    written = str(text).strip()
    suffix = next((s for s in ("Ki", "Mi", "Gi", "Ti", "Pi", *_SUFFIXES) if written.endswith(s)), "")
    try:
        value = float(written.removesuffix(suffix)) * _SUFFIXES.get(suffix, 1.0)
    except ValueError:
        return 0.0
    return value if math.isfinite(value) else 0.0
