"""The desk of post-mortems: drafts for whoever asks, and the one that is written by itself when a loud incident is over."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol
from zoneinfo import ZoneInfo

from agent.domain.evidence import Evidence
from agent.domain.incident import Incident, Priority
from agent.domain.notification import NotificationState
from agent.domain.noun import Json, Noun
from agent.domain.task import Task, TaskState
from agent.domain.timeline import TimelineKind
from agent.domain.view import IncidentView
from agent.errors import BadInput, NotFound
from agent.locale.messages import text
from agent.operations.postmortem import Desk, suggested, with_evidence, write
from agent.operations.postmortem_markdown import canvas_markdown, markdown
from agent.operations.postmortem_marks import marks_of
from agent.operations.postmortem_measure import measured
from agent.policy.load import Policies
from agent.policy.oncall import SERVICE
from agent.ports.clock import Clock
from agent.ports.jobs import Handler, Job, Jobs
from agent.ports.outbox import SlotKind
from agent.ports.reads import Reads
from agent.ports.store import Store, Tx

WRITE, SHOW = "postmortem.write", "postmortem.show"
"""The jobs: one writes the draft of an incident that is over, the other shows it where its people look."""
BY_ITSELF = (Priority.P0, Priority.P1)
BOT = "ops-monitor"
MERGED_INTO = "merged_into"


class Draft(Noun):
    """A post-mortem draft as Markdown and for a canvas; `people` are the ids in it whose names only chat may know."""

    title: str
    markdown: str
    canvas: str = ""
    people: tuple[str, ...] = ()


class Told(Noun):
    """What the message in the thread says: the summary's sentences, and how many follow-ups there are."""

    summary: str
    follow_ups: int


class AddFollowUp(Protocol):
    """Adds a task that outlives its incident; the same key is the same task."""

    async def __call__(
        self, tx: Tx, policies: Policies, incident_id: str, *, text: str, by: str, at: datetime, key: str
    ) -> Task:
        """Add it and return it as it stands."""
        ...


class Rules(Protocol):
    """The policies in force."""

    @property
    def current(self) -> Policies:
        """Return them."""
        ...


@dataclass(frozen=True, slots=True)
class Around:
    """What the desk needs of other rooms; `shows` says that there is a chat which can show a draft."""

    add_follow_up: AddFollowUp
    announce: Callable[[Tx, Incident, Policies, datetime], Awaitable[None]]
    view: Callable[[str], Awaitable[IncidentView | None]]
    shows: bool = False


