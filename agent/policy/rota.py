"""Rotas: whose turn it is at an instant, with hand-overs at a time of the clock on the wall, whatever the season."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, model_validator

from agent.policy.documents import Rulebook
from agent.policy.freezes import Zone
from agent.policy.model import RuleId, Words
from agent.policy.windows import LocalTime

_TURN = re.compile(r"([1-9]\d?)([dw])")


def _days(value: object) -> object:
    match = _TURN.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("write how long a turn lasts in days or weeks, such as 1d or 1w")
    return int(match[1]) * (7 if match[2] == "w" else 1)


Turn = Annotated[int, BeforeValidator(_days)]
"""The length of a turn in days."""


class Override(Rulebook):
    """Somebody stands in from one time to another; of several that hold, the last one written counts."""

    start: Annotated[LocalTime, Field(alias="from")]
    end: Annotated[LocalTime, Field(alias="to")]
    person: RuleId

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.end <= self.start:
            raise ValueError("it ends before it begins; move `to` behind `from`")
        return self


class Schedule(Rulebook):
    """Who is on call, turn by turn; with `source: pagerduty` its rotation stands in while PagerDuty does not answer.

    Without `services` and `tiers` it serves whatever no other schedule names.
    """

    id: RuleId
    source: Literal["rota", "pagerduty"] = "rota"
    pagerduty: Annotated[str, Field(pattern=r"^[A-Z0-9]{4,20}$")] | None = None
    zone: Zone | None = None
    rotation: tuple[RuleId, ...] = ()
    starts: LocalTime | None = None
    every: Turn = 7
    overrides: tuple[Override, ...] = ()
    services: Words | None = None
    tiers: Words | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.source == "pagerduty" and self.pagerduty is None:
            raise ValueError("name the schedule's id over there in `pagerduty`")
        if self.rotation and self.starts is None:
            raise ValueError("say when the first turn begins, such as starts: 2026-01-05 09:00")
        return self


@dataclass(frozen=True, slots=True)
class Duty:
    """Whose turn it is (a person's id), and until when (UTC) if it ends."""

    person: str
    until: datetime | None
    stands_in: bool = False


def on_shift(schedule: Schedule, at: datetime, zone: str) -> Duty | None:
    """Return whose turn it is at an instant, or None when the schedule names nobody; `zone` is for one without its own."""
    clock = ZoneInfo(schedule.zone or zone)
    spans = [(_instant(o.start, clock), _instant(o.end, clock), o.person) for o in schedule.overrides]
    edges = [edge for start, end, _ in spans for edge in (start, end) if edge > at]
    standing = [person for start, end, person in spans if start <= at < end]
    turn = _turn(schedule, at, clock)
    if turn is not None:
        edges.append(turn[1])
    until = min(edges, default=None)
    if standing:
        return Duty(standing[-1], until, stands_in=True)
    return Duty(turn[0], until) if turn is not None else None


def hand_overs(schedule: Schedule, start: datetime, end: datetime, zone: str) -> Iterator[datetime]:
    """Yield the instants (UTC) in [start, end) at which the rotation goes on to the next person."""
    if not schedule.rotation or schedule.starts is None:
        return
    clock = ZoneInfo(schedule.zone or zone)
    number = _number(schedule.starts, schedule.every, start, clock)
    while (moment := _begins(schedule.starts, schedule.every, number, clock)) < end:
        if moment >= start:
            yield moment
        number += 1


def _turn(schedule: Schedule, at: datetime, clock: ZoneInfo) -> tuple[str, datetime] | None:
    if not schedule.rotation or schedule.starts is None:
        return None
    number = _number(schedule.starts, schedule.every, at, clock)
    person = schedule.rotation[number % len(schedule.rotation)]
    return person, _begins(schedule.starts, schedule.every, number + 1, clock)


def _number(starts: datetime, days: int, at: datetime, clock: ZoneInfo) -> int:
    """Return which turn an instant falls into; the clock on the wall only gives a first guess, for it may repeat an hour."""
    local = at.astimezone(clock).replace(tzinfo=None)
    number = (local - starts) // timedelta(days=days)
    while _begins(starts, days, number, clock) > at:
        number -= 1
    while _begins(starts, days, number + 1, clock) <= at:
        number += 1
    return number


def _begins(starts: datetime, days: int, number: int, clock: ZoneInfo) -> datetime:
    return _instant(starts + timedelta(days=days * number), clock)


def _instant(local: datetime, clock: ZoneInfo) -> datetime:
    """Return when the wall shows a time: of an hour that comes twice the first, of one that is left out what follows it."""
    return local.replace(tzinfo=clock).astimezone(UTC)
