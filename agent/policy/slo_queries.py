"""What an objective asks of which store: its indicator's queries, checked as far as they can be."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from agent.policy.documents import Loc, Misplaced
from agent.policy.slo_documents import IndicatorSpec, Metric, Objective, SloSpec
from agent.policy.slo_influxql import wrong_influxql
from agent.policy.slo_shelves import Shelves
from agent.policy.slo_terms import SERVICE, WINDOW, filled, wrong_query

INCIDENTS = "incidents"
"""The type of the data source that takes no query language: the bot's own record of incidents."""
RESOLVED, CLOSED = "incidents resolved within their target", "incidents"
PROMETHEUS, INFLUXDB = "prometheus", "influxdb"
SOURCES = (PROMETHEUS, INFLUXDB, INCIDENTS)
QueryCheck = Callable[[str], str | None]
_SIGNS = {"lte": "<=", "lt": "<", "gte": ">=", "gt": ">"}


@dataclass(frozen=True, slots=True)
class Asked:
    """The queries for good and all events, and for a value that makes slices good or bad."""

    source: str
    good: str
    total: str
    measured: str = ""


def asked_of(spec: SloSpec, shelves: Shelves, *, template: bool, check: QueryCheck | None) -> Asked:
    """Return what an objective asks; raises Misplaced."""
    indicator, place = _indicator(spec, shelves)
    metrics = dict(_metrics(indicator))
    wrong = [
        (place + loc, problem)
        for loc, metric in metrics.items()
        for problem in _wrong_metric(
            metric, shelves, template=template, judged=indicator.thresholdMetric is not None, check=check
        )
    ]
    sources = {_type(metric, shelves) for metric in metrics.values()} - {""}
    if len(sources) > 1:
        wrong.append(
            (place, f"its queries go to {' and '.join(sorted(sources))}: ask one and the same store")
        )
    if wrong:
        raise Misplaced(*wrong)
    source = sources.pop()
    if indicator.thresholdMetric is not None:
        return _threshold(source, _text(indicator.thresholdMetric, spec), spec.objectives[0])
    _no_limit(spec.objectives[0])
    return _ratio(source, indicator, spec)


def _indicator(spec: SloSpec, shelves: Shelves) -> tuple[IndicatorSpec, Loc]:
    if spec.indicator is not None:
        return spec.indicator.spec, ("spec", "indicator", "spec")
    known = shelves.indicators.get(spec.indicatorRef or "")
    if known is None:
        names = ", ".join(shelves.indicators) or "none yet"
        raise Misplaced(
            (
                ("spec", "indicatorRef"),
                f"no document of kind SLI is called {spec.indicatorRef}; known: {names}",
            )
        )
    # A mistake in a shared indicator is told where it is referred to, with the field that is wrong there.
    return known.spec, ("spec", "indicatorRef")


def _metrics(indicator: IndicatorSpec) -> Iterator[tuple[Loc, Metric]]:
    if indicator.thresholdMetric is not None:
        yield ("thresholdMetric",), indicator.thresholdMetric
    ratio = indicator.ratioMetric
    if ratio is not None:
        for name in ("good", "bad", "total"):
            metric = getattr(ratio, name)
            if metric is not None:
                yield ("ratioMetric", name), metric


def _type(metric: Metric, shelves: Shelves) -> str:
    source = metric.metricSource
    if source.type is not None:
        return source.type.lower()
    known = shelves.sources.get(source.metricSourceRef or "")
    return "" if known is None else known.spec.type.lower()


def _wrong_metric(
    metric: Metric, shelves: Shelves, *, template: bool, judged: bool, check: QueryCheck | None
) -> Iterator[str]:
    kind, query = _type(metric, shelves), metric.metricSource.spec.query
    if not kind:
        names = ", ".join(shelves.sources) or "none yet"
        yield f"no document of kind DataSource is called {metric.metricSource.metricSourceRef}; known: {names}"
        return
    if kind not in SOURCES:
        yield f"a store of type {kind[:40]} cannot be asked: write one of {', '.join(SOURCES)}"
        return
    if kind == INCIDENTS:
        if query.strip() not in (RESOLVED, CLOSED):
            yield f"of {INCIDENTS} there are two counts: “{RESOLVED}” and “{CLOSED}”"
        return
    if kind == INFLUXDB:
        yield from wrong_influxql(query, template=template, judged=judged)
        return
    mistakes = list(wrong_query(query, template=template))
    yield from mistakes
    if not mistakes and check is not None and kind == PROMETHEUS:
        # What the placeholders stand for must be something that the language takes in their place.
        problem = check(query.replace(WINDOW, "5m").replace(SERVICE, "service"))
        if problem:
            yield problem


def _text(metric: Metric, spec: SloSpec) -> str:
    query = metric.metricSource.spec.query.strip()
    return query if spec.service == "*" else filled(query, spec.service)


def _ratio(source: str, indicator: IndicatorSpec, spec: SloSpec) -> Asked:
    ratio = indicator.ratioMetric
    assert ratio is not None
    total = _text(ratio.total, spec)
    if ratio.good is not None:
        return Asked(source, _text(ratio.good, spec), total)
    assert ratio.bad is not None
    if source == INFLUXDB:
        why = "without a single bad event nothing tells whether `bad` is mistyped: write `good`"
        raise Misplaced((("ratioMetric", "bad"), f"of an InfluxDB only good events are counted; {why}"))
    # Without a single bad event its series does not exist: that is 0, not unknown.
    return Asked(source, f"({total}) - (({_text(ratio.bad, spec)}) or 0 * ({total}))", total)


def _threshold(source: str, measured: str, promise: Objective) -> Asked:
    if promise.op is None or promise.value is None or not math.isfinite(promise.value):
        raise Misplaced(
            (
                ("spec", "objectives", 0),
                "a thresholdMetric needs op and value, such as op: lte and value: 0.2",
            )
        )
    if source == INFLUXDB:
        # Its language compares nothing in place: the limit is kept by whoever asks.
        return Asked(source, "", "", measured)
    limit = f"({measured}) {_SIGNS[promise.op]} bool {promise.value!r}"
    # 1 for a slice with a value; what is not a number, such as an average of nothing, stays none.
    return Asked(source, limit, f"0 * ({measured}) + 1", measured)


def _no_limit(promise: Objective) -> None:
    wrong = [name for name in ("op", "value") if getattr(promise, name) is not None]
    if wrong:
        raise Misplaced(
            *((("spec", "objectives", 0, name), "this is for a thresholdMetric") for name in wrong)
        )
