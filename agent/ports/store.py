"""What is remembered, one small Protocol per noun, all reached through one transaction."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol

from agent.domain.checklist import Checklist
from agent.domain.cron import CronMark
from agent.domain.deployment import Deployment, PlannedRelease
from agent.domain.handoff import Handoff
from agent.domain.noun import Noun, Utc
from agent.domain.page import Page
from agent.domain.report import Written
from agent.domain.risk import RiskEntry
from agent.domain.task import Task
from agent.domain.update import Update
from agent.ports.actions import Actions, Approvals, Audit, Brakes, Ledger, Recoveries
from agent.ports.arrivals import Alerts, AlertTally, Inbox, InboxItem
from agent.ports.correlation import CorrelationRules
from agent.ports.incidents import EvidenceRows, Incidents, Timeline
from agent.ports.memory import FeedbackRows, Memory
from agent.ports.model import ModelRows
from agent.ports.outbox import OutboxRows
from agent.ports.records import LifeClock, Notifications, Preferences, Records

__all__ = [
    "AlertTally",
    "Alerts",
    "EvidenceRows",
    "FeedbackRows",
    "Inbox",
    "InboxItem",
    "Incidents",
    "Memory",
    "ModelRows",
    "Mute",
    "Mutes",
    "Retention",
    "Seen",
    "Store",
    "Timeline",
    "Tx",
]


class Mute(Noun):
    """Alerts with these exact labels stay silent until a time."""

    id: str
    labels: dict[str, str]
    until: Utc
    by: str
    reason: str


class Mutes(Protocol):
    """People's own mutes (beside Alertmanager's silences)."""

    async def add(self, mute: Mute) -> None:
        """Store a mute."""
        ...

    async def active(self, now: datetime) -> list[Mute]:
        """Return the mutes that hold now."""
        ...


class Seen(Protocol):
    """Keys of deliveries already handled, so that repeats do nothing."""

    async def first_time(self, key: str, at: datetime) -> bool:
        """Record a key; say False when it was there already."""
        ...


class Retention(Protocol):
    """What may be forgotten: everything but incidents, their timelines, diagnoses and the memory of them."""

    async def forget(self, before: datetime, *, most: int = 500) -> bool:
        """Delete at most so many rows of each kind whose time ended before that; say whether there may be more."""
        ...


class Tx(Protocol):
    """One transaction: all of it is stored, or none. `connection` is for the jobs adapter only."""

    connection: Any

    @property
    def inbox(self) -> Inbox:
        """Reach this noun's rows."""
        ...

    @property
    def alerts(self) -> Alerts:
        """Reach this noun's rows."""
        ...

    @property
    def incidents(self) -> Incidents:
        """Reach this noun's rows."""
        ...

    @property
    def timeline(self) -> Timeline:
        """Reach this noun's rows."""
        ...

    @property
    def evidence(self) -> EvidenceRows:
        """Reach this noun's rows."""
        ...

    @property
    def memory(self) -> Memory:
        """Reach this noun's rows."""
        ...

    @property
    def feedback(self) -> FeedbackRows:
        """Reach this noun's rows."""
        ...

    @property
    def model(self) -> ModelRows:
        """Reach this noun's rows."""
        ...

    @property
    def mutes(self) -> Mutes:
        """Reach this noun's rows."""
        ...

    @property
    def correlation(self) -> CorrelationRules:
        """Reach this noun's rows."""
        ...

    @property
    def seen(self) -> Seen:
        """Reach this noun's rows."""
        ...

    @property
    def outbox(self) -> OutboxRows:
        """Reach this noun's rows."""
        ...

    @property
    def actions(self) -> Actions:
        """Reach this noun's rows."""
        ...

    @property
    def approvals(self) -> Approvals:
        """Reach this noun's rows."""
        ...

    @property
    def ledger(self) -> Ledger:
        """Reach this noun's rows."""
        ...

    @property
    def recoveries(self) -> Recoveries:
        """Reach this noun's rows."""
        ...

    @property
    def brakes(self) -> Brakes:
        """Reach this noun's rows."""
        ...

    @property
    def audit(self) -> Audit:
        """Reach this noun's rows."""
        ...

    @property
    def tasks(self) -> Records[Task]:
        """Reach this noun's rows."""
        ...

    @property
    def pages(self) -> Records[Page]:
        """Reach this noun's rows."""
        ...

    @property
    def updates(self) -> Records[Update]:
        """Reach this noun's rows."""
        ...

    @property
    def handoffs(self) -> Records[Handoff]:
        """Reach this noun's rows."""
        ...

    @property
    def risks(self) -> Records[RiskEntry]:
        """Reach this noun's rows."""
        ...

    @property
    def checklists(self) -> Records[Checklist]:
        """Reach this noun's rows."""
        ...

    @property
    def cron(self) -> Records[CronMark]:
        """Reach this noun's rows."""
        ...

    @property
    def reports(self) -> Records[Written]:
        """Reach this noun's rows."""
        ...

    @property
    def deployments(self) -> Records[Deployment]:
        """Reach this noun's rows."""
        ...

    @property
    def planned_releases(self) -> Records[PlannedRelease]:
        """Reach this noun's rows."""
        ...

    @property
    def notifications(self) -> Notifications:
        """Reach this noun's rows."""
        ...

    @property
    def life(self) -> LifeClock:
        """Reach this noun's rows."""
        ...

    @property
    def preferences(self) -> Preferences:
        """Reach this noun's rows."""
        ...

    @property
    def retention(self) -> Retention:
        """Reach what is past its time, of every noun."""
        ...

    def after_commit(self, do: Callable[[], None]) -> None:
        """Call something once the transaction is committed; never when it is rolled back."""
        ...


class Store(Protocol):
    """Opens transactions; a write transaction is alone, reads see a consistent snapshot."""

    def write(self) -> AbstractAsyncContextManager[Tx]:
        """Open a write transaction, committed on success and rolled back on any exception."""
        ...

    def read(self) -> AbstractAsyncContextManager[Tx]:
        """Open a read-only transaction."""
        ...
