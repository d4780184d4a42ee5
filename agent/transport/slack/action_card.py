"""The actions on a card: the one that matters in full, the others in a line, and the recovery that is under way."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from agent.domain.action import Action, ActionState, FieldChange
from agent.domain.alert import AlertRecord
from agent.domain.decision import Approval, Vote
from agent.domain.view import IncidentView
from agent.locale.format import duration
from agent.locale.messages import text
from agent.locale.retold import retold
from agent.transport import proposals
from agent.transport.slack import blocks
from agent.transport.slack.action_buttons import buttons
from agent.transport.slack.blocks import Block
from agent.transport.slack.limits import Part
from agent.transport.slack.markup import code, foreign, moment, person

_MOST_CHANGES = 4
_MOST_REASONS = 3
_STEPS = ("accepted", "checked", "running", "verifying")
_AT_STEP = {ActionState.QUEUED: 1, ActionState.RUNNING: 2, ActionState.VERIFYING: 3}

_UNDECIDED = (ActionState.SUGGESTED, ActionState.WAITING, ActionState.FORBIDDEN)
_SAID_BY_HEADING = (
    ActionState.STALE,
    ActionState.CANCELLED,
    ActionState.EXPIRED,
    ActionState.REJECTED,
    ActionState.UNKNOWN,
)


class Surroundings(Protocol):
    """What an action stands among: an incident's view, or less where it belongs to none."""

    @property
    def actions(self) -> Sequence[Action]:
        """Return the actions that belong together."""
        ...

    @property
    def firing(self) -> Sequence[AlertRecord]:
        """Return the alerts that still fire."""
        ...

    @property
    def as_of(self) -> datetime:
        """Return when this was seen."""
        ...


def action_parts(view: IncidentView, lang: str) -> list[Part]:
    """Return the card's parts about actions, the buttons right below what they are about."""
    action = proposals.leading(view)
    run = proposals.running_recovery(view) if view.incident.status.open else None
    recovery = (
        (blocks.context(text(lang, "deed-recovery", line=foreign(proposals.recovery_line(lang, run), 300))),)
        if run
        else ()
    )
    if action is None:
        return [Part(3, recovery)]
    return [
        Part(0, action_blocks(view, action, view.approval_of(action), lang)),
        Part(5, _also(view, lang)),
        Part(3, recovery),
    ]


def action_blocks(
    around: Surroundings, action: Action, approval: Approval | None, lang: str
) -> tuple[Block, ...]:
    """Return one action with its terms and its buttons."""
    # Slack folds long paragraphs, and nobody should approve what is folded away; for the same reason no cut of a long
    # preview may reach the terms, and the buttons never stand without the words.
    told = (_head(around, action, approval, lang), _terms(action, approval, lang))
    said = [blocks.section(words, expand=True) for words in told if words]
    return (*said, buttons(around.actions, action, lang))


def _head(view: Surroundings, action: Action, approval: Approval | None, lang: str) -> str:
    title = f"{heading(action, lang)} {foreign(proposals.title(lang, action), 300)}"
    extent = foreign(proposals.extent(lang, action), 200)
    match action.state:
        case state if state in _UNDECIDED:
            lines = [
                title,
                extent,
                _replaces(view, action, lang),
                _why(action, lang),
                *_changes(action, lang),
            ]
        case ActionState.QUEUED | ActionState.RUNNING | ActionState.VERIFYING | ActionState.UNDOING:
            lines = [title, extent, *_progress(view, action, approval, lang)]
        case _:
            lines = [title, *_ended(action, approval, lang)]
    return "\n".join(line for line in lines if line)


def heading(action: Action, lang: str) -> str:
    """Return the state as a heading with the action's handle."""
    return text(lang, f"deed-head-{action.state.value}", handle=action.handle)


def _terms(action: Action, approval: Approval | None, lang: str) -> str:
    if action.state not in _UNDECIDED:
        return ""
    lines = [
        *(
            text(lang, "deed-warning", warning=foreign(retold(lang, one), 200))
            for one in action.plan.warnings[:2]
        ),
        _policy(action, lang),
        _standing_votes(action, approval, lang),
    ]
    return "\n".join(line for line in lines if line)


def _why(action: Action, lang: str) -> str:
    request = action.request
    parts = [foreign(retold(lang, request.reason), 300)] if request.reason.strip() else []
    if request.evidence_ids:
        parts.append(text(lang, "deed-evidence", count=len(request.evidence_ids)))
    if request.origin == "person" or request.origin.startswith("undo:"):
        parts.append(text(lang, "deed-asked-by", who=person(request.by)))
    return text(lang, "deed-why", reason=" · ".join(parts)) if parts else ""


def _changes(action: Action, lang: str) -> list[str]:
    changes = action.plan.changes
    if not changes:
        return []
    lines = [text(lang, "deed-changes"), *(f"• {change_line(one, lang)}" for one in changes[:_MOST_CHANGES])]
    left = len(changes) - _MOST_CHANGES
    return [*lines, text(lang, "deed-changes-more", count=str(left))] if left > 0 else lines


def change_line(change: FieldChange, lang: str, *, limit: int = 90) -> str:
    """Return one change as code: the field, what it holds and what it would hold."""
    return text(
        lang,
        "deed-change",
        path=code(change.path, limit) or "–",
        before=_value(change.before, lang, limit),
        after=_value(change.after, lang, limit),
    )


