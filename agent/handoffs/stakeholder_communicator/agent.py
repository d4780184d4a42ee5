"""The sub-agent itself: from a moment in an incident's life to one text per audience and language."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from agent.analysis.redaction import Redactor
from agent.domain.handoff import Handoff, InformAudiences, SubAgent, UpdatesWritten
from agent.domain.record import Statement
from agent.domain.update import Moment, Update
from agent.domain.view import IncidentView
from agent.errors import BadInput
from agent.handoffs.needs import Rules
from agent.handoffs.stakeholder_communicator.compose import Desk, Draft, desk_of, draft, update_of
from agent.handoffs.stakeholder_communicator.facts import known
from agent.handoffs.stakeholder_communicator.rewriting import Rewriter
from agent.handoffs.stakeholder_communicator.saying import Reader
from agent.locale.messages import text
from agent.policy.audiences import Audience
from agent.policy.communications import cadence
from agent.policy.load import Policies
from agent.ports.handoffs import Counsel, Reply
from agent.ports.store import Store, Tx

SECONDS = 20.0

Accept = Callable[[Tx, Policies, Sequence[Update], datetime], Awaitable[None]]
"""Stores new updates and has them sent or shown to who must agree; `agent.lifecycle.updates.accept` implements it."""


@dataclass(frozen=True, slots=True)
class _Task:
    question: InformAudiences
    moment: Moment
    handoff: Handoff
    policies: Policies
    earlier: tuple[Update, ...]


class StakeholderCommunicator:
    """Writes updates; the rules' sentences always, and a model's in their place where they say the same."""

    def __init__(
        self,
        store: Store,
        book: Rules,
        accept: Accept,
        *,
        redactor: Redactor,
        counsel: Counsel | None = None,
        language: str = "en",
        seconds: float = SECONDS,
    ) -> None:
        self._store = store
        self._book = book
        self._accept = accept
        self._redactor = redactor
        self._rewriter = Rewriter(counsel, seconds) if counsel is not None else None
        self._language = language

    @property
    def name(self) -> SubAgent:
        """Return who it is."""
        return SubAgent.STAKEHOLDER_COMMUNICATOR

    async def reply(self, handoff: Handoff, view: IncidentView | None) -> Reply:
        """Write what the audiences may know now; raises BadInput for a question without an incident."""
        question = handoff.question
        if not isinstance(question, InformAudiences) or view is None:
            raise BadInput("Updates are written about an incident.", field="incident")
        policies = self._book.current
        async with self._store.read() as tx:
            earlier = tuple(await tx.updates.of_incident(view.incident.id))
        task = _Task(question, _moment(question, view), handoff, policies, earlier)
        updates, skipped, form = await self._write(task, view)

        async def keep(tx: Tx) -> None:
            await self._accept(tx, policies, updates, view.as_of)

        answer = UpdatesWritten(update_ids=tuple(one.id for one in updates), skipped=tuple(skipped))
        return Reply(answer=answer, form=form, keep=keep)

    async def _write(
        self, task: _Task, view: IncidentView
    ) -> tuple[list[Update], list[str], Literal["deterministic", "claude"]]:
        facts, policies = known(view), task.policies
        modelled = self._rewriter is not None
        desk = await asyncio.to_thread(desk_of, view, policies, self._redactor, model=modelled)
        drafts: list[Draft] = []
        skipped = [*self._unknown(task)]
        for reader in _readers(task, view):
            earlier = [
                one
                for one in task.earlier
                if (one.audience, one.language) == (reader.audience.id, reader.language)
            ]
            asked = task.question.model_copy(update={"moment": task.moment})
            made = draft(facts, reader, asked, earlier, desk, task.handoff.asked_by)
            if made is None:
                who = reader.audience.title.of(self._language)
                skipped.append(
                    text(self._language, "update-skipped-same", audience=f"{who} ({reader.language})")
                )
                continue
            drafts.append(made)
        better = await self._better(drafts, desk)
        updates = [
            update_of(
                made,
                facts,
                task.handoff,
                task.moment,
                words or made.statements,
                "claude" if words else "",
                policies,
            )
            for made, words in zip(drafts, better, strict=True)
        ]
        return updates, skipped, "claude" if any(better) else "deterministic"

    async def _better(self, drafts: Sequence[Draft], desk: Desk) -> Sequence[tuple[Statement, ...] | None]:
        if self._rewriter is None or not drafts:
            return [None for _ in drafts]
        return await self._rewriter.rewrite(drafts, desk)

    def _unknown(self, task: _Task) -> Iterator[str]:
        book = task.policies.communications
        for name in task.question.audiences:
            if book.audience(name) is None:
                yield text(self._language, "update-skipped-unknown", audience=name)


def _moment(question: InformAudiences, view: IncidentView) -> Moment:
    """Return the moment as it is by now: what was asked before an incident ended is told as its end."""
    if not view.incident.status.open and question.moment is not Moment.BY_HAND:
        return Moment.RESOLVED
    return question.moment


def _readers(task: _Task, view: IncidentView) -> Iterator[Reader]:
    incident = view.incident
    book, rhythms = task.policies.communications, cadence(task.policies, incident.priority, incident.category)
    for audience in _audiences(task, frozenset(rhythms)):
        rhythm = rhythms.get(audience.id)
        for language in audience.to:
            yield Reader(book, audience, language, view.as_of, rhythm.every_seconds if rhythm else None)


def _audiences(task: _Task, named: frozenset[str]) -> list[Audience]:
    """Return those who were asked for; else who hears of this priority, and who was told of this incident before."""
    wanted = frozenset(task.question.audiences) or named | {one.audience for one in task.earlier}
    return [one for one in task.policies.communications.audiences if one.id in wanted]
