"""The weeks before the demo: coarse counts with a few small outages, so that error budgets have something to tell."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

DAYS = 35
# On the clock, so that slices of an hour begin and end with a sample; and wider than the ranges of live rates, which
# therefore see the fine hours only.
STEP_SECONDS = 1800
# What customers are promised is judged in slices of five minutes, at the service that they use; so is every service's day.
CLOSE, CLOSE_SECONDS, CLOSE_TO_ALL = "storefront", 300, 86_400
# Durations only as objectives want them: by the hour, and with the bounds that they name.
DURATION_SECONDS, BOUNDS = 3600, frozenset({"0.5", "2.0", "+Inf"})
# On good days far fewer requests fail than the thousandth that the objectives allow.
ERRORS, ALLOWED = 0.0001, 0.001
_WORST = 0.95


@dataclass(frozen=True, slots=True)
class Outage:
    """A service failed for so many steps; `ago` is a share of the month so far, `budget` what it cost of its budget."""

    service: str
    ago: float
    steps: int
    budget: float


OUTAGES = (
    Outage("payment", 0.4, 1, 0.38),
    Outage("checkout", 0.4, 1, 0.24),
    Outage("storefront", 0.4, 1, 0.17),
    Outage("payment", 0.15, 1, 0.12),
    Outage("tutor", 0.7, 3, 0.95),
    Outage("tutor", 0.25, 1, 0.25),
    Outage("catalog", 0.85, 1, 0.08),
    Outage("textbook", 0.55, 1, 0.45),
)


@dataclass(frozen=True, slots=True)
class Moment:
    """One sample of the past, for the services that are looked at closely or for the rest, and who has had trouble since.

    `close` says of a service whether it is counted in small steps by then.
    """

    at: float
    small: bool
    failing: Mapping[str, float]
    recent: bool

    def close(self, service: str) -> bool:
        """Say whether a service is counted in small steps at that time."""
        return self.recent or service == CLOSE


def moments(end: float, until: float) -> Iterator[Moment]:
    """Yield the samples from weeks before the demo's start up to a moment."""
    troubles = _troubles(end)
    first = (end - DAYS * 86_400) // STEP_SECONDS * STEP_SECONDS
    for number in range(1, int((until - first) // CLOSE_SECONDS) + 1):
        at = first + number * CLOSE_SECONDS
        failing = troubles.get(-(-at // STEP_SECONDS) * STEP_SECONDS, {})
        recent = end - at < CLOSE_TO_ALL
        yield Moment(at, True, failing, recent)
        if at % STEP_SECONDS == 0:
            yield Moment(at, False, failing, recent)


def _troubles(end: float) -> dict[float, dict[str, float]]:
    """Return the failing shares by the end of each step that had any."""
    month = datetime.fromtimestamp(end, UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    elapsed = end - month.timestamp()
    found: dict[float, dict[str, float]] = {}
    for one in OUTAGES:
        share = one.budget * ALLOWED * elapsed / (one.steps * STEP_SECONDS)
        last = (end - one.ago * elapsed) // STEP_SECONDS * STEP_SECONDS
        for step in range(one.steps):
            found.setdefault(last - step * STEP_SECONDS, {})[one.service] = min(share, _WORST)
    return found
