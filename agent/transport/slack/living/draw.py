"""From an outbox slot to the living reply that it stands for, by the name in its payload."""

from collections.abc import Awaitable, Callable, Mapping

from agent.domain.incident import Incident
from agent.domain.page import PageState, Way
from agent.domain.update import Update, UpdateState
from agent.domain.view import IncidentView
from agent.locale.format import duration
from agent.locale.messages import text
from agent.policy.routing import route_incident
from agent.ports.chat import Rendered
from agent.ports.outbox import Slot
from agent.ports.store import Tx
from agent.transport.outbox_delivery import Drawn
from agent.transport.slack import blocks
from agent.transport.slack.directory import directory_of
from agent.transport.slack.living.handoffs import render_handoffs
from agent.transport.slack.living.pages import render_page
from agent.transport.slack.living.postmortem import render_told
from agent.transport.slack.living.tasks import render_reminder, render_tasks
from agent.transport.slack.living.updates import render_unlike, render_update, render_written
from agent.transport.slack.services import SlackServices

ENDED = frozenset({PageState.ANSWERED, PageState.WITHDRAWN, PageState.FAILED})
Draw = Callable[[SlackServices, Slot, str], Awaitable[Drawn | None]]


async def draw_living(services: SlackServices, slot: Slot) -> Drawn | None:
    """Return the reply as it should look now; None when what it stands for is gone, or it is none of these."""
    name = living_name(slot)
    return await LIVING[name](services, slot, str(slot.payload[name])) if name else None


def living_name(slot: Slot) -> str | None:
    """Return which living reply a slot stands for."""
    return next((name for name in LIVING if name in slot.payload), None)


async def slim_view(tx: Tx, services: SlackServices, incident: Incident) -> IncidentView:
    """Return an incident with people's work alone: what a reply needs, without evidence and timeline."""
    return IncidentView(
        incident=incident,
        route=route_incident(services.policies, incident),
        alerts=(),
        actions=tuple(await tx.actions.of_incident(incident.id)),
        tasks=tuple(await tx.tasks.of_incident(incident.id)),
        pages=tuple(await tx.pages.of_incident(incident.id)),
        updates=tuple(await tx.updates.of_incident(incident.id)),
        handoffs=tuple(await tx.handoffs.of_incident(incident.id)),
        as_of=services.clock.now(),
    )


async def _slim(services: SlackServices, incident_id: str) -> IncidentView | None:
    async with services.store.read() as tx:
        incident = await tx.incidents.get(incident_id)
        return None if incident is None else await slim_view(tx, services, incident)


async def refresh_calls(services: SlackServices, view: IncidentView) -> None:
    """Have calls in the thread shown as ended, once each: whoever reads one later must not think they are called."""
    over = not view.incident.status.open
    ended = [p for p in view.pages if p.way is Way.SLACK and (over or p.state in ENDED)]
    if not ended:
        return
    async with services.store.read() as tx:
        slots = [await tx.outbox.get(f"page:{page.id}") for page in ended]
    shown = [slot for slot in slots if slot and slot.ts is not None and not slot.payload.get("over")]
    if not shown:
        return
    async with services.store.write() as tx:
        for slot in shown:
            await tx.outbox.request(
                slot.key,
                slot.kind,
                channel=slot.channel,
                priority=slot.priority,
                incident_id=slot.incident_id,
                thread_of=slot.thread_of,
                payload={**slot.payload, "over": True},
                at=services.clock.now(),
            )
    services.wake()


async def _handoffs(services: SlackServices, slot: Slot, incident_id: str) -> Drawn | None:
    view = await _slim(services, incident_id)
    if view is None or not view.handoffs:
        return None
    message = render_handoffs(view, services.language, directory_of(services).named)
    return Drawn(message, colour=" ".join(f"{one.number}{one.state.value}" for one in view.handoffs))


async def _tasks(services: SlackServices, slot: Slot, incident_id: str) -> Drawn | None:
    view = await _slim(services, incident_id)
    if view is None or not view.tasks:
        return None
    message = render_tasks(view, services.language, directory_of(services).named)
    return Drawn(message, colour=" ".join(f"{one.number}{one.state.value}{one.owner}" for one in view.tasks))


