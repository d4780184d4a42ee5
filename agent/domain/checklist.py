"""Checklists: what is looked at each morning, evening and week, what came of it, and what a person still has to do."""

from enum import StrEnum

from pydantic import Field

from agent.domain.noun import Json, Noun, Utc
from agent.domain.record import Record


class ItemState(StrEnum):
    """What came of an item; `todo` waits for a person, `unknown` could not be looked at."""

    WAITING = "waiting"
    OK = "ok"
    ATTENTION = "attention"
    TODO = "todo"
    UNKNOWN = "unknown"
    DONE = "done"


class ChecklistItem(Noun):
    """One line: its sentence is a message id with arguments, so that each reader reads their own language."""

    id: str
    check: str
    state: ItemState = ItemState.WAITING
    message: str = ""
    args: dict[str, Json] = Field(default_factory=dict)
    evidence_ids: tuple[str, ...] = ()
    action_ids: tuple[str, ...] = ()
    by: str | None = None
    at: Utc | None = None
    note: str = ""


class ChecklistState(StrEnum):
    """How far a checklist is; it is done when no item waits for the bot or a person."""

    RUNNING = "running"
    OPEN = "open"
    DONE = "done"


class Checklist(Record):
    """One occurrence of a checklist; its id is `NAME:OCCURRENCE`, which is how it exists once, whoever runs it."""

    name: str
    due_at: Utc
    channel: str
    state: ChecklistState = ChecklistState.RUNNING
    items: tuple[ChecklistItem, ...] = ()
    done_at: Utc | None = None

    @property
    def subject(self) -> str:
        """Return the checklist's name."""
        return self.name
