"""What is remembered, one small Protocol per noun, all reached through one transaction."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol

from agent.domain.evidence import Diagnosis, Evidence
from agent.domain.incident import Incident
from agent.domain.noun import Json, Noun, Utc
from agent.domain.timeline import TimelineEvent, TimelineKind
from agent.ports.actions import Actions, Approvals, Audit, Brakes, Ledger, Recoveries
from agent.ports.arrivals import Alerts, AlertTally, Inbox, InboxItem
from agent.ports.correlation import CorrelationRules
from agent.ports.memory import FeedbackRows, Memory
from agent.ports.model import ModelRows
from agent.ports.outbox import OutboxRows

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


class Incidents(Protocol):
    """Incidents, saved with optimistic versions."""

    async def next_number(self) -> int:
        """Return the next free incident number."""
        ...

    async def create(self, incident: Incident) -> None:
        """Store a new incident."""
        ...

    async def get(self, incident_id: str) -> Incident | None:
        """Return an incident by id."""
        ...

    async def by_number(self, number: int) -> Incident | None:
        """Return an incident by its number."""
        ...

    async def by_conversation(self, channel: str, ts: str) -> Incident | None:
        """Return the incident whose root message this is."""
        ...

    async def open(self) -> list[Incident]:
        """Return open incidents, worst first."""
        ...

    async def resolved_since(self, since: datetime) -> list[Incident]:
        """Return the resolved incidents that ended after a time, newest first."""
        ...

    async def recent(self, limit: int) -> list[Incident]:
        """Return the newest incidents whatever their status."""
        ...

    async def save(self, incident: Incident) -> Incident:
        """Store a change if `version` is still current and return it with the next version; else Conflict."""
        ...


class Timeline(Protocol):
    """Append-only events of each incident, hash-chained."""

    async def append(
        self, incident_id: str, kind: TimelineKind, actor: str, at: datetime, data: dict[str, Json]
    ) -> TimelineEvent:
        """Add an event and return it with its digest."""
        ...

    async def of(self, incident_id: str) -> list[TimelineEvent]:
        """Return an incident's events in order."""
        ...


class EvidenceRows(Protocol):
    """Evidence, diagnoses and pictures."""

    async def add(self, evidence: Evidence) -> None:
        """Store one piece of evidence (replaces the same id)."""
        ...

    async def of_incident(self, incident_id: str, *, newest: int | None = None) -> list[Evidence]:
        """Return an incident's evidence, or its newest pieces, oldest first."""
        ...

    async def get(self, evidence_id: str) -> Evidence | None:
        """Return one piece of evidence."""
        ...

    async def put_blob(self, digest: str, media_type: str, data: bytes) -> None:
        """Store a picture under its SHA-256."""
        ...

    async def blob(self, digest: str) -> bytes | None:
        """Return a picture."""
        ...

    async def put_diagnosis(self, incident_id: str, diagnosis: Diagnosis, at: datetime) -> None:
        """Store the incident's current diagnosis."""
        ...

    async def diagnosis(self, incident_id: str) -> Diagnosis | None:
        """Return the incident's current diagnosis."""
        ...


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
