"""Measures an objective: how many events there were in each slice of a window, asked of any store that speaks PromQL.

An increase is taken of each series before the sum, so a counter that starts anew costs nothing. Prometheus stretches an
increase to the edges of its range by at most half a scrape; the requests between the last scrape of a slice and the
first of the next are told by that stretch alone, which is right on average and off by less than a scrape for one burst.
"""

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from agent.domain.results import Series
from agent.domain.slo import Budgeting, Slo
from tools.connectors.readers import MetricsReader
from tools.sla_tracker.ledger import Ledger, Pair
from tools.sla_tracker.slices import LATE_SECONDS, Cut, Span, cut, cut_whole, pieces, step_of

PART = "slo_part"
_MOST_POINTS = 5_000
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Counted:
    """The events of one slice; None where nothing was counted, which is neither good nor bad."""

    span: Span
    good: float | None
    total: float | None


@dataclass(frozen=True, slots=True)
class Course:
    """The slices of a window in the order of time, until when they reach, and the exact queries."""

    slices: tuple[Counted, ...]
    until: datetime
    queries: tuple[str, ...]


def expanded(slo: Slo, seconds: int) -> str:
    """Return one query for the good and all events of the last so many seconds, told apart by a label."""
    good, total = (one.replace("<window>", f"{seconds}s") for one in (slo.good, slo.total))
    return " or ".join(
        f'label_replace({query}, "{PART}", "{name}", "", "")'
        for name, query in (("good", good), ("total", total))
    )


class Meter:
    """Asks a metrics store; what it has read of the past is kept in the ledger, which meters may share."""

    def __init__(self, metrics: MetricsReader, ledger: Ledger | None = None) -> None:
        self.metrics = metrics
        self.ledger = ledger or Ledger()
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def course(
        self, slo: Slo, start: datetime, end: datetime, now: datetime, excluded: Sequence[Span] = ()
    ) -> Course:
        """Count the events of a window slice by slice, one look at an objective at a time; raises BackendError."""
        # Whole seconds, because a range in a query knows nothing finer.
        first = math.floor(start.timestamp())
        until = math.floor(min(end.timestamp(), now.timestamp() - LATE_SECONDS))
        window = Span(first, max(until, first))
        plan = self.plan(slo, window, excluded)
        async with self.ledger.turn(slo):
            known = await self._whole(slo, plan, now)
            odd = await asyncio.gather(*(self._odd(slo, span, now) for span in plan.odd))
        whole = [_counted(Span(at - plan.step, at), known.get(at)) for at in plan.ends]
        slices = sorted((*whole, *odd), key=lambda one: one.span.start)
        queries = [expanded(slo, plan.step)] if plan.ends else []
        queries += [expanded(slo, round(span.seconds)) for span in plan.odd]
        return Course(_sound(slices), datetime.fromtimestamp(window.end, UTC), tuple(dict.fromkeys(queries)))

    @staticmethod
    def plan(slo: Slo, window: Span, excluded: Sequence[Span] = ()) -> Cut:
        """Say how a window is asked for."""
        if slo.budgeting is Budgeting.TIMESLICES and slo.slice_seconds:
            return cut_whole(window, slo.slice_seconds, excluded)
        return cut(window, step_of(window.seconds), excluded)

    async def lately(self, slo: Slo, spans: Sequence[int], now: datetime) -> Mapping[int, Counted]:
        """Count the events of the last so many seconds each, in one query."""
        at = now.timestamp() - LATE_SECONDS
        parts = [
            f'label_replace({query.replace("<window>", f"{span}s")}, "{PART}", "{name}-{span}", "", "")'
            for span in spans
            for name, query in (("good", slo.good), ("total", slo.total))
        ]
        found = _by_time(await self._instant(" or ".join(parts), at)).get(at, {})
        return {
            span: _counted(Span(at - span, at), (found.get(f"good-{span}"), found.get(f"total-{span}")))
            for span in spans
        }

    async def _whole(self, slo: Slo, plan: Cut, now: datetime) -> Mapping[float, Pair]:
        known = self.ledger.of(slo, plan.step, now)
        missing = [at for at in plan.ends if at not in known.kept]
        runs = pieces(missing, plan.step, _MOST_POINTS)
        query = expanded(slo, plan.step)
        found = await asyncio.gather(*(self._range(query, *run, plan.step) for run in runs))
        fresh = {at: pair for one in found for at, pair in one.items()}
        known.keep({at: fresh.get(at, (None, None)) for at in missing}, now)
        return {at: known.kept[at] if at in known.kept else fresh.get(at, (None, None)) for at in plan.ends}

    async def _odd(self, slo: Slo, span: Span, now: datetime) -> Counted:
        known = self.ledger.of(slo, 0, now, f"{span.start:.0f}")
        if span.end not in known.kept:
            seconds = max(1, round(span.seconds))
            found = _by_time(await self._instant(expanded(slo, seconds), span.end)).get(span.end, {})
            pair = (found.get("good"), found.get("total"))
            known.keep({span.end: pair}, now)
            return _counted(span, pair)
        return _counted(span, known.kept[span.end])

    async def _range(self, query: str, first: float, last: float, step: int) -> Mapping[float, Pair]:
        start, end = (datetime.fromtimestamp(at, UTC) for at in (first, last))
        async with self._places:
            found = _by_time(await self.metrics.range(query, start, end, step))
        return {at: (parts.get("good"), parts.get("total")) for at, parts in found.items()}

    async def _instant(self, query: str, at: float) -> Sequence[Series]:
        async with self._places:
            found = await self.metrics.instant(query, datetime.fromtimestamp(at, UTC))
        # A store may answer with the time of its newest sample in place of the time that was asked for.
        return [Series(labels=s.labels, points=((at, s.points[-1][1]),)) for s in found]


def _by_time(found: Sequence[Series]) -> Mapping[float, Mapping[str, float]]:
    """Return the sums of the parts at each time: a query that leaves labels on its series is summed here."""
    times: dict[float, dict[str, float]] = {}
    for series in found:
        name = series.labels.get(PART, "")
        for at, value in series.points:
            parts = times.setdefault(at, {})
            parts[name] = parts.get(name, 0.0) + value
    return times


def _counted(span: Span, pair: Pair | None) -> Counted:
    good, total = pair or (None, None)
    if total is None or not math.isfinite(total) or total <= 0:
        return Counted(span, None, None if total is None else max(0.0, total))
    return Counted(span, None if good is None else min(max(good, 0.0), total), total)


def _sound(slices: Sequence[Counted]) -> tuple[Counted, ...]:
    """Return the slices, where one without good events beside slices with some had none.

    When no slice at all has good events, the query for them matches nothing, and nothing is known.
    """
    if all(one.good is None for one in slices):
        return tuple(Counted(one.span, None, None) for one in slices)
    return tuple(
        Counted(one.span, 0.0, one.total) if one.good is None and one.total else one for one in slices
    )
