"""What people have to do in an incident and after it: added, given to somebody, done or taken back, and reminded of."""

from datetime import datetime
from typing import Literal

from agent.domain.incident import Incident
from agent.domain.notification import Notification
from agent.domain.noun import Json
from agent.domain.task import Task, TaskState
from agent.domain.timeline import TimelineKind
from agent.errors import BadInput, NotFound
from agent.lifecycle.announce import announce
from agent.lifecycle.tickets import end_ticket
from agent.policy.load import Policies
from agent.policy.routing import route_incident
from agent.ports.outbox import SlotKind
from agent.ports.store import Tx

LONGEST = 500
BOT = "ops-monitor"
_ABOUT = "task:"


async def add(
    tx: Tx,
    policies: Policies,
    incident_id: str,
    *,
    text: str,
    by: str,
    at: datetime,
    key: str,
    owner: str | None = None,
    due_at: datetime | None = None,
    remind_at: datetime | None = None,
    kind: Literal["task", "follow_up"] = "task",
) -> Task:
    """Add a task to an incident and return it as it stands; the same `key` is the same task. Raises BadInput, NotFound."""
    words = " ".join(text.split())[:LONGEST]
    if not words:
        raise BadInput("A task needs some text.", field="text", code="no-task-text")
    incident = await _incident(tx, incident_id)
    draft = Task(
        id=key,
        number=1,
        incident_id=incident_id,
        at=at,
        text=words,
        kind=kind,
        by=by,
        owner=owner,
        due_at=due_at,
        remind_at=remind_at,
    )
    new = await tx.tasks.add_once(draft)
    task = await _task(tx, key)
    if new:
        data: dict[str, Json] = {"task": task.number, "text": words, "owner": owner or "", "kind": kind}
        await _told(tx, policies, incident, TimelineKind.TASK_ADDED, by, at, data)
    return task


async def assign(tx: Tx, policies: Policies, task_id: str, *, owner: str, by: str, at: datetime) -> Task:
    """Give an open task to a person."""
    task = await _task(tx, task_id)
    if task.state is not TaskState.OPEN or task.owner == owner:
        return task
    saved = await tx.tasks.save(task.model_copy(update={"owner": owner}))
    data: dict[str, Json] = {"task": task.number, "text": task.text, "owner": owner}
    return await _changed(tx, policies, saved, TimelineKind.TASK_ASSIGNED, by, at, data)


async def finish(tx: Tx, policies: Policies, task_id: str, *, by: str, at: datetime) -> Task:
    """Record that a task is done."""
    return await _end(tx, policies, task_id, TaskState.DONE, by, at)


async def drop(tx: Tx, policies: Policies, task_id: str, *, by: str, at: datetime) -> Task:
    """Take a task back: nobody has to do it."""
    return await _end(tx, policies, task_id, TaskState.DROPPED, by, at)


async def remind(
    tx: Tx, policies: Policies, task_id: str, *, remind_at: datetime | None, by: str, at: datetime
) -> Task:
    """Choose when the owner of an open task is reminded, or that nobody is."""
    task = await _task(tx, task_id)
    if task.state is not TaskState.OPEN or task.remind_at == remind_at:
        return task
    if remind_at is not None and remind_at <= at:
        raise BadInput("A reminder must lie in the future.", field="remind_at", code="reminder-past")
    saved = await tx.tasks.save(task.model_copy(update={"remind_at": remind_at}))
    if saved.incident_id is not None:
        await announce(tx, await _incident(tx, saved.incident_id), policies, at)
    return saved


async def ticket_settled(tx: Tx, policies: Policies, notification: Notification, now: datetime) -> None:
    """Keep the key of the issue that a task's ticket became in the tracker."""
    task = await tx.tasks.get(notification.about.removeprefix(_ABOUT))
    receipt = notification.receipt
    if task is None or receipt is None or not receipt.reference or task.ticket == receipt.reference:
        return
    saved = await tx.tasks.save(task.model_copy(update={"ticket": receipt.reference}))
    data: dict[str, Json] = {"task": task.number, "ticket": receipt.reference, "link": receipt.link}
    await _changed(tx, policies, saved, TimelineKind.TASK_FILED, BOT, now, data)


async def _end(tx: Tx, policies: Policies, task_id: str, state: TaskState, by: str, at: datetime) -> Task:
    task = await _task(tx, task_id)
    if task.state is not TaskState.OPEN:
        return task
    change = {"state": state, "ended_at": at, "ended_by": by, "remind_at": None}
    saved = await tx.tasks.save(task.model_copy(update=change))
    await end_ticket(tx, saved, at=at)
    kind = TimelineKind.TASK_DONE if state is TaskState.DONE else TimelineKind.TASK_DROPPED
    return await _changed(tx, policies, saved, kind, by, at, {"task": task.number, "text": task.text})


async def _changed(
    tx: Tx, policies: Policies, task: Task, kind: TimelineKind, by: str, at: datetime, data: dict[str, Json]
) -> Task:
    if task.incident_id is not None:
        await _told(tx, policies, await _incident(tx, task.incident_id), kind, by, at, data)
    return task


async def _told(
    tx: Tx,
    policies: Policies,
    incident: Incident,
    kind: TimelineKind,
    by: str,
    at: datetime,
    data: dict[str, Json],
) -> None:
    """Keep the change on the timeline, and have the card and the thread's list of tasks shown anew."""
    await tx.timeline.append(incident.id, kind, by, at, data)
    await announce(tx, incident, policies, at)
    await tx.outbox.request(
        f"tasks:{incident.id}",
        SlotKind.REPLY,
        channel=route_incident(policies, incident).channel,
        priority=incident.priority.rank,
        incident_id=incident.id,
        thread_of=f"card:{incident.id}",
        payload={"tasks": incident.id},
        at=at,
    )


async def _task(tx: Tx, task_id: str) -> Task:
    task = await tx.tasks.get(task_id)
    if task is None:
        raise NotFound("There is no such task.", code="no-task")
    return task


async def _incident(tx: Tx, incident_id: str) -> Incident:
    incident = await tx.incidents.get(incident_id)
    if incident is None:
        raise NotFound("There is no such incident.", code="no-incident")
    return incident
