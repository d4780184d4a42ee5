"""What an objective's figures are, worked out a second way: unit of time by unit of time, in exact fractions."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cached_property
from zoneinfo import ZoneInfo

from agent.domain.slo import Budgeting, CalendarWindow, RollingWindow
from bench.slo_histories import History

Figures = Mapping[str, Fraction | None]
BURNS = (300, 1800, 3600, 7200, 21_600, 86_400, 259_200)
_LENGTHS = {"day": 1, "week": 7, "month": 30}
_QUARTER = timedelta(minutes=15)


class Reference:
    """One history, in whole units since 1970."""

    def __init__(self, history: History) -> None:
        self.history, self.slo, self.unit = history, history.slo, history.unit
        self.at = self._units(history.at)
        self.allowance = 1 - Fraction(str(history.slo.target))
        self.closed: set[int] = set()
        if history.slo.excludes_maintenance:
            for start, end in history.excluded:
                self.closed.update(range(self._units(start), self._units(end)))
        self.start, self.end = self._period()
        self.counts = [
            (self._units(one.start), self._units(one.end), Fraction(one.total), Fraction(one.bad))
            for one in history.counts
            if one.total is not None and one.bad is not None
        ]

    def figures(self) -> Figures:
        """Return every figure of the state; None where nothing was measured."""
        total, bad, data = self._added(self.start, self.at)
        open_units = sum(1 for unit in range(self.start, self.at) if unit not in self.closed)
        known: dict[str, Fraction | None] = {
            "start": Fraction(self.start * self.unit),
            "end": Fraction(self.end * self.unit),
            "excluded": Fraction((self.at - self.start - open_units) * self.unit),
            "covered": Fraction(data, open_units) if open_units else Fraction(0),
        }
        if total == 0:
            return {**known, "sli": None, "credit": None}
        budget = self.allowance * (total + self._to_come())
        sli = (total - bad) / total
        return {
            **known,
            **self._burns(),
            "total": total,
            "bad": bad,
            "sli": sli,
            "budget": budget,
            "spent": bad / budget,
            "bad_seconds": bad / total * data * self.unit,
            "credit": self._credit(sli),
        }

    def _units(self, moment: datetime) -> int:
        seconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
        assert seconds % self.unit == 0
        return seconds // self.unit

    def _period(self) -> tuple[int, int]:
        window = self.slo.window
        if isinstance(window, RollingWindow):
            return self._units(self.history.at - window.length), self.at
        # Every zone's midnight is a whole quarter of an hour in UTC, so quarters are walked through.
        name = self._named(window, self.history.at)
        first = datetime.fromtimestamp(self.history.at.timestamp() // 900 * 900, UTC)
        last = first
        while self._named(window, first - _QUARTER) == name:
            first -= _QUARTER
        while self._named(window, last) == name:
            last += _QUARTER
        return self._units(first), self._units(last)

    @staticmethod
    def _named(window: CalendarWindow, moment: datetime) -> tuple[int, ...]:
        local = moment.astimezone(ZoneInfo(window.zone))
        if window.unit == "day":
            return (local.year, local.month, local.day)
        if window.unit == "week":
            return tuple(local.isocalendar()[:2])
        return (local.year, local.month)

    def _added(self, start: int, end: int) -> tuple[Fraction, Fraction, int]:
        """Return total, bad and the units with data."""
        if self.slo.budgeting is Budgeting.OCCURRENCES:
            return self._events(start, end)
        return self._slices(start, end)

    def _events(self, start: int, end: int) -> tuple[Fraction, Fraction, int]:
        total = bad = Fraction(0)
        data = 0
        for first, last, events, failed in self.counts:
            if last <= start or first >= end:
                continue
            kept = sum(1 for unit in range(first, last) if start <= unit < end and unit not in self.closed)
            total += events if kept == last - first else events * kept / (last - first)
            bad += failed if kept == last - first else failed * kept / (last - first)
            data += kept
        return total, bad, data

    def _slices(self, start: int, end: int) -> tuple[Fraction, Fraction, int]:
        size = self._size
        sums: dict[int, tuple[Fraction, Fraction]] = {}
        for first, last, events, failed in self.counts:
            if last <= start - size or first >= end + size:
                continue
            for number in range(first // size, (last - 1) // size + 1):
                shared = min(last, (number + 1) * size) - max(first, number * size)
                part = (events, failed)
                if shared < last - first:
                    part = (events * shared / (last - first), failed * shared / (last - first))
                known = sums.get(number)
                sums[number] = part if known is None else (known[0] + part[0], known[1] + part[1])
        judged = [
            self._judged(every, wrong)
            for number, (every, wrong) in sums.items()
            if every > 0 and self._open(number, start, end)
        ]
        return Fraction(len(judged)), Fraction(sum(judged)), len(judged) * size

    @property
    def _size(self) -> int:
        return (self.slo.slice_seconds or 0) // self.unit

    def _open(self, number: int, start: int, end: int) -> bool:
        units = range(number * self._size, (number + 1) * self._size)
        return units[0] >= start and units[-1] < end and not any(unit in self.closed for unit in units)

    def _judged(self, events: Fraction, failed: Fraction) -> Fraction | int:
        if self.slo.budgeting is Budgeting.RATIO_TIMESLICES:
            return failed / events
        # Not a division: of fractions it costs many times a product.
        return 0 if events - failed >= self._promise * events else 1

    @cached_property
    def _promise(self) -> Fraction:
        return Fraction(str(self.slo.slice_target))

    def _to_come(self) -> int:
        """Return how many slices of the period are still to be judged."""
        if self.slo.budgeting is Budgeting.OCCURRENCES or isinstance(self.slo.window, RollingWindow):
            return 0
        size = self._size
        begin = max(self.at // size, -(-self.start // size))
        return sum(1 for number in range(begin, self.end // size) if self._open(number, self.start, self.end))

    def _burns(self) -> dict[str, Fraction | None]:
        window = self.slo.window
        length = (
            window.length.total_seconds()
            if isinstance(window, RollingWindow)
            else _LENGTHS[window.unit] * 86_400
        )
        burns: dict[str, Fraction | None] = {}
        for seconds in BURNS:
            if seconds < length:
                total, bad, _ = self._added(self.at - seconds // self.unit, self.at)
                burns[f"burn {seconds}"] = bad / total / self.allowance if total else None
        return burns

    @staticmethod
    def _credit(sli: Fraction) -> Fraction:
        if sli >= Fraction("0.999"):
            return Fraction(0)
        if sli >= Fraction("0.995"):
            return Fraction("0.1")
        return Fraction("0.25") if sli >= Fraction("0.99") else Fraction("0.5")
