"""The kinds of time windows: weekly, daily, yearly and once, as people write them."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from agent.policy.documents import Rulebook

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Span = tuple[datetime, datetime]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = re.compile(r"(?:([01]\d|2[0-3]):([0-5]\d)|24:00)")
_WEEK = 7 * 24 * 60
# Recurring windows are laid out over one leap year to find overlaps; which year does not matter.
_YEAR = 2028


def _clock(value: object) -> object:
    if not isinstance(value, str) or _CLOCK.fullmatch(value) is None:
        # YAML reads a bare 18:00 as the number 1080.
        raise ValueError('write a time of day in quotes, such as "18:00"')
    return value


def _moment(value: str) -> str:
    day, _, clock = value.partition(" ")
    if day not in DAYS or _CLOCK.fullmatch(clock) is None:
        raise ValueError("write a day and a time, such as fri 18:00")
    return value


def _month_day(value: str) -> str:
    try:
        date.fromisoformat(f"{_YEAR}-{value}")
    except ValueError as error:
        raise ValueError("write month and day, such as 12-20") from error
    return value


def _local(value: object) -> object:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise ValueError("write a date and a time, such as 2026-12-20 18:00") from error
    if moment.tzinfo is not None:
        raise ValueError("write the time as the clock on the wall shows it; the zone stands in `zone`")
    return moment


Clock = Annotated[str, BeforeValidator(_clock)]
Moment = Annotated[str, AfterValidator(_moment)]
MonthDay = Annotated[str, Field(pattern=r"^\d\d-\d\d$"), AfterValidator(_month_day)]
LocalTime = Annotated[datetime, BeforeValidator(_local)]


def minute_of_day(clock: str) -> int:
    """Return the minutes since midnight of a time such as `18:00`."""
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def weekday_of(local: datetime) -> Day:
    """Return the day of the week."""
    return DAYS[local.weekday()]


class Weekly(Rulebook):
    """From a moment of the week to another, such as fri 18:00 to mon 08:00."""

    start: Annotated[Moment, Field(alias="from")]
    end: Annotated[Moment, Field(alias="to")]

    @model_validator(mode="after")
    def _real(self) -> Self:
        if _minute_of_week(self.start) == _minute_of_week(self.end):
            raise ValueError("it ends where it begins, so it is empty or goes round for ever; move `to`")
        return self

    def holds(self, local: datetime) -> bool:
        """Say whether it holds at a wall-clock time."""
        start, minute = _minute_of_week(self.start), local.weekday() * 1440 + local.hour * 60 + local.minute
        return (minute - start) % _WEEK < (_minute_of_week(self.end) - start) % _WEEK

    def occurrences(self, zone: ZoneInfo) -> Iterator[Span]:
        """Yield its spans in a year."""
        start = _minute_of_week(self.start)
        length = (_minute_of_week(self.end) - start) % _WEEK
        for monday in _mondays():
            yield _span(monday + timedelta(minutes=start), timedelta(minutes=length), zone)


class Daily(Rulebook):
    """From a time of day to another on certain days; one that ends earlier than it begins ends on the next day."""

    days: Annotated[tuple[Day, ...], Field(min_length=1)]
    start: Annotated[Clock, Field(alias="from")]
    end: Annotated[Clock, Field(alias="to")]

    @model_validator(mode="after")
    def _real(self) -> Self:
        if self._length == 0:
            raise ValueError("it ends where it begins, so it is empty or goes round for ever; move `to`")
        if len(set(self.days)) < len(self.days):
            raise ValueError("each day may be named once")
        return self

    @property
    def _length(self) -> int:
        length = minute_of_day(self.end) - minute_of_day(self.start)
        return length if length >= 0 else length + 1440

    def holds(self, local: datetime) -> bool:
        """Say whether it holds at a wall-clock time."""
        minute = local.weekday() * 1440 + local.hour * 60 + local.minute
        starts = (DAYS.index(day) * 1440 + minute_of_day(self.start) for day in self.days)
        return any((minute - start) % _WEEK < self._length for start in starts)

    def occurrences(self, zone: ZoneInfo) -> Iterator[Span]:
        """Yield its spans in a year."""
        for monday in _mondays():
            for day in self.days:
                start = DAYS.index(day) * 1440 + minute_of_day(self.start)
                yield _span(monday + timedelta(minutes=start), timedelta(minutes=self._length), zone)


class Yearly(Rulebook):
    """From the beginning of a day to the end of another, each year, such as 12-20 to 01-03."""

    start: Annotated[MonthDay, Field(alias="from")]
    end: Annotated[MonthDay, Field(alias="to")]

    def holds(self, local: datetime) -> bool:
        """Say whether it holds at a wall-clock time."""
        day = local.strftime("%m-%d")
        if self.start <= self.end:
            return self.start <= day <= self.end
        return day >= self.start or day <= self.end

    def occurrences(self, zone: ZoneInfo) -> Iterator[Span]:
        """Yield its spans, cut at the end of the year."""
        days = [date(_YEAR, 1, 1) + timedelta(days=number) for number in range(366)]
        for day in days:
            morning = datetime(day.year, day.month, day.day)
            if self.holds(morning):
                yield _span(morning, timedelta(days=1), zone)


class Once(Rulebook):
    """One single window between two dates with times."""

    start: Annotated[LocalTime, Field(alias="from")]
    end: Annotated[LocalTime, Field(alias="to")]

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.end <= self.start:
            raise ValueError("it ends before it begins; move `to` behind `from`")
        return self

    def holds(self, local: datetime) -> bool:
        """Say whether it holds at a wall-clock time."""
        return self.start <= local.replace(tzinfo=None) < self.end

    def occurrences(self, zone: ZoneInfo) -> Iterator[Span]:
        """Yield its only span."""
        yield _span(self.start, self.end - self.start, zone)


def _minute_of_week(moment: str) -> int:
    day, _, clock = moment.partition(" ")
    return next(index for index, name in enumerate(DAYS) if name == day) * 1440 + minute_of_day(clock)


def _mondays() -> Iterator[datetime]:
    # One week more on each side, so that a window over New Year is seen whole.
    first = datetime(_YEAR, 1, 3) - timedelta(days=7)
    yield from (first + timedelta(days=7 * week) for week in range(54))


def _span(local: datetime, length: timedelta, zone: ZoneInfo) -> Span:
    return (local.replace(tzinfo=zone).astimezone(UTC), (local + length).replace(tzinfo=zone).astimezone(UTC))
