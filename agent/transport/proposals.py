"""What every renderer says of an action: which one matters, what it is called, how it stands, who is missing."""

import re
from collections.abc import Sequence
from datetime import datetime

from agent.domain.action import Action, ActionState
from agent.domain.decision import Approval, Requirement, missing_votes
from agent.domain.recovery import RecoveryRun, StepState
from agent.domain.view import IncidentView
from agent.locale.format import duration
from agent.locale.messages import known, text
from agent.locale.retold import retold
from agent.transport.foreign import clean

_NAME = re.compile(r"[a-z][a-z0-9_]{0,79}")
_CODE = re.compile(r"[a-z][a-z0-9-]{0,79}")
_TITLE = 240
_RANKS = (
    (ActionState.UNKNOWN,),
    (ActionState.RUNNING, ActionState.VERIFYING, ActionState.UNDOING),
    (ActionState.WAITING, ActionState.QUEUED),
    (ActionState.SUGGESTED, ActionState.SUCCEEDED, ActionState.UNDONE, ActionState.FAILED),
    (ActionState.FORBIDDEN, ActionState.REJECTED, ActionState.EXPIRED, ActionState.CANCELLED),
    (ActionState.STALE,),
)
_DONE_SOMETHING = frozenset(
    {
        ActionState.UNKNOWN,
        ActionState.RUNNING,
        ActionState.VERIFYING,
        ActionState.UNDOING,
        ActionState.SUCCEEDED,
        ActionState.UNDONE,
        ActionState.FAILED,
    }
)
_TO_COME = frozenset({ActionState.WAITING, ActionState.QUEUED})
_SETTLED = frozenset({ActionState.STALE, ActionState.CANCELLED})


def leading(view: IncidentView) -> Action | None:
    """Return the one action that matters: what needs a person or changes the world first, then the newest."""
    shown = view.actions if view.incident.status.open else after_the_end(view)
    return min(shown, key=_importance, default=None)


def after_the_end(view: IncidentView) -> tuple[Action, ...]:
    """Return the actions that an ended incident still tells of: those that touched the world, and those to come."""
    return tuple(
        action
        for action in view.actions
        if action.state in _DONE_SOMETHING or (action.state in _TO_COME and still_meant(view, action))
    )


def still_meant(view: IncidentView, action: Action) -> bool:
    """Say whether an action makes sense now: once its incident has ended, only what takes something back, what its
    recovery goes on with, and what was asked for since; the rest was against a trouble that is over."""
    if view.incident.status.open or action.request.undo_of is not None:
        return True
    ended = view.incident.times.resolved_at
    proposer = action.request.origin.removeprefix("recovery:").partition("#")[0]
    goes_on = any(run.id == proposer and not run.state.ended for run in view.recoveries)
    return goes_on or (ended is not None and action.times.requested_at >= ended)


def others(view: IncidentView, most: int = 3) -> tuple[Action, ...]:
    """Return the other actions, the newest first, without those that a newer one has replaced."""
    first = leading(view)
    shown = view.actions if view.incident.status.open else after_the_end(view)
    left = [action for action in shown if action is not first and action.state not in _SETTLED]
    return tuple(sorted(left, key=lambda action: -action.number)[:most])


def _importance(action: Action) -> tuple[int, int]:
    rank = next((n for n, states in enumerate(_RANKS) if action.state in states), len(_RANKS))
    return rank, -action.number


def title(lang: str, action: Action) -> str:
    """Return what the action does in plain words; it is foreign text, because names of the world are in it."""
    words = called(lang, action.name, action.plan.args, action.plan.target.name)
    if action.request.undo_of is not None:
        words = text(lang, "deed-undo-of", title=words)
    return clean(words, _TITLE)


def called(lang: str, name: str, args: dict[str, str], target: str = "") -> str:
    """Return an action's title by its name in the catalogue; one without words is told by its name and target."""
    if _NAME.fullmatch(name) and known(f"action-{name}"):
        return text(lang, f"action-{name}", **{key: clean(value, 120) for key, value in args.items()})
    spoken = name.replace("_", " ")
    return f"{spoken}: {target}" if target else spoken


def description(lang: str, name: str, otherwise: str) -> str:
    """Return what an action of the catalogue does, in the team's language where there are words for it."""
    message = f"action-{name}-what"
    return text(lang, message) if _NAME.fullmatch(name) and known(message) else otherwise


def extent(lang: str, action: Action) -> str:
    """Return how much it touches, whether it can be taken back, and how long it takes."""
    plan = action.plan
    parts = []
    if plan.radius.count:
        share = f" ({plan.radius.share:.0%})" if plan.radius.share is not None else ""
        parts.append(f"{_counted(lang, plan.radius.count, plan.radius.unit)}{share}")
    parts.append(text(lang, "deed-reversible" if plan.reversible else "deed-irreversible"))
    if plan.seconds is not None:
        parts.append(f"~{duration(lang, plan.seconds)}")
    parts.append(text(lang, f"deed-risk-{action.risk.value}"))
    return " · ".join(parts)


