"""Who is really called for a name: a person, a role's people, or whoever's turn it is, and where that is known from."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from agent.domain.incident import Incident
from agent.errors import OpsError
from agent.policy.load import Policies
from agent.policy.oncall import SERVICE, OnCallPolicy, Person
from agent.policy.rota import Schedule, on_shift
from agent.policy.routing import route_incident
from agent.ports.clock import Clock
from agent.ports.notifier import Schedules, Shift
from agent.telemetry.logs import LogEvent, get_log

Source = Literal["person", "role", "rota", "override", "pagerduty", "last_known", "rota_instead", "service"]
"""Where it is known from: `last_known` and `rota_instead` stand in for a PagerDuty that does not answer."""

_log = get_log("lifecycle")
REFRESH_SECONDS = 60.0
# A lookup older than this is only the last that is known; the next look is due after a third of it.
_FRESH_SECONDS = 180.0


class Rules(Protocol):
    """Whatever holds the policies in force, such as the policy book."""

    @property
    def current(self) -> Policies:
        """Return them."""
        ...


@dataclass(frozen=True, slots=True)
class Callee:
    """Somebody to call; without a person it is the pager's own service."""

    person: Person | None
    target: str
    source: Source
    until: datetime | None = None

    @property
    def id(self) -> str:
        """Return the id that a page keeps."""
        return self.person.id if self.person is not None else SERVICE


@dataclass(frozen=True, slots=True)
class Lookup:
    """What PagerDuty said of a schedule, and when."""

    shifts: tuple[Shift, ...]
    at: datetime


Known = Mapping[str, Lookup]


def who(oncall: OnCallPolicy, names: Iterable[str], at: datetime, known: Known | None = None) -> list[Callee]:
    """Return whom these roles, schedules and people stand for at a time, each person once; unknown names are nobody."""
    found: dict[str, Callee] = {}
    for name in names:
        for callee in _of(oncall, name, at, known or {}):
            found.setdefault(callee.id, callee)
    return list(found.values())


def serving(policies: Policies, incident: Incident) -> list[str]:
    """Return whom its route calls first; without anybody there, the ids of the schedules that serve its service."""
    oncall, called = policies.oncall, route_incident(policies, incident).call
    if any(oncall.person(one) or oncall.schedule(one) or oncall.roles.get(one) for one in called):
        return list(called)
    tier = policies.services.tier_of(incident.service)
    return [one.id for one in policies.oncall.serving(incident.service, tier)]


def table(oncall: OnCallPolicy, at: datetime, known: Known | None = None) -> list[tuple[str, list[Callee]]]:
    """Return every schedule and role with whom it stands for now, for people to read."""
    names = [*(one.id for one in oncall.schedules), *oncall.roles]
    return [(name, who(oncall, [name], at, known)) for name in names]


def person_of(oncall: OnCallPolicy, person_id: str, known: Known | None = None) -> Person | None:
    """Return a person by the id that a page keeps, also one whom only PagerDuty knows."""
    listed = oncall.person(person_id)
    if listed is not None or person_id == SERVICE:
        return listed
    shifts = (shift for lookup in (known or {}).values() for shift in lookup.shifts)
    return next((one for one in (_stranger(shift) for shift in shifts) if one.id == person_id), None)


def _of(oncall: OnCallPolicy, name: str, at: datetime, known: Known) -> Sequence[Callee]:
    person = oncall.person(name)
    if person is not None:
        return [Callee(person, name, "person")]
    schedule = oncall.schedule(name)
    if schedule is not None:
        return _on_schedule(oncall, schedule, at, known)
    members = (oncall.person(one) for one in oncall.roles.get(name, ()))
    return [Callee(one, name, "role") for one in members if one is not None]


def _on_schedule(oncall: OnCallPolicy, schedule: Schedule, at: datetime, known: Known) -> Sequence[Callee]:
    if schedule.source == "pagerduty":
        lookup = known.get(schedule.id)
        # What is known stays true until the turn's own end, however long PagerDuty has been silent.
        shifts = [s for s in lookup.shifts if s.until is None or s.until > at] if lookup else []
        if lookup is not None and shifts:
            fresh = abs((at - lookup.at).total_seconds()) <= _FRESH_SECONDS
            source: Source = "pagerduty" if fresh else "last_known"
            return [Callee(_known_as(oncall, s), schedule.id, source, s.until) for s in shifts]
    duty = on_shift(schedule, at, oncall.zone)
    person = oncall.person(duty.person) if duty is not None else None
    if duty is None or person is None:
        return [Callee(None, schedule.id, "service")]
    plain: Source = "override" if duty.stands_in else "rota"
    return [
        Callee(person, schedule.id, "rota_instead" if schedule.source == "pagerduty" else plain, duty.until)
    ]


def _known_as(oncall: OnCallPolicy, shift: Shift) -> Person:
    for person in oncall.people:
        if person.pagerduty == shift.person:
            return person
    mail = shift.email.casefold()
    same = (one for one in oncall.people if mail and one.email is not None and one.email.casefold() == mail)
    return next(same, None) or _stranger(shift)


def _stranger(shift: Shift) -> Person:
    """Return somebody whom oncall.yaml does not know, as far as PagerDuty tells."""
    return Person.model_construct(
        id=f"pagerduty-{shift.person.lower()}",
        name=shift.name or shift.person,
        slack=None,
        email=shift.email or None,
        phone=None,
        language=None,
        zone=None,
        pagerduty=shift.person,
    )


@dataclass(slots=True)
class Roster:
    """Answers at once from what is known; what PagerDuty says is asked for beside, and kept while it is silent."""

    rules: Rules
    clock: Clock
    schedules: Schedules | None = None
    known: dict[str, Lookup] = field(default_factory=dict)
    trouble: dict[str, str] = field(default_factory=dict)

    def who(self, names: Iterable[str], at: datetime) -> list[Callee]:
        """Return whom these names stand for at a time."""
        return who(self.rules.current.oncall, names, at, self.known)

    def person(self, person_id: str) -> Person | None:
        """Return a person by the id that a page keeps."""
        return person_of(self.rules.current.oncall, person_id, self.known)

    async def refresh(self) -> None:
        """Ask PagerDuty about every schedule of its own; what it does not answer stays as it is known."""
        if self.schedules is None:
            return
        now = self.clock.now()
        for schedule in self.rules.current.oncall.schedules:
            if schedule.source != "pagerduty" or schedule.pagerduty is None:
                continue
            try:
                shifts = await self.schedules.on_call(schedule.pagerduty, now)
            except OpsError as error:
                if self.trouble.get(schedule.id) != error.user_message:
                    _log.warning(
                        LogEvent.TASK_FAILED, task=f"on-call {schedule.id}", error=error.user_message
                    )
                self.trouble[schedule.id] = error.user_message
            else:
                self.trouble.pop(schedule.id, None)
                self.known[schedule.id] = Lookup(tuple(shifts), now)

    async def run(self) -> None:
        """Keep what is known fresh, for ever."""
        while True:
            await self.refresh()
            await asyncio.sleep(REFRESH_SECONDS)
