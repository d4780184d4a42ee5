"""oncall.yaml: people and how they are reached, the roles that are called by name, who is on call, and quiet hours."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from agent.policy.documents import Loc, Misplaced, Rulebook
from agent.policy.freezes import Zone
from agent.policy.model import RuleId
from agent.policy.rota import Schedule
from agent.policy.windows import Clock, minute_of_day

SERVICE = "service"
"""Who is called where no person is known: the pager's own service, whose escalation policy decides."""

RoleName = Annotated[str, Field(pattern=r"^[^\s:@#][^:@#]{0,58}[^\s:@#]$")]


class Person(Rulebook):
    """Somebody who may be called; `slack` is a user id, `pagerduty` the user's id over there, `phone` in E.164 form."""

    id: RuleId
    name: Annotated[str, Field(min_length=1, max_length=80)]
    slack: Annotated[str, Field(pattern=r"^[UW][A-Z0-9]{2,20}$")] | None = None
    email: Annotated[str, Field(pattern=r"^[^@\s<>]+@[^@\s<>]+$", max_length=254)] | None = None
    phone: Annotated[str, Field(pattern=r"^\+[1-9]\d{6,14}$")] | None = None
    language: Literal["en", "ko"] | None = None
    zone: Zone | None = None
    pagerduty: Annotated[str, Field(pattern=r"^[A-Z0-9]{4,20}$")] | None = None


class QuietHours(Rulebook):
    """From a time of day to another, in the zone of whoever would be called; what can wait waits for its end."""

    start: Annotated[Clock, Field(alias="from")]
    end: Annotated[Clock, Field(alias="to")]

    @model_validator(mode="after")
    def _real(self) -> Self:
        if minute_of_day(self.start) % 1440 == minute_of_day(self.end) % 1440:
            raise ValueError("it ends where it begins; leave quiet_hours out when no hour is quiet")
        return self

    def ends(self, at: datetime, zone: str) -> datetime | None:
        """Return when (UTC) the quiet hours end that hold at an instant, or None when none do."""
        clock = ZoneInfo(zone)
        local = at.astimezone(clock)
        minute = local.hour * 60 + local.minute
        start, end = minute_of_day(self.start) % 1440, minute_of_day(self.end) % 1440
        if not ((minute - start) % 1440 < (end - start) % 1440):
            return None
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None, fold=0)
        morning = midnight + timedelta(days=0 if minute < end else 1, minutes=end)
        return max(morning.replace(tzinfo=clock).astimezone(UTC), at)


class OnCallPolicy(Rulebook):
    """Who may be called; it may be empty, and then only the pager's own service is."""

    zone: Zone
    people: tuple[Person, ...] = ()
    roles: dict[RoleName, tuple[RuleId, ...]] = Field(default_factory=dict)
    schedules: tuple[Schedule, ...] = ()
    quiet_hours: QuietHours | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        mistakes = [*_twice(self), *_unknown(self)]
        if mistakes:
            raise Misplaced(*mistakes)
        return self

    def person(self, person_id: str) -> Person | None:
        """Return a person by id."""
        return next((one for one in self.people if one.id == person_id), None)

    def schedule(self, schedule_id: str) -> Schedule | None:
        """Return a schedule by id."""
        return next((one for one in self.schedules if one.id == schedule_id), None)

    def person_in_slack(self, user: str) -> Person | None:
        """Return who a Slack user is."""
        return next((one for one in self.people if one.slack == user), None)

    def serving(self, service: str, tier: str) -> tuple[Schedule, ...]:
        """Return the schedules that serve a service: those that name it, else its tier, else those that name nothing."""
        named = tuple(s for s in self.schedules if s.services is not None and service in s.services)
        tiered = tuple(s for s in self.schedules if s.tiers is not None and tier in s.tiers)
        rest = tuple(s for s in self.schedules if s.services is None and s.tiers is None)
        return named or tiered or rest

    def quiet_until(self, person: Person | None, at: datetime) -> datetime | None:
        """Return until when (UTC) somebody is left in peace, None when they may be called for anything."""
        zone = (person.zone if person is not None else None) or self.zone
        return self.quiet_hours.ends(at, zone) if self.quiet_hours is not None else None


def _twice(policy: OnCallPolicy) -> Iterator[tuple[Loc, str]]:
    seen = {SERVICE}
    named: tuple[tuple[str, Sequence[Person | Schedule]], ...] = (
        ("people", policy.people),
        ("schedules", policy.schedules),
    )
    for part, ones in named:
        for index, one in enumerate(ones):
            if one.id in seen:
                yield (part, index, "id"), f"the id {one.id} is taken; give this one its own"
            seen.add(one.id)
    for name in policy.roles:
        if name in seen:
            yield ("roles", name), f"{name} is also the id of a person or schedule; rename one of them"
    for part, key in (("slack", "slack"), ("pagerduty", "pagerduty")):
        known: set[str] = set()
        for index, person in enumerate(policy.people):
            value = getattr(person, key)
            if value is not None and value in known:
                yield ("people", index, part), f"another person has {value}; it can only be one of them"
            known.add(value or "")


def _unknown(policy: OnCallPolicy) -> Iterator[tuple[Loc, str]]:
    people = {one.id for one in policy.people}
    for name, members in policy.roles.items():
        for index, member in enumerate(members):
            if member not in people:
                yield ("roles", name, index), _nobody(member)
    for number, schedule in enumerate(policy.schedules):
        for index, member in enumerate(schedule.rotation):
            if member not in people:
                yield ("schedules", number, "rotation", index), _nobody(member)
        for index, override in enumerate(schedule.overrides):
            if override.person not in people:
                yield ("schedules", number, "overrides", index, "person"), _nobody(override.person)


def _nobody(name: str) -> str:
    return f"no person has the id {name}; add them under people, or mend the id"
