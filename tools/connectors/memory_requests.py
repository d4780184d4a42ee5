"""A store of single requests in memory, for unit tests: it holds what it is given."""

from collections.abc import Sequence
from datetime import datetime

from tools.connectors.requests_reader import Endpoint, Endpoints


class MemoryRequests:
    """A RequestsReader over endpoints that never change."""

    backend = "requests"

    def __init__(self, endpoints: Sequence[Endpoint] = ()) -> None:
        self.endpoints = tuple(endpoints)

    async def version(self) -> str:
        """Return a made-up version."""
        return "memory"

    async def close(self) -> None:
        """Do nothing."""

    async def slow(self, since: datetime, until: datetime, *, over_seconds: float, most: int) -> Endpoints:
        """Return those over the limit, the highest P95 first."""
        over = [one for one in self.endpoints if one.mean > over_seconds]
        ordered = sorted(over, key=lambda one: -one.p95)[:most]
        return Endpoints(tuple(ordered), len(self.endpoints), f"mean > {over_seconds:g} s")
