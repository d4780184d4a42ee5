"""The door for whoever asks: a question becomes a durable hand-off with its two jobs, in the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from agent.domain.handoff import EXPECTED, Handoff, Question
from agent.domain.incident import Incident, Priority
from agent.domain.timeline import TimelineKind
from agent.errors import BadInput
from agent.handoffs.needs import Rules
from agent.handoffs.terms import MOST_TRIES, time_for
from agent.handoffs.thread import note, show
from agent.ports.clock import Clock
from agent.ports.jobs import Job, Jobs
from agent.ports.store import Tx

WORK = "handoff.work"
DEADLINE = "handoff.deadline"


class Asking:
    """Implements the port `Handoffs`; it knows no sub-agent, so that whoever is asked may also be who asks."""

    def __init__(self, jobs: Jobs, clock: Clock, book: Rules) -> None:
        self._jobs = jobs
        self._clock = clock
        self._book = book

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
        """Ask in the caller's transaction; the same `key` is the same hand-off, which is returned as it stands.

        Raises BadInput for a question that no sub-agent answers.
        """
        known = await tx.handoffs.get(key) if key is not None else None
        if known is not None:
            return known
        if question.kind not in EXPECTED:
            raise BadInput(f"No sub-agent answers {question.kind}.", field="question.kind")
        now = self._clock.now()
        handoff = Handoff(
            id=key or uuid4().hex,
            number=await tx.handoffs.next_number(),
            incident_id=incident.id if incident is not None else None,
            at=now,
            to=EXPECTED[question.kind][0],
            question=question,
            asked_by=by,
            owner=owner,
            finding_ids=tuple(finding_ids),
            deadline=deadline or now + time_for(question),
        )
        await tx.handoffs.create(handoff)
        await note(tx, handoff, TimelineKind.HANDOFF_ASKED, by, now)
        for job in jobs_of(handoff, incident):
            await self._jobs.enqueue(tx, job)
        if incident is not None:
            await show(tx, incident, self._book.current, now)
        return handoff


def jobs_of(handoff: Handoff, incident: Incident | None = None) -> tuple[Job, Job]:
    """Return the job that works a hand-off and the one that ends it; the end never waits for the work."""
    rank = (incident.priority if incident is not None else Priority.P2).rank
    work = Job(
        kind=WORK,
        payload={"handoff_id": handoff.id},
        group_key=f"handoff:{handoff.id}",
        dedupe_key=f"{WORK}:{handoff.id}",
        priority=rank,
        max_attempts=MOST_TRIES,
    )
    end = Job(
        kind=DEADLINE,
        payload={"handoff_id": handoff.id},
        dedupe_key=f"{DEADLINE}:{handoff.id}",
        priority=rank,
        run_at=handoff.deadline,
        max_attempts=MOST_TRIES,
    )
    return work, end
