"""Sorts evidence into facts; of two readings of the same thing the later one counts."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from agent.diagnosis.deeds import deed_of, left_revisions
from agent.diagnosis.facts import Cited, Facts, is_error
from agent.diagnosis.measure import Measure, measured
from agent.diagnosis.profiles import PROFILES
from agent.diagnosis.told import once
from agent.domain.alert import AlertRecord
from agent.domain.deployment import TOLD
from agent.domain.evidence import Evidence
from agent.domain.results import (
    Change,
    ChangesResult,
    ClusterEvent,
    EdgesResult,
    EventsResult,
    LogPattern,
    PatternsResult,
    PodsResult,
    PodState,
    Quantity,
    Series,
    SeriesResult,
)
from agent.domain.view import IncidentView

PLACES = ("instance", "node", "host", "pod")
_FAILED_CALL = re.compile(
    r"upstream|call|failed|answered|connect|timed? ?out|no answer|refused", re.IGNORECASE
)


def gather(view: IncidentView, evidence: Sequence[Evidence]) -> Facts:
    """Index the readings that brought data."""
    good = sorted((e for e in evidence if e.ok), key=lambda e: (e.observed_at, e.id))
    services = [m for e in good for m in _measures(e) if m.service]
    nodes = [m for e in good for m in _node_measures(e)]
    patterns = _patterns(good)
    pods = _pods(good)
    known = {m.service for m in services} | {p.what.service for p in pods} | set(view.services)
    edges, edges_evidence = _edges(good, patterns, known)
    others, ours = _told_apart(_changes(good), view)
    return Facts(
        affected=_affected(view, pods),
        started_at=view.incident.times.started_at,
        alert_began=_alert_began(view.alerts),
        firing_since=_alert_began(view.firing),
        alerts=frozenset((r.alert.name, r.about) for r in view.alerts),
        measures={(m.service, m.signal): m for m in services},
        changes=others,
        pods=pods,
        events=_events(good),
        patterns=patterns,
        edges=edges,
        edges_evidence=edges_evidence,
        logs_read=frozenset(_logs_read(evidence)),
        nodes={name: m for m in nodes if (name := _machine(m))},
        machine=_about_a_machine(view),
        ours=ours,
        left=left_revisions((*view.deeds, *view.actions)),
    )


def _affected(view: IncidentView, pods: Sequence[Cited[PodState]]) -> tuple[str, ...]:
    """Return the services that alerts name, and those whose pods they name: a rule may override the service.

    An incident about a machine is called after it; a machine is no service.
    """
    owners = {p.what.name: p.what.service for p in pods}
    labels = [record.alert.labels for record in view.alerts]
    services = {one.get("service", "") for one in labels}
    places = {one[name] for one in labels for name in PLACES if name in one} - services
    named = (owners.get(one.get("pod", ""), "") for one in labels)
    return tuple(s for s in dict.fromkeys((*view.services, *sorted(filter(None, named)))) if s not in places)


def _about_a_machine(view: IncidentView) -> bool:
    labels = [record.alert.labels for record in view.alerts]
    machines = {one[name] for one in labels for name in ("instance", "node", "host") if one.get(name)}
    named = view.incident.service in ("", *machines)
    return bool(machines) and named and not any(record.about for record in view.alerts)


def _alert_began(records: Iterable[AlertRecord]) -> dict[str, datetime]:
    began: dict[str, datetime] = {}
    for record in records:
        service = record.about
        if service and (service not in began or record.alert.starts_at < began[service]):
            began[service] = record.alert.starts_at
    return began


def _measures(evidence: Evidence) -> Iterable[Measure]:
    if evidence.request.tool != "metrics_collector.signal":
        return
    service, signal = evidence.request.params.get("service"), evidence.request.params.get("signal")
    result, value = evidence.reading.result, evidence.reading.value
    if not isinstance(service, str) or not isinstance(signal, str) or value is None:
        return
    worst = None
    if isinstance(result, SeriesResult):
        own = [s for s in result.series if s.points and _about(service, s)]
        if result.series and not own:
            return
        worst = _worst(signal, own)
    points, labels = (worst.points, worst.labels) if worst else ((), {})
    yield measured(service, signal, evidence.id, value, evidence.reading.normal, points, labels)


def _about(service: str, series: Series) -> bool:
    """Say whether a series is the service's own: a signal of hosts comes back for any service that asks."""
    if not series.labels or "service" in series.labels:
        return series.labels.get("service", service) == service
    return any(service in value for value in series.labels.values())


