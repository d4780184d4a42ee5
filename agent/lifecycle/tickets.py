"""A task's issue in the tracker: opened when a task is filed there, and ended when the task is."""

from collections.abc import Mapping
from datetime import datetime

from agent.domain.notification import Channel, Content, Notification, Ticket, TicketChange
from agent.domain.noun import Json
from agent.domain.task import Task
from agent.ports.store import Tx

# Every Jira has statuses that end an issue, whatever they are called there.
_ENDED = "done"
_LEAST_URGENT = 4


async def file_ticket(
    tx: Tx,
    task: Task,
    *,
    description: str,
    at: datetime,
    fields: Mapping[str, Json] | None = None,
    links: tuple[str, ...] = (),
) -> bool:
    """Wish for an issue of a task, once; say whether the wish is new. Its key comes back through `ticket_settled`."""
    wish = Ticket(
        thread=_thread(task),
        summary=task.text,
        description=description,
        fields=dict(fields or {}),
        links=links,
    )
    return await tx.notifications.add(_message(task, _filed(task), wish, at, about=_thread(task)))


async def end_ticket(tx: Tx, task: Task, *, at: datetime, comment: str = "") -> bool:
    """Wish for the end of a task's issue, once; a task that was never filed has none. Say whether the wish is new."""
    if not task.ticket and await tx.notifications.get(_filed(task)) is None:
        return False
    wish = TicketChange(thread=_thread(task), comment=comment, transition=_ENDED)
    return await tx.notifications.add(_message(task, f"{_filed(task)}:ended", wish, at))


def _message(task: Task, key: str, content: Content, at: datetime, about: str = "") -> Notification:
    return Notification(
        key=key,
        channel=Channel.JIRA,
        address="",
        content=content,
        incident_id=task.incident_id,
        about=about,
        priority=_LEAST_URGENT,
        at=at,
    )


def _thread(task: Task) -> str:
    return f"task:{task.id}"


def _filed(task: Task) -> str:
    return f"ticket:{task.id}"
