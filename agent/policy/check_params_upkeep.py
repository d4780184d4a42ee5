"""The parameters of the checks about room, back-ups, logs, certificates and upkeep (sources: docs/maintenance.md)."""

import re
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from agent.policy.documents import Rulebook

Percent = Annotated[float, Field(gt=0, le=100)]
Days = Annotated[int, Field(ge=1, le=3650)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$")]
PromQL = Annotated[str, Field(min_length=1, max_length=2000)]
_TOKEN = re.compile(r"%.")
_PATTERN = r"^[a-z0-9][a-z0-9._-]+(%[Ymd]|[a-z0-9._-])*$"


class Disk(Rulebook):
    """How full a filesystem or volume may be, and in how many days it must not be full at the present pace."""

    below_percent: Percent = 80
    full_within_days: Days = 14
    history_days: Annotated[int, Field(ge=2, le=90)] = 30


class Backups(Rulebook):
    """Which back-ups there must be: `jobs` by name (empty: those labelled `ops-monitor.dev/purpose: backup`), `finished`
    as PromQL of the unix time of the newest, `size` as PromQL of its bytes; how old and how much smaller than usual."""

    jobs: tuple[Name, ...] = ()
    finished: PromQL | None = None
    size: PromQL | None = None
    max_age_hours: Annotated[float, Field(gt=0, le=24 * 31)] = 26
    min_percent_of_usual: Percent = 50


class BackupVerification(Rulebook):
    """By which jobs a restore is tried (empty: those labelled `ops-monitor.dev/purpose: restore-test`), and how often."""

    jobs: tuple[Name, ...] = ()
    max_age_days: Days = 8


class ErrorLogs(Rulebook):
    """How many of the new error patterns are named; `services` are looked at beside those with the most errors."""

    most: Annotated[int, Field(ge=1, le=20)] = 5
    services: Annotated[tuple[Name, ...], Field(max_length=20)] = ()


class SecurityEvents(Rulebook):
    """How many times as many failed log-ins as a day before need attention, from how many on; `signals` are those that
    should be at zero."""

    failed_logins_factor: Annotated[float, Field(ge=1.1, le=1000)] = 3
    failed_logins_from: Annotated[int, Field(ge=1)] = 50
    signals: tuple[str, ...] = ("vulnerabilities",)


class Quotas(Rulebook):
    """Above which share of a quota something needs attention."""

    above_percent: Percent = 80


class Certificates(Rulebook):
    """Which servers (`host` or `host:port`) are asked beside the metrics, and how many days before the end it is told."""

    hosts: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]*(:\d{1,5})?$")], ...] = ()
    warn_days: Days = 14
    urgent_days: Days = 7


class Capacity(Rulebook):
    """What is extrapolated, from how much history, up to which level, and how soon a date needs attention.

    `requests_limit` is the rate (requests per second of one service) that can be served; without it only the trend shows.
    """

    resources: tuple[Literal["disk", "memory", "cpu", "requests"], ...] = (
        "disk",
        "memory",
        "cpu",
        "requests",
    )
    limit_percent: Percent = 90
    requests_limit: Annotated[float, Field(gt=0)] | None = None
    within_days: Days = 30
    history_days: Annotated[int, Field(ge=2, le=90)] = 30


class RetentionRule(Rulebook):
    """Which dated indices (`logs-%Y.%m.%d`) are kept for how many days; `lifecycle` names the store's own policy for them."""

    pattern: Annotated[str, Field(pattern=_PATTERN, max_length=120)]
    keep_days: Days
    lifecycle: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")] | None = None

    @model_validator(mode="after")
    def _dated(self) -> Self:
        # In any other order the eleventh of a month could be read as November.
        if _TOKEN.findall(self.pattern) not in (["%Y", "%m", "%d"], ["%Y", "%m"]):
            raise ValueError(
                "a pattern holds %Y, %m and at most one %d, once each and in this order, such as logs-%Y.%m.%d"
            )
        return self


class IndexRetention(Rulebook):
    """The log store's indices and how long they are kept."""

    rules: Annotated[tuple[RetentionRule, ...], Field(min_length=1, max_length=10)]


class MetricsStore(Rulebook):
    """The check takes no parameters; what a metrics store says about itself is good or bad by itself."""


class UnusedImages(Rulebook):
    """From how much room (GiB, over all nodes) on unused images are worth somebody's time."""

    above_gib: Annotated[float, Field(gt=0, le=100_000)] = 10


UPKEEP: dict[str, type[Rulebook]] = {
    "disk": Disk,
    "backups": Backups,
    "backup_verification": BackupVerification,
    "error_logs": ErrorLogs,
    "security_events": SecurityEvents,
    "quotas": Quotas,
    "certificates": Certificates,
    "capacity": Capacity,
    "index_retention": IndexRetention,
    "metrics_store": MetricsStore,
    "unused_images": UnusedImages,
}
"""The parameters of the checks in this room, by name."""
