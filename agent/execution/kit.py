"""What every part of execution works with: its neighbours, its pace, and who it is."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from agent.analysis.redaction import Redactor
from agent.execution.catalogue_type import Catalogue
from agent.execution.needs import (
    Attributes,
    Book,
    Decide,
    Edges,
    Explain,
    Judge,
    Life,
    LoadView,
    nobody_calls,
)
from agent.locale.messages import text
from agent.ports.clock import Clock
from agent.ports.handoffs import Handoffs
from agent.ports.jobs import Jobs
from agent.ports.recovery import Groups
from agent.ports.store import Store

BOT = "ops-monitor"


@dataclass(frozen=True, slots=True)
class Pace:
    """How long things take, in seconds: `verify` is the time that an action has to prove itself, `patience` how long
    it waits for its turn or for a backend, `apply` bounds one effect, `approval` is the life of an approval whose
    rule names none."""

    poll: float = 2.0
    quick: float = 1.0
    retry: float = 5.0
    lease: float = 15.0
    verify: float = 90.0
    apply: float = 60.0
    patience: float = 600.0
    approval: float = 900.0


@dataclass(frozen=True, slots=True)
class Kit:
    """The neighbours of execution; `flying` are the keys of effects that this process is in the middle of.

    `handoffs` takes questions about actions, `edges` tell who calls whom.
    """

    store: Store
    jobs: Jobs
    catalogue: Catalogue
    book: Book
    groups: Groups
    clock: Clock
    attributes: Attributes
    judge: Judge
    life: Life
    view: LoadView
    decide: Decide
    explain: Explain
    environment: str
    team: str | None
    language: str
    pace: Pace = Pace()
    redactor: Redactor = field(default_factory=Redactor)
    handoffs: Handoffs | None = None
    edges: Edges = nobody_calls
    owner: str = field(default_factory=lambda: uuid4().hex)
    flying: set[str] = field(default_factory=set)

    def now(self) -> datetime:
        """Return the time."""
        return self.clock.now()

    def later(self, seconds: float) -> datetime:
        """Return the time in so many seconds."""
        return self.clock.now() + timedelta(seconds=seconds)

    def say(self, message: str, /, **args: object) -> str:
        """Return a sentence in the team's language."""
        return text(self.language, message, **args)
