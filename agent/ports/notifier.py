"""What carries a message to the world outside chat."""

from datetime import datetime
from typing import Protocol

from agent.domain.notification import Channel, Notification, Receipt
from agent.domain.probe import Probe
from agent.domain.shift import Shift

__all__ = ["Notifier", "Schedules", "Shift"]


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


class Schedules(Protocol):
    """Reads who is on call from another program."""

    async def on_call(self, schedule: str, at: datetime) -> tuple[Shift, ...]:
        """Return who is on call of a schedule at a time; raises Unavailable, NotFound or Refused."""
        ...
