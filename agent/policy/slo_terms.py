"""The short notations of objectives: durations, windows, shares, credits, and the placeholders of a query."""

import math
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from agent.analysis.slo import allowance
from agent.domain.slo import CalendarWindow, PeriodUnit, RollingWindow, ServiceCredit
from agent.policy.documents import Misplaced
from agent.policy.slo_documents import Objective, TimeWindow

_DURATION = re.compile(r"([1-9]\d{0,3})([mhdwMQY])")
_SECONDS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_CALENDAR = {
    "1d": PeriodUnit.DAY,
    "1w": PeriodUnit.WEEK,
    "1M": PeriodUnit.MONTH,
    "1Q": PeriodUnit.QUARTER,
    "1Y": PeriodUnit.YEAR,
}
_LONGEST = 400 * 86_400
# Zones differ by whole quarters of an hour, so that these slices begin with every zone's day.
_SLICES = (60, 180, 300, 900)
_NUMBER = r"\d{1,3}(?:\.\d{1,6})?"
_CREDIT = re.compile(
    rf"(?:<\s*(?P<under>{_NUMBER})|(?P<low>{_NUMBER})\s*%?\s*[-\u2013]\s*(?P<high>{_NUMBER}))\s*%?\s*:\s*(?P<credit>{_NUMBER})\s*%"
)
WINDOW, SERVICE = "<window>", "<service>"
PLACEHOLDER = re.compile(r"<[a-z_]+>")
_CLOSERS = {"(": ")", "[": "]", "{": "}"}


def seconds_of_shorthand(text: str) -> int:
    """Return the seconds of an OpenSLO duration of fixed length; raises ValueError that says how to write one."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError("write a whole number above 0 and a unit: m, h, d or w, such as 5m or 30d")
    if match[2] not in _SECONDS:
        raise ValueError("months, quarters and years differ in length: write days, such as 30d")
    return int(match[1]) * _SECONDS[match[2]]


def window_of(given: TimeWindow) -> RollingWindow | CalendarWindow:
    """Return the window that a document means; raises Misplaced."""
    if given.isRolling:
        if given.calendar is not None:
            raise Misplaced(
                (("calendar",), "a rolling window has no calendar: leave it out, or isRolling: false")
            )
        return RollingWindow(length=timedelta(seconds=_rolling(given.duration)))
    unit = _CALENDAR.get(given.duration)
    if unit is None:
        raise Misplaced(
            (
                ("duration",),
                f"a calendar window is one of {', '.join(_CALENDAR)}; for others write isRolling: true",
            )
        )
    if given.calendar is None:
        raise Misplaced(
            ((), "a calendar window needs calendar: {startTime: 2026-01-01 00:00:00, timeZone: Asia/Seoul}")
        )
    zone = _zone(given.calendar.timeZone)
    _begins(given.calendar.startTime, unit)
    return CalendarWindow(unit=unit, zone=zone)


def _rolling(duration: str) -> int:
    try:
        seconds = seconds_of_shorthand(duration)
    except ValueError as error:
        raise Misplaced((("duration",), str(error))) from error
    if not 3600 <= seconds <= _LONGEST:
        raise Misplaced((("duration",), "a rolling window has between 1h and 400d"))
    return seconds


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise Misplaced(
            (("calendar", "timeZone"), "write an IANA zone such as Europe/Zurich, Asia/Seoul or UTC")
        ) from error
    return name


def _begins(text: str, unit: PeriodUnit) -> None:
    place = ("calendar", "startTime")
    try:
        start = datetime.fromisoformat(text)
    except ValueError as error:
        raise Misplaced((place, "write a date and a time, such as 2026-01-01 00:00:00")) from error
    if start.tzinfo is not None:
        raise Misplaced((place, "write it as the clock on the wall shows it; the zone stands in timeZone"))
    first = {
        PeriodUnit.DAY: True,
        PeriodUnit.WEEK: start.weekday() == 0,
        PeriodUnit.MONTH: start.day == 1,
        PeriodUnit.QUARTER: start.day == 1 and start.month % 3 == 1,
        PeriodUnit.YEAR: (start.month, start.day) == (1, 1),
    }[unit]
    if not first or (start.hour, start.minute, start.second, start.microsecond) != (0, 0, 0, 0):
        raise Misplaced(
            (place, f"a {unit} begins at 00:00:00 of its first day (of a week: Monday): move startTime there")
        )


def target_of(given: Objective) -> float:
    """Return the share that is promised; raises Misplaced unless it lies between 0 and 1, both excluded."""
    if (given.target is None) == (given.targetPercent is None):
        raise Misplaced(((), "write either target, such as 0.999, or targetPercent, such as 99.9"))
    if given.target is not None:
        return _share(given.target, "target", "0.999")
    percent = given.targetPercent or 0.0
    share = float(Fraction(repr(percent)) / 100) if math.isfinite(percent) else percent
    return _share(share, "targetPercent", "99.9")


def _share(value: float, field: str, example: str) -> float:
    # Written so that what is no number at all is refused too.
    if not value < 1:
        raise Misplaced(
            (
                (field,),
                f"a target of 100 % or more leaves no budget, so nothing could ever fail: write one such as {example}",
            )
        )
    if value <= 0 or allowance(value) >= 1:
        raise Misplaced(((field,), f"a target of 0 or less promises nothing: write one such as {example}"))
    return value


def slice_of(given: Objective, *, by_ratio: bool) -> tuple[int, float | None]:
    """Return a slice's length in seconds and the ratio that it must reach; raises Misplaced."""
    text = given.timeSliceWindow
    if text is None:
        raise Misplaced(((), "budgeting by time slices needs timeSliceWindow, such as 5m"))
    # OpenSLO lets a bare number stand for minutes.
    size = int(text) * 60 if isinstance(text, int) else _shorthand(text, "timeSliceWindow")
    if size not in _SLICES:
        raise Misplaced(
            (("timeSliceWindow",), "a slice has 1m, 3m, 5m or 15m, which begin with every zone's day")
        )
    if not by_ratio:
        return size, None
    if given.timeSliceTarget is None:
        raise Misplaced(
            ((), "Timeslices of a ratio need timeSliceTarget, the ratio of a good slice, such as 0.99")
        )
    if not 0 < given.timeSliceTarget <= 1:
        raise Misplaced((("timeSliceTarget",), "write a ratio above 0 and up to 1, such as 0.99"))
    return size, given.timeSliceTarget


