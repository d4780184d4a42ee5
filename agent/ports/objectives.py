"""Where services stand against their objectives, as everybody but the measuring tool sees it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from agent.domain.evidence import Window
from agent.domain.results import Series
from agent.domain.slo import Slo, SloState


class Objectives(Protocol):
    """Measures objectives; a store that cannot be asked comes back as a state with status `error`, never as 100 %."""

    def all(self) -> Sequence[Slo]:
        """Return every objective of the policies in force."""
        ...

    async def state(self, slo: str, at: datetime | None = None) -> SloState:
        """Measure one objective in its own window; raises NotFound for an unknown name."""
        ...

    async def states(self, service: str | None = None, at: datetime | None = None) -> Sequence[SloState]:
        """Measure every objective, or those of a service; from memory when measured within the last minute."""
        ...

    async def over(self, slo: str, window: Window) -> SloState:
        """Measure one objective over a time of the caller's choice, such as a past month; raises NotFound."""
        ...

    async def history(self, slo: str, window: Window, points: int = 120) -> Series:
        """Return the share of the budget that was left over a time, for a chart; gaps are missing points."""
        ...
