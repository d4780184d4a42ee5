"""What an incident owes people, worked out from what is known and done: pure, so that a crash repeats and loses nothing."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from agent.domain.incident import IncidentStatus
from agent.domain.page import PageState, Way
from agent.domain.task import TaskState
from agent.domain.timeline import A_MOMENT
from agent.lifecycle.digest import next_opening
from agent.lifecycle.obligation import AHEAD, ANEW, LEFT, RAISED, Life, Obligation, Owed, priority_of
from agent.lifecycle.obligations_after import aftermath, files
from agent.lifecycle.obligations_calls import calls
from agent.lifecycle.obligations_inform import informs
from agent.lifecycle.obligations_quiet import morning

# The store forgets nothing of this earlier (`agent.store.retention`).
_REMEMBERED = timedelta(days=7)


def obligations(life: Life) -> list[Obligation]:
    """Return everything that is owed now or later, the earliest first; whoever does it marks its key as done."""
    if _long_over(life):
        return _sorted(life, [*_over(life), *_tasks(life), *files(life)])
    marks = [*_marks(life)]
    if marks:
        # Everything else counts from these.
        return marks
    owed = [*_over(life), *_pager(life), *_tasks(life)]
    if life.incident.status.open:
        owed += [*calls(life), *_targets(life), *_digest(life)]
    owed += [*informs(life), *aftermath(life)]
    return _sorted(life, owed)


def _long_over(life: Life) -> bool:
    """Say whether the end is so long ago that what was done for it may be forgotten, and so is not owed again."""
    ended = life.incident.times.resolved_at
    return not life.incident.status.open and ended is not None and ended < life.now - _REMEMBERED


def _sorted(life: Life, owed: list[Obligation]) -> list[Obligation]:
    open_ones = [one for one in owed if not one.key or one.key not in life.done]
    return sorted(open_ones, key=lambda one: (one.what is not Owed.ANSWERED, one.at, not one.what.urgent))


def _marks(life: Life) -> Iterator[Obligation]:
    if not life.incident.status.open:
        return
    key = f"since:{life.scope}"
    if key not in life.done:
        # Beside what was before, or, for a priority that it had already, beside where it comes from.
        left = [priority_of(scope) for scope in life.scopes_to_leave]
        before = left if life.came_back else life.priorities_with("since")
        raised = bool(before) and min(p.rank for p in before) > life.incident.priority.rank
        began = life.now if raised else min(life.began, life.now)
        if raised and life.came_back and f"{ANEW}{life.scope}" not in life.done:
            yield Obligation(Owed.MARK, f"{ANEW}{life.scope}", life.now)
        if raised and f"{RAISED}{life.scope}" not in life.done:
            yield Obligation(Owed.MARK, f"{RAISED}{life.scope}", life.now)
        yield Obligation(Owed.MARK, key, life.now, mark=began)
    for scope in life.scopes_to_leave:
        yield Obligation(Owed.MARK, f"{LEFT}{scope}", life.now)
    for anchor in life.anchors_wanted():
        yield Obligation(Owed.MARK, anchor, life.now)


def _over(life: Life) -> Iterator[Obligation]:
    """An end that lasts but a moment is none: calls are taken back, and the books closed, only after it."""
    incident = life.incident
    ended = incident.times.resolved_at
    if incident.status.open or ended is None:
        return
    settled = _after_a_moment(ended, life.now)
    if any(page.state in (PageState.WANTED, PageState.ACCEPTED) for page in life.pages):
        yield Obligation(Owed.WITHDRAW, "", settled)
    if incident.status is IncidentStatus.RESOLVED:
        quiet = max(timedelta(seconds=life.escalation.close_after), A_MOMENT)
        yield Obligation(Owed.CLOSE, "", ended + quiet)


def _after_a_moment(ended: datetime, now: datetime) -> datetime:
    """Return when an end is one; an end in the future was written before the clock was set back."""
    return now if ended > now + AHEAD else ended + A_MOMENT


def _pager(life: Life) -> Iterator[Obligation]:
    """The pager is told what became of every opening that it was rung for."""
    incident = life.incident
    rang = (p for p in life.pages if p.way is Way.PAGERDUTY and (p.accepted_at is not None or p.unsure))
    rung = {page.opening for page in rang}
    for opening in sorted(rung):
        over = opening < incident.opening or not incident.status.open
        if over:
            ended = incident.times.resolved_at if opening == incident.opening else None
            at = _after_a_moment(ended, life.now) if ended is not None else life.now
            yield Obligation(Owed.TELL_PAGER, f"pager:{opening}:resolve", at, level=opening, about="resolve")
        elif incident.times.acknowledged_at is not None:
            key = f"pager:{opening}:acknowledge"
            yield Obligation(Owed.TELL_PAGER, key, life.now, level=opening, about="acknowledge")


def _targets(life: Life) -> Iterator[Obligation]:
    within = life.route.resolve_within_seconds
    if within is None:
        return
    before = life.priorities_with("since")
    raised = any(p.rank > life.incident.priority.rank for p in before)
    began = life.since if raised else min(life.began, life.since)
    missed = began + timedelta(seconds=within)
    near = began + timedelta(seconds=within * life.steps.warn_at)
    if life.now < missed and f"missed:{life.scope}" not in life.done:
        yield Obligation(Owed.NEAR, f"near:{life.scope}", near)
    yield Obligation(Owed.MISSED, f"missed:{life.scope}", missed)
    if life.steps.at_target or life.route.escalate_to:
        at = morning(life, life.steps.at_target or life.route.escalate_to, missed)
        yield Obligation(Owed.CALL_AT_TARGET, f"target:{life.scope}", at)


def _tasks(life: Life) -> Iterator[Obligation]:
    for task in life.tasks:
        if task.state is not TaskState.OPEN:
            continue
        times = dict.fromkeys(at for at in (task.remind_at, task.due_at) if at is not None)
        for at in times:
            yield Obligation(Owed.TASK, f"task:{task.id}:{at.isoformat()}", at, about=task.id)


def _digest(life: Life) -> Iterator[Obligation]:
    if life.steps.digest is not None:
        at = next_opening(life.policies.freezes, life.since)
        if at is not None:
            yield Obligation(Owed.DIGEST, f"digest:{life.scope}", at)
