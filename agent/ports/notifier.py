"""What carries a message to the world outside chat."""

from datetime import datetime
from typing import Protocol

from agent.domain.notification import Channel, Notification, Receipt
from agent.domain.noun import Noun
from agent.domain.probe import Probe


class Notifier(Protocol):
    """One connector; errors are BackendErrors, of which the retryable ones are tried again."""

    @property
    def channel(self) -> Channel:
        """Return what it carries."""
        ...

    async def send(self, notification: Notification, *, again: bool) -> Receipt:
        """Send a message; with `again` an earlier try may have arrived, and the other side is asked first if it can be."""
        ...

    async def probe(self) -> Probe:
        """Say whether it would work, without sending anything to anybody."""
        ...


class Shift(Noun):
    """Somebody's turn, as a schedule of another program tells it: who, by that program's id and mail address."""

    person: str
    email: str = ""
    name: str = ""
    until: datetime | None = None


class Schedules(Protocol):
    """Reads who is on call from another program."""

    async def on_call(self, schedule: str, at: datetime) -> tuple[Shift, ...]:
        """Return who is on call of a schedule at a time; raises Unavailable, NotFound or Refused."""
        ...
