"""What is known of an incident that people may be told about, each fact with what it rests on, before any wording."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from agent.domain.action import Action, ActionState
from agent.domain.evidence import Finding, FindingKind
from agent.domain.incident import Incident, IncidentStatus
from agent.domain.results import Quantity
from agent.domain.timeline import TimelineEvent, TimelineKind
from agent.domain.view import IncidentView

Effect = Literal["down", "errors", "slow", "other"]
Stage = Literal["investigating", "identified", "monitoring", "resolved"]
NEARLY_ALL = 0.9

_WORDS: tuple[tuple[Effect, tuple[str, ...]], ...] = (
    ("down", ("down", "outage", "unavailable", "unreachable", "notready")),
    ("errors", ("error", "fail", "5xx")),
    ("slow", ("latency", "slow", "responsetime", "timeout")),
)
_CLASSES = {
    "change.": "change",
    "load.": "load",
    "dependency.": "dependency",
    "memory.": "capacity",
    "pool.": "capacity",
    "cache.": "capacity",
    "node.": "capacity",
}
# What makes quieter or looks again mends nothing.
_NO_CURES = frozenset(
    {"silence_alerts", "expire_silence", "schedule_verification", "delete_indices", "set_index_lifecycle"}
)
_WORDS_OF = {
    ActionState.QUEUED: "fixing",
    ActionState.RUNNING: "fixing",
    ActionState.VERIFYING: "applied",
    ActionState.SUCCEEDED: "done",
    ActionState.WAITING: "proposed",
    ActionState.UNDOING: "again",
    ActionState.UNDONE: "again",
    ActionState.FAILED: "again",
}


@dataclass(frozen=True, slots=True)
class Number:
    """A measured number of a service: `errors` is a share of requests, `slow` the latency of the slowest twentieth."""

    what: Literal["errors", "slow"]
    service: str
    value: Quantity
    normal: Quantity | None
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cause:
    """The likely cause: its finding, the class of it that outsiders may hear, and whether a person confirmed it."""

    finding: Finding
    kind: str
    confirmed: bool
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Work:
    """What is being done: a word for it, when, the action that it is about, and what it rests on."""

    word: str
    at: datetime
    sources: tuple[str, ...]
    action: Action | None = None
    span: float = 0.0


@dataclass(frozen=True, slots=True)
class Known:
    """Everything an update may speak of."""

    incident: Incident
    services: tuple[str, ...]
    effect: Effect
    effect_sources: tuple[str, ...]
    numbers: tuple[Number, ...]
    cause: Cause | None
    work: Work
    stage: Stage
    again: TimelineEvent | None
    firing: int
    alerts: int
    sources: tuple[str, ...]


def known(view: IncidentView) -> Known:
    """Gather what is known."""
    first = source_of(view, TimelineKind.OPENED, TimelineKind.DECLARED) or ("event:1",)
    effect, shown = _effect(view)
    cause = _cause(view)
    return Known(
        incident=view.incident,
        services=_services(view),
        effect=effect,
        effect_sources=shown or first,
        numbers=tuple(_numbers(view)),
        cause=cause,
        work=_work(view, cause, first),
        stage=_stage(view, cause),
        again=_again(view),
        firing=view.firing_count,
        alerts=view.alert_count,
        sources=first,
    )


def latest(view: IncidentView, *kinds: TimelineKind) -> TimelineEvent | None:
    """Return the newest event of these kinds."""
    return next((event for event in reversed(view.timeline) if event.kind in kinds), None)


def source_of(view: IncidentView, *kinds: TimelineKind) -> tuple[str, ...]:
    """Return the newest event of these kinds as a source, or nothing."""
    event = latest(view, *kinds)
    return (f"event:{event.seq}",) if event is not None else ()


def _services(view: IncidentView) -> tuple[str, ...]:
    firing = {record.about for record in view.firing}
    named = [name for name in view.services if name != "unknown"]
    return tuple(name for name in named if name == view.incident.service or not firing or name in firing)


def _effect(view: IncidentView) -> tuple[Effect, tuple[str, ...]]:
    """Return the worst that was measured, or that an alert's name tells; security troubles have no effect to tell of."""
    measured: list[tuple[Effect, tuple[str, ...]]] = [
        found for number in _numbers(view) if (found := _measured(number)) is not None
    ]
    measured += [("down", finding.evidence_ids) for finding in _dead(view)]
    order: tuple[Effect, ...] = ("down", "errors", "slow", "other")
    if measured:
        return min(measured, key=lambda one: order.index(one[0]))
    names = [record.alert.name.casefold() for record in view.alerts]
    told = {effect for name in names for effect, words in _WORDS if any(word in name for word in words)}
    named: Effect = next((effect for effect in order if effect in told), "other")
    return named, source_of(view, TimelineKind.ALERT_ADDED)


def _dead(view: IncidentView) -> list[Finding]:
    """Return what says that a service answers nobody at all."""
    cause = view.diagnosis.cause if view.diagnosis is not None else None
    silent = [f for f in _symptoms(view) if f.rule == "symptom.up" and _value(f) == 0]
    return [*silent, *([cause] if cause is not None and cause.rule == "service.down" else [])]


