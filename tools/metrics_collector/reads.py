"""The reads of metrics_collector: one signal, free PromQL, now against normal, services, topology."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from pydantic import Field

from agent.domain.evidence import EvidenceStatus, Reading, Window
from agent.domain.noun import Utc
from agent.domain.results import EdgesResult, Quantity, Series, SeriesResult, TableResult
from agent.errors import BackendError
from tools.base import WEEK_MINUTES, Name, Params, WindowParams, nothing, window_of
from tools.connectors.readers import MetricsReader
from tools.metrics_collector.overview import EDGE_QUERIES, SERVICE_SIGNALS, edges_of, rows_of
from tools.metrics_collector.promql import MAX_LENGTH, check, step_for
from tools.metrics_collector.sampling import Sample, Sampler
from tools.quantities import number, words

BACKEND = "prometheus"
SHOWN_SERIES = 20


class SignalParams(WindowParams):
    """Which signal, of what, over which window."""

    signal: str = Field(max_length=60, description="a signal's name, such as latency_p95")
    service: Name | None = None
    namespace: Name | None = None


class QueryParams(Params):
    """A query at one moment, or over a window when `minutes` is given."""

    promql: str = Field(min_length=1, max_length=MAX_LENGTH)
    minutes: int | None = Field(default=None, ge=1, le=WEEK_MINUTES)
    end: Utc | None = None


class CompareParams(WindowParams):
    """Which signals of a service to compare with the hour before."""

    signals: Annotated[tuple[str, ...], Field(min_length=1, max_length=12)]
    service: Name | None = None
    namespace: Name | None = None
    minutes: int = Field(default=5, ge=1, le=WEEK_MINUTES)


class NoParams(Params):
    """No parameters."""


def about(sample: Sample, service: str | None) -> str:
    """Return what a sample is about, in words."""
    if sample.recipe.scope == "service" or not service:
        return f"{service} {sample.signal.title}" if service else sample.signal.title
    return f"{sample.signal.title} of the hosts"


def sentence(sample: Sample, service: str | None) -> str:
    """Say what the sample shows: now, normally, and whether the threshold is crossed."""
    unit = sample.signal.unit
    now = words(sample.value, unit) if sample.value is not None else "gone (no value any more)"
    text = f"{about(sample, service)} is {now}"
    if sample.normal is not None:
        text += f", normally {words(sample.normal, unit)}"
    if sample.signal.threshold is not None:
        relation = "beyond" if sample.crossed else "within"
        text += f"; {relation} the threshold of {words(sample.signal.threshold, unit)}"
    return text


def quantity(value: float | None, unit: str) -> Quantity | None:
    """Return a quantity, or None without a value."""
    return Quantity(value=value, unit=unit) if value is not None else None


@dataclass(frozen=True, slots=True)
class SignalRead:
    """One named signal over a window, with its value now and its normal value."""

    name: ClassVar[str] = "metrics_collector.signal"
    backend: ClassVar[str] = BACKEND
    description: ClassVar[str] = (
        "A named signal (such as latency_p95, server_error_ratio, cpu_utilization) of a service over the last "
        "minutes: its course, its value now, and what is normal for it."
    )
    params: ClassVar[type[Params]] = SignalParams
    metrics: MetricsReader
    sampler: Sampler

    async def run(self, params: SignalParams, now: datetime) -> Reading:
        """Sample the signal."""
        signal, window = self.sampler.named(params.signal), window_of(params, now)
        sample = await self.sampler.sample(signal, params.service, params.namespace, window, now)
        if isinstance(sample, str):
            whose = f" of {params.service}" if params.service else ""
            return nothing(sample, f"There are no data for {signal.title}{whose}.", window)
        series = sample.series[:SHOWN_SERIES]
        return Reading(
            status=EvidenceStatus.SUCCESS,
            query=sample.query,
            summary=sentence(sample, params.service),
            window=window,
            value=quantity(sample.value, signal.unit),
            normal=quantity(sample.normal, signal.unit),
            result=SeriesResult(
                signal=signal.name, unit=signal.unit, series=series, threshold=signal.threshold
            ),
            link=self.metrics.link(sample.query, params.minutes, window.end),
        )


@dataclass(frozen=True, slots=True)
class QueryRead:
    """Free PromQL."""

    name: ClassVar[str] = "metrics_collector.query"
    backend: ClassVar[str] = BACKEND
    description: ClassVar[str] = "Any PromQL query, now or over the last minutes. Prefer a named signal."
    params: ClassVar[type[Params]] = QueryParams
    metrics: MetricsReader

    async def run(self, params: QueryParams, now: datetime) -> Reading:
        """Check the query, then run it."""
        query = check(params.promql)
        end = min(params.end or now, now)
        window = Window(start=end - timedelta(minutes=params.minutes or 0), end=end)
        series = await self._series(query, window, params.minutes)
        link = self.metrics.link(query, params.minutes or 60, end)
        if not series:
            return nothing(query, "The query found nothing.", window, link)
        newest = series[0].points[-1][1]
        alone = len(series) == 1
        count = "1 series" if alone else f"{len(series)} series"
        summary = f"{count}; {'its' if alone else 'the first'} newest value is {number(newest)}"
        return Reading(
            status=EvidenceStatus.SUCCESS,
            query=query,
            summary=summary,
            window=window,
            value=Quantity(value=newest) if alone else None,
            result=SeriesResult(series=series[:SHOWN_SERIES]),
            link=link,
        )

    async def _series(self, query: str, window: Window, minutes: int | None) -> tuple[Series, ...]:
        if minutes is None:
            return await self.metrics.instant(query, window.end)
        return await self.metrics.range(query, window.start, window.end, step_for(minutes * 60))


@dataclass(frozen=True, slots=True)
class CompareRead:
    """Several signals of a service, now against the hour before."""

    name: ClassVar[str] = "metrics_collector.compare"
    backend: ClassVar[str] = BACKEND
    description: ClassVar[str] = (
        "Several named signals of a service at once: now against the hour before, as a table."
    )
    params: ClassVar[type[Params]] = CompareParams
    sampler: Sampler

    async def run(self, params: CompareParams, now: datetime) -> Reading:
        """Sample every signal; one that fails leaves its row empty, unless all fail."""
        signals = [self.sampler.named(name) for name in dict.fromkeys(params.signals)]
        window = window_of(params, now)
        samples = await asyncio.gather(
            *(self.sampler.sample(s, params.service, params.namespace, window, now) for s in signals),
            return_exceptions=True,
        )
        rows: list[tuple[str, ...]] = []
        found: list[Sample] = []
        for signal, sample in zip(signals, samples, strict=True):
            if isinstance(sample, BaseException):
                if not isinstance(sample, BackendError) or len(samples) == 1:
                    raise sample
                rows.append((signal.title, "not answered", "", "", ""))
            elif isinstance(sample, str):
                rows.append((signal.title, "no data", "", "", ""))
            else:
                found.append(sample)
                rows.append(_compared(sample))
        return _comparison(params, window, rows, found, samples)


def _compared(sample: Sample) -> tuple[str, ...]:
    unit, threshold = sample.signal.unit, sample.signal.threshold
    now = words(sample.value, unit) if sample.value is not None else "no value"
    normal = words(sample.normal, unit) if sample.normal is not None else "unknown"
    limit = words(threshold, unit) if threshold is not None else ""
    return sample.signal.title, now, normal, limit, "beyond" if sample.crossed else ""


def _comparison(
    params: CompareParams,
    window: Window,
    rows: list[tuple[str, ...]],
    found: list[Sample],
    samples: list[Sample | str | BaseException],
) -> Reading:
    if not found:
        errors = [s for s in samples if isinstance(s, BackendError)]
        if errors:
            raise errors[0]
        tried = " ; ".join(s for s in samples if isinstance(s, str))
        return nothing(tried, f"There are no data for {params.service or 'any service'}.", window)
    first = found[0]
    return Reading(
        status=EvidenceStatus.SUCCESS,
        query=" ; ".join(sample.query for sample in found),
        summary=". ".join(sentence(sample, params.service) for sample in found),
        window=window,
        value=quantity(first.value, first.signal.unit),
        normal=quantity(first.normal, first.signal.unit),
        result=TableResult(columns=("signal", "now", "normal", "threshold", "judgement"), rows=tuple(rows)),
    )


@dataclass(frozen=True, slots=True)
class ServicesRead:
    """Every service that has metrics, with its health."""

    name: ClassVar[str] = "metrics_collector.services"
    backend: ClassVar[str] = BACKEND
    description: ClassVar[str] = (
        "All services seen in the metrics with up, requests per second, error ratio and P95."
    )
    params: ClassVar[type[Params]] = NoParams
    metrics: MetricsReader
    sampler: Sampler

    async def run(self, params: NoParams, now: datetime) -> Reading:
        """Ask for four signals of all services at this moment."""
        asked = [await self._query(name, now) for name in SERVICE_SIGNALS]
        answers = await asyncio.gather(*(self._ask(query, now) for _, query in asked))
        query = " ; ".join(text for _, text in asked if text)
        rows = rows_of([(label, series) for (label, _), series in zip(asked, answers, strict=True)])
        window = Window(start=now, end=now)
        if not rows:
            return nothing(query or "no metric of services exists", "No service has metrics.", window)
        return Reading(
            status=EvidenceStatus.SUCCESS,
            query=query,
            summary=f"{len(rows)} services have metrics: {', '.join(row[0] for row in rows[:12])}",
            window=window,
            value=Quantity(value=len(rows)),
            result=TableResult(columns=("service", "up", "rps", "error_ratio", "p95_seconds"), rows=rows),
        )

    async def _query(self, name: str, now: datetime) -> tuple[str, str]:
        # No service is given, yet recipes about services are wanted first.
        recipes = await self.sampler.recipes(self.sampler.named(name), "any", now, now)
        if not recipes:
            return "service", ""
        return recipes[0].by, await self.sampler.query_for(recipes[0], None, None, now, now)

    async def _ask(self, query: str, now: datetime) -> tuple[Series, ...]:
        return await self.metrics.instant(query, now) if query else ()


@dataclass(frozen=True, slots=True)
class TopologyRead:
    """Who calls whom."""

    name: ClassVar[str] = "metrics_collector.topology"
    backend: ClassVar[str] = BACKEND
    description: ClassVar[str] = "Which service calls which, from client, mesh or trace metrics."
    params: ClassVar[type[Params]] = NoParams
    metrics: MetricsReader

    async def run(self, params: NoParams, now: datetime) -> Reading:
        """Take the first source of edges that has any."""
        window = Window(start=now, end=now)
        for query, caller, callee in EDGE_QUERIES:
            edges = edges_of(await self.metrics.instant(query, now), caller, callee)
            if edges:
                return Reading(
                    status=EvidenceStatus.SUCCESS,
                    query=query,
                    summary="; ".join(f"{a} calls {b}" for a, b in edges[:20]),
                    window=window,
                    value=Quantity(value=len(edges)),
                    result=EdgesResult(edges=edges),
                )
        tried = " ; ".join(query for query, _, _ in EDGE_QUERIES)
        return nothing(tried, "No metric says which service calls which.", window)
