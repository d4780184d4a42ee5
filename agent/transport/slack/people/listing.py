"""Lists that are shown in a dialog or to one person: an incident's tasks, and what was done by a button."""

from agent.domain.incident import Incident
from agent.domain.task import TaskState
from agent.locale.messages import text
from agent.transport.slack import blocks, limits
from agent.transport.slack.blocks import Block
from agent.transport.slack.directory import directory_of
from agent.transport.slack.kit import Kit
from agent.transport.slack.limits import Part
from agent.transport.slack.living.draw import slim_view
from agent.transport.slack.living.tasks import render_tasks, task_block
from agent.transport.slack.modals import View, modal

TASKS = "modal.tasks"
SAID = "modal.said"


async def task_blocks(kit: Kit, incident: Incident) -> tuple[Block, ...]:
    """Return an incident's tasks with their buttons, as the thread shows them."""
    async with kit.services.store.read() as tx:
        view = await slim_view(tx, kit.services, incident)
    return render_tasks(view, kit.lang, directory_of(kit.services).named).blocks


async def tasks_view(kit: Kit, incident: Incident) -> View:
    """Return an incident's tasks as a dialog."""
    shown = list(await task_blocks(kit, incident))
    return modal(TASKS, text(kit.lang, "dialog-tasks", name=incident.name), shown, kit.lang)


async def my_tasks(kit: Kit, user: str) -> tuple[Block, ...]:
    """Return one person's open tasks of every incident, the first due first."""
    async with kit.services.store.read() as tx:
        found = [one for one in await tx.tasks.of_subject(user, 50) if one.state is TaskState.OPEN]
    if not found:
        return (blocks.section(text(kit.lang, "tasks-none-mine")),)
    now, named = kit.services.clock.now(), directory_of(kit.services).named
    far = now.replace(year=9000)
    ordered = sorted(found, key=lambda one: (one.due_at or far, one.number))
    parts = [Part(0, (blocks.section(text(kit.lang, "tasks-mine", count=len(found))),))]
    parts += [Part(1 + n, (task_block(one, kit.lang, named, now),)) for n, one in enumerate(ordered[:12])]
    return limits.fit(parts)


def said_view(incident: Incident, said: str, lang: str) -> View:
    """Return the dialog that says what a button did."""
    return modal(SAID, text(lang, "dialog-more", name=incident.name), [blocks.section(said)], lang)
