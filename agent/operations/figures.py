"""How the team's incidents went over a time: the four means, updates, and calls per person, from what is stored."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from agent.domain.incident import Incident, Priority
from agent.domain.page import Page
from agent.domain.update import Update, UpdateState
from agent.ports.clock import Clock
from agent.ports.store import Store

MOST_INCIDENTS = 5_000
MOST_SERVICES = 8
# An update that arrives later than this after it was due is late, whoever it waited for.
LATE = timedelta(minutes=5)
WEEK = timedelta(days=7)
SPANS = ("detect", "acknowledge", "mitigate", "resolve")


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took: seconds of the median and of the ninetieth percentile, and of how many."""

    count: int
    median: float
    p90: float


@dataclass(frozen=True, slots=True)
class Group:
    """The incidents of one priority or service; `spans` lacks what no incident of it has reached."""

    name: str
    count: int
    spans: Mapping[str, Spread]


@dataclass(frozen=True, slots=True)
class Told:
    """Updates that were owed to audiences: sent, late among all that were due, and those that never went."""

    due: int
    sent: int
    late: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything of one window; `calls` are calls per person and week, by the id of oncall.yaml."""

    since: datetime
    until: datetime
    priorities: tuple[Group, ...]
    services: tuple[Group, ...]
    updates: Told
    calls: Mapping[str, float]

    @property
    def count(self) -> int:
        """Return how many incidents there were."""
        return sum(group.count for group in self.priorities)


async def load_figures(store: Store, clock: Clock, span: timedelta) -> Figures:
    """Return the figures of the incidents that were opened within a span before now."""
    until = clock.now()
    since = until - span
    async with store.read() as tx:
        incidents = [one for one in await tx.incidents.recent(MOST_INCIDENTS) if one.times.opened_at >= since]
        pages = await tx.pages.since(since)
        updates = await tx.updates.since(since)
    return figures(incidents, pages, updates, since, until)


def figures(
    incidents: Sequence[Incident],
    pages: Sequence[Page],
    updates: Sequence[Update],
    since: datetime,
    until: datetime,
) -> Figures:
    """Work out the figures of one window."""
    services = _groups(incidents, lambda one: one.service or "–")
    busiest = sorted(services, key=lambda group: (-group.count, group.name))[:MOST_SERVICES]
    order = [priority.value for priority in Priority]
    priorities = sorted(_groups(incidents, lambda one: one.priority.value), key=lambda g: order.index(g.name))
    return Figures(
        since=since,
        until=until,
        priorities=tuple(priorities),
        services=tuple(busiest),
        updates=_told(updates, until),
        calls=calls_per_week(pages, until - since),
    )


def spans_of(incident: Incident) -> dict[str, float]:
    """Return the seconds of what an incident has reached, of its present opening.

    Detection counts for the first opening only: nobody had to notice one that came back.
    """
    times, again = incident.times, incident.opening > 1 and incident.times.reopened_at
    opened = again or times.opened_at
    began = again or min(times.started_at, times.opened_at)
    marks = {
        "detect": None if again else times.opened_at,
        "acknowledge": times.acknowledged_at,
        "mitigate": times.mitigated_at,
        "resolve": times.resolved_at,
    }
    since = {name: opened if name == "acknowledge" else began for name in SPANS}
    return {
        name: max(0.0, (at - since[name]).total_seconds()) for name, at in marks.items() if at is not None
    }


def spread(values: Sequence[float]) -> Spread:
    """Return median and ninetieth percentile (nearest rank) of at least one value."""
    ranked = sorted(values)
    place = max(0, math.ceil(0.9 * len(ranked)) - 1)
    return Spread(count=len(ranked), median=median(ranked), p90=ranked[place])


def calls_per_week(pages: Iterable[Page], span: timedelta) -> dict[str, float]:
    """Return calls per person and week; a call that goes out by several ways at once is one."""
    calls = {(page.person, page.id.rpartition(":")[0]) for page in pages if page.reason != "back_up"}
    counts = Counter(person for person, _ in calls)
    weeks = max(span / WEEK, 1e-9)
    return {person: counts[person] / weeks for person in sorted(counts)}


def _groups(incidents: Sequence[Incident], name_of: Callable[[Incident], str]) -> list[Group]:
    members: dict[str, list[Incident]] = {}
    for incident in incidents:
        members.setdefault(name_of(incident), []).append(incident)
    return [_group(name, ones) for name, ones in members.items()]


def _group(name: str, incidents: Sequence[Incident]) -> Group:
    values: dict[str, list[float]] = {}
    for incident in incidents:
        for span, seconds in spans_of(incident).items():
            values.setdefault(span, []).append(seconds)
    return Group(name, len(incidents), {span: spread(found) for span, found in values.items()})


def _told(updates: Sequence[Update], now: datetime) -> Told:
    """Count updates that had somewhere to go; one that a newer one replaced was not owed any more."""
    owed = [one for one in updates if one.state not in (UpdateState.WRITTEN, UpdateState.WITHDRAWN)]
    sent = [one for one in owed if one.state is UpdateState.SENT]
    late = [one for one in owed if _arrived(one, now) - one.at > LATE]
    return Told(due=len(owed), sent=len(sent), late=len(late))


def _arrived(update: Update, now: datetime) -> datetime:
    if update.state is not UpdateState.SENT:
        return now
    return max((one.at for one in update.delivered), default=update.ended_at or update.at)
