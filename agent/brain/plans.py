"""What to read next in an investigation: fast looks first, then logs and resources, then down the call graph."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.analysis.topology import deepest, reachable
from agent.diagnosis.facts import Facts
from agent.diagnosis.gather import gather
from agent.diagnosis.rules.changes import what_changed
from agent.domain.evidence import Evidence, ReadRequest
from agent.domain.noun import Json
from agent.domain.results import Change
from agent.domain.view import IncidentView

GOLDEN = ("server_error_ratio", "latency_p95", "request_rate")
HEALTH = ("server_error_ratio", "latency_p95", "up")
RESOURCES = ("pool_utilization", "cache_hit_ratio", "container_memory_ratio", "certificate_days_left")
MOST_AFFECTED = 5
MOST_CALLEES = 6
MOST_CHANGED = 3
MOST_DEEPEST = 3
MOST_LOGS = 3
MOST_RESOURCES = 2
LEAST_MINUTES = 30
MOST_MINUTES = 360
BASELINE_MINUTES = 20
LEAST_CHART_MINUTES = 10

CHART_SIGNALS = (
    ("errorrate", "server_error_ratio"),
    ("latency", "latency_p95"),
    ("responsetime", "latency_p95"),
    ("slow", "latency_p95"),
    ("cpu", "cpu_utilization"),
    ("containermemory", "container_memory_ratio"),
    ("oom", "container_memory_ratio"),
    ("memory", "memory_utilization"),
    ("disk", "disk_utilization"),
    ("pool", "pool_utilization"),
    ("cache", "cache_hit_ratio"),
    ("cert", "certificate_days_left"),
    ("servicedown", "up"),
    ("crashloop", "up"),
    ("token", "ai_tokens"),
    ("textbook", "textbooks_created"),
)


@dataclass(frozen=True, slots=True)
class Situation:
    """What a step of the plan decides from; `empty` names the operations that brought nothing so far."""

    view: IncidentView
    facts: Facts
    empty: frozenset[str] = frozenset()

    @property
    def minutes(self) -> int:
        """Return how far back to look: the trouble so far and a calm stretch before it."""
        age = (self.view.as_of - self.view.incident.times.started_at).total_seconds() / 60
        return max(LEAST_MINUTES, min(MOST_MINUTES, math.ceil(age / 10) * 10 + BASELINE_MINUTES))

    @property
    def chart_minutes(self) -> int:
        """Return how far back a picture goes: so that the trouble takes up a part of it that can be seen."""
        age = (self.view.as_of - self.since).total_seconds() / 60
        return max(LEAST_CHART_MINUTES, min(self.minutes, math.ceil(age) * 3))

    @property
    def since(self) -> datetime:
        """Return when the present trouble started: an incident that was reopened is older than it."""
        starts = [record.alert.starts_at for record in self.view.firing]
        return max(self.view.incident.times.started_at, min(starts, default=self.view.as_of))

    @property
    def affected(self) -> tuple[str, ...]:
        """Return the affected services, as many as one look can take."""
        return self.facts.affected[:MOST_AFFECTED]

    @property
    def worst_first(self) -> tuple[str, ...]:
        """Return the affected services, those that are known to fail before the others."""
        return tuple(sorted(self.affected, key=lambda service: not self.facts.symptoms(service)))

    @property
    def namespace(self) -> dict[str, Json]:
        """Return the namespace parameter, when the incident has one."""
        return {"namespace": self.view.incident.namespace} if self.view.incident.namespace else {}


Step = Callable[[Situation], Iterable[ReadRequest]]


def due_reads(
    view: IncidentView, evidence: Sequence[Evidence], iteration: int
) -> tuple[tuple[ReadRequest, ...], str]:
    """Return the reads of the first step from `iteration` on that has any left to do, and its name."""
    brought = {e.request.tool for e in evidence if e.ok}
    empty = frozenset(e.request.tool for e in evidence) - brought
    situation = Situation(view, gather(view, evidence), empty)
    done = {_identity(e.request) for e in evidence}
    for note, step in STEPS[iteration - 1 :]:
        fresh = {_identity(r): r for r in step(situation) if _identity(r) not in done}
        if fresh:
            return tuple(fresh.values()), note
    return (), "nothing left to read"


def _identity(request: ReadRequest) -> str:
    return request.model_dump_json()


def first_look(now: Situation) -> Iterable[ReadRequest]:
    """Read what the first card shows: the golden signals, what changed, the pods, and the chart."""
    for service in now.affected:
        yield from _signals(now, service, GOLDEN)
    if now.affected:
        signals: list[Json] = [*GOLDEN]
        yield _read("metrics_collector.compare", service=now.affected[0], signals=signals)
    yield _read("incident_responder.rollouts", **now.namespace, minutes=max(120, now.minutes))
    yield _read("incident_responder.pods", **now.namespace)
    yield _read("incident_responder.events", **now.namespace, minutes=60)
    yield chart(now, now.view.incident.service)


def logs_and_resources(now: Situation) -> Iterable[ReadRequest]:
    """Read logs, health and the call graph of what is affected, and the health of what just changed."""
    for service in now.worst_first[:MOST_LOGS]:
        yield _patterns(service)
    for service in now.affected:
        yield from _signals(now, service, HEALTH)
    for service in now.affected[:MOST_RESOURCES]:
        yield from _signals(now, service, RESOURCES)
    yield _read("metrics_collector.topology")
    yield _read("metrics_collector.signal", signal="cpu_utilization", minutes=now.minutes)
    for service in _just_changed(now):
        yield from _signals(now, service, HEALTH)
    yield from _everywhere(now)


def _everywhere(now: Situation) -> Iterable[ReadRequest]:
    """Look beyond the alert's namespace where it brought nothing: labels often name the monitoring's own."""
    if not now.namespace:
        return
    if "incident_responder.pods" in now.empty:
        yield _read("incident_responder.pods")
    if "incident_responder.rollouts" in now.empty:
        yield _read("incident_responder.rollouts", minutes=max(120, now.minutes))


def down_the_calls(now: Situation) -> Iterable[ReadRequest]:
    """Read the health of everything that the affected services call."""
    for service in reachable(now.facts.edges, now.affected)[:MOST_CALLEES]:
        yield from _signals(now, service, HEALTH)


def the_deepest(now: Situation) -> Iterable[ReadRequest]:
    """Read logs and resources where the trouble seems to begin, and draw what changed."""
    for service in [s for s in now.facts.deepest if now.facts.concerns(s)][:MOST_DEEPEST]:
        yield _patterns(service)
        yield from _signals(now, service, RESOURCES)
    yield from _marked_chart(now)


def last_words(now: Situation) -> Iterable[ReadRequest]:
    """Read what containers that ended said last."""
    ended = [p.what for p in now.facts.pods if p.what.restarts and (p.what.reason or p.what.last_exit)]
    concerned = {*now.affected, *now.facts.failing}
    for pod in [p for p in ended if p.service in concerned][:2]:
        yield _read("incident_responder.logs", pod=pod.name, tail=30, previous=True)


STEPS: tuple[tuple[str, Step], ...] = (
    ("first look", first_look),
    ("logs, resources and call graph", logs_and_resources),
    ("what the affected services call", down_the_calls),
    ("the deepest failing service", the_deepest),
    ("last words of ended containers", last_words),
)


def chart(now: Situation, service: str, markers: Sequence[Json] = ()) -> ReadRequest:
    """Return the read that draws the signal the incident is about."""
    params: dict[str, Json] = {
        "signal": chart_signal(now, service),
        "minutes": now.chart_minutes,
        "since": now.since.isoformat(),
    }
    if service:
        params["service"] = service
    if markers:
        params["markers"] = list(markers)
    return ReadRequest(tool="metrics_collector.chart", params=params)


def chart_signal(now: Situation, service: str = "") -> str:
    """Return the signal that a service's first alert is about, where it shows; without an alert, that of any alert."""
    records = sorted(now.view.alerts, key=lambda record: (not record.alert.firing, record.alert.starts_at))
    own = [r for r in records if service and r.about == service]
    signals = list(dict.fromkeys(_signal_of(r.alert.name) for r in own or records))
    measured = ((now.facts.measure(service, signal), signal) for signal in signals)
    shown = next((signal for measure, signal in measured if measure is not None and measure.abnormal), None)
    chosen = shown or next(iter(signals), "server_error_ratio")
    errors = now.facts.measure(service, "server_error_ratio")
    # A date that has passed has no course to look at; what fails because of it has.
    past = chosen == "certificate_days_left" and errors is not None and errors.abnormal
    return "server_error_ratio" if past else chosen


