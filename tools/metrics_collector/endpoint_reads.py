"""The reads that find slow endpoints: over histograms of requests, and over a table of requests in PostgreSQL."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from pydantic import Field

from agent.domain.evidence import EvidenceStatus, Reading, Window
from agent.domain.results import Quantity, TableResult
from tools.base import DAY_MINUTES, Name, Params, WindowParams, nothing, window_of
from tools.connectors.readers import MetricsReader
from tools.connectors.requests_reader import Endpoint, RequestsReader
from tools.metrics_collector.endpoints import (
    COLUMNS,
    MOST,
    SCHEMES,
    SHOWN_WHEN_NONE,
    endpoints_of,
    queries_of,
    row_of,
)
from tools.quantities import words


class SlowRequestsParams(WindowParams):
    """Over which time, and from which mean on an endpoint is slow."""

    minutes: int = Field(default=60, ge=1, le=DAY_MINUTES)
    over_seconds: float = Field(default=1.0, gt=0, le=600, description="slow is a mean over this")


class SlowEndpointsParams(SlowRequestsParams):
    """Of which service; of all of them when it is left out."""

    service: Name | None = None


@dataclass(frozen=True, slots=True)
class SlowEndpointsRead:
    """The slow endpoints by histograms of their durations."""

    name: ClassVar[str] = "metrics_collector.slow_endpoints"
    backend: ClassVar[str] = "prometheus"
    description: ClassVar[str] = (
        "The endpoints whose mean duration is over a limit, with requests, mean, P95 and the slowest, by histograms."
    )
    params: ClassVar[type[Params]] = SlowEndpointsParams
    metrics: MetricsReader

    async def run(self, params: SlowEndpointsParams, now: datetime) -> Reading:
        """Ask the first histogram that knows endpoints."""
        window, tried = window_of(params, now), list[str]()
        for scheme in SCHEMES:
            queries = queries_of(scheme, params.service, params.minutes)
            tried.append(queries[0])
            counts = await self.metrics.instant(queries[0], window.end)
            if not counts:
                continue
            rest = await asyncio.gather(*(self.metrics.instant(one, window.end) for one in queries[1:]))
            every = endpoints_of(scheme, [counts, *rest])
            if every:
                over = [one for one in every if one.mean > params.over_seconds]
                return _reading(over, every, len(every), " ; ".join(queries), params, window)
        return nothing(" ; ".join(tried), "No histogram tells the durations of single endpoints.", window)


@dataclass(frozen=True, slots=True)
class SlowRequestsRead:
    """The slow endpoints by a table of single requests."""

    name: ClassVar[str] = "metrics_collector.slow_requests"
    backend: ClassVar[str] = "requests"
    description: ClassVar[str] = (
        "The endpoints whose mean duration is over a limit, with requests, mean, P95 and the slowest, by a table of requests."
    )
    params: ClassVar[type[Params]] = SlowRequestsParams
    requests: RequestsReader

    async def run(self, params: SlowRequestsParams, now: datetime) -> Reading:
        """Ask the table."""
        window = window_of(params, now)
        found = await self.requests.slow(
            window.start, window.end, over_seconds=params.over_seconds, most=MOST
        )
        if not found.seen:
            return nothing(found.query, "The table has no request in this time.", window)
        return _reading(found.over, (), found.seen, found.query, params, window)


def _reading(
    over: Sequence[Endpoint],
    every: Sequence[Endpoint],
    seen: int,
    query: str,
    params: SlowRequestsParams,
    window: Window,
) -> Reading:
    limit = words(params.over_seconds, "seconds")
    if over:
        said = (
            f"{len(over)} of {seen} endpoints take longer than {limit} on average, above all {over[0].route}"
        )
    else:
        said = f"none of {seen} endpoints takes longer than {limit} on average"
    shown = list(over[:MOST]) or list(every[:SHOWN_WHEN_NONE])
    return Reading(
        status=EvidenceStatus.SUCCESS,
        query=query,
        summary=said,
        window=window,
        # How many are slow; the table holds the slowest ones also when none is.
        value=Quantity(value=len(over)),
        result=TableResult(columns=COLUMNS, rows=tuple(row_of(one) for one in shown)),
    )
