"""What the clock of life does when something is over: counts it, has it learnt from, and files its follow-ups."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from agent.domain.incident import Incident
from agent.domain.page import Page
from agent.domain.update import Update
from agent.lifecycle.obligation import Life, Obligation, Owed
from agent.lifecycle.obligations_after import review_of, uncounted
from agent.lifecycle.tickets import file_ticket
from agent.locale.claims import claim
from agent.locale.messages import text
from agent.ports.store import Tx

Learn = Callable[[Tx, Incident, datetime], Awaitable[None]]
Describe = Callable[[Tx, Incident, str], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Counted:
    """Something that is counted once: a span of an incident by its name, a call, or an update."""

    incident: Incident
    span: str = ""
    seconds: float = 0.0
    page: Page | None = None
    update: Update | None = None


@dataclass(frozen=True, slots=True)
class Aftermath:
    """Each part may be missing; `describe` writes the text of a follow-up's issue, and only with it any is filed."""

    learn: Learn | None = None
    count: Callable[[Counted], None] | None = None
    describe: Describe | None = None

    @property
    def wanted(self) -> frozenset[Owed]:
        """Return what there is somebody for."""
        parts = {Owed.LEARN: self.learn, Owed.COUNT: self.count, Owed.FILE: self.describe}
        return frozenset(owed for owed, part in parts.items() if part is not None)

    async def learnt(self, tx: Tx, life: Life, now: datetime) -> None:
        """Have an end learnt from."""
        if self.learn is not None:
            await self.learn(tx, life.incident, now)

    async def counted(self, tx: Tx, life: Life, now: datetime) -> None:
        """Count everything that may be counted, each once whatever crashes; a count is lost rather than doubled."""
        for key in uncounted(life):
            if self.count is not None and await tx.life.done(life.incident.id, key, now):
                tx.after_commit(partial(self.count, _counted(life, key)))

    async def filed(self, tx: Tx, life: Life, one: Obligation, now: datetime) -> None:
        """File a follow-up in the tracker, beside the issue of the review."""
        task = next(task for task in life.tasks if task.id == one.about)
        if self.describe is None:
            return
        review = review_of(life)
        links = (review.ticket,) if review is not None and review.ticket and review.id != task.id else ()
        description = await self.describe(tx, life.incident, task.id)
        await file_ticket(tx, task, description=description, at=now, links=links)


def _counted(life: Life, key: str) -> Counted:
    word, _, rest = key.removeprefix("counted:").partition(":")
    if word == "page":
        return Counted(life.incident, page=next(page for page in life.pages if page.id == rest))
    if word == "update":
        return Counted(life.incident, update=next(one for one in life.updates if one.id == rest))
    return Counted(life.incident, span=rest, seconds=span_of(life.incident, rest).total_seconds())


def span_of(incident: Incident, name: str) -> timedelta:
    """Return how long something took in the present opening: an answer from its beginning as an incident, the rest
    from the beginning of the trouble; never below zero."""
    times, again = incident.times, incident.opening > 1 and incident.times.reopened_at
    opened = again or times.opened_at
    began = again or min(times.started_at, times.opened_at)
    at, since = {
        "acknowledged": (times.acknowledged_at, opened),
        "mitigated": (times.mitigated_at, began),
        "resolved": (times.resolved_at, began),
    }[name]
    return max((at or since) - since, timedelta())


def describe_with(language: str) -> Describe:
    """Return what writes the text of an issue: which incident it comes from, and the likely cause."""

    async def describe(tx: Tx, incident: Incident, task_id: str) -> str:
        task, diagnosis = await tx.tasks.get(task_id), await tx.evidence.diagnosis(incident.id)
        times = incident.times
        said = text(
            language,
            "pm-ticket",
            task=task.name if task is not None else "–",
            name=incident.name,
            priority=incident.priority.value,
            title=incident.title,
            who=task.by if task is not None else "–",
            services=incident.service,
            start=f"{times.started_at:%Y-%m-%d %H:%M} UTC",
            end=f"{times.resolved_at:%Y-%m-%d %H:%M} UTC" if times.resolved_at else "–",
        )
        cause = diagnosis.cause if diagnosis is not None else None
        if cause is None:
            return said
        return f"{said}\n\n{text(language, 'pm-ticket-cause', claim=claim(language, cause))}"

    return describe
