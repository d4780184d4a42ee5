"""From an outbox slot to a checklist's message, or the call for what is open on it."""

from agent.domain.checklist import Checklist, ChecklistState
from agent.ports.outbox import Slot
from agent.ports.store import Tx
from agent.transport.outbox_delivery import Drawn
from agent.transport.slack.directory import directory_of
from agent.transport.slack.services import SlackServices
from agent.transport.slack.standing.checklist_card import render_checklist, render_reminder
from agent.transport.slack.standing.lone_action import mention


async def draw_checklist(services: SlackServices, slot: Slot, checklist_id: str) -> Drawn | None:
    """Draw a checklist as it stands; None when it is gone."""
    async with services.store.read() as tx:
        checklist = await tx.checklists.get(checklist_id)
        ties = await ties_of(tx, checklist) if checklist is not None else {}
    if checklist is None:
        return None
    message = render_checklist(checklist, services.language, directory_of(services).named, ties)
    # What people do shows at once, the bot's own progress as fast as edits may follow one another.
    deeds = "".join(str(one.by) for one in checklist.items)
    return Drawn(message, colour=f"{checklist.state.value}{deeds}")


async def draw_reminder(services: SlackServices, slot: Slot, checklist_id: str) -> Drawn | None:
    """Draw the call for what is open; once nothing needs anybody, it is not posted any more."""
    async with services.store.read() as tx:
        checklist = await tx.checklists.get(checklist_id)
    if checklist is None or (slot.ts is None and not _calls(checklist)):
        return None
    desk = services.doors.checks
    policy = desk.policy(checklist.name) if desk is not None else None
    groups = policy.reminder.mention if policy is not None and policy.reminder is not None else ()
    mentions = [await mention(services, group) for group in groups[:5]]
    return Drawn(render_reminder(checklist, services.language, mentions))


def _calls(checklist: Checklist) -> bool:
    return checklist.state is ChecklistState.OPEN and bool(checklist.calling_items)


async def ties_of(tx: Tx, checklist: Checklist) -> dict[str, tuple[str, ...]]:
    """Return the names of what was tied to each item."""
    found: dict[str, tuple[str, ...]] = {}
    for item in checklist.items:
        incident = await tx.incidents.get(item.incident_id) if item.incident_id else None
        task = await tx.tasks.get(item.task_id) if item.task_id else None
        actions = [await tx.actions.get(one) for one in item.action_ids[:5]]
        names = [one.name for one in (incident, task) if one is not None]
        found[item.id] = (*names, *(one.handle for one in actions if one is not None))
    return found
