"""The incident's course, condensed: what people and the bot did, in the reader's hours, without the bot's bookkeeping."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from agent.domain.action import Action, ActionState
from agent.domain.page import Page
from agent.domain.record import Statement
from agent.domain.timeline import TimelineEvent, TimelineKind
from agent.domain.update import Update, UpdateState
from agent.locale.claims import claim
from agent.locale.messages import known
from agent.locale.timeline import happened
from agent.operations.postmortem_model import Desk

BOT = "ops-monitor"
MOST_LINES = 120
_FOLDED = frozenset({TimelineKind.ALERT_ADDED, TimelineKind.ALERT_RESOLVED, TimelineKind.ALERT_REFIRED})
# Bookkeeping, and what is told from the records of actions and updates, which know more than these lines.
_LEFT_OUT = frozenset(
    {
        TimelineKind.FLAPPING,
        TimelineKind.TRIAGED,
        TimelineKind.INVESTIGATED,
        TimelineKind.DEEPENED,
        TimelineKind.CARD_POSTED,
        TimelineKind.ASKED,
        TimelineKind.ACTION_PROPOSED,
        TimelineKind.ACTION_DECIDED,
        TimelineKind.ACTION_VOTED,
        TimelineKind.ACTION_STARTED,
        TimelineKind.ACTION_APPLIED,
        TimelineKind.ACTION_ENDED,
        TimelineKind.RECOVERY_STARTED,
        TimelineKind.RECOVERY_ENDED,
        TimelineKind.HANDOFF_ASKED,
        TimelineKind.HANDOFF_ACCEPTED,
        TimelineKind.PAGER_SAID,
        TimelineKind.TASK_ASSIGNED,
        TimelineKind.TASK_FILED,
        TimelineKind.UPDATE_WRITTEN,
        TimelineKind.UPDATE_SENT,
        TimelineKind.UPDATE_WITHDRAWN,
        TimelineKind.POSTMORTEM_WRITTEN,
        TimelineKind.CLOSED,
    }
)
_DECIDED = (ActionState.FORBIDDEN, ActionState.REJECTED, ActionState.EXPIRED, ActionState.STALE)


@dataclass(frozen=True, slots=True)
class _Line:
    at: datetime
    words: str
    source: str
    kind: TimelineKind | None = None
    count: int = 1


def course(desk: Desk) -> tuple[Statement, ...]:
    """Return one statement per thing that happened, in order; of a very long one the middle is left out, visibly."""
    lines = sorted([*_events(desk), *_actions(desk), *_updates(desk)], key=lambda one: one.at)
    folded = _fold(desk, lines)
    if len(folded) > MOST_LINES:
        half = MOST_LINES // 2
        left = len(folded) - 2 * half
        gap = _Line(folded[half].at, desk.say("pm-line-left-out", count=left), folded[half].source)
        folded = [*folded[:half], gap, *folded[-half:]]
    return tuple(Statement(text=f"{desk.clock(one.at)} {one.words}", sources=(one.source,)) for one in folded)


def _fold(desk: Desk, lines: list[_Line]) -> list[_Line]:
    """Join alerts that came or went one after the other: a storm is one line."""
    found: list[_Line] = []
    for line in lines:
        last = found[-1] if found else None
        if last is not None and line.kind in _FOLDED and line.kind is last.kind:
            count = last.count + 1
            words = desk.say(f"pm-line-{line.kind.value}", count=count)
            found[-1] = _Line(last.at, words, last.source, last.kind, count)
        else:
            found.append(line)
    return found


def _events(desk: Desk) -> Iterator[_Line]:
    for event in desk.view.timeline:
        if event.kind in _LEFT_OUT or (
            event.kind is TimelineKind.HANDOFF_ENDED and event.data.get("outcome") == "answered"
        ):
            continue
        yield _Line(event.at, _told(desk, event), f"event:{event.seq}", event.kind)


def _told(desk: Desk, event: TimelineEvent) -> str:
    data = event.data
    if event.kind is TimelineKind.DIAGNOSED:
        return _diagnosed(desk, event)
    if event.kind is TimelineKind.HANDOFF_ENDED:
        outcome = f"pm-handoff-{data.get('outcome')}"
        words = desk.say(outcome) if known(outcome) else str(data.get("outcome", ""))
        return desk.say("pm-line-handoff", agent=str(data.get("to", "")), outcome=words)
    if event.kind is TimelineKind.RESOLVED and data.get("text"):
        return desk.say("pm-line-resolved", who=desk.named(event.actor), why=_short(str(data["text"])))
    return happened(desk.language, event, person=desk.named, foreign=_short).strip()


def _diagnosed(desk: Desk, event: TimelineEvent) -> str:
    """Say the cause where it is the present one, which alone is kept in words."""
    diagnosis = desk.view.diagnosis
    cause = diagnosis.cause if diagnosis is not None else None
    if cause is None or event.data.get("rule", cause.rule) != cause.rule:
        return desk.say("pm-line-diagnosed")
    return desk.say("pm-line-cause", claim=_short(claim(desk.language, cause)))


def _actions(desk: Desk) -> Iterator[_Line]:
    for action in desk.view.actions:
        source, times = f"action:{action.id}", action.times
        said = {"action": action.handle, "deed": deed(desk, action), "who": desk.named(action.request.by)}
        proposed = "pm-line-proposed" if action.request.by != BOT else "pm-line-proposed-here"
        yield _Line(times.requested_at, desk.say(proposed, **said), source)
        if times.approved_at is not None and action.state not in _DECIDED:
            yield _Line(times.approved_at, desk.say("pm-line-approved", **said), source)
        if times.applied_at is not None:
            yield _Line(times.applied_at, desk.say("pm-line-applied", **said), source)
        if times.ended_at is not None:
            yield _Line(
                times.ended_at, desk.say("pm-line-ended", outcome=outcome(desk, action), **said), source
            )


def _updates(desk: Desk) -> Iterator[_Line]:
    for update in desk.view.updates:
        if update.state is not UpdateState.SENT or not update.delivered:
            continue
        said = {"audience": desk.audience(update.audience), "language": update.language, "ways": ways(update)}
        at = min(one.at for one in update.delivered)
        yield _Line(at, desk.say("pm-line-update", title=_short(update.title), **said), f"update:{update.id}")


def ways(update: Update) -> str:
    """Return by which ways an update arrived, each once."""
    return ", ".join(dict.fromkeys(one.destination.way for one in update.delivered))


def deed(desk: Desk, action: Action) -> str:
    """Return what an action does, in words."""
    message = f"action-{action.name}"
    if known(message):
        return desk.say(message, **action.plan.args)
    return f"{action.name.replace('_', ' ')}: {action.plan.target.name}"


def outcome(desk: Desk, action: Action) -> str:
    """Return how an action ended, in words."""
    message = f"action-outcome-{action.outcome}"
    return desk.say(message) if action.outcome and known(message) else action.state.value


def callees(desk: Desk, pages: list[Page]) -> str:
    """Return who was called, each once."""
    return ", ".join(dict.fromkeys(desk.named(page.person) for page in pages))


def _short(words: str) -> str:
    plain = " ".join(words.split())
    return plain if len(plain) <= 300 else plain[:299].rstrip() + "…"
