"""The deployment-manager: answers what was released, and plans a way back; rules answer, a model may add words."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.diagnosis.numbers import digits, held, stated, supported
from agent.domain.evidence import Evidence
from agent.domain.handoff import ExplainRelease, Handoff, PlanRelease, ReleaseExplained, SubAgent
from agent.domain.record import Statement
from agent.domain.view import IncidentView
from agent.errors import BadInput, OpsError
from agent.handoffs.deployment_manager.explaining import explained
from agent.handoffs.deployment_manager.needs import Observe
from agent.handoffs.deployment_manager.observed import History, Observer
from agent.handoffs.deployment_manager.planning import Planner
from agent.handoffs.needs import Rules
from agent.locale.messages import text
from agent.ports.clock import Clock
from agent.ports.handoffs import Counsel, Reply
from agent.ports.reads import Reads
from agent.ports.recovery import Recovery
from agent.ports.store import Store, Tx

TASK = "Explain in at most three sentences what the newest release changed and how it went, for people in an incident."
_MOST = 3


class Sentence(BaseModel):
    """One sentence of a model, and the ids of what it rests on."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=400)
    sources: list[str] = Field(min_length=1, max_length=6)


class ReleaseWords(BaseModel):
    """What a model says of a release; sentences whose sources or numbers nobody knows are dropped."""

    model_config = ConfigDict(extra="forbid")

    sentences: list[Sentence] = Field(max_length=_MOST)


class DeploymentManager:
    """Implements the port `Agent`; its tools are reads, and the door at which actions are proposed."""

    def __init__(
        self,
        store: Store,
        reads: Reads,
        recovery: Recovery,
        rules: Rules,
        clock: Clock,
        *,
        observe: Observe,
        counsel: Counsel | None = None,
        language: str = "en",
    ) -> None:
        self._observer = Observer(reads, store)
        self._planner = Planner(store, recovery, self._observer, observe, rules, clock, language)
        self._clock = clock
        self._counsel = counsel
        self._language = language

    @property
    def name(self) -> SubAgent:
        """Return who it is."""
        return SubAgent.DEPLOYMENT_MANAGER

    async def reply(self, handoff: Handoff, view: IncidentView | None) -> Reply:
        """Answer what was released, or propose a way back; raises BadInput with the reason when nothing can be proposed."""
        match handoff.question:
            case ExplainRelease() as question:
                return await self._explain(question, handoff.incident_id)
            case PlanRelease() as question:
                return await self._plan(handoff, question, view)
            case other:
                raise BadInput(text(self._language, "release-plan-not-mine", kind=other.kind))

    async def _explain(self, question: ExplainRelease, incident_id: str | None) -> Reply:
        history = await self._observer.history(question.service, self._clock.now(), incident_id)
        statements = explained(history, question.service, self._language)
        said = await self._counselled(history, statements, incident_id)
        answer = ReleaseExplained(
            deployment_ids=tuple(one.id for one in history.releases), statements=(*said, *statements)
        )
        form: Literal["deterministic", "claude"] = "claude" if said else "deterministic"
        return Reply(answer, form, keep=_keeping((history.evidence,)))

    async def _plan(self, handoff: Handoff, question: PlanRelease, view: IncidentView | None) -> Reply:
        if view is None:
            raise BadInput(text(self._language, "release-plan-no-incident"))
        planned = await self._planner.plan(handoff, question, view.incident)
        return Reply(planned.answer, keep=_keeping(planned.evidence))

    async def _counselled(
        self, history: History, statements: Sequence[Statement], incident_id: str | None
    ) -> tuple[Statement, ...]:
        """Return what a model adds; nothing when there is none, it fails, or says what nothing carries."""
        if self._counsel is None or not (history.releases or history.changes):
            return ()
        try:
            words = await self._counsel.consult(
                self.name,
                TASK,
                {"known": [one.model_dump(mode="json") for one in statements]},
                ReleaseWords,
                evidence=(history.evidence,),
                incident_id=incident_id,
            )
        except OpsError:
            # The rules have answered already.
            return ()
        return checked(words, statements, history.evidence)


def checked(words: ReleaseWords, known: Sequence[Statement], evidence: Evidence) -> tuple[Statement, ...]:
    """Return the sentences whose every source is known and whose every number stands in what is known."""
    sources = {source for one in known for source in one.sources} | {evidence.id}
    numbers = {*held(evidence), *(value for one in known for value in digits(one.text))}
    return tuple(
        Statement(text=" ".join(one.text.split()), sources=tuple(one.sources))
        for one in words.sentences[:_MOST]
        if set(one.sources) <= sources and all(supported(number, numbers) for number in stated(one.text))
    )


def _keeping(evidence: Sequence[Evidence]) -> Callable[[Tx], Awaitable[None]]:
    async def keep(tx: Tx) -> None:
        for one in evidence:
            await tx.evidence.add(one)

    return keep
