"""Counts events in a Prometheus, or in what speaks its query language, by the increases of counters.

An increase is taken of each series before the sum, so a counter that starts anew costs nothing. Prometheus stretches an
increase to the edges of its range by at most half a scrape; the requests between the last scrape of a slice and the
first of the next are told by that stretch alone, which is right on average and off by less than a scrape for one burst.
VictoriaMetrics stretches nothing and counts from the sample before the range: nothing is lost between slices, and what
came while nobody scraped is counted in the first slice after it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from agent.domain.results import Series
from agent.domain.slo import Slo
from tools.connectors.readers import MetricsReader
from tools.sla_tracker.ledger import Pair
from tools.sla_tracker.questions import as_one, by_time, counters_of, pair_of, parts, query_of


@dataclass(frozen=True, slots=True)
class PrometheusCounts:
    """Implements EventCounts."""

    metrics: MetricsReader

    def query_of(self, slo: Slo, seconds: int) -> str:
        """Return one query for good and all events."""
        return query_of(slo, seconds)

    async def in_slices(self, slo: Slo, first: float, last: float, step: int) -> Mapping[float, Pair]:
        """Ask a range query, whose moments are the ends of the slices."""
        start, end = (datetime.fromtimestamp(at, UTC) for at in (first, last))
        found = await self.metrics.range(query_of(slo, step), start, end, step)
        return {at: pair_of(named) for at, named in by_time(found).items()}

    async def lately(self, slo: Slo, lengths: Sequence[int], until: float) -> Sequence[Pair]:
        """Ask for all lengths in one query."""
        named = [(f"{name}-{seconds}", query) for seconds in lengths for name, query in parts(slo, seconds)]
        found = by_time(await self._instant(as_one(named), until)).get(until)
        return [pair_of(found, f"-{seconds}") for seconds in lengths]

    async def existing(self, slo: Slo, now: datetime) -> bool:
        """Ask for the names of the counters; without any there is nothing to doubt."""
        counters = counters_of(slo)
        return not counters or bool(await self.metrics.existing(counters, now))

    def link(self, query: str, minutes: int, end: datetime) -> str | None:
        """Return Prometheus' own page."""
        return self.metrics.link(query, minutes, end)

    async def _instant(self, query: str, at: float) -> Sequence[Series]:
        found = await self.metrics.instant(query, datetime.fromtimestamp(at, UTC))
        # A store may answer with the time of its newest sample in place of the time that was asked for.
        return [Series(labels=one.labels, points=((at, one.points[-1][1]),)) for one in found if one.points]