async def _update(services: SlackServices, slot: Slot, update_id: str) -> Drawn | None:
    found = await _told(services, update_id)
    if found is None:
        return None
    update, incident, who = found
    message = render_update(update, incident.name, who, services.language, directory_of(services).named)
    readings = "".join(one.reading.value for one in update.delivered)
    return Drawn(message, colour=f"{update.state.value}{readings}")


async def _unlike(services: SlackServices, slot: Slot, update_id: str) -> Drawn | None:
    found = await _told(services, update_id)
    if found is None:
        return None
    update, incident, who = found
    place, named = str(slot.payload.get("place")), directory_of(services).named
    message = render_unlike(update, place, incident, who, services.language, named)
    return Drawn(message) if message is not None else None


async def _told(services: SlackServices, update_id: str) -> tuple[Update, Incident, str] | None:
    """Return an update with its incident and what its audience is called."""
    async with services.store.read() as tx:
        update = await tx.updates.get(update_id)
        incident = await tx.incidents.get(update.incident_id or "") if update else None
    if update is None or incident is None:
        return None
    known = services.policies.communications.audience(update.audience)
    return update, incident, known.title.of(services.language) if known is not None else update.audience


async def _written(services: SlackServices, slot: Slot, incident_id: str) -> Drawn | None:
    async with services.store.read() as tx:
        updates = await tx.updates.of_incident(incident_id)
        incident = await tx.incidents.get(incident_id)
    newest = {(one.audience, one.language): one for one in updates if one.state is UpdateState.WRITTEN}
    if incident is None or not newest:
        return None
    lang, book = services.language, services.policies.communications
    audiences = {name: book.audience(name) for name, _ in newest}
    titles = {name: one.title.of(lang) if one is not None else name for name, one in audiences.items()}
    told = [(one, titles[one.audience]) for one in newest.values()]
    return Drawn(render_written(told, incident.name, lang), colour=" ".join(one.id for one, _ in told))


async def _page(services: SlackServices, slot: Slot, page_id: str) -> Drawn | None:
    async with services.store.read() as tx:
        page = await tx.pages.get(page_id)
        incident = await tx.incidents.get(page.incident_id or "") if page else None
    if page is None or incident is None:
        return None
    if slot.ts is None and (page.state in (PageState.ANSWERED, PageState.WITHDRAWN)):
        # Nobody is called for what somebody has answered meanwhile.
        return None
    known = directory_of(services)
    message = render_page(incident, page, services.language, known.named, quietly=known.quietly)
    return Drawn(message, colour=f"{page.state.value}{incident.status.open}")


async def _task_due(services: SlackServices, slot: Slot, task_id: str) -> Drawn | None:
    async with services.store.read() as tx:
        task = await tx.tasks.get(task_id)
        incident = await tx.incidents.get(task.incident_id or "") if task else None
    if task is None or (slot.ts is None and task.ended_at is not None):
        return None
    name, now = incident.name if incident else task.name, services.clock.now()
    named = directory_of(services).named
    return Drawn(render_reminder(task, name, services.language, named, now), colour=task.state.value)


async def _target(services: SlackServices, slot: Slot, which: str) -> Drawn | None:
    """Draw the warning that a target is near or missed; `which` is `near` or `missed`."""
    async with services.store.read() as tx:
        incident = await tx.incidents.get(slot.incident_id or "")
    if incident is None or not incident.status.open or which not in ("near", "missed"):
        return None
    within = route_incident(services.policies, incident).resolve_within_seconds
    if within is None:
        return None
    said = text(
        services.language,
        f"target-{which}",
        name=incident.name,
        priority=incident.priority.value,
        within=duration(services.language, within),
    )
    return Drawn(Rendered(text=said, blocks=(blocks.section(said),)))


async def _postmortem(services: SlackServices, slot: Slot, incident_id: str) -> Drawn | None:
    learning = services.doors.learning
    async with services.store.read() as tx:
        incident = await tx.incidents.get(incident_id)
    if learning is None or incident is None:
        return None
    told = await learning.told(incident_id, services.language)
    return Drawn(render_told(incident, told, services.language), colour=str(told.follow_ups))


LIVING: Mapping[str, Draw] = {
    "handoffs": _handoffs,
    "tasks": _tasks,
    "update": _update,
    "unlike": _unlike,
    "written": _written,
    "page": _page,
    "task_due": _task_due,
    "target": _target,
    "postmortem": _postmortem,
}
