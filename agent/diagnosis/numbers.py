"""The numbers a claim states and the numbers its evidence holds, in one comparable form."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel

from agent.domain.evidence import Evidence
from agent.domain.noun import Json
from agent.domain.results import SeriesResult

# A numeral that is part of a name (`v2`, `node-1`, `10.0.0.3:80`, `2026-11-22`) is not a statement about a quantity.
_NUMERAL = re.compile(
    r"(?<![\w.:/@\-])(?P<value>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?P<unit>\s?(?:%|[a-zA-Z]+|[가-힣]+))?(?![\d:/@]|[.\-]\d)"
)
_ANY_DIGITS = re.compile(r"\d+(?:\.\d+)?")
# What a value in base units is multiplied by to be stated with a unit; a number without one is stated as it is.
_PERCENT, _MINUTES, _HOURS, _DAYS = (1.0, 100.0), (1.0, 1 / 60), (1.0, 1 / 3600), (1.0, 1 / 86_400)
# What a log line says in milliseconds may be told in seconds, and the reverse.
_SECONDS, _MILLISECONDS = (1.0, 1 / 1000), (1.0, 1000.0)
SCALES: dict[str, tuple[float, ...]] = {
    **dict.fromkeys(("%", "percent", "퍼센트", "프로"), _PERCENT),
    **dict.fromkeys(("ms", "millisecond", "milliseconds", "밀리초"), _MILLISECONDS),
    **dict.fromkeys(("s", "sec", "second", "seconds", "초"), _SECONDS),
    **dict.fromkeys(("min", "minute", "minutes", "분"), _MINUTES),
    **dict.fromkeys(("h", "hour", "hours", "시간"), _HOURS),
    **dict.fromkeys(("d", "day", "days", "일"), _DAYS),
    **dict.fromkeys(("k", "K", "천", "thousand"), (1e-3,)),
    "만": (1e-4,),
    **dict.fromkeys(("M", "million", "백만"), (1e-6,)),
    "억": (1e-8,),
    "KB": (1.0, 1e-3),
    "MB": (1.0, 1e-6),
    "GB": (1.0, 1e-9),
    "KiB": (1.0, 1 / 1024),
    "MiB": (1.0, 1 / 1024**2),
    "GiB": (1.0, 1 / 1024**3),
    "TiB": (1.0, 1 / 1024**4),
}
# Printing rounds twice, first to two decimals and then to three telling digits.
TWICE_ROUNDED = 1.15


@dataclass(frozen=True, slots=True)
class Stated:
    """A number as a claim prints it; `slack` is half a unit of its last digit."""

    token: str
    unit: str
    value: float
    slack: float


def stated(claim: str) -> list[Stated]:
    """Return the quantities that a sentence states."""
    found = []
    for match in _NUMERAL.finditer(claim):
        token = match["value"]
        digits = token.replace(",", "")
        decimals = len(digits.partition(".")[2])
        found.append(Stated(token, (match["unit"] or "").strip(), float(digits), 0.5 * 10**-decimals))
    return found


def held(evidence: Evidence) -> Iterator[float]:
    """Yield every number that a piece of evidence contains, wherever it stands."""
    reading = evidence.reading
    for quantity in (reading.value, reading.normal):
        if quantity is not None:
            yield quantity.value
    for text in (reading.summary, reading.query):
        yield from digits(text)
    if isinstance(reading.result, SeriesResult):
        yield from (value for series in reading.result.series for _, value in series.points)
        if reading.result.threshold is not None:
            yield reading.result.threshold
    elif reading.result is not None:
        yield from _walk(reading.result)


def _walk(node: BaseModel | Json | object) -> Iterator[float]:
    if isinstance(node, BaseModel):
        yield from _walk(node.model_dump(mode="json"))
    elif isinstance(node, dict):
        for value in node.values():
            yield from _walk(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from _walk(value)
    elif isinstance(node, bool) or node is None:
        return
    elif isinstance(node, int | float):
        yield float(node)
    elif isinstance(node, str):
        yield from digits(node)


def digits(text: str) -> Iterator[float]:
    """Yield every run of digits of a text as a number."""
    for match in _ANY_DIGITS.finditer(text.replace(",", "")):
        yield float(match.group())


def supported(number: Stated, known: set[float]) -> bool:
    """Say whether a stated number is a known one, rounded as printed and perhaps in another unit."""
    scales = scales_of(number.unit)
    slack = number.slack * TWICE_ROUNDED + 1e-9 * abs(number.value)
    return any(abs(number.value - value * scale) <= slack for value in known for scale in scales)


def scales_of(unit: str) -> tuple[float, ...]:
    """Return what a value may have been multiplied by; a Korean unit may carry a particle, as in `초에서`."""
    if unit in SCALES or not unit or not "가" <= unit[0] <= "힣":
        return SCALES.get(unit, (1.0,))
    known = [name for name in SCALES if unit.startswith(name)]
    return SCALES[max(known, key=len)] if known else (1.0,)
