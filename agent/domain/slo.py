"""Service level objectives in the vocabulary of OpenSLO, and where a service stands against one."""

from datetime import timedelta
from enum import StrEnum
from typing import Literal

from pydantic import Field

from agent.domain.evidence import EvidenceStatus, Window
from agent.domain.noun import Noun, Utc

EVERY_SERVICE = "*"
"""The service of an objective that is about all services together."""


class SliKind(StrEnum):
    """What an indicator counts as good."""

    AVAILABILITY = "availability"
    LATENCY = "latency"
    ERROR_RATE = "error_rate"
    AVERAGE_LATENCY = "average_latency"
    RECOVERY_TIME = "recovery_time"


class Budgeting(StrEnum):
    """How good and bad are counted.

    Events one by one; slices of time that are good or bad as a whole; or slices of time that all weigh the same and
    are each as bad as the share of bad events in them.
    """

    OCCURRENCES = "Occurrences"
    TIMESLICES = "Timeslices"
    RATIO_TIMESLICES = "RatioTimeslices"


class PeriodUnit(StrEnum):
    """How long a period that follows the calendar is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class RollingWindow(Noun):
    """The last so many seconds, counted back from now."""

    length: timedelta


class CalendarWindow(Noun):
    """The day, week, month, quarter or year of a time zone (IANA name) that now lies in."""

    unit: PeriodUnit
    zone: str


class ServiceCredit(Noun):
    """What customers get back when a period's SLI is below `below` and not below `down_to`, both 0 to 1."""

    down_to: float = Field(ge=0, le=1)
    below: float = Field(gt=0, le=1)
    credit: float = Field(ge=0, le=1)


class BurnAlert(Noun):
    """Alert with `severity` when the budget burns `burn` times too fast over `seconds` and over a twelfth of it.

    `seconds` is the length for this objective's own period.
    """

    severity: str
    burn: float = Field(gt=0)
    seconds: int = Field(gt=0)

    @property
    def short_seconds(self) -> int:
        """Return the length of the short window, which lets the alert end soon after the trouble."""
        return max(1, round(self.seconds / 12))


class Slo(Noun):
    """One objective of one service; `target` is the share of good events or slices that is promised, 0 to 1.

    `good` and `total` are PromQL of counters' increases in which `<window>` stands for the time asked for, as in
    `increase(http_requests_total[<window>])`; where `total` has a value and `good` has none, `good` is 0. For
    `Timeslices` a slice of `slice_seconds` is good when its own ratio is at least `slice_target`. Where a value is
    `measured` (PromQL over `<window>`) and good when it is `op` `limit`, `good` and `total` are made of that and have
    1 or 0 per slice. Slices lie on whole multiples of their length since 1970 in UTC. `threshold_seconds` is the
    latency that counts as good. `agreement` marks what is promised to customers, with its credits. `source` is the type
    of store that is asked; of `incidents`, the bot's own, there is no PromQL. `service` is `*` for all services together.
    `titles` hold the title in other languages.
    """

    name: str
    service: str
    title: str
    titles: dict[str, str] = Field(default_factory=dict)
    kind: SliKind
    target: float = Field(gt=0, lt=1)
    window: RollingWindow | CalendarWindow
    budgeting: Budgeting = Budgeting.OCCURRENCES
    slice_seconds: int | None = None
    slice_target: float | None = None
    threshold_seconds: float | None = None
    good: str = ""
    total: str = ""
    measured: str = ""
    op: Literal["lte", "lt", "gte", "gt"] | None = None
    limit: float | None = None
    source: str = "prometheus"
    alerts: tuple[BurnAlert, ...] = ()
    agreement: bool = False
    credits: tuple[ServiceCredit, ...] = ()
    excludes_maintenance: bool = False
    description: str = ""

    def title_in(self, language: str) -> str:
        """Return the title in a language, or the one that it has."""
        return self.titles.get(language, self.title)


class Burn(Noun):
    """How many times faster than allowed the budget was spent over the last `seconds`; None without data."""

    seconds: int
    rate: float | None


class SloState(Noun):
    """Where a service stands against one objective in a window that ends at `at`.

    `bad` and `total` are events, or slices of time (`unit`); `budget` is how many may be bad: of the events so far, or of
    all slices of the period; `spent` is the share of it that is used (above 1: overspent). `bad_seconds` is the time of
    the bad slices, or for events the time that a full outage would have needed for the same share of bad ones.
    `covered` is the share of the window so far with data, without what planned maintenance excludes.
    `exhausted_at` is when the budget is gone at the present burn, None when it lasts; `at` when it is gone already.
    Everything but the window is None when nothing was measured: no data is never 100 %. `how` says in one line how the
    figures came about, `queries` are exact.
    """

    slo: str
    service: str
    target: float
    status: EvidenceStatus
    window: Window
    period_ends_at: Utc | None = None
    at: Utc
    unit: str = "events"
    total: float | None = None
    bad: float | None = None
    sli: float | None = None
    budget: float | None = None
    spent: float | None = None
    burn: tuple[Burn, ...] = ()
    bad_seconds: float | None = None
    exhausted_at: Utc | None = None
    excluded_seconds: float = 0.0
    covered: float = 0.0
    how: str = ""
    queries: tuple[str, ...] = ()
    error: str | None = None

    @property
    def left(self) -> float | None:
        """Return the share of the budget that is left; negative when it is overspent."""
        return None if self.spent is None else 1.0 - self.spent

    @property
    def met(self) -> bool | None:
        """Say whether the objective holds so far; None when nothing was measured."""
        return None if self.sli is None else self.sli >= self.target
