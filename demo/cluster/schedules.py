"""Schedules of CronJobs: five fields of numbers, ranges, steps and lists, in UTC."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
# A 29th of February may be eight years away.
_DAYS = 8 * 366 + 1


@dataclass(frozen=True, slots=True)
class Schedule:
    """The minutes, hours, days, months and weekdays (0 is Sunday) at which something is due."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    # With both kinds of day named, either of them is enough.
    either_day: bool

    def holds_on(self, day: datetime) -> bool:
        """Tell whether something is due at some time of a day."""
        by_date, by_weekday = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        fits = by_date or by_weekday if self.either_day else by_date and by_weekday
        return fits and day.month in self.months

    def last(self, now: datetime) -> datetime | None:
        """Return the latest time that is due at or before a moment; None when there was none in eight years."""
        return next((at for at in self._times(now, -1) if at <= now), None)

    def next(self, now: datetime) -> datetime | None:
        """Return the first time after a moment; None when there is none in eight years."""
        return next((at for at in self._times(now, 1) if at > now), None)

    def _times(self, start: datetime, step: int) -> Iterator[datetime]:
        midnight = start.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        for number in range(_DAYS):
            day = midnight + timedelta(days=number * step)
            if self.holds_on(day):
                for hour in sorted(self.hours, reverse=step < 0):
                    for minute in sorted(self.minutes, reverse=step < 0):
                        yield day.replace(hour=hour, minute=minute)


def parse_schedule(text: str) -> Schedule:
    """Read a schedule such as `*/5 8-17 * * 1-5`; raise ValueError when it is none."""
    parts = text.split()
    if len(parts) != len(_BOUNDS):
        raise ValueError(f"expected exactly 5 fields, found {len(parts)}: {text!r}")
    fields = [_numbers(part, *bounds) for part, bounds in zip(parts, _BOUNDS, strict=True)]
    weekdays = frozenset(number % 7 for number in fields[4])
    either = not parts[2].startswith("*") and not parts[4].startswith("*")
    return Schedule(fields[0], fields[1], fields[2], fields[3], weekdays, either)


def _numbers(text: str, low: int, high: int) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        span, slash, step = part.partition("/")
        first, dash, last = span.partition("-")
        begin = low if span == "*" else _number(first)
        end = high if span == "*" or (slash and not dash) else _number(last if dash else first)
        every = _number(step) if slash else 1
        if not low <= begin <= end <= high or every < 1:
            raise ValueError(f"{part!r} is not within {low} to {high}")
        found.update(range(begin, end + 1, every))
    return frozenset(found)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 4):
        raise ValueError(f"{text!r} is no number")
    return int(text)
