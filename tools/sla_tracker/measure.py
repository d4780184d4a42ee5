"""Measures an objective: how many events there were in each slice of a window, asked of the store that it names."""

import asyncio
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from agent.analysis.slo import Count, Span
from agent.domain.slo import Budgeting, Slo
from agent.errors import Misconfigured
from tools.connectors.readers import MetricsReader
from tools.sla_tracker.counting import EventCounts
from tools.sla_tracker.ledger import Ledger, Pair
from tools.sla_tracker.prometheus_counts import PrometheusCounts
from tools.sla_tracker.slices import LATE_SECONDS, Cut, Stretch, cut, cut_whole, pieces, step_of

PROMETHEUS = "prometheus"
_MOST_POINTS = 5_000
_AT_ONCE = 4
_NOTHING: Pair = (None, None)


@dataclass(frozen=True, slots=True)
class Course:
    """The slices of a window in the order of time, until when they reach, and the exact queries."""

    counts: tuple[Count, ...]
    until: datetime
    queries: tuple[str, ...]


class Meter:
    """Asks metrics stores; what it has read of the past is kept in the ledger, which meters may share.

    `others` are the stores beside the Prometheus by the type that objectives name.
    """

    def __init__(
        self,
        metrics: MetricsReader | None,
        ledger: Ledger | None = None,
        others: Mapping[str, EventCounts] | None = None,
    ) -> None:
        self.ledger = ledger or Ledger()
        own: dict[str, EventCounts] = {PROMETHEUS: PrometheusCounts(metrics)} if metrics else {}
        self._stores: Mapping[str, EventCounts] = own | dict(others or {})
        self._places = asyncio.Semaphore(_AT_ONCE)

    def measures(self, slo: Slo) -> bool:
        """Say whether there is a store of the objective's type."""
        return slo.source in self._stores

    def store(self, slo: Slo) -> EventCounts:
        """Return the store of an objective; raises Misconfigured where there is none of its type."""
        if slo.source not in self._stores:
            raise Misconfigured(
                f"{slo.name} is to be measured from {slo.source}, and no address of one is configured."
            )
        return self._stores[slo.source]

    async def course(
        self, slo: Slo, start: datetime, end: datetime, now: datetime, excluded: Sequence[Span] = ()
    ) -> Course:
        """Count the events of a window slice by slice, one look at an objective at a time; raises BackendError."""
        # Whole seconds, because a range in a query knows nothing finer.
        first = math.floor(start.timestamp())
        until = max(first, math.floor(min(end.timestamp(), now.timestamp() - LATE_SECONDS)))
        plan = planned(slo, Stretch(first, until), excluded if slo.excludes_maintenance else ())
        async with self.ledger.turn(slo):
            whole = await self._whole(slo, plan, now)
            odd = await asyncio.gather(*(self._odd(slo, one, now) for one in plan.odd))
        found = [*((Stretch(at - plan.step, at), pair) for at, pair in whole.items()), *odd]
        found.sort(key=lambda one: one[0].start)
        asked = [plan.step] if plan.ends else []
        asked += [round(one.seconds) for one in plan.odd]
        queries = tuple(dict.fromkeys(self.store(slo).query_of(slo, seconds) for seconds in asked))
        return Course(await self._sound(slo, found, now), datetime.fromtimestamp(until, UTC), queries)

    async def lately(
        self, slo: Slo, lengths: Sequence[int], at: datetime, now: datetime
    ) -> Mapping[int, Count]:
        """Count the events of the so many seconds before a moment each, in one request; raises BackendError."""
        until = float(math.floor(min(at.timestamp(), now.timestamp() - LATE_SECONDS)))
        async with self._places:
            found = await self.store(slo).lately(slo, lengths, until)
        pairs = [
            (Stretch(until - seconds, until), pair) for seconds, pair in zip(lengths, found, strict=True)
        ]
        return dict(zip(lengths, await self._sound(slo, pairs, now), strict=True))

    async def _whole(self, slo: Slo, plan: Cut, now: datetime) -> Mapping[float, Pair]:
        page = self.ledger.of(slo, plan.step, now)
        known = {at: page.kept[at] for at in plan.ends if at in page.kept}
        missing = [at for at in plan.ends if at not in known]
        runs = pieces(missing, plan.step, _MOST_POINTS)
        answers = await asyncio.gather(*(self._range(slo, run, plan.step) for run in runs))
        fresh = {at: pair for one in answers for at, pair in one.items()}
        asked = {at: fresh.get(at, _NOTHING) for at in missing}
        page.keep(asked, now)
        return known | asked

    async def _odd(self, slo: Slo, one: Stretch, now: datetime) -> tuple[Stretch, Pair]:
        page, seconds = self.ledger.of(slo, round(one.seconds), now), max(1, round(one.seconds))
        if one.end not in page.kept:
            async with self._places:
                (pair,) = await self.store(slo).lately(slo, [seconds], one.end)
            page.keep({one.end: pair}, now)
            return one, pair
        return one, page.kept[one.end]

    async def _range(self, slo: Slo, run: tuple[float, float], step: int) -> Mapping[float, Pair]:
        async with self._places:
            return await self.store(slo).in_slices(slo, *run, step)

    async def _sound(
        self, slo: Slo, found: Iterable[tuple[Stretch, Pair]], now: datetime
    ) -> tuple[Count, ...]:
        """Return the counts; where nothing anywhere is good, only a metric that exists makes it a zero."""
        known = list(found)
        silent = any(total for _, (_, total) in known) and all(bad is None for _, (bad, _) in known)
        if silent and not await self.store(slo).existing(slo, now):
            known = [(one, _NOTHING) for one, _ in known]
        return tuple(_count(one, pair) for one, pair in known)


def planned(slo: Slo, window: Stretch, excluded: Sequence[Span] = ()) -> Cut:
    """Say in which slices a window is asked for."""
    away = [Stretch(start.timestamp(), end.timestamp()) for start, end in excluded]
    if slo.budgeting is not Budgeting.OCCURRENCES and slo.slice_seconds:
        return cut_whole(window, slo.slice_seconds, away)
    return cut(window, step_of(window.seconds), away)


def _count(one: Stretch, pair: Pair) -> Count:
    bad, total = pair
    start, end = (datetime.fromtimestamp(at, UTC) for at in (one.start, one.end))
    return Count(start=start, end=end, total=total, bad=total if bad is None else bad)
