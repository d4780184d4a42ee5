"""How a checklist begins: its record, its job and its message in one transaction, or the note that it was missed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from agent.domain.checklist import (
    Checklist,
    ChecklistItem,
    ChecklistState,
    ItemState,
    checklist_id,
)
from agent.domain.incident import Priority
from agent.operations.cron import CronEntry
from agent.policy.book import PolicyBook
from agent.policy.checks_schedule import ChecklistPolicy, Item
from agent.policy.load import Policies
from agent.policy.routing import route
from agent.ports.clock import Clock
from agent.ports.jobs import Job, Jobs
from agent.ports.outbox import SlotKind
from agent.ports.store import Tx
from agent.telemetry.metrics import Metrics

CHECKLIST_RUN = "checklist.run"
CHECKLIST_REMIND = "checklist.remind"
KNOWN = 30
_NEVER_GIVE_UP = 10_000


@dataclass(frozen=True, slots=True)
class CheckDesk:
    """What everything about checklists works with."""

    jobs: Jobs
    book: PolicyBook
    clock: Clock
    metrics: Metrics

    def policy(self, name: str) -> ChecklistPolicy | None:
        """Return a checklist of the rules in force."""
        return next((one for one in self.book.current.checks if one.name == name), None)


def entries(desk: CheckDesk) -> list[CronEntry]:
    """Return when each checklist begins, by the rules in force."""
    return [_entry(desk, policy) for policy in desk.book.current.checks]


def _entry(desk: CheckDesk, policy: ChecklistPolicy) -> CronEntry:
    async def start(tx: Tx, occurrence: datetime) -> None:
        await begin(desk, tx, policy, occurrence)

    async def missed(tx: Tx, occurrences: Sequence[datetime]) -> None:
        await note_missed(desk, tx, policy, occurrences)

    return CronEntry(
        name=f"check:{policy.name}",
        schedule=policy.schedule,
        zone=policy.zone,
        catch_up=timedelta(seconds=policy.catch_up),
        start=start,
        missed=missed,
    )


async def begin(
    desk: CheckDesk, tx: Tx, policy: ChecklistPolicy, due_at: datetime, *, asked_by: str | None = None
) -> Checklist | None:
    """Store one occurrence with its job and message; None when it is there already."""
    now = desk.clock.now()
    known = await tx.checklists.of_subject(policy.name, KNOWN)
    before = next((one for one in known if one.state is not ChecklistState.MISSED), None)
    fresh = _new(desk.book.current, policy, due_at, now, asked_by).model_copy(
        update={
            "missed": _missed_since(known, before, due_at),
            "left_over": before.open_items if before is not None else (),
        }
    )
    if not await _added(tx, fresh):
        return None
    if before is not None and before.state in (ChecklistState.OPEN, ChecklistState.RUNNING):
        await show(
            tx, await tx.checklists.save(before.model_copy(update={"state": ChecklistState.LEFT})), now
        )
    await desk.jobs.enqueue(tx, running(fresh.id))
    await show(tx, fresh, now)
    if asked_by is None:
        late = desk.metrics.check_late.labels(checklist=policy.name)
        tx.after_commit(lambda: late.observe(max(0.0, (now - due_at).total_seconds())))
    return await tx.checklists.get(fresh.id)


def preview(desk: CheckDesk, policy: ChecklistPolicy, due_at: datetime) -> Checklist:
    """Return an occurrence as it would begin, which is stored nowhere."""
    return _new(desk.book.current, policy, due_at, desk.clock.now(), "terminal")


async def note_missed(
    desk: CheckDesk, tx: Tx, policy: ChecklistPolicy, occurrences: Sequence[datetime]
) -> None:
    """Keep that nobody was there for these occurrences, so that the next one can tell."""
    now = desk.clock.now()
    for due_at in occurrences:
        one = _new(desk.book.current, policy, due_at, now, None)
        await tx.checklists.add_once(one.model_copy(update={"state": ChecklistState.MISSED, "items": ()}))


async def show(tx: Tx, checklist: Checklist, at: datetime) -> None:
    """Want the one message of a checklist shown as it stands."""
    await tx.outbox.request(
        slot_of(checklist.id),
        SlotKind.REPLY,
        channel=checklist.channel,
        priority=Priority.P3.rank,
        payload={"checklist": checklist.id},
        at=at,
    )


def slot_of(checklist: str) -> str:
    """Return the key of a checklist's message."""
    return f"checklist:{checklist}"


def running(checklist: str) -> Job:
    """Return the job that goes through a checklist."""
    return Job(
        kind=CHECKLIST_RUN,
        payload={"id": checklist},
        group_key=f"checklist:{checklist}",
        dedupe_key=f"checklist:{checklist}",
        priority=4,
        max_attempts=_NEVER_GIVE_UP,
    )


def channel_for(policies: Policies, policy: ChecklistPolicy) -> str:
    """Return where a checklist is shown."""
    return policy.channel or route(policies, Priority.P3, {}).channel


async def _added(tx: Tx, fresh: Checklist) -> bool:
    if await tx.checklists.add_once(fresh):
        return True
    there = await tx.checklists.get(fresh.id)
    if there is None or there.state is not ChecklistState.MISSED:
        return False
    # A clock that was ahead had called it missed; now its time has come.
    await tx.checklists.save(fresh.model_copy(update={"number": there.number, "version": there.version}))
    return True


def _new(
    policies: Policies, policy: ChecklistPolicy, due_at: datetime, now: datetime, asked_by: str | None
) -> Checklist:
    local = due_at.astimezone(ZoneInfo(policy.zone))
    return Checklist(
        id=checklist_id(policy.name, local.isoformat()),
        number=0,
        at=now,
        name=policy.name,
        title=policy.title.model_dump(),
        due_at=due_at,
        channel=channel_for(policies, policy),
        items=tuple(_item(one) for one in policy.items),
        asked_by=asked_by,
    )


def _item(item: Item) -> ChecklistItem:
    return ChecklistItem(
        id=item.id,
        check=item.check or "",
        title=item.title.model_dump(),
        asks=item.person.model_dump() if item.person is not None else {},
        state=ItemState.PERSON if item.check is None else ItemState.WAITING,
    )


def _missed_since(
    known: Sequence[Checklist], before: Checklist | None, due_at: datetime
) -> tuple[datetime, ...]:
    """Return the missed occurrences since the last one that began, oldest first."""
    since = before.due_at if before is not None else None
    gone = (one.due_at for one in known if one.state is ChecklistState.MISSED)
    return tuple(sorted(at for at in gone if at < due_at and (since is None or at > since)))
