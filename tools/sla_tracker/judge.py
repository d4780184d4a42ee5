"""Where a service stands against an objective, measured now or over any window."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.analysis.slo import BURN_SECONDS, Count, Span, burn_rate, burn_rates, period_of, state
from agent.analysis.slo.burndown import burned
from agent.domain.evidence import Window
from agent.domain.results import Series
from agent.domain.slo import Budgeting, Burn, Slo, SloState
from tools.sla_tracker.measure import Meter
from tools.sla_tracker.promises import Promises

_FINE_SECONDS = 21_600
"""Burns of up to so many seconds are asked for by themselves; longer ones are added up from the slices."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Measures through a meter and judges by the objectives' arithmetic; every method may raise a BackendError."""

    meter: Meter
    promises: Promises

    async def state(self, slo: Slo, at: datetime, now: datetime) -> SloState:
        """Judge an objective in its own period, with burn rates and a forecast."""
        period = period_of(slo.window, at)
        lengths = [seconds for seconds in BURN_SECONDS if seconds < _seconds(period)]
        # Burns look back beyond the first of a month.
        start = min(period.start, at - timedelta(seconds=max(lengths, default=0)))
        excluded = self._excluded(slo, Window(start=start, end=period.end))
        # Cut where the period begins: no slice may hold what was before it.
        before = await self.meter.course(slo, start, period.start, now, excluded)
        course = await self.meter.course(slo, period.start, at, now, excluded)
        counts = (*before.counts, *course.counts)
        burns = await self._burns(slo, counts, at, now, lengths, excluded)
        return state(slo, counts, at, excluded=excluded, burns=burns, queries=course.queries)

    async def over(self, slo: Slo, window: Window, now: datetime) -> SloState:
        """Judge an objective over a window of the caller's choice."""
        excluded = self._excluded(slo, window)
        course = await self.meter.course(slo, window.start, min(window.end, now), now, excluded)
        at = min(window.end, now)
        return state(slo, course.counts, at, window=window, excluded=excluded, queries=course.queries)

    async def history(self, slo: Slo, window: Window, now: datetime, points: int) -> Series:
        """Return the share of the window's budget that was left at each of so many moments."""
        excluded = self._excluded(slo, window)
        course = await self.meter.course(slo, window.start, min(window.end, now), now, excluded)
        at = min(window.end, now)
        whole = state(slo, course.counts, at, window=window, excluded=excluded)
        return Series(labels={"slo": slo.name}, points=burned(slo, whole, course.counts, excluded, points))

    async def _burns(
        self,
        slo: Slo,
        counts: Sequence[Count],
        at: datetime,
        now: datetime,
        lengths: Sequence[int],
        excluded: Sequence[Span],
    ) -> Sequence[Burn]:
        known = burn_rates(slo, counts, at, lengths, excluded if slo.excludes_maintenance else ())
        recent = at - timedelta(seconds=_FINE_SECONDS)
        if slo.budgeting is not Budgeting.OCCURRENCES or any(end > recent for _, end in excluded):
            return known
        fine = [seconds for seconds in lengths if seconds <= _FINE_SECONDS]
        found = await self.meter.lately(slo, fine, at, now) if fine else {}
        return [_burn(slo, found[one.seconds]) if one.seconds in found else one for one in known]

    def _excluded(self, slo: Slo, window: Window) -> Sequence[Span]:
        return tuple(self.promises.maintenance(slo, window)) if slo.excludes_maintenance else ()


def _burn(slo: Slo, count: Count) -> Burn:
    if count.total is None or count.bad is None:
        return Burn(seconds=round((count.end - count.start).total_seconds()), rate=None)
    seconds = round((count.end - count.start).total_seconds())
    return Burn(seconds=seconds, rate=burn_rate(slo.target, count.total, count.bad))


def _seconds(window: Window) -> float:
    return (window.end - window.start).total_seconds()
