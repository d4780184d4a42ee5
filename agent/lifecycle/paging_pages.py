"""Makes the records of calls: whom by which ways, each person once by each way, and what the timeline says of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from agent.domain.incident import Incident
from agent.domain.noun import Json
from agent.domain.page import Page, PageState, Way
from agent.domain.timeline import TimelineKind
from agent.lifecycle.oncall import Callee
from agent.policy.oncall import SERVICE, Person
from agent.ports.store import Tx

BOT = "ops-monitor"
Reason = Literal[
    "opened", "escalated", "priority_raised", "target_near", "target_missed", "by_hand", "back_up"
]


@dataclass(frozen=True, slots=True)
class Means:
    """By which ways calls can leave at all, and in which language the team speaks.

    `requests` says whether somebody can be asked to join the pager's incident, which takes more than its routing key.
    """

    ways: frozenset[Way] = frozenset(Way)
    requests: bool = True
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Call:
    """One call of people: `name` is its place in the keys of pages, `ways` are tried all at once, `instead` one by one."""

    name: str
    reason: Reason
    level: int
    ways: Sequence[Way]
    instead: Sequence[Way] = ()
    asked_by: str | None = None
    told: dict[str, Json] = field(default_factory=dict)


def reaches(way: Way, person: Person | None, *, rings: bool, means: Means | None) -> bool:
    """Say whether a way leads to somebody; `rings` says that a call by pager may ring the pager's service."""
    if means is not None and way not in means.ways:
        return False
    if way is Way.PAGERDUTY:
        asked = means is None or means.requests
        return rings or (asked and person is not None and person.pagerduty is not None)
    if person is None:
        return False
    return bool({Way.SLACK: person.slack, Way.SMS: person.phone, Way.EMAIL: person.email}[way])


def called_before(pages: Sequence[Page], reason: Reason) -> frozenset[tuple[str, Way]]:
    """Return who was called by which way already, so that nobody is called twice by it for want of an answer."""
    apart = ("target_missed", "by_hand")
    same = (p for p in pages if (p.reason == reason if reason in apart else p.reason not in apart))
    return frozenset((page.person, page.way) for page in same)


async def make_pages(
    tx: Tx,
    incident: Incident,
    call: Call,
    callees: Sequence[Callee],
    before: frozenset[tuple[str, Way]],
    reach: Callable[[Way, Person | None], bool],
    now: datetime,
) -> list[Page]:
    """Store a call's pages and return them; somebody whom none of its ways reaches is called by the first that does."""
    made: list[Page] = []
    for callee in callees:
        ways = [way for way in call.ways if reach(way, callee.person)]
        if not ways:
            ways = [way for way in call.instead if reach(way, callee.person)][:1]
        failed = not ways
        for way in ways or list(call.ways[:1]):
            if (callee.id, way) in before:
                continue
            page = _page(incident, call, callee, way, now)
            if failed:
                change = {"state": PageState.FAILED, "ended_at": now, "error": "unset"}
                page = page.model_copy(update=change)
            if await tx.pages.add_once(page):
                made.append(page)
    return made


def _page(incident: Incident, call: Call, callee: Callee, way: Way, now: datetime) -> Page:
    return Page(
        id=page_id(incident, call.name, callee.id, way),
        number=1,
        incident_id=incident.id,
        at=now,
        person=callee.id,
        target=callee.target,
        way=way,
        reason=call.reason,
        level=call.level,
        opening=incident.opening,
        asked_by=call.asked_by,
    )


def page_id(incident: Incident, call: str, person: str, way: Way) -> str:
    """Return a page's identity: the same call of the same person by the same way is the same page."""
    return f"{incident.id}:{incident.opening}:{call}:{person}:{way.value}"


def call_of(page: Page) -> str:
    """Return what the ids of a call's pages to one person begin with."""
    return page.id.rpartition(":")[0]


async def tell_call(
    tx: Tx, incident: Incident, call: Call, callees: Sequence[Callee], pages: Sequence[Page], now: datetime
) -> None:
    """Write a call on the timeline: who, by which ways, and where it is known from that they are the ones."""
    kind = TimelineKind.ESCALATED if call.level > 0 or call.reason == "by_hand" else TimelineKind.PAGED
    people: list[Json] = []
    words: list[str] = []
    for callee in callees:
        ways = [page.way.value for page in pages if page.person == callee.id]
        if ways:
            name = callee.person.name if callee.person is not None else SERVICE
            words.append(f"{name} ({', '.join(ways)})")
            people.append(
                {"id": callee.id, "name": name, "ways": [*ways], "for": callee.target, "known": callee.source}
            )
    data: dict[str, Json] = {
        "text": "; ".join(words) or f"{call.told.get('to', '')} → {call.told.get('left_to', '–')}".strip(),
        "people": people,
        "level": call.level,
        "reason": call.reason,
        **call.told,
    }
    await tx.timeline.append(incident.id, kind, call.asked_by or BOT, now, data)
