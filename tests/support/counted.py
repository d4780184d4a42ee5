"""A metrics store that counts requests by a rule that a test chooses, and remembers what it was asked."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from agent.domain.results import Series
from agent.errors import OpsError

_PART = re.compile(r'label_replace\((?P<what>good|total)\[(?P<seconds>\d+)s\], "slo_part", "(?P<name>[^"]+)"')
Counts = Callable[[float, float], tuple[float | None, float | None]]
"""Returns the good and all requests between two moments; None where the store has nothing."""


@dataclass
class CountedRequests:
    """A MetricsReader that understands the two queries `good[<window>]` and `total[<window>]`."""

    counts: Counts
    broken: OpsError | None = None
    names: frozenset[str] = frozenset({"good", "total"})
    ranges: list[tuple[datetime, datetime, int]] = field(default_factory=list)
    instants: list[tuple[str, datetime]] = field(default_factory=list)

    async def instant(self, promql: str, at: datetime) -> tuple[Series, ...]:
        self._check()
        self.instants.append((promql, at))
        return self._answer(promql, [at.timestamp()])

    async def range(
        self, promql: str, start: datetime, end: datetime, step_seconds: int
    ) -> tuple[Series, ...]:
        self._check()
        self.ranges.append((start, end, step_seconds))
        count = int((end - start).total_seconds() // step_seconds) + 1
        return self._answer(promql, [start.timestamp() + step_seconds * n for n in range(count)])

    async def existing(self, names: Sequence[str], at: datetime) -> frozenset[str]:
        return self.names & frozenset(names)

    async def rules(self) -> tuple[Any, ...]:
        return ()

    async def version(self) -> str:
        return "counted"

    async def close(self) -> None:
        return None

    def link(self, promql: str, minutes: int, end: datetime) -> str:
        return f"http://metrics.example/graph?minutes={minutes}"

    def _check(self) -> None:
        if self.broken is not None:
            raise self.broken

    def _answer(self, promql: str, times: Sequence[float]) -> tuple[Series, ...]:
        found = []
        for part in _PART.finditer(promql):
            seconds, place = int(part["seconds"]), ("good", "total").index(part["what"])
            points = [
                (at, value) for at in times if (value := self.counts(at - seconds, at)[place]) is not None
            ]
            if points:
                found.append(Series(labels={"slo_part": part["name"]}, points=tuple(points)))
        return tuple(found)


def steady(rate: float = 10.0, troubles: Sequence[tuple[float, float, float]] = ()) -> Counts:
    """Return the counts of a service with so many requests a second; in each trouble (from, to) a share fails."""

    def counts(start: float, end: float) -> tuple[float, float]:
        total = rate * (end - start)
        bad = sum(
            rate * share * max(0.0, min(end, until) - max(start, since)) for since, until, share in troubles
        )
        return total - bad, total

    return counts
