"""Made-up histories of good and bad: objectives of every kind, zones around clock changes, exclusions, gaps, resets."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from agent.analysis.slo import Count
from agent.domain.slo import (
    Budgeting,
    CalendarWindow,
    PeriodUnit,
    RollingWindow,
    ServiceCredit,
    SliKind,
    Slo,
)

ZONES = (
    "UTC",
    "Europe/Zurich",
    "America/New_York",
    "Asia/Seoul",
    "Australia/Lord_Howe",
    "America/Havana",
    "Asia/Kathmandu",
)
TARGETS = (0.9, 0.95, 0.99, 0.995, 0.999, 0.9995, 0.9999)
CREDITS = (
    ServiceCredit(down_to=0.995, below=0.999, credit=0.1),
    ServiceCredit(down_to=0.99, below=0.995, credit=0.25),
    ServiceCredit(down_to=0.0, below=0.99, credit=0.5),
)
# Days around which clocks are set somewhere in the zones.
_CHANGES = (
    "2026-03-08",
    "2026-03-29",
    "2026-04-05",
    "2026-10-04",
    "2026-10-25",
    "2026-11-01",
    "2028-02-29",
    "2027-01-01",
)


@dataclass(frozen=True, slots=True)
class History:
    """One history: `unit` is the number of seconds that every boundary in it is a multiple of."""

    slo: Slo
    counts: tuple[Count, ...]
    excluded: tuple[tuple[datetime, datetime], ...]
    at: datetime
    unit: int


def histories(number: int, seed: int) -> Iterator[History]:
    """Yield so many histories, every kind of window and budgeting in turn."""
    rng = random.Random(seed)
    for index in range(number):
        yield _history(rng, tuple(Budgeting)[index % 3], index // 3 % 5)


def _history(rng: random.Random, budgeting: Budgeting, kind: int) -> History:
    unit = 1 if kind == 0 else 60
    window: RollingWindow | CalendarWindow
    if kind == 0:
        window = RollingWindow(length=timedelta(seconds=rng.randint(3600, 40_000)))
    elif kind == 1:
        window = RollingWindow(length=timedelta(days=rng.randint(1, 30), minutes=rng.randint(0, 600)))
    else:
        units = (PeriodUnit.DAY, PeriodUnit.WEEK, PeriodUnit.MONTH)
        window = CalendarWindow(unit=units[kind - 2], zone=rng.choice(ZONES))
    changed = datetime.fromisoformat(rng.choice(_CHANGES)).replace(tzinfo=UTC)
    at = changed + timedelta(seconds=unit * (rng.randint(-20 * 86_400, 20 * 86_400) // unit))
    slo = _slo(rng, window, budgeting)
    return History(slo, tuple(_counts(rng, at, window, unit)), tuple(_excluded(rng, at, unit)), at, unit)


def _slo(rng: random.Random, window: RollingWindow | CalendarWindow, budgeting: Budgeting) -> Slo:
    sliced = budgeting is not Budgeting.OCCURRENCES
    return Slo(
        name="made-up",
        service="made-up",
        title="Made up",
        kind=SliKind.AVAILABILITY,
        target=rng.choice(TARGETS),
        window=window,
        budgeting=budgeting,
        slice_seconds=rng.choice(_sizes(window)) if sliced else None,
        slice_target=rng.choice((0.9, 0.95, 0.99)) if budgeting is Budgeting.TIMESLICES else None,
        good="good",
        total="total",
        credits=CREDITS,
        excludes_maintenance=rng.random() < 0.7,
    )


def _sizes(window: RollingWindow | CalendarWindow) -> tuple[int, ...]:
    # A month has too many minutes to be judged one by one twice over.
    short = isinstance(window, RollingWindow) and window.length < timedelta(days=3)
    return (60, 300, 900) if short else (300, 900)


def _counts(
    rng: random.Random, at: datetime, window: RollingWindow | CalendarWindow, unit: int
) -> Iterator[Count]:
    """Yield stretches of one or several lengths, some without data, without traffic, or wholly missing."""
    length = window.length if isinstance(window, RollingWindow) else timedelta(days=33)
    # Weeks in steps of a minute would only be more of the same.
    step = rng.choice((1260, 1800, 3600)) if length > timedelta(days=3) else rng.choice((60, 180, 300))
    if unit == 1:
        step = rng.choice((7, 15, 60, 300))
    moment, trouble = at - length - timedelta(seconds=unit * rng.randint(0, 3000 // unit)), 0.0
    until = at + timedelta(seconds=rng.choice((0, 0, unit * 100)))
    level = 10 ** rng.uniform(-1, 5)
    while moment < until:
        end = moment + timedelta(seconds=step)
        if rng.random() < 0.01:
            trouble = rng.choice((0.0, 0.0, 0.001, 0.05, 1.0))
        luck = rng.random()
        if luck < 0.03:
            yield Count(moment, end, None, None)
        elif luck < 0.05:
            yield Count(moment, end, rng.uniform(0, level), None)
        elif luck < 0.07:
            yield Count(moment, end, 0.0, 0.0)
        elif luck > 0.02 + 0.07:
            total = rng.uniform(0.5, 1.5) * level
            total = float(round(total)) if luck < 0.5 else total
            yield Count(moment, end, total, min(total, total * trouble * rng.uniform(0.5, 1.0)))
        moment = end


def _excluded(rng: random.Random, at: datetime, unit: int) -> Iterator[tuple[datetime, datetime]]:
    for _ in range(rng.choice((0, 1, 3, 8))):
        start = at + timedelta(seconds=unit * (rng.randint(-30 * 86_400, 10 * 86_400) // unit))
        if unit == 1:
            start = at - timedelta(seconds=rng.randint(0, 40_000))
        yield start, start + timedelta(seconds=unit * rng.randint(1, 7200 // unit))
