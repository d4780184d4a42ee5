"""Objectives and counts for tests of their arithmetic."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from agent.analysis.slo import Count
from agent.domain.slo import Budgeting, CalendarWindow, RollingWindow, SliKind, Slo


def objective(window: RollingWindow | CalendarWindow, target: float = 0.999, **more: object) -> Slo:
    """Return an objective over a window."""
    return Slo.model_validate(
        {
            "name": "checkout-availability",
            "service": "checkout",
            "title": "Availability",
            "kind": SliKind.AVAILABILITY,
            "target": target,
            "window": window,
            **more,
        }
    )


def sliced(window: RollingWindow | CalendarWindow, target: float = 0.9, **more: object) -> Slo:
    """Return an objective over slices of five minutes."""
    given = {"budgeting": Budgeting.TIMESLICES, "slice_seconds": 300, "slice_target": 0.99, **more}
    return objective(window, target, **given)


def moment(text: str) -> datetime:
    """Return a time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def counted(start: datetime, values: Sequence[tuple[float, float] | None], seconds: int = 300) -> list[Count]:
    """Return counts side by side from pairs of total and bad; None is a stretch without data."""
    step = timedelta(seconds=seconds)
    return [
        Count(start + step * number, start + step * (number + 1), *(pair or (None, None)))
        for number, pair in enumerate(values)
    ]
