"""What came in: deliveries that were answered with 2xx, and what is known of each alert."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from agent.domain.alert import AlertGroup, AlertRecord, Severity
from agent.domain.noun import Noun, Utc


class InboxItem(Noun):
    """A stored delivery; `processed_at` is None until its stages have run."""

    id: int
    group: AlertGroup
    processed_at: Utc | None


class Inbox(Protocol):
    """Every delivery that was answered with 2xx."""

    async def add(self, group: AlertGroup) -> int:
        """Store a delivery and return its id."""
        ...

    async def get(self, item_id: int) -> InboxItem | None:
        """Return a delivery."""
        ...

    async def oldest_waiting(self, limit: int, *, skip: Sequence[int] = ()) -> list[InboxItem]:
        """Return the first deliveries whose stages have not run."""
        ...

    async def mark_processed(self, item_id: int, at: datetime) -> None:
        """Record that its stages have run."""
        ...

    async def waiting(self) -> int:
        """Count deliveries whose stages have not run."""
        ...


class AlertTally(Noun):
    """How many of an incident's alerts share service, name and severity, and how many of them fire."""

    incident_id: str
    service: str
    name: str
    severity: Severity
    firing: int
    total: int
    newest_at: Utc


class Alerts(Protocol):
    """What is known of each alert, by fingerprint."""

    async def get_many(self, fingerprints: Sequence[str]) -> dict[str, AlertRecord]:
        """Return the known records of these fingerprints."""
        ...

    async def upsert(self, records: Sequence[AlertRecord]) -> None:
        """Insert or replace records by fingerprint."""
        ...

    async def firing_of(self, incident_id: str, limit: int) -> list[AlertRecord]:
        """Return so many of an incident's alerts that fire now, in no order."""
        ...

    async def of_incident(self, incident_id: str, *, most: int | None = None) -> list[AlertRecord]:
        """Return an incident's alerts, oldest first; with `most`, a fair share of each kind, firing ones apart."""
        ...

    async def firing(self, limit: int = 500) -> list[AlertRecord]:
        """Return alerts that fire now, newest first."""
        ...

    async def firing_in_group(self, group_key: str, limit: int = 5000) -> list[AlertRecord]:
        """Return the alerts that fire now and came in this group of the sender."""
        ...

    async def tallies(self, incident_ids: Sequence[str]) -> list[AlertTally]:
        """Count these incidents' alerts by service, name and severity; cheap however many alerts there are."""
        ...
