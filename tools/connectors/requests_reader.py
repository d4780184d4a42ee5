"""What the reads need from a store of single requests, and what is known of an endpoint."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tools.connectors.readers import Backend


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint over a window: requests, and mean, 95th percentile and slowest duration in seconds."""

    service: str
    route: str
    requests: float
    mean: float
    p95: float
    slowest: float


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Those over a limit, the highest P95 first; `seen` counts all that there were, `query` is the exact query."""

    over: tuple[Endpoint, ...]
    seen: int
    query: str


class RequestsReader(Backend, Protocol):
    """A store of single requests."""

    async def slow(self, since: datetime, until: datetime, *, over_seconds: float, most: int) -> Endpoints:
        """Return the endpoints whose mean is over a limit, at most so many, and how many endpoints there were."""
        ...
