"""Which calls are owed: the first, the levels after it, back-ups for calls that nobody took, and their end."""

from collections.abc import Iterator
from datetime import timedelta

from agent.domain.page import PageState, Way
from agent.lifecycle.obligation import Life, Obligation, Owed
from agent.lifecycle.obligations_quiet import morning
from agent.policy.oncall import SERVICE


def calls(life: Life) -> Iterator[Obligation]:
    """Yield what is owed in calls to an open incident."""
    acknowledged = life.incident.times.acknowledged_at is not None
    if acknowledged and taken_key(life) not in life.done:
        # First of all: whatever is called from then on is called in spite of the answer.
        yield Obligation(Owed.ANSWERED, taken_key(life), life.now)
        return
    raised = acknowledged and _raised_since(life)
    if life.ways and (not acknowledged or raised):
        yield from _levels(life, only_first=acknowledged)
    if acknowledged and not (raised and life.ways and f"call:{life.scope}:0" not in life.done):
        yield Obligation(Owed.MARK, f"answered:{life.scope}", life.now)
    yield from _sending(life)
    yield from _back_ups(life)


def level_names(life: Life, level: int) -> tuple[str, ...]:
    """Return whom a level calls: at first the schedules of the service, then roles and whatever else is named."""
    if level == 0:
        return tuple(life.serving)
    return dict(enumerate([names for _, names in _after_first(life)], 1)).get(level, ())


def taken_key(life: Life) -> str:
    """Return the key of ending the calls of an opening that somebody has taken up."""
    return f"taken:{life.incident.opening}"


def _raised_since(life: Life) -> bool:
    """Say whether the incident became louder after somebody had taken it up."""
    ranks = [priority.rank for priority in life.priorities_with("answered")]
    return bool(ranks) and min(ranks) > life.incident.priority.rank


def _levels(life: Life, *, only_first: bool) -> Iterator[Obligation]:
    first = f"call:{life.scope}:0"
    if first not in life.done:
        at = morning(life, level_names(life, 0), life.since)
        yield Obligation(Owed.CALL, first, at, level=0)
        return
    if only_first:
        return
    for level, (after, names) in enumerate(_after_first(life), 1):
        key = f"call:{life.scope}:{level}"
        if key in life.done:
            continue
        before = life.base(f"call:{life.scope}:{level - 1}")
        wait = timedelta(0) if _nobody_reached(life, level - 1) else timedelta(seconds=after)
        yield Obligation(Owed.CALL, key, morning(life, names, before + wait), level=level)
        # The next one counts from the moment at which this one is really called.
        return


def _after_first(life: Life) -> list[tuple[int, tuple[str, ...]]]:
    steps, route = life.steps, life.route
    after = steps.first_after if steps.first_after is not None else route.respond_within_seconds
    levels = [(after, route.escalate_to)] if after is not None and route.escalate_to else []
    return [*levels, *((further.after, further.call) for further in steps.further)]


def _nobody_reached(life: Life, level: int) -> bool:
    """Say whether a loud incident's call at a level reached nobody at all, so that waiting for an answer is vain."""
    if life.steps.in_quiet_hours == "wait":
        return False
    made = [page for page in life.here if page.level == level and page.reason != "by_hand"]
    return all(page.state is PageState.FAILED for page in made) and not any(
        f"backup:{page.id}" not in life.done for page in made
    )


def _sending(life: Life) -> Iterator[Obligation]:
    for page in life.here:
        if page.state is not PageState.WANTED:
            continue
        yield Obligation(Owed.SEND, f"send:{page.id}", life.now, about=page.id)
        if page.way is Way.SLACK and page.id in life.posted:
            yield Obligation(Owed.POSTED, "", life.now, about=page.id)


def _back_ups(life: Life) -> Iterator[Obligation]:
    patience = timedelta(seconds=life.escalation.back_up.after)
    for page in life.here:
        if page.person == SERVICE and page.way is not Way.PAGERDUTY:
            continue
        key = f"backup:{page.id}"
        if page.state is PageState.FAILED:
            yield Obligation(Owed.BACK_UP, key, life.now, about=page.id)
        elif page.state is PageState.WANTED and page.id not in life.posted:
            yield Obligation(Owed.BACK_UP, key, life.page_at(page) + patience, about=page.id)
