"""The marks of an incident's life, each with the event that shows it, and the spans between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.domain.action import Action, ActionState
from agent.domain.timeline import TimelineEvent, TimelineKind, reopenings
from agent.domain.view import IncidentView


@dataclass(frozen=True, slots=True)
class Mark:
    """When something was reached, and what shows it."""

    at: datetime
    source: str
    actor: str = ""


@dataclass(frozen=True, slots=True)
class Marks:
    """What the four means are made of; a mark that was not reached is None.

    `began` is when the trouble did, `opened` when it became an incident; of several openings the first one was detected
    and acknowledged, and the last one mitigated and resolved.
    """

    began: Mark
    opened: Mark
    acknowledged: Mark | None
    mitigated: Mark | None
    resolved: Mark | None
    reopened: tuple[TimelineEvent, ...]

    def span(self, first: Mark | None, last: Mark | None) -> timedelta | None:
        """Return the time between two marks, never below zero; None when either was not reached."""
        if first is None or last is None:
            return None
        return max(last.at - first.at, timedelta())


def marks_of(view: IncidentView) -> Marks:
    """Gather the marks of an incident."""
    times, line = view.incident.times, view.timeline
    opened = _first(line, TimelineKind.OPENED, TimelineKind.DECLARED)
    source = f"event:{opened.seq}" if opened is not None else f"incident:{view.incident.id}"
    actor = opened.actor if opened is not None else ""
    mitigated = _last(line, TimelineKind.MITIGATED) if times.mitigated_at is not None else None
    return Marks(
        began=Mark(min(times.started_at, times.opened_at), source),
        opened=Mark(times.opened_at, source, actor),
        acknowledged=_mark(_first(line, TimelineKind.ACKNOWLEDGED)),
        mitigated=_mark(mitigated) or _recovered(view.actions),
        resolved=_resolved(view),
        reopened=reopenings(line),
    )


def _recovered(actions: Sequence[Action]) -> Mark | None:
    """Return when an action was proved to have brought the recovery."""
    proved = [a for a in actions if a.state is ActionState.SUCCEEDED and a.outcome == "recovered"]
    ended = [(one.times.ended_at or one.times.applied_at, one) for one in proved]
    known = [(at, one) for at, one in ended if at is not None]
    if not known:
        return None
    at, action = min(known, key=lambda pair: pair[0])
    return Mark(at, f"action:{action.id}", action.request.by)


def _resolved(view: IncidentView) -> Mark | None:
    at = view.incident.times.resolved_at
    if at is None:
        return None
    return _mark(_last(view.timeline, TimelineKind.RESOLVED)) or Mark(at, f"incident:{view.incident.id}")


def _first(line: Sequence[TimelineEvent], *kinds: TimelineKind) -> TimelineEvent | None:
    return next((event for event in line if event.kind in kinds), None)


def _last(line: Sequence[TimelineEvent], *kinds: TimelineKind) -> TimelineEvent | None:
    return next((event for event in reversed(line) if event.kind in kinds), None)


def _mark(event: TimelineEvent | None) -> Mark | None:
    return Mark(event.at, f"event:{event.seq}", event.actor) if event is not None else None
