"""The records of people's work, what is on its way to them, and the clock of each incident's life."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from agent.domain.notification import Notification, NotificationState
from agent.domain.record import Record

R = TypeVar("R", bound=Record)


class Records(Protocol[R]):
    """One kind of record (tasks, pages, updates, hand-offs, risks, deployments), saved with optimistic versions."""

    async def next_number(self) -> int:
        """Return the next free number of this kind."""
        ...

    async def create(self, record: R) -> None:
        """Store a new record; raises Conflict when its id or number is taken."""
        ...

    async def add_once(self, record: R) -> bool:
        """Store a record unless its id is there already; say whether it is new. Its number is given here."""
        ...

    async def get(self, record_id: str) -> R | None:
        """Return a record by id."""
        ...

    async def by_number(self, number: int) -> R | None:
        """Return a record by its number."""
        ...

    async def of_incident(self, incident_id: str) -> list[R]:
        """Return an incident's records, oldest first."""
        ...

    async def of_subject(self, subject: str, limit: int) -> list[R]:
        """Return the newest records about a service, person or audience."""
        ...

    async def in_states(
        self, states: Sequence[str], limit: int = 200, *, since: datetime | None = None
    ) -> list[R]:
        """Return the records in these states, oldest first."""
        ...

    async def since(self, at: datetime, limit: int = 10_000) -> list[R]:
        """Return the records that began at or after a time, oldest first."""
        ...

    async def save(self, record: R) -> R:
        """Store a change if `version` is still current and return it with the next version; else Conflict."""
        ...


class Notifications(Protocol):
    """Messages to the world outside chat."""

    async def add(self, notification: Notification) -> bool:
        """Store a message unless its key is there already; say whether it is new."""
        ...

    async def get(self, key: str) -> Notification | None:
        """Return a message."""
        ...

    async def due(self, now: datetime, limit: int) -> list[Notification]:
        """Return the messages that wait, or whose sending was cut off, and may go now: urgent first, then oldest."""
        ...

    async def put(self, notification: Notification) -> None:
        """Store how far a message has come."""
        ...

    async def in_state(self, state: NotificationState, limit: int = 100) -> list[Notification]:
        """Return messages in a state, newest first."""
        ...

    async def of_incident(self, incident_id: str) -> list[Notification]:
        """Return an incident's messages, oldest first."""
        ...

    async def counts(self) -> dict[str, int]:
        """Count messages by state."""
        ...


class LifeClock(Protocol):
    """When each incident has to be looked at again, and what was done for it already."""

    async def wake(self, incident_id: str, at: datetime) -> None:
        """Look at an incident at a time, or earlier if that is wanted already."""
        ...

    async def due(self, now: datetime, limit: int) -> list[str]:
        """Return the incidents that must be looked at, the longest due first."""
        ...

    async def settle(self, incident_id: str, next_at: datetime | None) -> None:
        """Replace what is wanted of an incident: the next look, or none."""
        ...

    async def done(self, incident_id: str, key: str, at: datetime) -> bool:
        """Record that something was done; say False when it had been done before."""
        ...

    async def all_done(self, incident_id: str) -> dict[str, datetime]:
        """Return what was done for an incident, by key, and when."""
        ...


class Preferences(Protocol):
    """Which language a person or a channel wants; `scope` is `user:ID` or `channel:ID`."""

    async def language(self, scope: str) -> str | None:
        """Return the language, or None when none was chosen."""
        ...

    async def choose(self, scope: str, language: str | None) -> None:
        """Choose a language, or forget the choice."""
        ...
