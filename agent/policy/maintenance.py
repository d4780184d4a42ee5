"""maintenance.yaml: when work on services is planned, once or by a schedule; what it excludes is for the objectives."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from agent.analysis.occurrences import Schedule, schedule
from agent.analysis.slo import Span
from agent.errors import BadInput, Misconfigured
from agent.policy.documents import Loc, Misplaced, Rulebook, lines_of, read_document
from agent.policy.freezes import Zone
from agent.policy.model import RuleId, Seconds, Words
from agent.policy.windows import Once

FILE = "maintenance.yaml"
_DAY = 86_400
# Maintenance that hardly ever ends would take everything out of an agreement.
_LONGEST = 3 * _DAY
_LEAST_APART = timedelta(hours=1)


class Recurring(Rulebook):
    """Begins by a cron expression of five fields on the wall clock of the zone, and lasts so long."""

    schedule: str
    lasts: Annotated[Seconds, Field(ge=60, le=_LONGEST)]


class MaintenanceWindow(Rulebook):
    """Planned work on services (all of them when left out), once or recurring."""

    name: RuleId
    reason: Annotated[str, Field(min_length=1, max_length=200)]
    services: Words | None = None
    zone: Zone | None = None
    once: Once | None = None
    recurring: Recurring | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.once is None) == (self.recurring is None):
            raise ValueError("a window has either `once` or `recurring`")
        return self


@dataclass(frozen=True, slots=True)
class Planned:
    """One planned piece of work; no services means all of them."""

    name: str
    reason: str
    services: tuple[str, ...] | None
    start: datetime
    end: datetime


class MaintenancePolicy(Rulebook):
    """All windows; `zone` holds wherever a window names none."""

    zone: Zone = "UTC"
    windows: tuple[MaintenanceWindow, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        mistakes = [*_same_names(self.windows), *_endless(self)]
        if mistakes:
            raise Misplaced(*mistakes)
        return self

    def windows_of(self, window: MaintenanceWindow, start: datetime, end: datetime) -> Iterator[Span]:
        """Yield when a window touches the time between two moments, in order and whole."""
        zone = window.zone or self.zone
        if window.once is not None:
            span = tuple(
                one.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
                for one in (window.once.start, window.once.end)
            )
            if span[0] < end and span[1] > start:
                yield span[0], span[1]
        if window.recurring is not None:
            lasts = timedelta(seconds=window.recurring.lasts)
            for begin in Schedule(window.recurring.schedule, zone).between(start - lasts, end):
                if begin < end:
                    yield begin, begin + lasts

    def between(self, start: datetime, end: datetime) -> tuple[Planned, ...]:
        """Return each planned piece of work that touches the time between two moments, whole, the earliest first."""
        found = [
            Planned(window.name, window.reason, window.services, *span)
            for window in self.windows
            for span in self.windows_of(window, start, end)
        ]
        return tuple(sorted(found, key=lambda one: (one.start, one.name)))

    def spans(self, service: str, start: datetime, end: datetime) -> tuple[Span, ...]:
        """Return when work on a service is planned within two moments, as a union that is cut at both ends."""
        union: list[Span] = []
        for one in self.between(start, end):
            if one.services is not None and service not in one.services:
                continue
            first, last = max(one.start, start), min(one.end, end)
            if union and first <= union[-1][1]:
                union[-1] = (union[-1][0], max(union[-1][1], last))
            elif first < last:
                union.append((first, last))
        return tuple(union)


def load_maintenance(path: Path, services: Sequence[str]) -> MaintenancePolicy:
    """Load planned maintenance, none where there is no such file; raises Misconfigured, also for unknown services."""
    if not path.exists():
        return MaintenancePolicy()
    policy = read_document(path, MaintenancePolicy)
    unknown = [
        (("windows", index, "services"), name)
        for index, window in enumerate(policy.windows)
        for name in window.services or ()
        if name not in services
    ]
    if unknown:
        lines = lines_of(path)
        known = ", ".join(services) or "none yet"
        raise Misconfigured(
            "\n".join(
                f"{path}:{lines.get(place, 1)}: {'.'.join(map(str, place))}: no document of kind Service in slo/ is "
                f"called {name}; known: {known}"
                for place, name in unknown
            )
        )
    return policy


def _same_names(windows: Sequence[MaintenanceWindow]) -> Iterator[tuple[Loc, str]]:
    seen: set[str] = set()
    for index, window in enumerate(windows):
        if window.name in seen:
            yield ("windows", index, "name"), f"another window is called {window.name}: choose another name"
        seen.add(window.name)


def _endless(policy: MaintenancePolicy) -> Iterator[tuple[Loc, str]]:
    """Yield schedules that never come, cannot be read, or whose next turn comes while the last one goes on."""
    for index, window in enumerate(policy.windows):
        if window.recurring is None:
            continue
        place: Loc = ("windows", index, "recurring", "schedule")
        try:
            times = schedule(window.recurring.schedule, window.zone or policy.zone)
        except BadInput as error:
            yield place, error.user_message
            continue
        turns = list(islice(times.after(datetime(2027, 12, 31, tzinfo=UTC)), 400))
        nearest = min((later - earlier for earlier, later in pairwise(turns)), default=None)
        if nearest is not None and nearest < timedelta(seconds=window.recurring.lasts) + _LEAST_APART:
            yield (
                place,
                "its turns must end an hour or more before the next one begins: make it rarer or shorter",
            )
