"""How far a recurring piece of work has been cared for: one row each, which grows no further."""

from typing import Literal

from agent.domain.noun import Utc
from agent.domain.record import Record


class CronMark(Record):
    """Every occurrence up to `settled_at` was started or missed; its id is the entry's name, `schedule` what it ran by.

    `started_at` and `missed_at` are the last occurrences that came to either. `state` is the same for all, so that they
    are found together.
    """

    state: Literal["kept"] = "kept"
    schedule: str
    settled_at: Utc
    started_at: Utc | None = None
    missed_at: Utc | None = None

    @property
    def subject(self) -> str:
        """Return the entry's name."""
        return self.id
