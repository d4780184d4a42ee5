"""Who has looked at the Home tab lately, so that it changes before their eyes."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from agent.ports.outbox import SlotKind
from agent.ports.store import Tx

# Slack does not tell when somebody leaves the tab; after an hour most have.
WATCHES = timedelta(hours=1)
MOST = 20
_LAST = 9


@dataclass(slots=True)
class Viewers:
    """The newest viewers, forgotten after an hour and with the process: who opens the tab again is back."""

    _opened: dict[str, datetime] = field(default_factory=dict)

    def opened(self, user: str, at: datetime) -> None:
        """Remember that somebody opened the tab."""
        self._opened.pop(user, None)
        self._opened[user] = at
        while len(self._opened) > MOST:
            del self._opened[next(iter(self._opened))]

    def watching(self, at: datetime) -> tuple[str, ...]:
        """Return who opened the tab within the last hour."""
        return tuple(user for user, since in self._opened.items() if at - since < WATCHES)

    async def refresh(self, tx: Tx, at: datetime) -> None:
        """Want the tab of each viewer shown anew, after everything else that waits."""
        for user in self.watching(at):
            await tx.outbox.request(f"home:{user}", SlotKind.HOME, channel=user, priority=_LAST, at=at)
