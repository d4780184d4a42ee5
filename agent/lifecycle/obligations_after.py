"""What is owed when something is over: that it is counted, that it is learnt from, and that follow-ups reach the tracker."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from agent.domain.task import Task, TaskState
from agent.domain.timeline import A_MOMENT
from agent.domain.update import UpdateState
from agent.lifecycle.obligation import AHEAD, ENDED_PAGES, Life, Obligation, Owed

# An end that is older than this was there before anybody learnt from ends.
_LEARNT_WITHIN = timedelta(days=2)
# The issue of the review comes first, so that the others can name it; where it does not come, they go without.
_PATIENCE = timedelta(minutes=5)
_ENDED_UPDATES = frozenset({UpdateState.SENT, UpdateState.WRITTEN, UpdateState.WITHDRAWN, UpdateState.FAILED})
SUGGESTED, REVIEW = "follow:", ":review"
"""How the id of a follow-up begins that the rules suggest, and how that of the review ends."""


def aftermath(life: Life) -> Iterator[Obligation]:
    """Yield what is owed after something; each only where somebody is there for it."""
    if Owed.COUNT in life.wanted and uncounted(life):
        yield Obligation(Owed.COUNT, "", life.now)
    ended = settled(life)
    if ended is not None:
        if Owed.LEARN in life.wanted and ended > life.now - _LEARNT_WITHIN:
            yield Obligation(Owed.LEARN, f"learn:{life.incident.opening}", ended)
        if Owed.COUNT in life.wanted and resolved_key(life) not in life.done:
            yield Obligation(Owed.COUNT, "", max(ended, life.now))
    yield from files(life)


def settled(life: Life) -> datetime | None:
    """Return when the end of this opening is one, which may lie ahead; None while it is open."""
    ended = life.incident.times.resolved_at
    if life.incident.status.open or ended is None:
        return None
    return life.now if ended > life.now + AHEAD else ended + A_MOMENT


def resolved_key(life: Life) -> str:
    """Return the key under which the end of this opening is counted."""
    return f"counted:{life.incident.opening}:resolved"


def uncounted(life: Life) -> list[str]:
    """Return the keys of everything that may be counted now and was not."""
    times, opening, found = life.incident.times, life.incident.opening, list[str]()
    if times.acknowledged_at is not None:
        found.append(f"counted:{opening}:acknowledged")
    if times.mitigated_at is not None:
        found.append(f"counted:{opening}:mitigated")
    ended = settled(life)
    if ended is not None and ended <= life.now:
        found.append(resolved_key(life))
    found += [f"counted:page:{page.id}" for page in life.pages if page.state in ENDED_PAGES]
    found += [f"counted:update:{one.id}" for one in life.updates if one.state in _ENDED_UPDATES]
    return [key for key in found if key not in life.done]


def review_of(life: Life) -> Task | None:
    """Return the newest follow-up that asks for the review of the post-mortem."""
    found = [one for one in life.tasks if one.id.startswith(SUGGESTED) and one.id.endswith(REVIEW)]
    return found[-1] if found else None


def files(life: Life) -> Iterator[Obligation]:
    """Yield the follow-ups that are to be filed in the tracker, where there is one."""
    if Owed.FILE not in life.wanted:
        return
    review = review_of(life)
    for task in life.tasks:
        if task.kind != "follow_up" or task.state is not TaskState.OPEN or task.ticket:
            continue
        waits = review is not None and task.id != review.id and not review.ticket
        at = (
            task.at + _PATIENCE
            if waits and review is not None and review.state is TaskState.OPEN
            else life.now
        )
        yield Obligation(Owed.FILE, f"file:{task.id}", at, about=task.id)
