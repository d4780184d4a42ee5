"""What commands, buttons and dialogs do alike: one transaction each, done once however often Slack delivers the wish."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from agent.domain.handoff import Handoff, InformAudiences, Question
from agent.domain.incident import Incident, Priority
from agent.domain.task import Task
from agent.domain.update import Moment
from agent.errors import BadInput, Misconfigured, NotFound
from agent.lifecycle import changes, changes_by_hand, roles, rooms, tasks
from agent.locale.messages import text
from agent.ports.store import Tx
from agent.transport.slack.identity import first_time_in
from agent.transport.slack.kit import Kit
from agent.transport.slack.rooms.jobs import keeping

T = TypeVar("T")
SNOOZE = timedelta(minutes=30)


async def once(kit: Kit, key: str, work: Callable[[Tx], Awaitable[T]]) -> T | None:
    """Do something and the mark that it was done together, then ring the outbox; None for a repeated delivery."""
    services = kit.services
    async with services.store.write() as tx:
        if not await first_time_in(tx, services, [key]):
            return None
        result = await work(tx)
    services.wake()
    return result


async def command(kit: Kit, incident_id: str, *, to: str, by: str, key: str) -> None:
    """Let somebody lead an incident."""
    now, policies = kit.services.clock.now(), kit.services.policies
    await once(kit, key, lambda tx: roles.hand_command(tx, policies, incident_id, to=to, by=by, at=now))


async def release(kit: Kit, incident_id: str, *, by: str, key: str) -> None:
    """Leave an incident without a leader."""
    now, policies = kit.services.clock.now(), kit.services.policies
    await once(kit, key, lambda tx: roles.release(tx, policies, incident_id, by=by, at=now))


async def reprioritise(
    kit: Kit, incident_id: str, *, priority: Priority, why: str, by: str, key: str
) -> None:
    """Give an incident another priority, with the person's reason."""
    now, policies, words = kit.services.clock.now(), kit.services.policies, kit.safe(why)
    await once(
        kit,
        key,
        lambda tx: changes_by_hand.change_priority(
            tx, policies, incident_id, priority=priority, why=words, by=by, at=now
        ),
    )


async def add_task(
    kit: Kit,
    incident_id: str,
    *,
    words: str,
    owner: str | None,
    remind_in: timedelta | None,
    by: str,
    key: str,
) -> Task | None:
    """Add a task; with a span its owner is reminded after it."""
    now, policies, said = kit.services.clock.now(), kit.services.policies, kit.safe(words)
    at = now + remind_in if remind_in is not None else None

    async def work(tx: Tx) -> Task:
        return await tasks.add(
            tx,
            policies,
            incident_id,
            text=said,
            by=by,
            at=now,
            key=f"slack:{key}",
            owner=owner,
            due_at=at,
            remind_at=at,
        )

    return await once(kit, key, work)


async def finish_task(kit: Kit, task_id: str, *, by: str, key: str) -> None:
    """Record that a task is done."""
    now, policies = kit.services.clock.now(), kit.services.policies
    await once(kit, key, lambda tx: tasks.finish(tx, policies, task_id, by=by, at=now))


async def drop_task(kit: Kit, task_id: str, *, by: str, key: str) -> None:
    """Take a task back."""
    now, policies = kit.services.clock.now(), kit.services.policies
    await once(kit, key, lambda tx: tasks.drop(tx, policies, task_id, by=by, at=now))


async def take_task(kit: Kit, task_id: str, *, owner: str, by: str, key: str) -> None:
    """Give a task to somebody."""
    now, policies = kit.services.clock.now(), kit.services.policies
    await once(kit, key, lambda tx: tasks.assign(tx, policies, task_id, owner=owner, by=by, at=now))


async def snooze_task(kit: Kit, task_id: str, *, by: str, key: str) -> None:
    """Remind of a task again in half an hour."""
    now, policies = kit.services.clock.now(), kit.services.policies
    later = now + SNOOZE
    await once(kit, key, lambda tx: tasks.remind(tx, policies, task_id, remind_at=later, by=by, at=now))


async def mute(kit: Kit, incident_id: str, *, span: timedelta, by: str, key: str) -> None:
    """Keep alerts like an incident's silent for a while."""
    now, policies = kit.services.clock.now(), kit.services.policies
    why = text(kit.lang, "mute-no-reason")
    await once(
        kit,
        key,
        lambda tx: changes.mute(tx, policies, incident_id, until=now + span, reason=why, by=by, at=now),
    )


async def open_room(kit: Kit, incident_id: str, *, by: str, key: str) -> bool:
    """Have a channel opened for an incident; say whether that was not asked for before."""
    services = kit.services
    if services.jobs is None:
        raise Misconfigured(text(kit.lang, "problem-not-here"))
    jobs, now = services.jobs, services.clock.now()

    async def work(tx: Tx) -> bool:
        new = await rooms.want(tx, incident_id, at=now)
        await jobs.enqueue(tx, keeping(incident_id, by=by))
        return new

    return bool(await once(kit, key, work))


async def ask_agent(kit: Kit, incident: Incident, question: Question, *, by: str, key: str) -> Handoff | None:
    """Hand work to a sub-agent."""
    handoffs = kit.services.doors.handoffs
    if handoffs is None:
        raise Misconfigured(text(kit.lang, "problem-not-here"))
    return await once(
        kit,
        key,
        lambda tx: handoffs.ask(tx, question, by=by, incident=incident, owner=by, key=f"slack:{key}"),
    )


async def inform(
    kit: Kit, incident: Incident, *, audiences: tuple[str, ...], words: str, by: str, key: str
) -> Handoff | None:
    """Have audiences told now; none named means all that the priority concerns. Raises BadInput for an unknown one."""
    known = {one.id for one in kit.services.policies.communications.audiences}
    wrong = next((one for one in audiences if one not in known), None)
    if wrong is not None:
        names = ", ".join(sorted(known))
        raise BadInput(text(kit.lang, "problem-audience", name=wrong[:60], names=names), field="audience")
    question = InformAudiences(moment=Moment.BY_HAND, audiences=audiences, words=kit.safe(words))
    return await ask_agent(kit, incident, question, by=by, key=key)


async def task_of(kit: Kit, task_id: str) -> Task:
    """Return a task; raises NotFound."""
    async with kit.services.store.read() as tx:
        task = await tx.tasks.get(task_id)
    if task is None:
        raise NotFound(text(kit.lang, "problem-no-such-task", name="?"))
    return task
