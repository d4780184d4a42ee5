"""Objectives measured on requests that a test counts by a rule of its own."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from agent.analysis.slo import Span
from agent.domain.slo import RollingWindow, SliKind, Slo
from agent.operations.objectives_measured import MeasuredObjectives
from tests.support.counted import CountedRequests, Counts
from tools.sla_tracker.judge import Judge
from tools.sla_tracker.measure import Meter
from tools.sla_tracker.promises import Promises

NOW = datetime(2026, 11, 23, 9, 30, 20, tzinfo=UTC)


def objective(**more: object) -> Slo:
    """Return an availability objective of payment over 30 days, with other fields where given."""
    given = {
        "name": "payment-availability",
        "service": "payment",
        "title": "Availability",
        "kind": SliKind.AVAILABILITY,
        "target": 0.999,
        "window": RollingWindow(length=timedelta(days=30)),
        "good": "good[<window>]",
        "total": "total[<window>]",
    }
    return Slo.model_validate(given | more)


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time


class House:
    """Everything that measures, on counted requests."""

    def __init__(
        self, counts: Counts, *slos: Slo, maintenance: Sequence[Span] = (), store: Any = None
    ) -> None:
        self.metrics = CountedRequests(counts)
        self.clock = Clock()
        self.slos = slos or (objective(),)
        promises = Promises(lambda: self.slos, lambda slo, window: maintenance)
        self.judge = Judge(Meter(self.metrics), promises)
        self.objectives = MeasuredObjectives(
            lambda: self.slos, self.judge, store, self.clock, lambda incident: None
        )


def hours_ago(hours: float) -> float:
    """Return a moment before now in unix seconds."""
    return (NOW - timedelta(hours=hours)).timestamp()
