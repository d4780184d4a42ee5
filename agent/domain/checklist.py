"""Checklists: what is looked at each morning, evening and week, what came of it, and what a person still has to do."""

from datetime import timedelta
from enum import StrEnum

from pydantic import Field

from agent.domain.noun import Json, Noun, Utc
from agent.domain.record import Record

CHECKLIST = "checklist:"
"""How the owner of a checklist's evidence begins: it belongs to no incident."""
_PUNCTUAL = timedelta(minutes=5)


class ItemState(StrEnum):
    """What came of an item; `todo` waits for a person, `unknown` could not be looked at."""

    WAITING = "waiting"
    OK = "ok"
    ATTENTION = "attention"
    PERSON = "todo"
    UNKNOWN = "unknown"
    DONE = "done"


class Said(Noun):
    """A sentence as a message id with arguments, so that each reader reads their own language."""

    message: str
    args: dict[str, Json] = Field(default_factory=dict)


class Proposal(Noun):
    """An action of the catalogue that a check would have; nothing happens before a person asks for it and policy agrees."""

    action: str
    params: dict[str, Json] = Field(default_factory=dict)
    reason: str = ""


class TakenBack(Noun):
    """That a tick was taken back: by whom, when, and whose it was."""

    by: str
    at: Utc
    done_by: str = ""


class ChecklistItem(Noun):
    """One line: its sentence is a message id with arguments, so that each reader reads their own language.

    `title` and `asks` (what a person has to do; empty where the bot looks by itself) are in the languages of the policy;
    `details` are lines below it; `service` is what an incident opened from it would be about; `why` is what made it
    unknown; `takes` counts how often it was begun anew, and what an older look saw is void. `was` is what it was before
    somebody ticked it off, and `taken_back` the last tick that did not last.
    """

    id: str
    check: str = ""
    title: dict[str, str] = Field(default_factory=dict)
    asks: dict[str, str] = Field(default_factory=dict)
    state: ItemState = ItemState.WAITING
    message: str = ""
    args: dict[str, Json] = Field(default_factory=dict)
    details: tuple[Said, ...] = ()
    why: str = ""
    evidence_ids: tuple[str, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    action_ids: tuple[str, ...] = ()
    service: str = ""
    incident_id: str | None = None
    task_id: str | None = None
    by: str | None = None
    at: Utc | None = None
    note: str = ""
    takes: int = 0
    was: ItemState | None = None
    taken_back: TakenBack | None = None

    @property
    def settled(self) -> bool:
        """Say whether nobody has to do anything about it any more."""
        return self.state in (ItemState.OK, ItemState.DONE)

    @property
    def calls(self) -> bool:
        """Say whether somebody is to be called for it; what merely could not be seen is told and calls nobody."""
        return self.state in (ItemState.ATTENTION, ItemState.PERSON)


class ChecklistState(StrEnum):
    """How far a checklist is; it is done when no item waits for the bot or a person.

    It is `left` when items were open as the next one began, and `missed` when it never began itself.
    """

    RUNNING = "running"
    OPEN = "open"
    DONE = "done"
    LEFT = "left"
    MISSED = "missed"


class Checklist(Record):
    """One occurrence of a checklist; its id is `NAME:OCCURRENCE`, which is how it exists once, whoever runs it.

    `at` is when it began. `missed` are the occurrences before it that nobody was there for; `left_over` are the items
    that the one before left open. `again_at` is when somebody last had all of it looked at anew, and `again_by` who.
    """

    name: str
    title: dict[str, str] = Field(default_factory=dict)
    due_at: Utc
    channel: str
    state: ChecklistState = ChecklistState.RUNNING
    items: tuple[ChecklistItem, ...] = ()
    done_at: Utc | None = None
    reminded_at: Utc | None = None
    missed: tuple[Utc, ...] = ()
    left_over: tuple[ChecklistItem, ...] = ()
    asked_by: str | None = None
    again_at: Utc | None = None
    again_by: str | None = None

    @property
    def subject(self) -> str:
        """Return the checklist's name."""
        return self.name

    @property
    def late(self) -> bool:
        """Say whether it began well after it was due."""
        return self.asked_by is None and self.at - self.due_at > _PUNCTUAL

    @property
    def open_items(self) -> tuple[ChecklistItem, ...]:
        """Return the items that still want somebody or something."""
        return tuple(one for one in self.items if not one.settled)

    @property
    def calling_items(self) -> tuple[ChecklistItem, ...]:
        """Return the items for which somebody is to be called."""
        return tuple(one for one in self.items if one.calls)

    def item(self, item_id: str) -> ChecklistItem | None:
        """Return one of its items."""
        return next((one for one in self.items if one.id == item_id), None)


def in_language(words: dict[str, str], language: str) -> str:
    """Return words in a language, else in English."""
    return words.get(language) or words.get("en", "")


def checklist_id(name: str, occurrence: str) -> str:
    """Return the id of one occurrence (ISO 8601 with its offset)."""
    return f"{name}:{occurrence}"
