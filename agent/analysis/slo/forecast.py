"""When a budget is gone if it goes on burning as it does now."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from agent.analysis.slo.burn import nominal_seconds
from agent.analysis.slo.tally import Tally
from agent.domain.evidence import Window
from agent.domain.slo import Budgeting, Burn, RollingWindow, Slo

# Six hours of thirty days: long enough not to jump with every error.
_SHARE_OF_PERIOD = 120
_LEAST_SECONDS = 300


def burn_now(slo: Slo, burns: Sequence[Burn]) -> float | None:
    """Return the burn that a forecast goes on with: of the longest window up to 1/120 of the period; None without data."""
    wanted = max(_LEAST_SECONDS, nominal_seconds(slo.window) / _SHARE_OF_PERIOD)
    known = [burn for burn in burns if burn.seconds <= wanted]
    return max(known, key=lambda burn: burn.seconds).rate if known else None


def forecast(
    slo: Slo, found: Tally, window: Window, at: datetime, spent: float, burn: float | None
) -> datetime | None:
    """Return when the budget is gone at a steady burn and traffic; None when it lasts or the burn is unknown.

    In a rolling window what leaves it at its far end is not counted on, so the moment is the earliest possible. In a
    calendar period the budget of events grows with the events, and that of slices is known for the whole period; a
    budget that outlives the period lasts.
    """
    if spent >= 1.0:
        return at
    if burn is None or burn <= 0:
        return None
    if isinstance(slo.window, RollingWindow):
        seconds = (window.end - window.start).total_seconds() * (1 - spent) / burn if burn > 1 else None
        return None if seconds is None else at + timedelta(seconds=seconds)
    if slo.budgeting is Budgeting.OCCURRENCES:
        seconds = found.data * (1 - spent) / (burn - 1) if burn > 1 else None
    else:
        seconds = found.whole * (slo.slice_seconds or 60) * (1 - spent) / burn
    if seconds is None or seconds >= found.ahead:
        return None
    return at + timedelta(seconds=seconds)
