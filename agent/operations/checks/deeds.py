"""What people do with a checklist: tick items, look again, and tie to an item what came of it."""

from collections.abc import Callable
from datetime import datetime

from agent.domain.checklist import Checklist, ChecklistItem, ChecklistState, ItemState, TakenBack
from agent.domain.incident import Priority
from agent.domain.noun import Json
from agent.domain.task import Task
from agent.errors import BadInput, NotFound
from agent.operations.checks.beginning import CheckDesk, running, show, slot_of
from agent.operations.checks.running import settle, with_item
from agent.ports.outbox import SlotKind
from agent.ports.store import Store, Tx

LONGEST_NOTE = 500


async def tick(
    desk: CheckDesk, tx: Tx, checklist_id: str, item_id: str, *, by: str, note: str = ""
) -> Checklist:
    """Record that a person has done an item, or cared for what it found; the first one stays."""
    checklist, item = await found(tx, checklist_id, item_id)
    if item.state is ItemState.DONE:
        return checklist
    if item.state is ItemState.WAITING:
        raise BadInput("The bot is still looking at this.", field="item", code="check-waiting")
    now = desk.clock.now()
    change = {
        "state": ItemState.DONE,
        "by": by,
        "at": now,
        "note": " ".join(note.split())[:LONGEST_NOTE],
        "was": item.state,
        "taken_back": None,
    }
    return await settle(desk, tx, with_item(checklist, item.model_copy(update=change)), now)


async def untick(desk: CheckDesk, tx: Tx, checklist_id: str, item_id: str, *, by: str) -> Checklist:
    """Take a tick back: the item is what it was before, and says who took whose tick back; without a tick nothing happens."""
    checklist, item = await found(tx, checklist_id, item_id)
    if item.state is not ItemState.DONE:
        return checklist
    if checklist.state is ChecklistState.LEFT:
        raise BadInput("A newer one has taken over.", field="checklist", code="check-left")
    now = desk.clock.now()
    change = {
        "state": item.was or (ItemState.ATTENTION if item.check else ItemState.PERSON),
        "by": None,
        "at": None,
        "note": "",
        "was": None,
        "taken_back": TakenBack(by=by, at=now, done_by=item.by or ""),
    }
    return await settle(desk, tx, with_item(checklist, item.model_copy(update=change)), now)


async def again(desk: CheckDesk, tx: Tx, checklist_id: str, item_id: str | None, *, by: str) -> Checklist:
    """Have one item that the bot looks at, or all that nobody has ticked off, looked at anew; people's are not touched."""
    checklist = await found_whole(tx, checklist_id)
    wanted = [one for one in checklist.items if one.check and meant(one, item_id)]
    if not wanted:
        raise NotFound("There is nothing here that the bot looks at.", code="check-nothing-again")
    if checklist.state is ChecklistState.LEFT:
        raise BadInput("A newer one has taken over.", field="checklist", code="check-left")
    now = desk.clock.now()
    whole = {"again_at": now, "again_by": by} if item_id is None else {}
    changed = checklist.model_copy(update={"state": ChecklistState.RUNNING, "done_at": None, **whole})
    for item in wanted:
        changed = with_item(changed, _anew(item, by))
    saved = await tx.checklists.save(changed)
    await show(tx, saved, now)
    await desk.jobs.enqueue(tx, running(saved.id))
    return saved


def meant(item: ChecklistItem, item_id: str | None) -> bool:
    """Say whether a look at one item, or at all of them, is a look at this one too."""
    # Whoever asks for everything does not mean to take back what somebody has done.
    return item.state is not ItemState.DONE if item_id is None else item.id == item_id


async def tie(
    desk: CheckDesk, tx: Tx, checklist_id: str, item_id: str, change: Callable[[ChecklistItem], ChecklistItem]
) -> Checklist:
    """Tie an incident, an action or a task to an item, and show it."""
    checklist, item = await found(tx, checklist_id, item_id)
    saved = await tx.checklists.save(with_item(checklist, change(item)))
    await show(tx, saved, desk.clock.now())
    return saved


async def show_action(tx: Tx, checklist: Checklist, action_id: str, at: datetime) -> None:
    """Show an action that belongs to no incident below the checklist that it was proposed from."""
    await tx.outbox.request(
        f"action:{action_id}",
        SlotKind.REPLY,
        channel=checklist.channel,
        priority=Priority.P3.rank,
        thread_of=slot_of(checklist.id),
        payload={"action": action_id},
        at=at,
    )


async def make_task(
    desk: CheckDesk,
    tx: Tx,
    checklist_id: str,
    item_id: str,
    *,
    text: str,
    owner: str | None,
    by: str,
    key: str,
) -> Task | None:
    """Give what an item found to somebody as a task of its own; the same `key` is the same task."""
    await found(tx, checklist_id, item_id)
    words = " ".join(text.split())[:LONGEST_NOTE]
    if not words:
        raise BadInput("A task needs some text.", field="text", code="no-task-text")
    draft = Task(id=key, number=1, at=desk.clock.now(), text=words, kind="follow_up", by=by, owner=owner)
    await tx.tasks.add_once(draft)
    task = await tx.tasks.get(key)
    if task is not None:
        made = task.id
        await tie(desk, tx, checklist_id, item_id, lambda one: one.model_copy(update={"task_id": made}))
    return task


class Reminders:
    """Calls people once when items of a checklist still wait for them."""

    def __init__(self, store: Store, desk: CheckDesk) -> None:
        self._store = store
        self._desk = desk

    async def remind(self, payload: dict[str, Json]) -> None:
        """Put one mention below the message, unless nothing needs anybody any more or it was done before."""
        now = self._desk.clock.now()
        async with self._store.write() as tx:
            checklist = await tx.checklists.get(str(payload["id"]))
            if checklist is None or checklist.reminded_at is not None:
                return
            if checklist.state is ChecklistState.OPEN and checklist.calling_items:
                await _call(tx, checklist, now)


async def _call(tx: Tx, checklist: Checklist, now: datetime) -> None:
    saved = await tx.checklists.save(checklist.model_copy(update={"reminded_at": now}))
    await tx.outbox.request(
        f"checklist-reminder:{saved.id}",
        SlotKind.REPLY,
        channel=saved.channel,
        priority=Priority.P3.rank,
        thread_of=slot_of(saved.id),
        payload={"checklist_reminder": saved.id},
        at=now,
    )


async def found(tx: Tx, checklist_id: str, item_id: str) -> tuple[Checklist, ChecklistItem]:
    """Return an item with its checklist; raises NotFound."""
    checklist = await found_whole(tx, checklist_id)
    item = checklist.item(item_id)
    if item is None:
        raise NotFound("There is no such item.", code="no-check-item")
    return checklist, item


async def found_whole(tx: Tx, checklist_id: str) -> Checklist:
    """Return a checklist; raises NotFound."""
    checklist = await tx.checklists.get(checklist_id)
    if checklist is None:
        raise NotFound("There is no such checklist.", code="no-checklist")
    return checklist


def _anew(item: ChecklistItem, by: str) -> ChecklistItem:
    """Return an item as it was before the bot looked; what was tied to it stays."""
    change: dict[str, object] = {
        "state": ItemState.WAITING,
        "message": "",
        "args": {},
        "details": (),
        "why": "",
        "evidence_ids": (),
        "proposals": (),
        "by": by,
        "at": None,
        "note": "",
        "was": None,
        "taken_back": None,
        "takes": item.takes + 1,
    }
    return item.model_copy(update=change)
