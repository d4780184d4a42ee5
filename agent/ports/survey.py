"""How the bot's own watching sees the world: one signal of all services, minute by minute."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from agent.domain.evidence import Window
from agent.domain.results import Series


class Survey(Protocol):
    """Looks at a signal of all services at once."""

    async def survey(self, signal: str, window: Window, now: datetime) -> tuple[str, Sequence[Series]]:
        """Return the exact query and a series for each service, a point a minute; raises BackendError."""
        ...