def _worst(signal: str, own: Sequence[Series]) -> Series | None:
    if not own:
        return None
    profile = PROFILES.get(signal)
    down = profile is not None and profile.direction == "down"
    return (min if down else max)(own, key=lambda s: s.points[-1][1])


def _node_measures(evidence: Evidence) -> Iterable[Measure]:
    """Yield one measure per machine from a reading of `cpu_utilization` without a service."""
    params, result = evidence.request.params, evidence.reading.result
    if evidence.request.tool != "metrics_collector.signal" or params.get("service"):
        return
    if params.get("signal") != "cpu_utilization" or not isinstance(result, SeriesResult):
        return
    for series in result.series:
        if series.points:
            now = Quantity(value=series.points[-1][1], unit=result.unit)
            yield measured("", "cpu_utilization", evidence.id, now, None, series.points, series.labels)


def _machine(measure: Measure) -> str:
    """Return a machine's name; series that belong to a service are no machines."""
    labels = measure.labels
    return (
        "" if labels.get("service") else (labels.get("node") or labels.get("instance", "")).rsplit(":", 1)[0]
    )


def _changes(good: Sequence[Evidence]) -> tuple[Cited[Change], ...]:
    seen = _cited([e for e in good if e.request.tool != TOLD])
    told = _cited([e for e in good if e.request.tool == TOLD])
    return tuple(sorted(once(told, seen), key=lambda c: c.what.at, reverse=True))


def _cited(good: Sequence[Evidence]) -> tuple[Cited[Change], ...]:
    found: dict[tuple[object, ...], Cited[Change]] = {}
    for e in good:
        if isinstance(e.reading.result, ChangesResult):
            # A first installation changed nothing that had run before.
            for c in [c for c in e.reading.result.changes if not _first(c)]:
                found[(c.at, c.change, c.service, c.revision, c.description)] = Cited(c, e.id)
    return tuple(found.values())


def _told_apart(
    found: Sequence[Cited[Change]], view: IncidentView
) -> tuple[tuple[Cited[Change], ...], tuple[tuple[Cited[Change], str], ...]]:
    """Part the changes that others made from those that the bot's own actions made."""
    deeds = (*view.deeds, *view.actions)
    marked = [(change, deed_of(change.what, deeds)) for change in found]
    others = tuple(change for change, deed in marked if deed is None)
    return others, tuple((change, deed.handle) for change, deed in marked if deed is not None)


def _first(change: Change) -> bool:
    return change.change == "deployment" and change.revision == 1 and change.before is None


def _pods(good: Sequence[Evidence]) -> tuple[Cited[PodState], ...]:
    found: dict[str, Cited[PodState]] = {}
    for e in good:
        if isinstance(e.reading.result, PodsResult):
            found.update({p.name: Cited(p, e.id) for p in e.reading.result.pods})
    return tuple(found[name] for name in sorted(found))


def _events(good: Sequence[Evidence]) -> tuple[Cited[ClusterEvent], ...]:
    found: dict[tuple[object, ...], Cited[ClusterEvent]] = {}
    for e in good:
        if isinstance(e.reading.result, EventsResult):
            found.update(
                {(v.at, v.reason, v.object, v.message): Cited(v, e.id) for v in e.reading.result.events}
            )
    return tuple(sorted(found.values(), key=lambda v: v.what.at, reverse=True))


def _patterns(good: Sequence[Evidence]) -> tuple[Cited[LogPattern], ...]:
    found: dict[tuple[str, str], Cited[LogPattern]] = {}
    for e in good:
        if isinstance(e.reading.result, PatternsResult):
            found.update({(p.service, p.template): Cited(p, e.id) for p in e.reading.result.patterns})
    return tuple(found.values())


def _edges(
    good: Sequence[Evidence], patterns: Sequence[Cited[LogPattern]], known: set[str]
) -> tuple[frozenset[tuple[str, str]], str | None]:
    """Return who calls whom; without metrics about calls, the failed calls that services log must do."""
    read = [(e.id, r.edges) for e in good if isinstance(r := e.reading.result, EdgesResult) and r.edges]
    if read:
        return frozenset(read[-1][1]), read[-1][0]
    logged = [
        (p.evidence_id, (p.what.service, name))
        for p in patterns
        if is_error(p.what) and _FAILED_CALL.search(p.what.template)
        for name in sorted(known - {p.what.service, ""})
        if name in p.what.template
    ]
    return frozenset(edge for _, edge in logged), logged[0][0] if logged else None


def _logs_read(evidence: Sequence[Evidence]) -> Iterable[str]:
    for e in evidence:
        service = e.request.params.get("service")
        if e.request.tool == "log_analyzer.patterns" and not e.error and isinstance(service, str):
            yield service
