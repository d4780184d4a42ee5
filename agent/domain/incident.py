"""An incident: what is wrong, how bad, since when, and where people talk about it."""

from enum import StrEnum

from agent.domain.alert import Reason
from agent.domain.noun import Noun, Utc


class Priority(StrEnum):
    """How bad an incident is; P0 is a complete outage, P3 cosmetic."""

    P0 = "P0"
    P1 = "P1"
    P2 = "P2"
    P3 = "P3"

    @property
    def rank(self) -> int:
        """Return 0 for P0 to 3 for P3."""
        return int(self.value[1])


class IncidentStatus(StrEnum):
    """Where an incident stands in its life."""

    TRIAGE = "triage"
    ACTIVE = "active"
    MITIGATED = "mitigated"
    RESOLVED = "resolved"
    CLOSED = "closed"

    @property
    def open(self) -> bool:
        """Say whether people still have to care."""
        return self in (IncidentStatus.TRIAGE, IncidentStatus.ACTIVE, IncidentStatus.MITIGATED)


class Conversation(Noun):
    """Where an incident lives in chat: a channel id and the root message's `ts`, once it is posted."""

    channel: str
    ts: str | None = None


class Times(Noun):
    """The marks from which MTTD (opened - started), MTTA and MTTR are computed.

    `reopened_at` begins the present opening when it is not the first; an acknowledgement is that of the present opening.
    """

    started_at: Utc
    opened_at: Utc
    acknowledged_at: Utc | None = None
    mitigated_at: Utc | None = None
    resolved_at: Utc | None = None
    closed_at: Utc | None = None
    reopened_at: Utc | None = None


class Incident(Noun):
    """One incident; `version` grows by one with each saved change, `room` is the channel of its own, if it has one.

    `opening` counts how often it has begun: an end that lasted longer than a moment makes the next opening a new one.
    `overruled` is the worst priority that a person has lowered it from; the rules do not give that back in this opening.
    `category` names a matter that is kept apart from ordinary ones, such as `security`; empty for those.
    """

    id: str
    number: int
    title: str
    status: IncidentStatus
    priority: Priority
    priority_reason: Reason
    service: str
    environment: str
    namespace: str
    times: Times
    conversation: Conversation
    commander: str | None = None
    acknowledged_by: str | None = None
    cluster: str = ""
    room: str | None = None
    opening: int = 1
    overruled: Priority | None = None
    category: str = ""
    version: int = 1

    def rises_to(self, priority: Priority) -> bool:
        """Say whether the rules may give this priority: a worse one than it has, and than people have taken away."""
        before = self.priority if self.overruled is None else min(self.priority, self.overruled)
        return priority.rank < before.rank

    @property
    def name(self) -> str:
        """Return the short handle that people say, such as `INC-12`."""
        return f"INC-{self.number}"
