"""People's work on the Home tab: who calls the viewer, their tasks, what waits for a word, who is on call, and figures."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from agent.domain.incident import Incident
from agent.domain.page import Page, PageState
from agent.domain.risk import RiskEntry, RiskState
from agent.domain.task import Task, TaskState
from agent.domain.update import Update, UpdateState
from agent.errors import OpsError
from agent.lifecycle.oncall import who
from agent.locale.messages import text
from agent.ports.store import Tx
from agent.transport import facts
from agent.transport.slack import blocks
from agent.transport.slack.blocks import Block
from agent.transport.slack.directory import Directory, directory_of
from agent.transport.slack.limits import Part
from agent.transport.slack.living.pages import ANSWER
from agent.transport.slack.living.tasks import task_block
from agent.transport.slack.markup import channel, foreign, moment
from agent.transport.slack.people.risks import risk_block
from agent.transport.slack.services import SlackServices
from agent.transport.slack.sight import Sight, sight_of

_MOST = 5
_CALLING = (PageState.WANTED.value, PageState.ACCEPTED.value)
_LIVE = (RiskState.OPEN.value, RiskState.ACCEPTED.value)


@dataclass(frozen=True, slots=True)
class Work:
    """What concerns one viewer; `incidents` are those that any of it belongs to, by id."""

    calls: Sequence[Page] = ()
    tasks: Sequence[Task] = ()
    updates: Sequence[Update] = ()
    overdue: Sequence[RiskEntry] = ()
    incidents: dict[str, Incident] = field(default_factory=dict)


async def people_parts(services: SlackServices, user: str) -> list[Part]:
    """Return the parts for one person; each is left out while there is nothing in it."""
    now, known = services.clock.now(), directory_of(services)
    async with services.store.read() as tx:
        work = await _work(tx, services, user, now.date())
        running = await tx.incidents.open()
    if any(one.category for one in work.incidents.values()):
        work = _shown(work, await sight_of(services, user))
    lang = services.language
    return [
        Part(0, call_blocks(work, lang)),
        Part(1, task_blocks(work, known, lang, now)),
        Part(1, update_blocks(work, services, lang)),
        Part(3, risk_blocks(work, known, lang, now.date())),
        Part(3, _on_call(services, known, lang)),
        Part(3, _figures(running, await _learnt(services), lang)),
    ]


async def _work(tx: Tx, services: SlackServices, user: str, today: date) -> Work:
    person = services.policies.oncall.person_in_slack(user)
    calls = await tx.pages.in_states(_CALLING, 500) if person is not None else []
    mine = [page for page in calls if person is not None and page.person == person.id]
    tasks = [one for one in await tx.tasks.of_subject(user, 50) if one.state is TaskState.OPEN]
    updates = await tx.updates.in_states([UpdateState.WAITING.value], 50)
    risks = await tx.risks.in_states(_LIVE, 500)
    overdue = sorted((one for one in risks if one.review_on < today), key=lambda one: one.review_on)
    ids = {one.incident_id for one in (*mine, *updates) if one.incident_id}
    found = [await tx.incidents.get(one) for one in sorted(ids)]
    return Work(mine, tasks, updates, overdue, {one.id: one for one in found if one is not None})


def _shown(work: Work, sight: Sight) -> Work:
    """Leave out the updates about what the viewer may not see; whoever is called may see what for."""
    hidden = {one.id for one in work.incidents.values() if not sight.shows(one)}
    return replace(work, updates=[one for one in work.updates if one.incident_id not in hidden])


def call_blocks(work: Work, lang: str) -> tuple[Block, ...]:
    """Return the calls that the viewer has not answered, newest first, one for each incident."""
    calls = {page.incident_id: page for page in work.calls if page.incident_id in work.incidents}
    if not calls:
        return ()
    shown = [blocks.section(text(lang, "home-pages"))]
    for incident_id, page in list(reversed(calls.items()))[:_MOST]:
        incident = work.incidents[str(incident_id)]
        said = text(
            lang,
            "home-page",
            name=incident.name,
            priority=incident.priority.value,
            title=foreign(facts.headline(incident), 150),
            time=moment(page.at, "{time}"),
        )
        answer = blocks.button(text(lang, "button-acknowledge"), ANSWER, incident.id, style="primary")
        shown.append(blocks.section_with(said, answer))
    return (*shown, blocks.divider())


def task_blocks(work: Work, known: Directory, lang: str, now: datetime) -> tuple[Block, ...]:
    """Return the viewer's tasks, the first due first."""
    if not work.tasks:
        return ()
    ordered = sorted(work.tasks, key=lambda one: (one.due_at is None, one.due_at or one.at, one.number))
    shown = [task_block(one, lang, known.named, now) for one in ordered[:_MOST]]
    return (blocks.section(text(lang, "home-tasks")), *shown, *_left(len(ordered), lang))