class Postmortems:
    """Writes drafts; everything that a draft says is worked out anew from what is stored each time."""

    def __init__(
        self,
        store: Store,
        jobs: Jobs,
        reads: Reads,
        rules: Rules,
        clock: Clock,
        around: Around,
        *,
        language: str,
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._reads = reads
        self._rules = rules
        self._clock = clock
        self._around = around
        self._language = language

    def handlers(self) -> dict[str, Handler]:
        """Return the job that writes by itself."""
        return {WRITE: self._write_job}

    async def learn(self, tx: Tx, incident: Incident, now: datetime) -> None:
        """Have the draft of a loud incident written, in the transaction of the clock of its life, once per opening.

        Nothing is to be learnt from one whose alerts went on in another incident.
        """
        ends = [e for e in await tx.timeline.of(incident.id) if e.kind is TimelineKind.RESOLVED]
        if ends and ends[-1].data.get(MERGED_INTO):
            return
        if incident.priority in BY_ITSELF:
            await self._jobs.enqueue(tx, writing(incident))

    async def postmortem(self, incident_id: str, *, by: str, language: str) -> Draft:
        """Return the draft for a person; raises NotFound, and BadInput while there is nothing to learn from."""
        view = await self._view(incident_id, language)
        evidence = await measured(self._reads, view, marks_of(view))
        now = self._clock.now()
        async with self._store.write() as tx:
            await _keep(tx, evidence)
            if await tx.life.done(incident_id, f"postmortem:{view.incident.opening}:{by}", now):
                data: dict[str, Json] = {"opening": view.incident.opening}
                await tx.timeline.append(incident_id, TimelineKind.POSTMORTEM_WRITTEN, by, now, data)
        return await self._drawn(with_evidence(view, evidence, view.as_of), language)

    async def shown(self, incident_id: str, language: str) -> Draft:
        """Return the draft from what is stored, without another look; raises NotFound, and BadInput likewise."""
        return await self._drawn(await self._view(incident_id, language), language)

    async def told(self, incident_id: str, language: str) -> Told:
        """Return what the message about the draft says, from what is stored; raises NotFound."""
        view = await self._around.view(incident_id)
        if view is None:
            raise NotFound(text(language, "problem-no-such-incident", name="?"))
        summary = write(await self._desk(view, language)).section("summary")
        said = " ".join(one.text for one in summary.statements) if summary is not None else ""
        open_ones = [t for t in view.tasks if t.kind == "follow_up" and t.state is not TaskState.DROPPED]
        return Told(summary=said, follow_ups=len(open_ones))

    async def _write_job(self, payload: dict[str, Json]) -> None:
        incident_id, opening = str(payload["incident_id"]), payload.get("opening")
        view = await self._around.view(incident_id)
        if view is None or view.incident.status.open or view.incident.opening != opening:
            return
        evidence = await measured(self._reads, view, marks_of(view))
        whole = with_evidence(view, evidence, view.as_of)
        desk = await self._desk(whole, self._language)
        now = self._clock.now()
        async with self._store.write() as tx:
            if not await tx.life.done(incident_id, f"postmortem:{opening}", now):
                return
            await _keep(tx, evidence)
            await self._add_follow_ups(tx, desk, now)
            data: dict[str, Json] = {"opening": opening}
            await tx.timeline.append(incident_id, TimelineKind.POSTMORTEM_WRITTEN, BOT, now, data)
            await self._show(tx, view.incident, now)
            await self._around.announce(tx, view.incident, self._rules.current, now)

    async def _add_follow_ups(self, tx: Tx, desk: Desk, now: datetime) -> None:
        """Put what the rules suggest on the list, where people can give it to somebody or drop it."""
        incident = desk.view.incident
        for one in suggested(desk):
            await self._around.add_follow_up(
                tx,
                self._rules.current,
                incident.id,
                text=one.statement.text,
                by=BOT,
                at=now,
                key=f"{follow_up_prefix(incident)}{one.name}",
            )

    async def _show(self, tx: Tx, incident: Incident, now: datetime) -> None:
        """Have one message in the thread tell of the draft, and the canvas of the incident's own channel hold it."""
        card = await tx.outbox.get(f"card:{incident.id}")
        await tx.outbox.request(
            f"postmortem:{incident.id}:{incident.opening}",
            SlotKind.REPLY,
            channel=card.channel if card is not None else incident.conversation.channel,
            priority=Priority.P2.rank,
            incident_id=incident.id,
            thread_of=f"card:{incident.id}",
            payload={"postmortem": incident.id},
            at=now,
        )
        if self._around.shows and incident.room is not None:
            await self._jobs.enqueue(tx, _job(SHOW, incident))

    async def _view(self, incident_id: str, language: str) -> IncidentView:
        view = await self._around.view(incident_id)
        if view is None:
            raise NotFound(text(language, "problem-no-such-incident", name="?"))
        if view.investigating:
            raise BadInput(text(language, "pm-too-early", name=view.incident.name), field="incident")
        return view

    async def _drawn(self, view: IncidentView, language: str) -> Draft:
        draft = write(await self._desk(view, language))
        file, canvas = markdown(draft), canvas_markdown(draft)
        people = {view.incident.commander, *(event.actor for event in view.timeline)}
        unknown = [
            who for who in sorted(filter(None, people)) if _named(self._rules.current, language, who) == who
        ]
        return Draft(title=draft.title, markdown=file, canvas=canvas, people=tuple(unknown))

    async def _desk(self, view: IncidentView, language: str) -> Desk:
        policies = self._rules.current
        async with self._store.read() as tx:
            sent = await tx.notifications.of_incident(view.incident.id)
        return Desk(
            view=view,
            language=language,
            zone=ZoneInfo(policies.oncall.zone),
            named=partial(_named, policies, language),
            undelivered=tuple(one.key for one in sent if one.state is NotificationState.DEAD),
            audience=partial(_audience, policies, language),
        )


def writing(incident: Incident) -> Job:
    """Return the job that writes an incident's draft."""
    return _job(WRITE, incident)


def follow_up_prefix(incident: Incident) -> str:
    """Return what the keys of suggested follow-ups of this opening begin with."""
    return f"follow:{incident.id}:{incident.opening}:"


def _job(kind: str, incident: Incident) -> Job:
    return Job(
        kind=kind,
        payload={"incident_id": incident.id, "opening": incident.opening},
        group_key=f"postmortem:{incident.id}",
        dedupe_key=f"{kind}:{incident.id}:{incident.opening}",
        priority=Priority.P2.rank,
    )


async def _keep(tx: Tx, evidence: Sequence[Evidence]) -> None:
    for one in evidence:
        await tx.evidence.add(one)


def _named(policies: Policies, language: str, who: str) -> str:
    """Return a person's name from oncall.yaml by either id; others as they are known."""
    if who == SERVICE:
        return text(language, "oncall-service")
    known = policies.oncall.person_in_slack(who) or policies.oncall.person(who)
    return known.name if known is not None else who.removeprefix("action:")


def _audience(policies: Policies, language: str, name: str) -> str:
    known = policies.communications.audience(name)
    return known.title.of(language) if known is not None else name
