"""What this run read, as a case: so that live incidents are ranked by what ranks recorded ones."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import numpy as np

from agent.analysis.topology import callees
from agent.diagnosis.cases.model import Case, CaseChange, CountedPattern, MetricSeries, Pod, Span, Target
from agent.diagnosis.facts import BEFORE_TROUBLE, Cited, Facts
from agent.domain.evidence import Evidence
from agent.domain.results import Change, Series, SeriesResult

# Signals that have a course; a certificate's date has none.
SIGNALS = (
    "server_error_ratio",
    "latency_p95",
    "request_rate",
    "up",
    "pool_utilization",
    "cache_hit_ratio",
    "container_memory_ratio",
    "cpu_utilization",
)
# The kinds by which the ranking knows what people noticed.
_NOTICED = {"server_error_ratio": "failure", "latency_p95": "latency"}
# What a read of log patterns compares when it does not say so itself, in minutes.
_LOGS, _LOGS_BEFORE = 10, 60


def case_of(facts: Facts, evidence: Sequence[Evidence], changes: Sequence[Cited[Change]] = ()) -> Case | None:
    """Return the case of an incident; None when nothing was measured. Changes are known by their place as id.

    Every service that was measured is in it, so that what is ordinary is known; who is a candidate at all is for
    the reader to say.
    """
    known = {one.id: one for one in evidence}
    pods = {cited.what.name: Pod(cited.what.service, cited.what.image) for cited in facts.pods}
    told = [key for key in facts.measures if _tells(facts, *key)]
    series = tuple(one for key in told for one in _series(facts, *key, known, pods))
    if not series:
        return None
    incident = _incident(facts, series)
    services = tuple(dict.fromkeys(service for service, signal in facts.measures if signal in SIGNALS))
    measured = {one.entity for one in series}
    return Case(
        entities=services,
        target=_target(facts),
        # A rate over a window climbs a while before anybody calls it abnormal.
        normal=(-float("inf"), incident[0] - BEFORE_TROUBLE.total_seconds()),
        incident=incident,
        topology=tuple(sorted(facts.edges)),
        pods={name: pod for name, pod in pods.items() if name in measured},
        changes=tuple(_change(place, cited.what) for place, cited in enumerate(changes)),
        metrics=series,
        patterns=tuple(_patterns(facts, services, known)),
    )


def _tells(facts: Facts, service: str, signal: str) -> bool:
    """Say whether a signal speaks of its own service, and on the same terms as for the others."""
    if signal == "request_rate":
        # Trouble is weighed by requests for all services or for none: else the same delay weighs more above.
        return all(
            (name, signal) in facts.measures for name, which in facts.measures if which == "latency_p95"
        )
    if signal == "pool_utilization":
        # A pool fills up when what it connects to is slow.
        below = (facts.measure(name, "latency_p95") for name in callees(facts.edges, service))
        return not any(one is not None and one.abnormal for one in below)
    if signal == "up":
        return not _only_silent(facts, service)
    return signal in SIGNALS


def _only_silent(facts: Facts, service: str) -> bool:
    """Say whether only the metrics of a service are silent: it has callers, and they are well."""
    callers = {caller for caller, callee in facts.edges if callee == service}
    well = any(facts.healthy(caller) for caller in callers)
    return well and not any(facts.symptoms(caller) for caller in callers)


def _silence_as_failure(facts: Facts, row: MetricSeries) -> MetricSeries:
    """Turn the silence of what tells of no errors into failures: its callers get no answer."""
    if row.metric != "up" or (row.entity, "server_error_ratio") in facts.measures:
        return row
    return MetricSeries(row.entity, "server_error_ratio", row.at, 1 - np.clip(row.values, 0, 1), row.unit)


def _series(
    facts: Facts, service: str, signal: str, known: dict[str, Evidence], pods: dict[str, Pod]
) -> Iterator[MetricSeries]:
    """Yield the series of a signal: one per pod where pods were told apart, else the worst one."""
    measure = facts.measures[service, signal]
    result = known[measure.evidence_id].reading.result
    single = (
        [s for s in result.series if s.labels.get("pod") in pods] if isinstance(result, SeriesResult) else []
    )
    if len(single) > 1:
        yield from (_row(one.labels["pod"], signal, one, measure.now.unit) for one in single)
    elif measure.points:
        yield _silence_as_failure(
            facts, _row(service, signal, Series(points=measure.points), measure.now.unit)
        )


def _row(entity: str, signal: str, series: Series, unit: str) -> MetricSeries:
    rows = np.asarray(sorted(series.points), dtype=np.float64)
    return MetricSeries(entity, signal, rows[:, 0], rows[:, 1], unit)


def _incident(facts: Facts, series: Sequence[MetricSeries]) -> Span:
    concerned = [service for service in facts.failing if facts.concerns(service)]
    began: datetime = min((facts.began(service) for service in concerned), default=facts.started_at)
    return began.timestamp(), max(float(one.at[-1]) for one in series)


def _target(facts: Facts) -> Target | None:
    """Return the affected service that fails worst; the kind stands for the metric, since no step is looked for."""
    for service in facts.affected:
        for symptom in facts.symptoms(service):
            if symptom.signal in _NOTICED:
                return Target(service, _NOTICED[symptom.signal])
    return None


def _change(place: int, change: Change) -> CaseChange:
    return CaseChange(f"{place}", change.at.timestamp(), change.service, change.change, change.description)


def _patterns(facts: Facts, services: Iterable[str], known: dict[str, Evidence]) -> Iterator[CountedPattern]:
    """Yield the errors of each service that do not merely repeat what another one answered."""
    for service in services:
        for cited in facts.own_errors(service):
            params = known[cited.evidence_id].request.params
            part = _number(params.get("minutes"), _LOGS) / _number(
                params.get("compare_minutes"), _LOGS_BEFORE
            )
            expected = cited.what.count_before * part
            yield CountedPattern(service, cited.what.template, cited.what.count, expected)


def _number(value: object, otherwise: float) -> float:
    return float(value) if isinstance(value, int | float) and value > 0 else otherwise
