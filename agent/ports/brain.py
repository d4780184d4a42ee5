"""What thinks: it chooses what to read next and answers questions; it can never act."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from agent.domain.answer import AnswerPart, Question
from agent.domain.evidence import Diagnosis, Evidence, Finding, ReadRequest
from agent.domain.noun import Json, Noun
from agent.domain.view import IncidentView


class Plan(Noun):
    """The next reads of an investigation; `done` ends it before the iterations are used up."""

    reads: tuple[ReadRequest, ...]
    done: bool
    note: str


class Brain(Protocol):
    """Deterministic playbook or language model behind one face."""

    @property
    def name(self) -> str:
        """Return what the card calls it, such as `playbook`."""
        ...

    async def plan(self, view: IncidentView, evidence: Sequence[Evidence], iteration: int) -> Plan:
        """Choose the reads of the given iteration (1-based) from what is known so far."""
        ...

    async def diagnose(self, view: IncidentView, evidence: Sequence[Evidence]) -> Diagnosis:
        """Rank causes; every finding cites ids of the given evidence."""
        ...

    def answer(self, question: Question, view: IncidentView | None) -> AsyncIterator[AnswerPart]:
        """Yield steps while working and exactly one Answer at the end."""
        ...


class Wish(Noun):
    """An action that would help: a name of the catalogue, and parameters that are all taken from what was observed."""

    action: str
    params: dict[str, Json]
    reason: str
    evidence_ids: tuple[str, ...]


class Insight(Noun):
    """What a model adds to a diagnosis: findings, the evidence that it read on the way, and perhaps a wish."""

    findings: tuple[Finding, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    wish: Wish | None = None


class Notebook(Protocol):
    """Where a long thought is kept between its steps, so that a new process goes on where the old one ended."""

    async def load(self) -> dict[str, Json] | None:
        """Return how far the thought has come, or None at its beginning."""
        ...

    async def save(self, talk: dict[str, Json], found: Sequence[Evidence]) -> None:
        """Keep how far it has come, and what was read for it."""
        ...


class Deepener(Protocol):
    """A brain that can look further than the rules, when it is there and can be afforded."""

    @property
    def name(self) -> str:
        """Return what the timeline calls it, such as `claude`."""
        ...

    async def deepen(self, view: IncidentView, evidence: Sequence[Evidence], notebook: Notebook) -> Insight:
        """Look further than the rules did; raises Unavailable, Refused, BadAnswer or OverBudget."""
        ...
