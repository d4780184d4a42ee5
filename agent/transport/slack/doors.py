"""The doors to people's work that the Slack app may be given: who is called, what waits, what sub-agents are asked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from agent.domain.incident import Incident
from agent.domain.noun import Noun, Utc
from agent.domain.update import Update
from agent.domain.view import IncidentView
from agent.ports.handoffs import Handoffs
from agent.ports.store import Tx


class Turn(Noun):
    """Who is on call of a schedule until when, and who is next; people by their id in oncall.yaml."""

    schedule: str
    people: tuple[str, ...]
    until: Utc | None = None
    next_people: tuple[str, ...] = ()
    problem: str = ""


class Directory(Protocol):
    """The people of oncall.yaml."""

    def slack_of(self, person: str) -> str | None:
        """Return a person's Slack user id."""
        ...

    def name_of(self, person: str) -> str:
        """Return a person's name; that of an unknown one is the id itself."""
        ...

    def person_of(self, user: str) -> str | None:
        """Return who a Slack user is."""
        ...

    def find(self, words: str) -> str | None:
        """Return the person whom words such as `mina` or `@Mina` name."""
        ...

    def targets(self) -> Sequence[str]:
        """Return the roles and schedules that may be called."""
        ...


class Rota(Protocol):
    """Who is on call."""

    async def turns(self, at: datetime) -> Sequence[Turn]:
        """Return every schedule's turn at a time; one that cannot be read says so in `problem`."""
        ...


class Paging(Protocol):
    """Calls for people's attention."""

    async def escalate(
        self, tx: Tx, incident_id: str, *, by: str, to: str, reason: str, at: datetime
    ) -> Incident:
        """Call the next level, or the role or person that `to` names; raises BadInput, NotFound."""
        ...


class UpdateDesk(Protocol):
    """What people decide about a written update."""

    async def approve(self, tx: Tx, update_id: str, *, by: str, digest: str, at: datetime) -> Update:
        """Have an update sent; raises Conflict when it reads otherwise by now, and NotPermitted."""
        ...

    async def edit(self, tx: Tx, update_id: str, *, by: str, words: str, at: datetime) -> Update:
        """Replace an update's words by a person's; raises BadInput."""
        ...

    async def withdraw(self, tx: Tx, update_id: str, *, by: str, at: datetime) -> Update:
        """Take an update back before it is sent."""
        ...


class DeadLetter(Noun):
    """A message to the outside that was given up."""

    key: str
    channel: str
    address: str
    error: str
    at: Utc


class DeadLetters(Protocol):
    """What could not be delivered."""

    async def all(self) -> Sequence[DeadLetter]:
        """Return them, newest first."""
        ...

    async def again(self, tx: Tx, key: str, at: datetime) -> bool:
        """Have one tried again; say whether there was one."""
        ...


class Postmortem(Noun):
    """A draft of what is to be learnt, as Markdown."""

    title: str
    markdown: str


class Learning(Protocol):
    """What is written after an incident."""

    async def postmortem(self, incident_id: str, *, by: str, language: str) -> Postmortem:
        """Return the draft; raises NotFound, and BadInput while there is nothing to learn from."""
        ...

    async def figures(self, language: str) -> Sequence[str]:
        """Return one line per figure of the last thirty days."""
        ...


@dataclass(frozen=True, slots=True)
class Doors:
    """Each is None where that part of the house is not built; `next_update` says when people are told again."""

    handoffs: Handoffs | None = None
    directory: Directory | None = field(default=None, repr=False)
    rota: Rota | None = field(default=None, repr=False)
    paging: Paging | None = field(default=None, repr=False)
    updates: UpdateDesk | None = field(default=None, repr=False)
    dead_letters: DeadLetters | None = field(default=None, repr=False)
    learning: Learning | None = field(default=None, repr=False)
    next_update: Callable[[IncidentView], datetime | None] = field(default=lambda _view: None, repr=False)
