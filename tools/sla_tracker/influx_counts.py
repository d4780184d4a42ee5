"""Counts events in an InfluxDB: one InfluxQL query for each side, grouped by slices that lie where they are asked for.

What counters tell by the difference of neighbours begins with a neighbour before the slice, so a little more is read in
front of it and left out. What came while nothing was written is counted in the slice in which the counter is seen again.
"""

import math
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from agent.analysis.influxql import rendered, selection
from agent.domain.results import Series
from agent.domain.slo import Slo
from tools.connectors.influxdb import InfluxDatabase
from tools.sla_tracker.ledger import Pair

SOURCE = "influxdb"
_BEFORE_SECONDS = 300
_SIGNS = {"lte": operator.le, "lt": operator.lt, "gte": operator.ge, "gt": operator.gt}
Sums = Mapping[float, float]


@dataclass(frozen=True, slots=True)
class InfluxCounts:
    """Implements EventCounts; a query with a name that is nowhere in its measurements finds nothing.

    A tag that does not exist would match every pattern of what it is not, so `statsu !~ /^5/` would be a perfect service.
    """

    database: InfluxDatabase
    _known: set[str] = field(default_factory=set)

    def query_of(self, slo: Slo, seconds: int) -> str:
        """Return the queries with the length of a slice; the times stay open."""
        return "; ".join(query.replace("<window>", f"{seconds}s") for query in _sides(slo))

    async def in_slices(self, slo: Slo, first: float, last: float, step: int) -> Mapping[float, Pair]:
        """Ask for all slices in one request."""
        (found,) = await self._counted(slo, [(first - step, last, step)])
        return found

    async def lately(self, slo: Slo, lengths: Sequence[int], until: float) -> Sequence[Pair]:
        """Ask for every length in one request."""
        found = await self._counted(slo, [(until - seconds, until, seconds) for seconds in lengths])
        return [one.get(until, (None, None)) for one in found]

    async def existing(self, slo: Slo, now: datetime) -> bool:
        """Ask for the fields and tags of the measurements."""
        return all([await self._names_exist(side) for side in _sides(slo)])

    async def _names_exist(self, query: str) -> bool:
        if query in self._known:
            return True
        chosen = selection(query)
        found: set[str] = set()
        for source in chosen.sources:
            found |= await self.database.keys(source)
        if chosen.names <= found:
            self._known.add(query)
        return chosen.names <= found

    def link(self, query: str, minutes: int, end: datetime) -> str | None:
        """Return nothing: an InfluxDB has no page of its own."""
        return None

    async def _counted(
        self, slo: Slo, windows: Sequence[tuple[float, float, int]]
    ) -> Sequence[Mapping[float, Pair]]:
        """Count in the slices of each window, which is told by its start, its end and the length of a slice."""
        sides = _sides(slo)
        if not all([await self._names_exist(side) for side in sides]):
            return [{} for _ in windows]
        queries = [
            rendered(side, seconds, start - math.ceil(_BEFORE_SECONDS / seconds) * seconds, end)
            for start, end, seconds in windows
            for side in sides
        ]
        answers = iter(await self.database.select(queries))
        found: list[Mapping[float, Pair]] = []
        for start, _, seconds in windows:
            sums = [_sums(next(answers), start, seconds) for _ in sides]
            found.append(_judged(slo, sums[0]) if slo.measured else _pairs(*sums))
        return found


def _sides(slo: Slo) -> tuple[str, ...]:
    return (slo.measured,) if slo.measured else (slo.good, slo.total)


def _sums(found: Sequence[Series], start: float, seconds: int) -> Sums:
    """Return the values by the ends of their slices; series that a query leaves apart are summed."""
    sums: dict[float, float] = {}
    for series in found:
        for at, value in series.points:
            if at >= start:
                sums[at + seconds] = sums.get(at + seconds, 0.0) + value
    return sums


def _pairs(good: Sums, total: Sums) -> Mapping[float, Pair]:
    return {at: _pair(good.get(at), max(0.0, value)) for at, value in total.items()}


def _pair(good: float | None, total: float) -> Pair:
    # A point may be written between the two looks, so a part may seem larger than the whole.
    return (None if good is None else min(max(0.0, total - good), total), total)


def _judged(slo: Slo, values: Sums) -> Mapping[float, Pair]:
    """Return 1 event for each slice with a value, bad where it does not keep the limit."""
    assert slo.op is not None
    assert slo.limit is not None
    keeps = _SIGNS[slo.op]
    return {at: (0.0 if keeps(value, slo.limit) else 1.0, 1.0) for at, value in values.items()}
