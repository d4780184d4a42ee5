"""Works hand-offs: takes each up, asks its sub-agent, and takes one answer, or ends it visibly when time is over."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from agent.domain.handoff import EXPECTED, Handoff, HandoffState
from agent.domain.noun import Json
from agent.domain.timeline import TimelineKind
from agent.errors import BadInput, Conflict, NotPermitted, OpsError, TimedOut
from agent.handoffs.asking import DEADLINE, WORK, Asking, jobs_of
from agent.handoffs.needs import Announce, Rules, ViewOf
from agent.handoffs.terms import seconds_for_try
from agent.handoffs.thread import note, show
from agent.locale.messages import text
from agent.ports.clock import Clock
from agent.ports.handoffs import Agent, Reply
from agent.ports.jobs import Handler, Jobs
from agent.ports.store import Store, Tx
from agent.telemetry.logs import LogEvent, get_log
from agent.telemetry.metrics import Metrics

_log = get_log("handoffs")
BOT = "ops-monitor"


class HandoffDesk(Asking):
    """Implements the port `Handoffs` and the jobs behind it; `agents` answer, each under its own name.

    An answer is worked out in no transaction and taken in one, with everything that it wants stored: a receiver that
    dies is simply asked again, and whoever answers second finds that the hand-off has ended.
    """

    def __init__(
        self,
        store: Store,
        jobs: Jobs,
        clock: Clock,
        book: Rules,
        agents: Sequence[Agent],
        *,
        view: ViewOf,
        announce: Announce,
        language: str = "en",
        metrics: Metrics | None = None,
    ) -> None:
        super().__init__(jobs, clock, book)
        self._store = store
        self._agents = {agent.name: agent for agent in agents}
        self._view = view
        self._announce = announce
        self._language = language
        self._metrics = metrics

    def handlers(self) -> dict[str, Handler]:
        """Return the handlers of the jobs behind hand-offs."""
        return {WORK: self._work_job, DEADLINE: self._deadline_job}

    async def work(self, handoff_id: str) -> None:
        """Have a hand-off answered; raises what is worth another try, which the queue makes before the deadline."""
        handoff = await self._accept(handoff_id)
        if handoff is None:
            return
        try:
            await self._take(handoff, await self._reply(handoff))
        except (BadInput, NotPermitted) as error:
            await self._refuse(handoff, error.user_message)
        except OpsError as error:
            if error.retryable or isinstance(error, Conflict):
                raise
            await self._fail(handoff, error.user_message)
        except Exception as error:  # noqa: BLE001 - a task's edge: a defect is shown to people
            _log.warning(LogEvent.TASK_FAILED, task=f"hand-off to {handoff.to}", exc_info=error)
            await self._fail(handoff, type(error).__name__)

    async def expire(self, handoff_id: str) -> None:
        """End a hand-off whose time is over; one that has ended already stays as it is."""
        async with self._store.write() as tx:
            handoff = await tx.handoffs.get(handoff_id)
            if handoff is None or handoff.state.ended:
                return
            if self._clock.now() < handoff.deadline:
                # The clock was set back, or another replica's is ahead of ours.
                await self._jobs.enqueue(tx, jobs_of(handoff)[1])
                return
            await self._end(tx, handoff, HandoffState.TIMED_OUT, "")

    async def _accept(self, handoff_id: str) -> Handoff | None:
        """Take a hand-off up; None when it has ended or too little time is left for an answer."""
        async with self._store.write() as tx:
            handoff = await tx.handoffs.get(handoff_id)
            now = self._clock.now()
            if handoff is None or handoff.state.ended or seconds_for_try(handoff.deadline - now) <= 0:
                return None
            taken = handoff.model_copy(
                update={
                    "state": HandoffState.ACCEPTED,
                    "attempt": handoff.attempt + 1,
                    "accepted_at": handoff.accepted_at or now,
                }
            )
            if handoff.attempt == 0:
                await note(tx, taken, TimelineKind.HANDOFF_ACCEPTED, taken.to.value, now)
                await self._show(tx, taken, now)
            return await tx.handoffs.save(taken)

    async def _reply(self, handoff: Handoff) -> Reply:
        agent = self._agents.get(handoff.to)
        if agent is None:
            raise NotPermitted(text(self._language, "handoff-nobody", agent=handoff.to.value))
        seconds = seconds_for_try(handoff.deadline - self._clock.now())
        try:
            async with asyncio.timeout(seconds):
                view = await self._view(handoff.incident_id) if handoff.incident_id else None
                reply = await agent.reply(handoff, view)
        except TimeoutError as error:
            words = text(self._language, "handoff-slow", agent=handoff.to.value)
            raise TimedOut(words, backend=handoff.to.value) from error
        expected = EXPECTED[handoff.question.kind][1]
        if not isinstance(reply.answer, expected):
            kind = type(reply.answer).__name__
            raise TypeError(f"{handoff.to} answered {handoff.question.kind} with {kind}")
        return reply

    async def _take(self, handoff: Handoff, reply: Reply) -> None:
        async with self._store.write() as tx:
            current = await tx.handoffs.get(handoff.id)
            if current is None:
                return
            if current.state.ended:
                await self._late(tx, current)
                return
            if reply.keep is not None:
                await reply.keep(tx)
            answered = current.model_copy(update={"answer": reply.answer, "form": reply.form})
            await self._end(tx, answered, HandoffState.ANSWERED, "")

    async def _late(self, tx: Tx, handoff: Handoff) -> None:
        """Say that an answer came after the time was over; a second answer to one that is answered says nothing."""
        if handoff.state is HandoffState.TIMED_OUT:
            now = self._clock.now()
            await note(tx, handoff, TimelineKind.HANDOFF_ENDED, handoff.to.value, now, outcome="late")

    async def _fail(self, handoff: Handoff, why: str) -> None:
        await self._refuse(handoff, text(self._language, "handoff-failed", why=why))

    async def _refuse(self, handoff: Handoff, why: str) -> None:
        async with self._store.write() as tx:
            current = await tx.handoffs.get(handoff.id)
            if current is not None and not current.state.ended:
                await self._end(tx, current, HandoffState.REFUSED, why)

    async def _end(
        self,
        tx: Tx,
        handoff: Handoff,
        state: Literal[HandoffState.ANSWERED, HandoffState.REFUSED, HandoffState.TIMED_OUT],
        why: str,
    ) -> None:
        now = self._clock.now()
        ended = handoff.model_copy(update={"state": state, "ended_at": now, "why": why})
        await tx.handoffs.save(ended)
        more: dict[str, Json] = {"outcome": state.value}
        if why:
            more["why"] = why
        actor = BOT if state is HandoffState.TIMED_OUT else ended.to.value
        await note(tx, ended, TimelineKind.HANDOFF_ENDED, actor, now, **more)
        await self._show(tx, ended, now)
        if self._metrics is not None:
            tx.after_commit(self._metrics.handoffs.labels(to=ended.to.value, outcome=state.value).inc)

    async def _show(self, tx: Tx, handoff: Handoff, now: datetime) -> None:
        """Have the thread show how a hand-off stands; at its end the card may look different as well."""
        incident = await tx.incidents.get(handoff.incident_id) if handoff.incident_id else None
        if incident is None:
            return
        await show(tx, incident, self._book.current, now)
        if handoff.state.ended:
            await self._announce(tx, incident, self._book.current, now)

    async def _work_job(self, payload: dict[str, Json]) -> None:
        await self.work(str(payload["handoff_id"]))

    async def _deadline_job(self, payload: dict[str, Json]) -> None:
        await self.expire(str(payload["handoff_id"]))
