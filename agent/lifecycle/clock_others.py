"""What the clock of life does beside calls: targets in the thread, words to audiences, tasks, the digest and the end."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from agent.domain.handoff import InformAudiences
from agent.domain.incident import Incident
from agent.domain.noun import Json
from agent.domain.page import Way
from agent.domain.timeline import TimelineKind
from agent.domain.update import Moment
from agent.lifecycle.aftermath import Aftermath
from agent.lifecycle.changes import close
from agent.lifecycle.digest import digest_mail, next_opening
from agent.lifecycle.obligation import Life, Obligation, Owed, scope_of
from agent.lifecycle.obligations_inform import informed
from agent.lifecycle.oncall import Callee, Roster, serving
from agent.lifecycle.paging_pages import BOT, Means
from agent.locale.format import duration
from agent.locale.messages import text
from agent.policy.routing import route_incident
from agent.ports.handoffs import Handoffs
from agent.ports.outbox import SlotKind
from agent.ports.store import Tx

_TO_THE_INFORMED = frozenset({Moment.CHANGED, Moment.MITIGATED, Moment.RESOLVED})


@dataclass(frozen=True, slots=True)
class Others:
    """Does what is owed beside calls; without `handoffs` nobody writes updates."""

    roster: Roster
    means: Means
    handoffs: Handoffs | None = None
    after: Aftermath = field(default_factory=Aftermath)

    async def do(self, tx: Tx, life: Life, one: Obligation, due: Sequence[Obligation], now: datetime) -> None:
        """Do one thing that is owed; `due` is everything that is, for what goes out together."""
        match one.what:
            case Owed.NEAR | Owed.MISSED:
                await self._target(tx, life, one.what, now)
            case Owed.INFORM:
                await self._inform(tx, life, one, due, now)
            case Owed.TASK:
                await self._task(tx, life, one, now)
            case Owed.DIGEST:
                await self._digest(tx, life, now)
            case Owed.CLOSE:
                await close(tx, life.policies, life.incident.id, by=BOT, at=now)
            case Owed.COUNT:
                await self.after.counted(tx, life, now)
            case Owed.LEARN:
                await self.after.learnt(tx, life, now)
            case Owed.FILE:
                await self.after.filed(tx, life, one, now)
            case _:
                raise AssertionError(f"{one.what} is no business of others")

    async def _target(self, tx: Tx, life: Life, what: Owed, now: datetime) -> None:
        incident, within = life.incident, life.route.resolve_within_seconds or 0
        kind = TimelineKind.TARGET_NEAR if what is Owed.NEAR else TimelineKind.TARGET_MISSED
        word, lang = what.value, self.means.language
        left = timedelta(seconds=within * (1 - life.steps.warn_at))
        said = text(
            lang,
            f"paging-target-{word}",
            priority=incident.priority.value,
            within=duration(lang, within),
            left=duration(lang, left),
        )
        data: dict[str, Json] = {"text": incident.priority.value, "target": "resolve", "seconds": within}
        await tx.timeline.append(incident.id, kind, BOT, now, data)
        # Where somebody is called for a target that was missed, the warning before it need only be changed.
        called = life.ways and (life.steps.at_target or life.route.escalate_to)
        kept = Owed.NEAR.value if called else word
        await _reply(
            tx, life, f"target:{incident.id}:{life.scope}:{kept}", {"target": word, "text": said}, now
        )

    async def _inform(
        self, tx: Tx, life: Life, one: Obligation, due: Sequence[Obligation], now: datetime
    ) -> None:
        """Ask for updates to all audiences that are due for the same reason, in one hand-off."""
        if self.handoffs is None:
            return
        moment = _moment(one)
        if moment in _TO_THE_INFORMED:
            audiences = informed(life)
            if not audiences:
                return
        else:
            audiences = [one.about]
            for other in due:
                same = other.what is Owed.INFORM and _moment(other) is moment and other.key != one.key
                if same and await tx.life.done(life.incident.id, other.key, now):
                    audiences.append(other.about)
        await self.handoffs.ask(
            tx,
            InformAudiences(moment=moment, audiences=tuple(audiences)),
            by=BOT,
            incident=life.incident,
            key=f"{life.incident.id}:{one.key}",
        )

    async def _task(self, tx: Tx, life: Life, one: Obligation, now: datetime) -> None:
        task = next(task for task in life.tasks if task.id == one.about)
        late = task.due_at is not None and one.at >= task.due_at
        said = text(
            self.means.language,
            "paging-task-late" if late else "paging-task-due",
            task=f"T-{task.number}",
        )
        payload: dict[str, Json] = {"task_due": task.id, "late": late, "text": said}
        await _reply(tx, life, f"task_due:{one.key}", payload, now)

    async def _digest(self, tx: Tx, life: Life, now: datetime) -> None:
        """Write the mail of the morning for every incident that waits for it, and mark them all as told."""
        told = [
            life.incident,
            *[one for one in await tx.incidents.open() if await _joins(tx, life, one, now)],
        ]
        if Way.EMAIL not in self.means.ways:
            return
        zone = life.policies.freezes.business_hours.zone or life.policies.freezes.zone
        readers = {one.id: self._readers(life, one, now) for one in told}
        for reader in {callee.id: callee for callees in readers.values() for callee in callees}.values():
            mine = [one for one in told if reader.id in {callee.id for callee in readers[one.id]}]
            mail = digest_mail(
                reader, sorted(mine, key=lambda one: one.number), now, self.means.language, zone
            )
            if mail is not None:
                await tx.notifications.add(mail)

    def _readers(self, life: Life, incident: Incident, now: datetime) -> list[Callee]:
        digest = life.steps.digest
        names = serving(life.policies, incident) if digest == "on call" else digest or ()
        return self.roster.who(names, now)


def _moment(one: Obligation) -> Moment:
    if one.about in _TO_THE_INFORMED:
        return Moment(one.about)
    return Moment.OPENED if one.level == 0 else Moment.DUE


async def _joins(tx: Tx, life: Life, other: Incident, now: datetime) -> bool:
    """Say whether another incident's digest is due as well, and mark it as done if it is."""
    policies = life.policies
    same = policies.escalation.priorities[other.priority].digest == life.steps.digest
    if other.id == life.incident.id or not same:
        return False
    done = await tx.life.all_done(other.id)
    scope = scope_of(other, done)
    since = done.get(f"since:{scope}")
    at = next_opening(policies.freezes, since) if since is not None else None
    return at is not None and at <= now and await tx.life.done(other.id, f"digest:{scope}", now)


async def _reply(tx: Tx, life: Life, key: str, payload: dict[str, Json], now: datetime) -> None:
    incident = life.incident
    await tx.outbox.request(
        key,
        SlotKind.REPLY,
        channel=route_incident(life.policies, incident).channel,
        priority=incident.priority.rank,
        incident_id=incident.id,
        thread_of=f"card:{incident.id}",
        payload=payload,
        at=now,
    )
