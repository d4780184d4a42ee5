"""Days, weeks and months of a time zone: what `2026-10` means, where it begins and ends, and which one came before."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from agent.domain.evidence import Window
from agent.domain.report import ReportKind
from agent.errors import BadInput

_MONTH = re.compile(r"(20\d{2})-(\d{2})", re.ASCII)
_WEEK = re.compile(r"(20\d{2})-?[Ww](\d{1,2})", re.ASCII)
_DAY = re.compile(r"(20\d{2})-(\d{2})-(\d{2})", re.ASCII)
_MONTHLY = frozenset({ReportKind.MONTHLY, ReportKind.SLA})


@dataclass(frozen=True, slots=True)
class Period:
    """A day, a week from Monday, or a month of a zone; `first` is its first day and `after` the day that follows it."""

    kind: ReportKind
    first: date
    after: date
    zone: str

    @property
    def start(self) -> datetime:
        """Return when it begins (UTC)."""
        return _midnight(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """Return when it ends (UTC)."""
        return _midnight(self.after, self.zone)

    @property
    def name(self) -> str:
        """Return what people write for it: `2026-10`, `2026-W43` or `2026-10-23`."""
        if self.kind in _MONTHLY:
            return f"{self.first:%Y-%m}"
        if self.kind is ReportKind.WEEKLY:
            year, week, _ = self.first.isocalendar()
            return f"{year}-W{week:02}"
        return self.first.isoformat()

    @property
    def days(self) -> tuple[date, ...]:
        """Return its days in order."""
        return tuple(self.first + timedelta(days=n) for n in range((self.after - self.first).days))

    def end_of(self, day: date) -> datetime:
        """Return when a day of it ends (UTC)."""
        return _midnight(day + timedelta(days=1), self.zone)

    def seconds_of(self, day: date) -> float:
        """Return how long a day of it is: where clocks are set, an hour more or less."""
        return (self.end_of(day) - _midnight(day, self.zone)).total_seconds()

    def window(self, now: datetime) -> Window:
        """Return the time of it that has passed."""
        return Window(start=self.start, end=min(self.end, now))

    def so_far(self, now: datetime) -> bool:
        """Say whether it is not over yet."""
        return now < self.end

    def before(self) -> "Period":
        """Return the one before."""
        return period_of(self.kind, self.first - timedelta(days=1), self.zone)

    def day_of(self, at: datetime) -> date:
        """Return the day of the zone on which a moment lies."""
        return at.astimezone(ZoneInfo(self.zone)).date()


def period_of(kind: ReportKind, day: date, zone: str) -> Period:
    """Return the period of a kind of report in which a day lies."""
    if kind in _MONTHLY:
        first = day.replace(day=1)
        return Period(kind, first, (first + timedelta(days=32)).replace(day=1), zone)
    first = day - timedelta(days=day.weekday()) if kind is ReportKind.WEEKLY else day
    return Period(kind, first, first + timedelta(days=7 if kind is ReportKind.WEEKLY else 1), zone)


def last_period(kind: ReportKind, zone: str, now: datetime) -> Period:
    """Return the newest period that is over."""
    return period_of(kind, now.astimezone(ZoneInfo(zone)).date(), zone).before()


def read_period(kind: ReportKind, words: str, zone: str, now: datetime) -> Period:
    """Read `2026-10`, `2026-W43` or `2026-10-23`; nothing means the last that is over. Raises BadInput."""
    written = words.strip()
    if not written:
        return last_period(kind, zone, now)
    day = _first_day(kind, written)
    found = period_of(kind, day, zone) if day is not None else None
    if found is None:
        example = last_period(kind, zone, now).name
        said = f"“{written[:40]}” is no {_word(kind)}; write it like {example}."
        raise BadInput(said, field="period", code="which-period", facts={"example": example})
    if found.start > now:
        said = f"{found.name} has not begun yet."
        raise BadInput(said, field="period", code="period-ahead", facts={"period": found.name})
    return found


def _first_day(kind: ReportKind, words: str) -> date | None:
    try:
        if kind in _MONTHLY and (month := _MONTH.fullmatch(words)):
            return date(int(month[1]), int(month[2]), 1)
        if kind is ReportKind.WEEKLY and (week := _WEEK.fullmatch(words)):
            return date.fromisocalendar(int(week[1]), int(week[2]), 1)
        if kind in (ReportKind.DAILY, ReportKind.WEEKLY) and (day := _DAY.fullmatch(words)):
            return date(*map(int, day.groups()))
    except ValueError:
        return None
    return None


def _word(kind: ReportKind) -> str:
    return {ReportKind.WEEKLY: "week", ReportKind.DAILY: "day"}.get(kind, "month")


def _midnight(day: date, zone: str) -> datetime:
    # Where midnight does not exist or comes twice, fold 0 is the first moment of that day.
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)
