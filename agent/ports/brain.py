"""What thinks: it chooses what to read next and answers questions; it can never act."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from agent.domain.answer import AnswerPart, Question
from agent.domain.evidence import Diagnosis, Evidence, ReadRequest
from agent.domain.noun import Noun
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
