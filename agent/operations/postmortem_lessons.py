"""What went well and what did not, as far as the records themselves say so; nothing here is anybody's opinion."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from agent.domain.action import ActionState
from agent.domain.evidence import EvidenceStatus
from agent.domain.handoff import HandoffState
from agent.domain.page import PageState
from agent.domain.record import Statement
from agent.domain.timeline import TimelineKind
from agent.domain.update import Update, UpdateState
from agent.locale.format import duration
from agent.operations.postmortem_marks import Mark, Marks
from agent.operations.postmortem_model import Desk
from agent.operations.postmortem_timeline import deed, outcome

ROUTING = "policy:routing.yaml"
_HARMFUL = (ActionState.FAILED, ActionState.UNDONE, ActionState.UNKNOWN)
_MOST_SOURCES = 8


@dataclass(frozen=True, slots=True)
class Lesson:
    """One derived fact; `name` is what follow-ups are chosen by."""

    name: str
    well: bool
    statement: Statement


def lessons(desk: Desk, marks: Marks) -> list[Lesson]:
    """Return every fact that speaks for or against how it went."""
    return [
        *_targets(desk, marks),
        *_openings(desk, marks),
        *_cause(desk, marks),
        *_actions(desk),
        *_calls(desk),
        *_updates(desk, marks),
        *_handoffs(desk),
        *_troubles(desk),
    ]


def _lesson(desk: Desk, name: str, *sources: str, well: bool, **args: object) -> Lesson:
    return Lesson(name, well, desk.state(f"pm-lesson-{name}", *sources[:_MOST_SOURCES], **args))


def _targets(desk: Desk, marks: Marks) -> Iterator[Lesson]:
    route = desk.view.route
    rows: tuple[tuple[str, Mark | None, int | None], ...] = (
        ("answered", marks.acknowledged, route.respond_within_seconds),
        ("resolved", marks.resolved, route.resolve_within_seconds),
    )
    for name, mark, within in rows:
        if within is None:
            continue
        limit = duration(desk.language, within)
        if mark is None:
            if name == "answered":
                yield _lesson(desk, "answered-never", marks.opened.source, ROUTING, well=False, limit=limit)
            continue
        span = max(0.0, (mark.at - marks.opened.at).total_seconds())
        kept = span <= within
        told = {"span": duration(desk.language, span), "limit": limit}
        word = "in-time" if kept else "late"
        yield _lesson(desk, f"{name}-{word}", marks.opened.source, mark.source, ROUTING, well=kept, **told)


def _openings(desk: Desk, marks: Marks) -> Iterator[Lesson]:
    if marks.reopened:
        sources = [f"event:{event.seq}" for event in marks.reopened]
        yield _lesson(desk, "reopened", *sources, well=False, count=len(marks.reopened))


def _cause(desk: Desk, marks: Marks) -> Iterator[Lesson]:
    """Say how soon a cause was named, and whether people agreed."""
    view = desk.view
    cause = view.diagnosis.cause if view.diagnosis else None
    runs = [e for e in view.timeline if e.kind is TimelineKind.DIAGNOSED]
    if cause is None:
        source = f"event:{runs[-1].seq}" if runs else marks.opened.source
        yield _lesson(desk, "no-cause", source, well=False)
        return
    # The run that names the present cause, else the first that there was.
    named = next((e for e in runs if e.data.get("rule") == cause.rule), runs[0] if runs else None)
    if named is not None:
        span = duration(desk.language, max(0.0, (named.at - marks.opened.at).total_seconds()))
        yield _lesson(desk, "cause-found", f"event:{named.seq}", *cause.evidence_ids, well=True, span=span)
    verdicts = [
        e for e in view.timeline if e.kind in (TimelineKind.CAUSE_CONFIRMED, TimelineKind.CAUSE_DENIED)
    ]
    if verdicts and verdicts[-1].kind is TimelineKind.CAUSE_DENIED:
        yield _lesson(desk, "cause-denied", f"event:{verdicts[-1].seq}", well=False)


def _actions(desk: Desk) -> Iterator[Lesson]:
    for action in desk.view.actions:
        said = {"action": action.handle, "deed": deed(desk, action), "outcome": outcome(desk, action)}
        if action.state is ActionState.SUCCEEDED and action.outcome == "recovered":
            yield _lesson(desk, "action-helped", f"action:{action.id}", well=True, **said)
        elif action.state in _HARMFUL:
            yield _lesson(desk, "action-failed", f"action:{action.id}", well=False, **said)


def _calls(desk: Desk) -> Iterator[Lesson]:
    pages, count = desk.view.pages, len(desk.view.pages)
    if not pages:
        return
    failed = [f"page:{page.id}" for page in pages if page.state is PageState.FAILED]
    if failed:
        yield _lesson(desk, "calls-failed", *failed, well=False, failed=len(failed), count=count)
    else:
        yield _lesson(desk, "calls-arrived", *(f"page:{p.id}" for p in pages), well=True, count=count)
    levels = {page.level for page in pages if page.reason == "escalated"}
    if levels:
        sources = [f"page:{page.id}" for page in pages if page.reason == "escalated"]
        yield _lesson(desk, "escalated", *sources, well=False, count=len(levels))


def _updates(desk: Desk, marks: Marks) -> Iterator[Lesson]:
    updates = desk.view.updates
    sent = [one for one in updates if one.state is UpdateState.SENT]
    if sent:
        first = min(_arrived(one) for one in sent)
        audiences = len({one.audience for one in sent})
        span = duration(desk.language, max(0.0, (first - marks.opened.at).total_seconds()))
        sources = [f"update:{one.id}" for one in sent]
        yield _lesson(
            desk, "updates-sent", *sources, well=True, count=len(sent), audiences=audiences, span=span
        )
    failed = [f"update:{one.id}" for one in updates if one.state is UpdateState.FAILED]
    if failed:
        yield _lesson(desk, "updates-failed", *failed, well=False, count=len(failed))
    waiting = [f"update:{one.id}" for one in updates if one.state is UpdateState.WAITING]
    if waiting and marks.resolved is not None:
        yield _lesson(desk, "updates-unapproved", *waiting, well=False, count=len(waiting))


def _arrived(update: Update) -> datetime:
    return min((one.at for one in update.delivered), default=update.at)


def _handoffs(desk: Desk) -> Iterator[Lesson]:
    late = [f"handoff:{one.id}" for one in desk.view.handoffs if one.state is HandoffState.TIMED_OUT]
    if late:
        yield _lesson(desk, "handoffs-late", *late, well=False, count=len(late))


def _troubles(desk: Desk) -> Iterator[Lesson]:
    """Say what of the bot's own did not work."""
    if desk.undelivered:
        sources = [f"notification:{key}" for key in desk.undelivered]
        yield _lesson(desk, "undelivered", *sources, well=False, count=len(desk.undelivered))
    silent: dict[str, str] = {}
    for evidence in desk.view.evidence:
        if evidence.status is EvidenceStatus.ERROR:
            silent.setdefault(evidence.backend, evidence.id)
    if silent:
        yield _lesson(desk, "blind", *silent.values(), well=False, backends=", ".join(sorted(silent)))
