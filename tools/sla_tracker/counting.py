"""How events are counted in a store: the port that every kind of store keeps to."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from agent.domain.slo import Slo
from tools.sla_tracker.ledger import Pair


class EventCounts(Protocol):
    """Counts the bad and all events of an objective; what a store had no samples of is None, never 0.

    Every method that asks may raise a BackendError.
    """

    def query_of(self, slo: Slo, seconds: int) -> str:
        """Return what is asked about slices of so many seconds, to be shown."""
        ...

    async def in_slices(self, slo: Slo, first: float, last: float, step: int) -> Mapping[float, Pair]:
        """Count in each slice of `step` seconds, by its end; the ends go from the first to the last."""
        ...

    async def lately(self, slo: Slo, lengths: Sequence[int], until: float) -> Sequence[Pair]:
        """Count in the so many seconds before a moment, for each of the lengths."""
        ...

    async def existing(self, slo: Slo, now: datetime) -> bool:
        """Say whether what tells good from bad exists in the store at all."""
        ...

    def link(self, query: str, minutes: int, end: datetime) -> str | None:
        """Return a page of the store with a query; None where there is none."""
        ...
