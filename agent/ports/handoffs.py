"""Handing work to sub-agents: whoever asks sees one door, and each sub-agent one question at a time."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeVar

from pydantic import BaseModel

from agent.domain.evidence import Evidence
from agent.domain.handoff import Handoff, HandoffAnswer, Question, SubAgent
from agent.domain.incident import Incident
from agent.domain.noun import Json
from agent.domain.view import IncidentView
from agent.ports.store import Tx

M = TypeVar("M", bound=BaseModel)


class Handoffs(Protocol):
    """Takes questions, durably; answers arrive as records."""

    async def ask(
        self,
        tx: Tx,
        question: Question,
        *,
        by: str,
        incident: Incident | None = None,
        owner: str | None = None,
        finding_ids: Sequence[str] = (),
        deadline: datetime | None = None,
        key: str | None = None,
    ) -> Handoff:
        """Ask in the caller's transaction; the same `key` is the same hand-off, which is returned as it stands."""
        ...


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer and what has to be stored with it, in the one transaction that takes the answer."""

    answer: HandoffAnswer
    form: Literal["deterministic", "claude"] = "deterministic"
    keep: Callable[[Tx], Awaitable[None]] | None = None


class Agent(Protocol):
    """A sub-agent; it may be asked the same twice after a crash, and must change nothing but through `keep`."""

    @property
    def name(self) -> SubAgent:
        """Return who it is."""
        ...

    async def reply(self, handoff: Handoff, view: IncidentView | None) -> Reply:
        """Answer a question; raises BadInput or NotPermitted to refuse it, and Unavailable to be asked again later."""
        ...


class Counsel(Protocol):
    """A model that a sub-agent may consult: it sees material as data, reads what it is allowed to, and fills a form."""

    async def consult(
        self,
        agent: SubAgent,
        task: str,
        material: dict[str, Json],
        form: type[M],
        *,
        evidence: Sequence[Evidence] = (),
        reads: Sequence[str] = (),
        incident_id: str | None = None,
    ) -> M:
        """Return the filled form; raises Unavailable, Refused, BadAnswer or OverBudget, and then the rules answer alone."""
        ...
