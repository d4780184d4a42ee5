"""The living reply about tasks, and the reminder of one."""

from collections.abc import Sequence
from datetime import datetime

from agent.domain.task import Task, TaskState
from agent.domain.view import IncidentView
from agent.locale.messages import text
from agent.ports.chat import Rendered
from agent.transport.slack import blocks, limits
from agent.transport.slack.blocks import Block
from agent.transport.slack.directory import Named
from agent.transport.slack.limits import Part
from agent.transport.slack.markup import foreign, moment

DONE = "task.done"
LATER = "task.later"
TAKE = "task.take"
ADD = "incident.task"
_MOST = 12
_MOST_ENDED = 5


def render_tasks(view: IncidentView, lang: str, named: Named) -> Rendered:
    """Draw an incident's tasks: the open ones with their buttons, then what is done."""
    waiting = [one for one in view.tasks if one.state is TaskState.OPEN]
    ended = [one for one in view.tasks if one.state is not TaskState.OPEN]
    title = text(lang, "tasks-title", name=view.incident.name, done=len(ended), count=len(view.tasks))
    parts = [Part(0, (blocks.section(title),))]
    parts += [
        Part(2 + place, (task_block(one, lang, named, view.as_of),))
        for place, one in enumerate(waiting[:_MOST])
    ]
    left = len(waiting) - _MOST
    if left > 0:
        parts.append(Part(1, (blocks.context(text(lang, "details-more", count=str(left))),)))
    parts.append(Part(_MOST + 2, _ended(ended, lang, named)))
    add = blocks.button(text(lang, "button-task-add"), ADD, view.incident.id)
    parts.append(Part(0, (blocks.actions(add),)))
    return Rendered(text=title, blocks=limits.fit(parts))


def task_block(task: Task, lang: str, named: Named, now: datetime) -> Block:
    """Return one open task with the button that says it is done, or that somebody takes it."""
    button = (
        blocks.button(text(lang, "button-task-done"), DONE, task.id)
        if task.owner
        else blocks.button(text(lang, "button-task-take"), TAKE, task.id)
    )
    return blocks.section_with(task_line(task, lang, named, now), button)


def task_line(task: Task, lang: str, named: Named, now: datetime) -> str:
    """Return one task as a line: name, words, owner, when it is due."""
    parts = [text(lang, "task-line", name=task.name, text=foreign(task.text, 500))]
    parts.append(text(lang, "task-owner", who=named(task.owner)) if task.owner else text(lang, "task-nobody"))
    if task.due_at is not None:
        late = "task-late" if task.due_at < now else "task-due"
        parts.append(text(lang, late, time=moment(task.due_at)))
    elif task.remind_at is not None:
        parts.append(text(lang, "task-reminds", time=moment(task.remind_at, "{time}")))
    if task.ticket:
        parts.append(foreign(task.ticket, 40))
    return " · ".join(parts)


def _ended(ended: Sequence[Task], lang: str, named: Named) -> tuple[Block, ...]:
    lines = [
        text(
            lang,
            f"task-{one.state.value}",
            name=one.name,
            text=foreign(one.text, 120),
            who=named(one.ended_by or "–"),
        )
        for one in reversed(ended[-_MOST_ENDED:])
    ]
    return (blocks.context("\n".join(lines)),) if lines else ()


def render_reminder(task: Task, name: str, lang: str, named: Named, now: datetime) -> Rendered:
    """Draw the reminder of a task, which mentions its owner; once the task has ended it only says so."""
    if task.state is not TaskState.OPEN:
        said = text(
            lang,
            f"task-{task.state.value}",
            name=task.name,
            text=foreign(task.text, 300),
            who=named(task.ended_by or "–"),
        )
        return Rendered(text=said, blocks=(blocks.context(said),))
    who = named(task.owner or task.by)
    said = text(lang, "task-reminder", who=who, name=name, task=task_line(task, lang, named, now))
    buttons = blocks.actions(
        blocks.button(text(lang, "button-task-done"), DONE, task.id, style="primary"),
        blocks.button(text(lang, "button-task-later"), LATER, task.id),
    )
    return Rendered(text=said, blocks=(blocks.section(said), buttons))
