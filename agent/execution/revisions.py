"""To which revision a workload may go back: never to one that an action of ours has just rolled it away from."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from agent.domain.action import Action, ActionState, Plan
from agent.domain.results import Change

ROLL_BACK = "roll_back_workload"
# Whoever mends a release needs a day or two, and deploys it then as a new revision.
KEPT_AWAY = timedelta(days=3)
# The bot acts far less often than this within that time.
LOOKED_AT = 100


def leaving(actions: Sequence[Action], now: datetime) -> tuple[Action, ...]:
    """Return the roll-backs of the last days that are in force, the newest first; one taken back left nothing."""
    found = [action for action in actions if action.name == ROLL_BACK and _in_force(action, now)]
    return tuple(sorted(found, key=lambda action: action.number, reverse=True))


def _in_force(action: Action, now: datetime) -> bool:
    began, back = action.times.started_at, (ActionState.UNDOING, ActionState.UNDONE)
    effect = action.times.applied_at is not None and action.request.undo_of is None
    return effect and began is not None and now - began <= KEPT_AWAY and action.state not in back


def left_by(actions: Sequence[Action], plan: Plan, now: datetime) -> Action | None:
    """Return the action that rolled the same workload away from the revision to which a roll-back would return."""
    wanted = plan.before.get("to")
    return next(
        (
            action
            for action in leaving(actions, now)
            if wanted
            and action.plan.target.key == plan.target.key
            and action.plan.before.get("from") == wanted
        ),
        None,
    )


def left_revisions(actions: Sequence[Action], workload: str, now: datetime) -> dict[int, str]:
    """Return the numbers of the revisions of a workload that were left, each with the action that did."""
    found = [(action.plan.facts.get("revision_before"), action) for action in leaving(actions, now)]
    mine = [(number, action) for number, action in found if action.plan.target.name == workload]
    return {number: action.handle for number, action in mine if isinstance(number, int)}


def earlier_revision(changes: Sequence[Change]) -> int | None:
    """Return the newest revision with the image from before the last rollout, else the one before; None without one."""
    numbered = [c for c in changes if c.revision is not None and c.change in ("deployment", "restart")]
    newest = max(numbered, key=lambda c: c.revision or 0, default=None)
    if newest is None or newest.revision is None or newest.revision < 2:
        return None
    same = [c.revision for c in numbered if c.after == newest.before and c.revision]
    earlier = [revision for revision in same if revision < newest.revision]
    return max(earlier, default=newest.revision - 1)
