"""Where everything stands: open incidents, services, backends, and the bot's own queues."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from agent.domain.alert import AlertRecord
from agent.domain.answer import Answer
from agent.domain.incident import Incident
from agent.domain.probe import Probe
from agent.domain.results import TableResult
from agent.domain.titles import spoken_title
from agent.errors import OpsError
from agent.locale.format import duration
from agent.locale.messages import text
from agent.locale.retold import retold
from agent.operations.calibration import load_calibration
from agent.operations.calibration import sentence as sentence_of_calibration
from agent.operations.dead_letters import dead_letters, reasons
from agent.operations.health import health_of, sentence, unknown
from agent.operations.lookups import known_services
from agent.operations.outposts_standing import third_parties_down, third_party_lines
from agent.operations.tables import cell
from agent.operations.veil import veiled
from agent.policy.load import Policies
from agent.policy.routing import route_incident
from agent.ports.clock import Clock
from agent.ports.jobs import JobCounts, Jobs
from agent.ports.reads import Reads
from agent.ports.store import Store

Probes = Callable[[], Awaitable[Sequence[Probe]]]
RECENT = 10
MOST_ROWS = 25


@dataclass(frozen=True, slots=True)
class Standing:
    """The numbers of a moment, for renderers that draw them themselves."""

    open: tuple[Incident, ...]
    firing: tuple[AlertRecord, ...]
    inbox_waiting: int
    outbox_waiting: int
    jobs: JobCounts | None


async def standing(store: Store, jobs: Jobs | None) -> Standing:
    """Read the store's part of the status."""
    async with store.read() as tx:
        return Standing(
            open=tuple(await tx.incidents.open()),
            firing=tuple(await tx.alerts.firing(500)),
            inbox_waiting=await tx.inbox.waiting(),
            outbox_waiting=await tx.outbox.waiting(),
            jobs=await jobs.counts(tx) if jobs is not None else None,
        )


async def status_answer(
    store: Store,
    reads: Reads,
    jobs: Jobs | None,
    probes: Probes | None,
    clock: Clock,
    lang: str,
    *,
    whole: bool = True,
) -> Answer:
    """Say how everything is in a few lines, with the services as a table.

    Without `whole` what is kept apart has no details.
    """
    now_standing = await standing(store, jobs)
    if not whole:
        now_standing = replace(now_standing, open=tuple(veiled(one, lang) for one in now_standing.open))
    services, seen = await known_services(reads)
    health = health_of(seen, {record.about for record in now_standing.firing}, lang)
    lines = [
        _incident_lines(now_standing, clock.now(), lang),
        text(lang, "status-alerts", count=str(len(now_standing.firing))),
        sentence(health, lang) if health else unknown(services, seen, lang),
        *third_party_lines(await third_parties_down(store), clock.now(), lang),
        *await _backend_lines(probes, lang),
        _queue_line(now_standing, lang),
        *await _undelivered_line(store, lang),
        *await _calibration_line(store, lang),
    ]
    return Answer(
        text="\n".join(lines),
        table=health.table if health else None,
        evidence=(seen,),
        people=people_of(now_standing.open),
    )


def people_of(incidents: Sequence[Incident]) -> tuple[str, ...]:
    """Return the ids of those who are on incidents or command them."""
    named = (who for one in incidents for who in (one.acknowledged_by, one.commander))
    return tuple(dict.fromkeys(who for who in named if who))


def _incident_lines(now_standing: Standing, now: datetime, lang: str) -> str:
    if not now_standing.open:
        return text(lang, "status-calm")
    head = text(lang, "status-open", count=len(now_standing.open))
    lines = [incident_line(one, now, lang) for one in now_standing.open[:RECENT]]
    left = len(now_standing.open) - RECENT
    more = [text(lang, "details-more", count=str(left))] if left > 0 else []
    return "\n".join([head, *(f"- {line}" for line in [*lines, *more])])