def _shorthand(text: str, field: str) -> int:
    try:
        return seconds_of_shorthand(text)
    except ValueError as error:
        raise Misplaced(((field,), str(error))) from error


def credits_of(text: str, target: float) -> tuple[ServiceCredit, ...]:
    """Return the tiers of `99.5-99.9%: 10%, 99.0-99.5%: 25%, <99.0%: 50%`, best first; raises ValueError."""
    tiers = sorted((_tier(part) for part in text.split(",")), key=lambda tier: -tier[1])
    bound = Fraction(repr(target))
    for low, high, _ in tiers:
        if low >= high:
            raise ValueError("each tier goes from a lower to a higher share, such as 99.5-99.9%")
        if high != bound:
            kind = "overlap" if high > bound else "leave a gap"
            raise ValueError(
                f"tiers {kind} at {float(high):.6%} and {float(bound):.6%}: they follow one another "
                "from the target down to 0, the last as <99.0%"
            )
        bound = low
    if bound != 0:
        raise ValueError(f"nothing is said below {float(bound):.4%}: end with <{float(bound * 100):g}%: 50%")
    return tuple(
        ServiceCredit(down_to=float(low), below=float(high), credit=float(credit))
        for low, high, credit in tiers
    )


def _tier(part: str) -> tuple[Fraction, Fraction, Fraction]:
    match = _CREDIT.fullmatch(part.strip())
    if match is None:
        raise ValueError("write tiers such as 99.5-99.9%: 10%, 99.0-99.5%: 25%, <99.0%: 50%")
    low, high = match["low"] or "0", match["high"] or match["under"]
    shares = (Fraction(low) / 100, Fraction(high) / 100, Fraction(match["credit"]) / 100)
    if shares[1] > 1 or shares[2] > 1:
        raise ValueError("shares and credits go up to 100 %")
    return shares


def filled(query: str, service: str) -> str:
    """Return a query for a service, with outer space removed."""
    return query.strip().replace(SERVICE, service)


def wrong_query(query: str, *, template: bool) -> Iterator[str]:
    """Yield what is wrong with a query as far as it shows without knowing the store's language."""
    unknown = sorted(set(PLACEHOLDER.findall(query)) - {WINDOW, SERVICE})
    if unknown:
        yield f"{', '.join(unknown)} is no placeholder; there are {WINDOW} and {SERVICE}"
    if WINDOW not in query:
        yield f"the time asked for must stand in it, as in increase(http_requests_total[{WINDOW}])"
    if template and SERVICE not in query:
        yield f'it is for each service, so {SERVICE} must stand in it, as in {{service="{SERVICE}"}}'
    unbalanced = _unbalanced(query)
    if unbalanced:
        yield unbalanced


def _unbalanced(query: str) -> str:
    waiting: list[tuple[str, int]] = []
    quote = ""
    escaped = False
    for number, letter in enumerate(query, start=1):
        if quote:
            closes = letter == quote and not escaped
            escaped = letter == "\\" and not escaped and quote != "`"
            quote = "" if closes else quote
        elif letter in "\"'`":
            quote = letter
        elif letter in _CLOSERS:
            waiting.append((_CLOSERS[letter], number))
        elif letter in _CLOSERS.values() and (not waiting or waiting.pop()[0] != letter):
            return f"the {letter} at character {number} closes nothing: add what it closes, or take it out"
    if quote:
        return f"a text in {quote} is not closed: add the {quote}"
    return f"a {waiting[-1][0]} is missing for the bracket at character {waiting[-1][1]}" if waiting else ""


def flag(text: str) -> bool:
    """Return a yes or no of an annotation; raises ValueError for anything else."""
    if text not in ("true", "false"):
        raise ValueError('write "true" or "false", in quotes')
    return text == "true"
