"""Which of the changes that were seen are the bot's own actions: they answer a trouble and are no reason of one."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from agent.domain.action import Action, ActionState
from agent.domain.results import Change

# Machines' clocks differ, and an object's own times have whole seconds.
CLOCKS_DIFFER = timedelta(seconds=10)
# An undo that is under way ends within this, or is put before a person.
_LONGEST_UNDO = timedelta(minutes=15)
CHANGES = {
    "roll_back_workload": "deployment",
    "roll_forward_workload": "deployment",
    "set_workload_env": "deployment",
    "scale_workload": "scale",
    "restart_workload": "restart",
    "set_config_key": "config",
}


def deed_of(change: Change, actions: Sequence[Action]) -> Action | None:
    """Return the action, or the undo of one, that made a change; None when somebody else made it."""
    return next((action for action in actions if _made(action, change)), None)


def _made(action: Action, change: Change) -> bool:
    if CHANGES.get(action.name) != change.change or not _same_place(action, change):
        return False
    return any(
        start - CLOCKS_DIFFER <= change.at <= end + CLOCKS_DIFFER and image in ("", change.after or "")
        for start, end, image in _effects(action)
    )


def _same_place(action: Action, change: Change) -> bool:
    target = action.plan.target
    if target.kind == "ConfigMap":
        return f"ConfigMap {target.name} " in f"{change.description} "
    named = change.service in (target.name, *action.plan.radius.services)
    return named or change.description.startswith(f"{target.name} ")


def _effects(action: Action) -> Iterator[tuple[datetime, datetime, str]]:
    """Yield between which moments an action changed its target and which image that brought, if it says so."""
    times, facts = action.times, action.plan.facts
    if times.started_at is None:
        return
    before, after = str(facts.get("image_before") or ""), str(facts.get("image_after") or "")
    # What has begun and was never noted as applied may still be on its way.
    applied = times.applied_at or times.ended_at or times.last_seen_at or times.started_at
    yield times.started_at, applied, after
    if action.state in (ActionState.UNDOING, ActionState.UNDONE):
        yield applied, times.ended_at or times.last_seen_at or applied + _LONGEST_UNDO, before


def left_revisions(actions: Sequence[Action]) -> frozenset[tuple[str, int, datetime]]:
    """Return from which revision of which service roll-backs in force have gone, and when: even where nobody saw it."""
    found = set()
    for action in actions:
        number, at = action.plan.facts.get("revision_before"), action.times.applied_at
        back = action.state in (ActionState.UNDOING, ActionState.UNDONE) or action.request.undo_of is not None
        if action.name == "roll_back_workload" and isinstance(number, int) and at is not None and not back:
            named = (action.plan.target.name, *action.plan.radius.services)
            found |= {(service, number, at) for service in named}
    return frozenset(found)