def incident_line(one: Incident, now: datetime, lang: str) -> str:
    """Return an open incident in a line: name, priority, title, age and whether somebody is on it."""
    return text(
        lang,
        "status-incident" if one.acknowledged_by else "status-incident-new",
        name=one.name,
        priority=one.priority.value,
        title=cell(spoken_title(one.title)),
        age=duration(lang, now - one.times.started_at),
        **({"who": one.acknowledged_by} if one.acknowledged_by else {}),
    )


async def _backend_lines(probes: Probes | None, lang: str) -> list[str]:
    if probes is None:
        return []
    try:
        found = await probes()
    except OpsError as error:
        return [text(lang, "status-backend-bad", name="–", detail=retold(lang, error.user_message))]
    lines = [
        text(
            lang,
            "status-backend-bad",
            name=p.name,
            detail=" ".join(retold(lang, x) for x in (p.detail, p.fix) if x),
        )
        for p in found
        if not p.ok
    ]
    used = [p for p in found if p.configured]
    if used and not lines:
        lines.append(text(lang, "status-backends-good", count=str(len(used))))
    absent = ", ".join(p.name for p in found if not p.configured)
    return [*lines, text(lang, "status-backends-absent", names=absent)] if absent else lines


def _queue_line(now_standing: Standing, lang: str) -> str:
    jobs = now_standing.jobs
    return text(
        lang,
        "status-queues",
        inbox=str(now_standing.inbox_waiting),
        jobs=str(jobs.waiting + jobs.running if jobs else 0),
        dead=str(jobs.dead if jobs else 0),
        outbox=str(now_standing.outbox_waiting),
    )


async def _undelivered_line(store: Store, lang: str) -> list[str]:
    async with store.read() as tx:
        letters = await dead_letters(tx)
    if not letters.count:
        return []
    return [text(lang, "status-undelivered", count=str(letters.count), reasons=cell(reasons(letters.newest)))]


async def _calibration_line(store: Store, lang: str) -> list[str]:
    found = await load_calibration(store)
    return [sentence_of_calibration(found, lang)] if found.enough else []


async def health_answer(store: Store, reads: Reads, clock: Clock, lang: str) -> Answer:
    """Say which services are well and which are not; a service with a firing alert is never green.

    A third party has a line only while it is down.
    """
    names, seen = await known_services(reads)
    async with store.read() as tx:
        firing = await tx.alerts.firing(500)
    health = health_of(seen, {record.about for record in firing}, lang)
    words = [sentence(health, lang) if health else unknown(names, seen, lang)]
    words.append(text(lang, "status-alerts", count=str(len(firing))))
    words += third_party_lines(await third_parties_down(store), clock.now(), lang)
    return Answer(text="\n".join(words), table=health.table if health else None, evidence=(seen,))


async def incidents_answer(
    store: Store, policies: Policies, clock: Clock, lang: str, *, whole: bool = True
) -> Answer:
    """List open incidents, worst first, and then the newest of the ended ones; without `whole` what is kept apart has no
    details."""
    async with store.read() as tx:
        still_open = await tx.incidents.open()
        recent = await tx.incidents.recent(RECENT)
        ended = [one for one in recent if not one.status.open]
        shown = [*still_open, *ended][:MOST_ROWS]
    if not still_open and not ended:
        return Answer(text=text(lang, "status-calm"))
    channels = [route_incident(policies, one).channel for one in shown]
    seen = shown if whole else [veiled(one, lang) for one in shown]
    rows = tuple(_row(one, where, clock.now(), lang) for one, where in zip(seen, channels, strict=True))
    names = ("incident", "priority", "state", "title", "service", "since", "who", "channel")
    words = text(lang, "answer-incidents", open=str(len(still_open)), ended=str(len(ended)))
    table = TableResult(columns=tuple(text(lang, f"column-{n}") for n in names), rows=rows)
    return Answer(text=words, table=table, people=people_of(shown))


def _row(one: Incident, channel: str, now: datetime, lang: str) -> tuple[str, ...]:
    return (
        one.name,
        one.priority.value,
        text(lang, f"status-{one.status.value}"),
        cell(spoken_title(one.title)),
        cell(one.service or "–"),
        duration(lang, now - one.times.started_at),
        one.acknowledged_by or "–",
        channel,
    )
