"""What is remembered of incidents: themselves, their timelines, and the evidence about them."""

from datetime import datetime
from typing import Protocol

from agent.domain.evidence import Diagnosis, Evidence
from agent.domain.incident import Incident
from agent.domain.noun import Json
from agent.domain.timeline import TimelineEvent, TimelineKind


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

    async def by_room(self, room: str) -> Incident | None:
        """Return the incident that has this channel for its own."""
        ...

    async def open(self) -> list[Incident]:
        """Return open incidents, worst first."""
        ...

    async def resolved_since(self, since: datetime) -> list[Incident]:
        """Return the resolved incidents that ended after a time, newest first."""
        ...

    async def ended_since(self, since: datetime, limit: int = 1000) -> list[Incident]:
        """Return the incidents that ended at or after a time and are over, closed ones too, newest first."""
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