def _signal_of(alert: str) -> str:
    name = alert.casefold().replace("_", "")
    return next((signal for word, signal in CHART_SIGNALS if word in name), "server_error_ratio")


def _marked_chart(now: Situation) -> Iterable[ReadRequest]:
    """Draw the service where the trouble seems to begin, with what changed."""
    shown = timedelta(minutes=now.chart_minutes)
    concerned = {*now.affected, *now.facts.failing}
    markers: list[Json] = [
        {"at": c.what.at.isoformat(), "label": f"{c.what.service} {_in_short(c.what)}"[:80]}
        for c in now.facts.changes
        if c.what.service in concerned and now.view.as_of - c.what.at <= shown
    ]
    own = now.view.incident.service
    begins = deepest(now.facts.edges, now.facts.affected)
    service = own if own in begins or not begins else begins[0]
    # Drawn anew where another service or another signal tells more, or a change is to be marked.
    yield chart(now, service, markers[:3])


def _in_short(change: Change) -> str:
    told = change.change == "deployment" and change.before and change.after and change.before != change.after
    return what_changed(change) if told else change.change


def _just_changed(now: Situation) -> list[str]:
    began = now.view.incident.times.started_at
    recent = [
        c.what.service for c in now.facts.changes if abs((began - c.what.at).total_seconds()) <= 30 * 60
    ]
    running = {p.what.service for p in now.facts.pods}
    there = [s for s in dict.fromkeys(recent) if s in running or not running]
    return [s for s in there if s not in now.affected][:MOST_CHANGED]


def _signals(now: Situation, service: str, signals: Iterable[str]) -> Iterable[ReadRequest]:
    for signal in signals:
        yield _read("metrics_collector.signal", signal=signal, service=service, minutes=now.minutes)


def _patterns(service: str) -> ReadRequest:
    return _read("log_analyzer.patterns", service=service, minutes=10, compare_minutes=60)


def _read(tool: str, **params: Json) -> ReadRequest:
    return ReadRequest(tool=tool, params=params)