def _value(value: str | None, lang: str, limit: int) -> str:
    return (code(value, limit) or "``") if value else text(lang, "deed-absent")


def _policy(action: Action, lang: str) -> str:
    reasons = [foreign(one, 200) for one in proposals.why(lang, action, _MOST_REASONS)]
    return text(lang, "deed-policy", reasons="; ".join(reasons)) if reasons else ""


def _standing_votes(action: Action, approval: Approval | None, lang: str) -> str:
    if action.state is ActionState.SUGGESTED:
        requirements = action.decision.requirements
        if not requirements:
            return text(lang, "deed-would-need-none")
        return text(lang, "deed-would-need", needs=foreign(proposals.needs(lang, requirements), 300))
    if approval is None or action.state is not ActionState.WAITING:
        return ""
    said = "; ".join(foreign(line, 200) for line in proposals.votes(lang, action, approval)[:4])
    agreed = _voters(approval.agreed, "deed-approved-by", lang)
    parts = [
        said,
        *([agreed] if agreed else []),
        text(lang, "deed-expires", time=moment(approval.expires_at)),
    ]
    return text(lang, "deed-votes-line", votes=" · ".join(parts))


def _voters(votes: Sequence[Vote], message: str, lang: str) -> str:
    return text(lang, message, who=", ".join(person(vote.by) for vote in votes[:6])) if votes else ""


def _replaces(view: Surroundings, action: Action, lang: str) -> str:
    old = next((one for one in view.actions if one.id == action.request.replaces), None)
    if old is None:
        return ""
    moved = moved_since(old, action)
    if not moved:
        return text(lang, "deed-replaces", handle=old.handle)
    lines = [
        text(
            lang,
            "deed-moved",
            path=code(one.path, 90),
            before=_value(one.before, lang, 90),
            after=_value(one.after, lang, 90),
        )
        for one in moved[:_MOST_CHANGES]
    ]
    return "\n".join([text(lang, "deed-replaces-changed", handle=old.handle), *(f"• {one}" for one in lines)])


def moved_since(old: Action, new: Action) -> tuple[FieldChange, ...]:
    """Return what the target held when the old action was drawn and holds now, where that differs."""
    then = {one.path: one.before for one in old.plan.changes}
    found = [
        FieldChange(path=one.path, before=then[one.path], after=one.before)
        for one in new.plan.changes
        if one.path in then and then[one.path] != one.before
    ]
    if not found and old.plan.target.version != new.plan.target.version:
        found = [FieldChange(path="version", before=old.plan.target.version, after=new.plan.target.version)]
    return tuple(found)


def _progress(view: Surroundings, action: Action, approval: Approval | None, lang: str) -> list[str]:
    lines = [_steps(view, action, lang)] if action.state in _AT_STEP else []
    lines.append(foreign(retold(lang, action.detail), 300))
    if approval is not None:
        lines.append(_voters(approval.agreed, "deed-approved-by", lang))
    return lines


def _steps(view: Surroundings, action: Action, lang: str) -> str:
    at = _AT_STEP[action.state]
    shown = []
    for number, step in enumerate(_STEPS):
        words = _step(view, action, step, lang)
        shown.append(f"✓ {words}" if number < at else f"*{words}*" if number == at else words)
    return " → ".join(shown)


def _step(view: Surroundings, action: Action, step: str, lang: str) -> str:
    if step == "running" and action.state is ActionState.RUNNING:
        return proposals.standing(lang, action, view.as_of)
    alert = next((record.alert.name for record in view.firing), "")
    if step == "verifying" and alert:
        return text(lang, "deed-step-verifying-alert", alert=foreign(alert, 80))
    return text(lang, f"deed-step-{step}")


def _ended(action: Action, approval: Approval | None, lang: str) -> list[str]:
    against = [vote for vote in approval.votes if vote.choice == "reject"] if approval else []
    summary = [
        _result(action, lang),
        _voters(approval.agreed, "deed-approved-by", lang) if approval else "",
        _voters(against, "deed-rejected-by", lang),
    ]
    lines = [" · ".join(part for part in summary if part), foreign(retold(lang, action.detail), 300)]
    if action.state is ActionState.UNKNOWN:
        lines.append(text(lang, "deed-options"))
    if action.state is ActionState.SUCCEEDED and action.times.undo_at is not None:
        lines.append(text(lang, "deed-undo-at", time=moment(action.times.undo_at)))
    return lines


def _result(action: Action, lang: str) -> str:
    times = action.times
    if action.outcome == "recovered" and times.ended_at and times.started_at:
        return f"*{text(lang, 'deed-recovered', span=duration(lang, times.ended_at - times.started_at))}*"
    if action.state in _SAID_BY_HEADING:
        # Only what the heading leaves open, such as why it is out of date.
        words = proposals.outcome(lang, action.outcome) if action.outcome != action.state.value else ""
    else:
        words = proposals.standing(lang, action, times.ended_at or times.requested_at)
    return f"*{foreign(words, 300)}*" if words else ""


def _also(view: IncidentView, lang: str) -> tuple[Block, ...]:
    said = [
        text(
            lang,
            "deed-also-one",
            handle=one.handle,
            title=foreign(proposals.title(lang, one), 120),
            standing=foreign(proposals.standing(lang, one, view.as_of), 120),
        )
        for one in proposals.others(view)
    ]
    return (blocks.context(text(lang, "deed-also", actions=" · ".join(said))),) if said else ()
