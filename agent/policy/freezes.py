"""freezes.yaml: when changes meet the freeze rules, and when the business is at work; wall-clock times of a zone."""

from collections.abc import Iterator
from datetime import date, datetime
from itertools import combinations
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from agent.policy.approvals import Names, Sentence
from agent.policy.documents import Loc, Misplaced, Rulebook
from agent.policy.model import Words
from agent.policy.windows import (
    Clock,
    Daily,
    Day,
    Once,
    Span,
    Weekly,
    Yearly,
    minute_of_day,
    weekday_of,
)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("write an IANA zone such as Europe/Zurich, Asia/Seoul or UTC") from error
    return name


Zone = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_zone)]


class BusinessHours(Rulebook):
    """When people are at work; `holidays` are days on which they are not."""

    days: Annotated[tuple[Day, ...], Field(min_length=1)]
    start: Annotated[Clock, Field(alias="from")]
    end: Annotated[Clock, Field(alias="to")]
    zone: Zone | None = None
    holidays: tuple[date, ...] = ()

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if minute_of_day(self.end) <= minute_of_day(self.start):
            raise ValueError('`to` must be later than `from`, such as from: "09:00", to: "18:00"')
        return self


class Window(Rulebook):
    """One window, of exactly one kind; no `environments` and no `services` means all of them."""

    name: Sentence
    names: Names = Field(default_factory=dict)
    environments: Words | None = None
    services: Words | None = None
    zone: Zone | None = None
    weekly: Weekly | None = None
    daily: Daily | None = None
    yearly: Yearly | None = None
    once: Once | None = None

    @property
    def kind(self) -> str:
        """Return which kind of window it is."""
        return next(kind for kind in ("weekly", "daily", "yearly", "once") if getattr(self, kind) is not None)

    @property
    def times(self) -> Weekly | Daily | Yearly | Once:
        """Return when it holds."""
        times: Weekly | Daily | Yearly | Once = getattr(self, self.kind)
        return times

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = (self.weekly, self.daily, self.yearly, self.once)
        if sum(kind is not None for kind in kinds) != 1:
            raise ValueError("a window has exactly one of weekly, daily, yearly and once")
        return self


class FreezePolicy(Rulebook):
    """The windows and the business hours; `zone` holds wherever nothing else is said."""

    zone: Zone
    business_hours: BusinessHours
    windows: tuple[Window, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        mistakes = [*_same_names(self.windows), *_overlaps(self)]
        if mistakes:
            raise Misplaced(*mistakes)
        return self

    def active(self, now: datetime, environment: str, service: str | None) -> tuple[str, ...]:
        """Return the names of the windows that hold now; a window of certain services also holds for an unknown one."""
        return tuple(
            window.name
            for window in self.windows
            if (window.environments is None or environment in window.environments)
            and (window.services is None or service is None or service in window.services)
            and window.times.holds(now.astimezone(_zone_of(self, window.zone)))
        )

    def at_work(self, now: datetime) -> bool:
        """Say whether the business is at work now."""
        hours = self.business_hours
        local = now.astimezone(_zone_of(self, hours.zone))
        minute = local.hour * 60 + local.minute
        return (
            weekday_of(local) in hours.days
            and local.date() not in hours.holidays
            and minute_of_day(hours.start) <= minute < minute_of_day(hours.end)
        )


def _zone_of(policy: FreezePolicy, own: str | None) -> ZoneInfo:
    return ZoneInfo(own or policy.zone)


def _same_names(windows: tuple[Window, ...]) -> Iterator[tuple[Loc, str]]:
    seen: set[str] = set()
    for index, window in enumerate(windows):
        if window.name.casefold() in seen:
            yield (
                ("windows", index, "name"),
                f"another window is called “{window.name}”; give this one its own name",
            )
        seen.add(window.name.casefold())


def _overlaps(policy: FreezePolicy) -> Iterator[tuple[Loc, str]]:
    """Yield windows that say the same time twice.

    A single or yearly window may lie over a recurring one, since a long one always contains week-ends.
    """
    numbered = [(index, window, _occurrences(policy, window)) for index, window in enumerate(policy.windows)]
    for (_, first, mine), (index, second, yours) in combinations(numbered, 2):
        recurring = {first.kind, second.kind} <= {"weekly", "daily"}
        if (recurring or first.kind == second.kind) and _same_scope(first, second) and _meet(mine, yours):
            yield (
                ("windows", index),
                f"it overlaps “{first.name}” in the same environments; join the two, or move one of them",
            )


def _occurrences(policy: FreezePolicy, window: Window) -> list[Span]:
    return sorted(window.times.occurrences(_zone_of(policy, window.zone)))


def _meet(mine: list[Span], yours: list[Span]) -> bool:
    marks = sorted([*((start, end, 0) for start, end in mine), *((start, end, 1) for start, end in yours)])
    latest: dict[int, datetime] = {}
    for start, end, side in marks:
        other = latest.get(1 - side)
        if other is not None and start < other:
            return True
        latest[side] = max(end, latest.get(side, end))
    return False


def _same_scope(first: Window, second: Window) -> bool:
    return _share(first.environments, second.environments) and _share(first.services, second.services)


def _share(some: tuple[str, ...] | None, others: tuple[str, ...] | None) -> bool:
    return some is None or others is None or bool(set(some) & set(others))
