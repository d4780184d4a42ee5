"""The brain that needs no model: a fixed plan of reads, rules for the cause, and honest answers."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from agent.brain.plans import due_reads
from agent.brain.questions import Answerer
from agent.diagnosis.diagnose import diagnose
from agent.domain.answer import AnswerPart, Question
from agent.domain.evidence import Diagnosis, Evidence
from agent.domain.runbook import Runbook
from agent.domain.view import IncidentView
from agent.ports.brain import Plan
from agent.ports.clock import Clock
from agent.ports.reads import Reads
from agent.ports.store import Store


class PlaybookBrain:
    """Deterministic: the same evidence gives the same plan and the same diagnosis."""

    name = "playbook"

    def __init__(
        self,
        reads: Reads,
        store: Store,
        clock: Clock,
        *,
        runbooks: Sequence[Runbook] = (),
        language: str = "en",
    ) -> None:
        self._runbooks = tuple(runbooks)
        self._language = language
        self._answerer = Answerer(reads, store, clock, self._runbooks)

    @property
    def runbooks(self) -> tuple[Runbook, ...]:
        """Return the team's runbooks."""
        return self._runbooks

    async def plan(self, view: IncidentView, evidence: Sequence[Evidence], iteration: int) -> Plan:
        """Choose the reads of an iteration; done when nothing is left to ask."""
        reads, note = due_reads(view, evidence, iteration)
        return Plan(reads=reads, done=not reads, note=note)

    async def diagnose(self, view: IncidentView, evidence: Sequence[Evidence]) -> Diagnosis:
        """Rank causes by the rules of agent/diagnosis."""
        # The ranking is arithmetic of some milliseconds, and its first use imports for a second: not in the loop.
        return await asyncio.to_thread(
            diagnose, view, evidence, runbooks=self._runbooks, language=self._language
        )

    def answer(self, question: Question, view: IncidentView | None) -> AsyncIterator[AnswerPart]:
        """Answer what the intent rules understand, and say what they do not."""
        return self._answerer.answer(question, view)