def _value(finding: Finding) -> float | None:
    found = _quantity(finding.details.get("value"))
    return found.value if found is not None else None


def _measured(number: Number) -> tuple[Effect, tuple[str, ...]] | None:
    if number.what == "slow":
        return "slow", number.sources
    return ("down" if number.value.value >= NEARLY_ALL else "errors"), number.sources


def _symptoms(view: IncidentView) -> list[Finding]:
    about = {None, *_services(view)}
    found = view.diagnosis.findings if view.diagnosis is not None else ()
    return [f for f in found if f.kind is FindingKind.SYMPTOM and f.service in about]


def _numbers(view: IncidentView) -> list[Number]:
    """Return the measured numbers of the affected services, as the diagnosis' symptoms keep them."""
    kinds: dict[str, Literal["errors", "slow"]] = {
        "symptom.server_error_ratio": "errors",
        "symptom.latency_p95": "slow",
    }
    found = []
    for finding in _symptoms(view):
        what = kinds.get(finding.rule)
        value, normal = _quantity(finding.details.get("value")), _quantity(finding.details.get("normal"))
        if what is not None and value is not None and finding.service:
            found.append(Number(what, finding.service, value, normal, finding.evidence_ids))
    return found


def _quantity(raw: object) -> Quantity | None:
    return Quantity.model_validate(raw) if isinstance(raw, dict) else None


def _cause(view: IncidentView) -> Cause | None:
    finding = view.diagnosis.cause if view.diagnosis is not None else None
    verdict = _verdict(view)
    if finding is None or (verdict is not None and verdict.kind is TimelineKind.CAUSE_DENIED):
        return None
    kind = next((name for prefix, name in _CLASSES.items() if finding.rule.startswith(prefix)), "fault")
    confirmed = verdict is not None
    sources = finding.evidence_ids + ((f"event:{verdict.seq}",) if verdict is not None else ())
    return Cause(finding, kind, confirmed, sources)


def _verdict(view: IncidentView) -> TimelineEvent | None:
    """Return a person's word on the newest diagnosis; one on an older one says nothing about it."""
    run = latest(view, TimelineKind.DIAGNOSED)
    verdict = latest(view, TimelineKind.CAUSE_CONFIRMED, TimelineKind.CAUSE_DENIED)
    if verdict is None or (run is not None and verdict.data.get("run", 0) != run.data.get("run", 0)):
        return None
    return verdict


def _stage(view: IncidentView, cause: Cause | None) -> Stage:
    if not view.incident.status.open:
        return "resolved"
    if view.incident.status is IncidentStatus.MITIGATED:
        return "monitoring"
    return "identified" if cause is not None else "investigating"


def _again(view: IncidentView) -> TimelineEvent | None:
    """Return the event that brought the incident back, as long as nothing has ended it again."""
    event = latest(view, TimelineKind.REOPENED, TimelineKind.RESOLVED, TimelineKind.MITIGATED)
    return event if event is not None and event.kind is TimelineKind.REOPENED else None


def _work(view: IncidentView, cause: Cause | None, first: tuple[str, ...]) -> Work:
    incident = view.incident
    if not incident.status.open:
        return _ended(view, first)
    if incident.status is IncidentStatus.MITIGATED:
        at = incident.times.mitigated_at or view.as_of
        return Work("mitigated", at, source_of(view, TimelineKind.MITIGATED) or first)
    acting = _acting(view)
    if acting is not None:
        return acting
    cared = incident.times.acknowledged_at
    if cared is None:
        read = source_of(view, TimelineKind.DIAGNOSED, TimelineKind.INVESTIGATED, TimelineKind.TRIAGED)
        return Work("looking", incident.times.opened_at, read or first)
    sources = source_of(view, TimelineKind.ACKNOWLEDGED) or first
    return Work("identified" if cause is not None else "working", cared, sources)


def _ended(view: IncidentView, first: tuple[str, ...]) -> Work:
    event = latest(view, TimelineKind.RESOLVED)
    at = view.incident.times.resolved_at or (event.at if event is not None else view.as_of)
    sources = (f"event:{event.seq}",) if event is not None else first
    span = (at - view.incident.times.started_at).total_seconds()
    merged = event is not None and "merged_into" in event.data
    return Work("merged" if merged else "resolved", at, sources, span=max(0.0, span))


def _acting(view: IncidentView) -> Work | None:
    """Return the action that tells most: what is under way, else the newest that was done, waits or failed."""
    cures = [one for one in view.actions if one.name not in _NO_CURES and one.request.undo_of is None]
    told = [one for one in reversed(cures) if one.state in _WORDS_OF]
    action = next((one for one in told if _WORDS_OF[one.state] == "fixing"), told[0] if told else None)
    if action is None:
        return None
    at = action.times.applied_at or action.times.started_at or action.times.requested_at
    return Work(_WORDS_OF[action.state], at, (f"action:{action.id}",), action)