def _counted(lang: str, count: int, unit: str) -> str:
    message = f"deed-unit-{unit}"
    if _NAME.fullmatch(unit) and known(message):
        return text(lang, message, count=count)
    return f"{count} {clean(unit, 30)}"


def standing(lang: str, action: Action, now: datetime) -> str:
    """Return how far the action has come, in one plain sentence."""
    times = action.times
    if action.state.ended:
        words = outcome(lang, action.outcome) or text(lang, f"deed-{action.state.value}")
        if times.started_at is None:
            return words
        return text(
            lang, "deed-after", words=words, span=duration(lang, (times.ended_at or now) - times.started_at)
        )
    if action.state is ActionState.RUNNING and action.progress is not None:
        return text(lang, "deed-running-of", done=str(action.progress[0]), of=str(action.progress[1]))
    if action.state is ActionState.QUEUED and times.approved_at is not None:
        return text(lang, "deed-queued-approved")
    return text(lang, f"deed-{action.state.value}")


def outcome(lang: str, code: str) -> str:
    """Return the words of an outcome's code, empty when it has none."""
    message = f"action-outcome-{code}"
    return text(lang, message) if _CODE.fullmatch(code) and known(message) else ""


def why(lang: str, action: Action, most: int = 2) -> tuple[str, ...]:
    """Return the first reasons of the decision, in the reader's language as far as there are words of ours in them."""
    names = action.decision.names.get(lang)
    return tuple(retold(lang, reason, names) for reason in action.decision.reasons[:most])


def votes(lang: str, action: Action, approval: Approval) -> list[str]:
    """Return one line per requirement: how many have agreed, who is still needed."""
    return [_votes(lang, action, approval, one) for one in approval.requirements]


def _votes(lang: str, action: Action, approval: Approval, one: Requirement) -> str:
    left = missing_votes(one, action.request.by, approval.votes)
    numbers = {"done": str(one.count - left), "count": str(one.count), "groups": handles(one.groups)}
    if left == 0:
        return text(lang, "deed-votes-all", **numbers)
    rest = "-not-requester" if one.not_requester else ""
    return text(lang, f"deed-votes{rest}", **numbers)


def needs(lang: str, requirements: Sequence[Requirement]) -> str:
    """Return what would have to be agreed, for an action that nobody can run."""
    parts = [
        text(lang, "deed-needs-one", count=str(one.count), groups=handles(one.groups)) for one in requirements
    ]
    return "; ".join(parts)


def handles(groups: Sequence[str]) -> str:
    """Return groups by their handles; plain text, so that it notifies nobody."""
    return " / ".join(f"@{clean(group, 60)}" for group in groups[:5])


def lacking(action: Action, approval: Approval) -> list[Requirement]:
    """Return the requirements that are not met yet."""
    return [one for one in approval.requirements if missing_votes(one, action.request.by, approval.votes)]


def still_missing(action: Action, approval: Approval) -> tuple[str, ...]:
    """Return the groups whose votes are still needed."""
    return tuple(dict.fromkeys(group for one in lacking(action, approval) for group in one.groups))


def can_undo(view_actions: Sequence[Action], action: Action) -> bool:
    """Say whether a person may ask to take it back: it took effect, can be reversed, and is not being taken back."""
    applied = action.state is ActionState.SUCCEEDED or (
        action.state is ActionState.FAILED and action.times.applied_at is not None
    )
    taken = any(
        one.request.undo_of == action.id and (not one.state.ended or one.state is ActionState.SUCCEEDED)
        for one in view_actions
    )
    return applied and action.plan.reversible and action.request.undo_of is None and not taken


def running_recovery(view: IncidentView) -> RecoveryRun | None:
    """Return the recovery that is under way."""
    return next((run for run in reversed(view.recoveries) if not run.state.ended), None)


def recovery_line(lang: str, run: RecoveryRun) -> str:
    """Return how far a recovery is: step n of m, and what is next."""
    over = (StepState.DONE, StepState.SKIPPED, StepState.FAILED)
    done = sum(1 for step in run.steps if step.state in over)
    current = next((step for step in run.steps if step.state not in over), None)
    following = [step for step in run.steps if step.state is StepState.PENDING and step is not current]
    line = text(
        lang,
        f"deed-recovery-{run.state.value}" if current is None else "deed-recovery-step",
        name=clean(run.titles.get(lang, ""), 80) or spoken(run.recovery),
        number=str(min(done + 1, len(run.steps))),
        count=str(len(run.steps)),
        step=spoken(current.name) if current else "",
    )
    return (
        f"{line} · {text(lang, 'deed-recovery-next', step=spoken(following[0].name))}" if following else line
    )


def spoken(name: str) -> str:
    """Return an identifier as words."""
    return clean(name.replace("_", " ").replace("-", " "), 80)
