"""When a cron expression is due in a time zone, over the changes of its clocks too."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from agent.errors import BadInput

FIELDS = 5


@dataclass(frozen=True, slots=True)
class Schedule:
    """A cron expression of five fields and the zone (IANA name) whose wall clock it is read on.

    A time that the clocks jump over is due once, at the moment after the gap; one that they show twice is due at the
    first of both. Only expressions whose minute or hour begins with `*` count real time and so run in both.
    """

    expression: str
    zone: str

    def after(self, at: datetime) -> Iterator[datetime]:
        """Yield the occurrences after a time, in UTC, each once and in order; none when it never comes."""
        last = at.astimezone(UTC)
        for found in CronSim(self.expression, at.astimezone(ZoneInfo(self.zone))):
            moment = found.astimezone(UTC)
            # The second pass of a doubled hour has no occurrences of its own, and a gap gathers several in one moment.
            if moment > last:
                last = moment
                yield moment

    def next(self, at: datetime) -> datetime | None:
        """Return the first occurrence after a time."""
        return next(self.after(at), None)

    def last(self, after: datetime, before: datetime) -> datetime | None:
        """Return the last occurrence after one time and before another."""
        found = None
        for moment in self.after(after):
            if moment >= before:
                break
            found = moment
        return found

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Yield the occurrences after one time up to and including another."""
        for moment in self.after(after):
            if moment > until:
                return
            yield moment


def schedule(expression: str, zone: str) -> Schedule:
    """Return a schedule that will come; raises BadInput that says how to write it."""
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise BadInput(f"“{zone}” is no time zone; write one such as Asia/Seoul", field="zone") from error
    if len(expression.split()) != FIELDS:
        raise BadInput(
            'write five fields (minute, hour, day of month, month, day of week), such as "0 9 * * *"',
            field="schedule",
        )
    try:
        CronSim(expression, datetime(2026, 1, 1, tzinfo=UTC))
    except CronSimError as error:
        raise BadInput(
            f'{error}: write it as cron does, such as "0 9 * * *" or "30 3 * * SUN"', field="schedule"
        ) from error
    found = Schedule(expression, zone)
    if found.next(datetime(2026, 1, 1, tzinfo=UTC)) is None:
        raise BadInput("this date never comes", field="schedule")
    return found
