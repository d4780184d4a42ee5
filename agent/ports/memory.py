"""What is remembered of ended incidents, and what people said of diagnoses."""

from typing import Protocol

from agent.domain.feedback import Feedback
from agent.domain.incident import Incident
from agent.domain.memory import PastIncident, Recollection


class Memory(Protocol):
    """Past incidents, found again by full text."""

    async def remember(
        self, incident: Incident, cause: str | None, words: str, about: Recollection | None = None
    ) -> None:
        """Store or replace what an incident was about."""
        ...

    async def recall(self, incident_id: str) -> PastIncident | None:
        """Return what is remembered of an incident, or None when it has not ended yet."""
        ...

    async def similar(self, words: str, *, exclude: str | None, limit: int) -> list[PastIncident]:
        """Return past incidents that share words, best first; hostile words never break the search."""
        ...


class FeedbackRows(Protocol):
    """What people said of diagnoses, one row per person and diagnosis."""

    async def vote(self, one: Feedback) -> None:
        """Store a person's vote in place of an earlier one of theirs on the same diagnosis."""
        ...

    async def of_incident(self, incident_id: str) -> list[Feedback]:
        """Return an incident's votes in the order in which they were given."""
        ...

    async def newest(self, limit: int) -> list[Feedback]:
        """Return the newest votes of all incidents, newest first."""
        ...
