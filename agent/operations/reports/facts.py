"""What a report knows: incidents, objectives, signals and people's work of one period, in no language yet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from agent.domain.deployment import Deployment
from agent.domain.evidence import Finding, Window
from agent.domain.incident import Incident, IncidentStatus, Priority
from agent.domain.memory import PastIncident
from agent.domain.results import Series
from agent.domain.risk import RiskEntry
from agent.domain.slo import Slo, SloState
from agent.domain.task import Task
from agent.operations.reports.periods import Period
from agent.policy.maintenance import Planned
from agent.policy.reports import PlannedWork

FalseAlarm = Literal["", "said", "muted"]
_LOUD = frozenset({Priority.P0, Priority.P1})


@dataclass(frozen=True, slots=True)
class Case:
    """One incident of the period; `by_person` says that a person, and no alert or watch, was the first to notice.

    `false_alarm` says how people judged it to be none, `target_seconds` is how soon its route wants it resolved.
    """

    incident: Incident
    by_person: bool = False
    false_alarm: FalseAlarm = ""
    told_customers: bool = False
    target_seconds: int | None = None
    past: PastIncident | None = None
    cause: Finding | None = None

    @property
    def over(self) -> bool:
        """Say whether it has ended."""
        status = self.incident.status
        return (
            status in (IncidentStatus.RESOLVED, IncidentStatus.CLOSED)
            and self.incident.times.resolved_at is not None
        )

    @property
    def began_at(self) -> datetime:
        """Return when the trouble began: what was first measured, at the latest the opening."""
        times = self.incident.times
        return min(times.started_at, times.opened_at)

    @property
    def seconds(self) -> float | None:
        """Return from the beginning of the trouble to its end; None while it goes on."""
        ended = self.incident.times.resolved_at
        return max(0.0, (ended - self.began_at).total_seconds()) if self.over and ended else None

    @property
    def felt(self) -> bool:
        """Say whether customers felt it: they were told of it in public, or it was a P0 or P1."""
        return self.told_customers or self.incident.priority in _LOUD


@dataclass(frozen=True, slots=True)
class Share:
    """How much of all that was bad in the period was bad while an incident lasted, 0 to 1; None when it is not known."""

    incident: Incident
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """One objective over the period; `history` is the share of its budget that was left, `shares` are those of incidents
    in what was bad, the greatest first."""

    slo: Slo
    state: SloState
    history: Series | None = None
    shares: tuple[Share, ...] = ()


@dataclass(frozen=True, slots=True)
class Measured:
    """A signal over the period; `parts` are its values by service or host, `days` one value for each day."""

    signal: str
    unit: str
    value: float | None = None
    parts: Mapping[str, float] = field(default_factory=dict)
    days: tuple[float | None, ...] = ()
    query: str = ""
    evidence_ids: tuple[str, ...] = ()
    error: str = ""

    @property
    def days_seen(self) -> int:
        """Return on how many days there was a value."""
        return sum(one is not None for one in self.days)


@dataclass(frozen=True, slots=True)
class Plans:
    """What people have done and mean to do: follow-ups, risks and releases; `coming` and `maintenance` are what is
    planned for after the period, from reports.yaml and maintenance.yaml."""

    done: tuple[Task, ...] = ()
    open: tuple[Task, ...] = ()
    risks: tuple[RiskEntry, ...] = ()
    releases: tuple[Deployment, ...] = ()
    coming: tuple[PlannedWork, ...] = ()
    maintenance: tuple[Planned, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything about one period; `cut` says that there were more incidents than are ever read.

    `maintenance_seconds` is what maintenance.yaml planned for it. Without a `recorded` incident or other trace of the bot
    from before its end nobody can tell that there was no incident.
    """

    period: Period
    window: Window
    gathered_at: datetime
    cases: tuple[Case, ...] = ()
    standings: tuple[Standing, ...] = ()
    signals: Mapping[str, Measured] = field(default_factory=dict)
    plans: Plans = field(default_factory=Plans)
    maintenance_seconds: float = 0.0
    cut: bool = False
    recorded: bool = True

    @property
    def days(self) -> float:
        """Return how many days of the period have passed."""
        return (self.window.end - self.window.start).total_seconds() / 86_400

    def signal(self, name: str) -> Measured:
        """Return a signal; one that was not asked for has no value."""
        return self.signals.get(name) or Measured(name, "count")
