"""Something that a person has to do, during an incident or after it."""

from enum import StrEnum
from typing import Literal

from agent.domain.noun import Utc
from agent.domain.record import Record


class TaskState(StrEnum):
    """Where a task stands; a dropped one was taken back."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


class Task(Record):
    """One task; a `follow_up` outlives its incident, `ticket` is the key of its issue in the tracker."""

    text: str
    kind: Literal["task", "follow_up"] = "task"
    by: str
    owner: str | None = None
    due_at: Utc | None = None
    remind_at: Utc | None = None
    state: TaskState = TaskState.OPEN
    ended_at: Utc | None = None
    ended_by: str | None = None
    ticket: str | None = None

    @property
    def name(self) -> str:
        """Return the short handle that people say, such as `T-4`."""
        return f"T-{self.number}"

    @property
    def subject(self) -> str:
        """Return the owner."""
        return self.owner or ""