def update_blocks(work: Work, services: SlackServices, lang: str) -> tuple[Block, ...]:
    """Return the updates that wait for somebody's word, with the place where they stand in full."""
    if not work.updates:
        return ()
    lines = [text(lang, "home-updates", count=len(work.updates))]
    for update in work.updates[:_MOST]:
        incident = work.incidents.get(update.incident_id or "")
        audience = services.policies.communications.audience(update.audience)
        said = text(
            lang,
            "home-update",
            name=incident.name if incident is not None else "–",
            who=foreign(audience.title.of(lang) if audience is not None else update.audience, 60),
            language=text(lang, f"language-{update.language}"),
            title=foreign(update.title, 150),
        )
        where = f" · {channel(incident.conversation.channel)}" if incident is not None else ""
        lines.append(said + where)
    return (blocks.section("\n".join(lines)),)


def risk_blocks(work: Work, known: Directory, lang: str, today: date) -> tuple[Block, ...]:
    """Return the risks whose review is overdue, the longest overdue first."""
    if not work.overdue:
        return ()
    shown = [risk_block(one, lang, known.named, today) for one in work.overdue[:_MOST]]
    title = blocks.section(text(lang, "home-risks", count=len(work.overdue)))
    return (title, *shown, *_left(len(work.overdue), lang))


def _left(count: int, lang: str) -> tuple[Block, ...]:
    left = count - _MOST
    return (blocks.context(text(lang, "details-more", count=str(left))),) if left > 0 else ()


def _on_call(services: SlackServices, known: Directory, lang: str) -> tuple[Block, ...]:
    """Return who is on call of each schedule; nothing where there are none."""
    oncall, now = services.policies.oncall, services.clock.now()
    roster = services.doors.roster
    lines = []
    for schedule in oncall.schedules[:_MOST]:
        found = who(oncall, [schedule.id], now, roster.known if roster is not None else None)
        names = ", ".join(known.quietly(one.id) for one in found if one.person is not None)
        shown = names or text(lang, "oncall-service")
        lines.append(text(lang, "home-oncall-line", schedule=foreign(schedule.id, 60), who=shown))
    return (blocks.section("\n".join([text(lang, "home-oncall"), *lines])),) if lines else ()


async def _learnt(services: SlackServices) -> Sequence[str]:
    learning = services.doors.learning
    if learning is None:
        return ()
    try:
        return await learning.figures(services.language)
    except OpsError:
        return ()


def _figures(running: Sequence[Incident], learnt: Sequence[str], lang: str) -> tuple[Block, ...]:
    counts = Counter(one.priority.value for one in running)
    lines = []
    if counts:
        shown = " · ".join(f"{name} {counts[name]}" for name in sorted(counts))
        lines.append(f"• {text(lang, 'home-open', counts=shown)}")
    lines += [f"• {foreign(line, 200)}" for line in learnt[:8]]
    return (blocks.section("\n".join([text(lang, "home-figures"), *lines])),) if lines else ()
