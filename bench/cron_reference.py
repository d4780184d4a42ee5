"""When recurring work is due, found without any cron library: by walking through every minute of the wall clock."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_MINUTE = timedelta(minutes=1)
_MARGIN = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Daily:
    """Something at a time of day, on every day or on one weekday (0 is Monday)."""

    name: str
    hour: int
    minute: int
    zone: str
    weekday: int | None = None

    @property
    def expression(self) -> str:
        """Return it as cron fields."""
        day = "*" if self.weekday is None else str((self.weekday + 1) % 7)
        return f"{self.minute} {self.hour} * * {day}"


def due_times(wanted: list[Daily], start: datetime, end: datetime) -> dict[str, list[datetime]]:
    """Return when each is due after `start` and up to `end`.

    A wall time that does not exist is due at the first minute that the wall shows after it on that day; one that comes
    twice is due at the first of both.
    """
    found: dict[str, list[datetime]] = {}
    for zone in sorted({one.zone for one in wanted}):
        first = _first_minutes(zone, start - _MARGIN, end + _MARGIN)
        for one in (each for each in wanted if each.zone == zone):
            times = sorted(_moments(one, first, start, end))
            found[one.name] = [at for at in dict.fromkeys(times) if start < at <= end]
    return found


def _first_minutes(zone: str, start: datetime, end: datetime) -> dict[datetime, datetime]:
    """Return, for each minute that the wall shows, the first instant at which it shows it."""
    clock, at = ZoneInfo(zone), start.replace(second=0, microsecond=0)
    first: dict[datetime, datetime] = {}
    while at <= end:
        wall = at.astimezone(clock).replace(tzinfo=None)
        first.setdefault(wall, at)
        at += _MINUTE
    return first


def _moments(
    one: Daily, first: dict[datetime, datetime], start: datetime, end: datetime
) -> Iterator[datetime]:
    day = (start - _MARGIN / 2).date()
    while day <= (end + _MARGIN / 2).date():
        wall = datetime(day.year, day.month, day.day, one.hour, one.minute)
        if one.weekday is None or day.weekday() == one.weekday:
            while wall not in first:
                wall += _MINUTE
            yield first[wall].astimezone(UTC)
        day += timedelta(days=1)
