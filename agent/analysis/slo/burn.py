"""How fast a budget burns, and the pairs of windows and rates that are worth an alert."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.analysis.slo.counts import Count, Span
from agent.analysis.slo.tally import allowance, tally
from agent.domain.evidence import Window
from agent.domain.slo import Burn, CalendarWindow, PeriodUnit, RollingWindow, Slo

DAY = 86_400
# A calendar month counts as thirty days wherever one length is needed for all months.
_NOMINAL = {
    PeriodUnit.DAY: DAY,
    PeriodUnit.WEEK: 7 * DAY,
    PeriodUnit.MONTH: 30 * DAY,
    PeriodUnit.QUARTER: 90 * DAY,
    PeriodUnit.YEAR: 365 * DAY,
}
STANDARD_PERIOD = 30 * DAY
BURN_SECONDS = (300, 1800, 3600, 7200, 21_600, DAY, 3 * DAY)
"""The lengths that a state says the burn of, as far as they are shorter than the period."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A long window with the burn that is worth an alert in it and in its short window (seconds)."""

    burn: float
    long: int
    short: int
    page: bool


STANDARD_BURNS = (
    Pair(14.4, 3600, 300, page=True),
    Pair(6.0, 21_600, 1800, page=True),
    Pair(3.0, DAY, 7200, page=False),
    Pair(1.0, 3 * DAY, 21_600, page=False),
)
"""For a period of 30 days: 2 % of the budget in 1 h, 5 % in 6 h, 10 % in 1 d and 10 % in 3 d, as in "Alerting on SLOs",
chapter 5 of the Site Reliability Workbook; the short window is a twelfth of the long one."""


def nominal_seconds(window: RollingWindow | CalendarWindow) -> int:
    """Return the length of a period, for a calendar one that of an ordinary one."""
    if isinstance(window, RollingWindow):
        return round(window.length.total_seconds())
    return _NOMINAL[window.unit]


def scaled_seconds(seconds: float, window: RollingWindow | CalendarWindow) -> int:
    """Return a length that is meant for 30 days as it is for another period, in whole minutes, never below one."""
    return max(60, round(seconds * nominal_seconds(window) / STANDARD_PERIOD / 60) * 60)


def burn_pairs(window: RollingWindow | CalendarWindow) -> tuple[Pair, ...]:
    """Return the standard pairs with windows that are scaled to the period, so that each spends the same share."""
    return tuple(
        Pair(pair.burn, scaled_seconds(pair.long, window), scaled_seconds(pair.short, window), pair.page)
        for pair in STANDARD_BURNS
    )


def burn_rate(target: float, total: float, bad: float) -> float | None:
    """Return how many times faster than allowed a budget is spent; None without events."""
    return bad / total / allowance(target) if total > 0 else None


def burn_rates(
    slo: Slo,
    counts: Iterable[Count],
    at: datetime,
    lengths: Sequence[int] = BURN_SECONDS,
    excluded: Sequence[Span] = (),
) -> tuple[Burn, ...]:
    """Return the burn over each of the last so many seconds, of a rolling window's definition."""
    known = list(counts)
    rates = []
    for seconds in lengths:
        window = Window(start=at - timedelta(seconds=seconds), end=at)
        recent = [count for count in known if count.end > window.start and count.start < at]
        found = tally(slo, recent, window, at, excluded)
        rates.append(Burn(seconds=seconds, rate=burn_rate(slo.target, found.total, found.bad)))
    return tuple(rates)
