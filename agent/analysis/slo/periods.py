"""Which stretch of time an objective is judged over: the last so many seconds, or a calendar's day to year."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from agent.domain.evidence import Window
from agent.domain.slo import CalendarWindow, PeriodUnit, RollingWindow

_MONTHS = {PeriodUnit.MONTH: 1, PeriodUnit.QUARTER: 3, PeriodUnit.YEAR: 12}


def period_of(window: RollingWindow | CalendarWindow, at: datetime) -> Window:
    """Return the period that a moment lies in; a calendar period ends after the moment, a rolling one with it."""
    if isinstance(window, RollingWindow):
        return Window(start=at - window.length, end=at)
    zone = ZoneInfo(window.zone)
    first = _first_day(window.unit, at.astimezone(zone).date())
    return Window(start=_dawn(first, zone), end=_dawn(_next(window.unit, first), zone))


def period_before(window: RollingWindow | CalendarWindow, at: datetime) -> Window:
    """Return the period before the one that a moment lies in."""
    start = period_of(window, at).start
    return period_of(
        window, start if isinstance(window, RollingWindow) else start - timedelta(microseconds=1)
    )


def _first_day(unit: PeriodUnit, day: date) -> date:
    if unit is PeriodUnit.DAY:
        return day
    if unit is PeriodUnit.WEEK:
        return day - timedelta(days=day.weekday())
    months = _MONTHS[unit]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def _next(unit: PeriodUnit, first: date) -> date:
    if unit in (PeriodUnit.DAY, PeriodUnit.WEEK):
        return first + timedelta(days=1 if unit is PeriodUnit.DAY else 7)
    month = first.month - 1 + _MONTHS[unit]
    return date(first.year + month // 12, month % 12 + 1, 1)


def _dawn(day: date, zone: ZoneInfo) -> datetime:
    # Where clocks are set at midnight, the earlier reading of 00:00 is the first moment of the day.
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
