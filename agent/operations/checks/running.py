"""Goes through a checklist: each item once within its deadline, saved at once, so that a kill repeats no finished one."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from agent.analysis.redaction import Redactor
from agent.domain.checklist import Checklist, ChecklistItem, ChecklistState, ItemState
from agent.domain.evidence import Evidence
from agent.domain.noun import Json
from agent.errors import OpsError
from agent.operations.checks.beginning import CHECKLIST_REMIND, CheckDesk, show
from agent.operations.checks.engine import Check, CheckKit, Outcome
from agent.policy.checks_schedule import ChecklistPolicy, Item
from agent.ports.jobs import Job
from agent.ports.objectives import Objectives
from agent.ports.reads import Reads
from agent.ports.store import Store, Tx
from agent.telemetry.logs import LogEvent, get_log

_LONGEST_LOOK_BACK = timedelta(days=8)
_LOOK_BACK = timedelta(days=1)
_log = get_log("operations")


@dataclass(frozen=True, slots=True)
class Looking:
    """What the items look with; `objectives` is asked for late, because other parts of the house are built later."""

    store: Store
    reads: Reads
    checks: Mapping[str, Check[Any]]
    environment: str
    redactor: Redactor
    objectives: Callable[[], Objectives | None]


class Runner:
    """Runs checklists; at most one process goes through one, and even two would only look twice."""

    def __init__(self, desk: CheckDesk, looking: Looking) -> None:
        self._desk = desk
        self._looking = looking

    async def run(self, payload: dict[str, Json]) -> None:
        """Go on with a checklist from what its record says, to its last item."""
        checklist = await self._record(str(payload["id"]))
        while checklist is not None and checklist.state is ChecklistState.RUNNING:
            item = next((one for one in checklist.items if one.state is ItemState.WAITING), None)
            if item is None:
                await self._finish(checklist.id)
                return
            outcome, seen = await self.look(checklist, item)
            checklist = await self._keep(checklist.id, item, outcome, seen)

    async def look(self, checklist: Checklist, item: ChecklistItem) -> tuple[Outcome, list[Evidence]]:
        """Look at one item; whatever goes wrong is unknown with its reason, and never fine."""
        policy = self._desk.policy(checklist.name)
        wanted = policy.item(item.id) if policy is not None else None
        check = self._looking.checks.get(item.check)
        if policy is None or wanted is None or check is None or wanted.check != item.check:
            return Outcome(ItemState.UNKNOWN, "check-gone"), []
        kit = await self.kit(checklist, policy)
        outcome = await _looked(check, kit, wanted, policy.item_seconds)
        return self._clean(outcome), kit.seen

    async def kit(self, checklist: Checklist, policy: ChecklistPolicy) -> CheckKit:
        """Return what an item looks with."""
        looking = self._looking
        return CheckKit(
            checklist=checklist.id,
            due_at=checklist.due_at,
            since=await self._since(checklist, policy),
            zone=policy.zone,
            environment=looking.environment,
            store=looking.store,
            reads=looking.reads,
            clock=self._desk.clock,
            policies=self._desk.book.current,
            objectives=looking.objectives(),
        )

    async def _since(self, checklist: Checklist, policy: ChecklistPolicy) -> datetime:
        """Return when this was last looked at: by the record of it, else by the schedule."""
        oldest = checklist.due_at - _LONGEST_LOOK_BACK
        async with self._looking.store.read() as tx:
            known = await tx.checklists.of_subject(checklist.name, 30)
        looked = [
            one.due_at
            for one in known
            if one.state is not ChecklistState.MISSED
            and one.asked_by is None
            and oldest < one.due_at < checklist.due_at
        ]
        return (
            max(looked, default=None)
            or policy.times.last(oldest, checklist.due_at)
            or (checklist.due_at - _LOOK_BACK)
        )

    def _clean(self, outcome: Outcome) -> Outcome:
        """Return an outcome without secrets: what logs and backends say is shown to everybody."""
        redactor = self._looking.redactor
        return replace(
            outcome,
            args=redactor.value(outcome.args),
            why=redactor.text(outcome.why),
            details=tuple(
                one.model_copy(update={"args": redactor.value(one.args)}) for one in outcome.details
            ),
        )

    async def _record(self, checklist_id: str) -> Checklist | None:
        async with self._looking.store.read() as tx:
            return await tx.checklists.get(checklist_id)

    async def _keep(
        self, checklist_id: str, item: ChecklistItem, outcome: Outcome, seen: list[Evidence]
    ) -> Checklist | None:
        """Store what came of an item unless it was begun anew meanwhile, and show it; return the checklist."""
        now = self._desk.clock.now()
        async with self._looking.store.write() as tx:
            checklist = await tx.checklists.get(checklist_id)
            current = checklist.item(item.id) if checklist is not None else None
            if checklist is None or current is None:
                return None
            if current.state is not ItemState.WAITING or current.takes != item.takes:
                return checklist
            for evidence in seen:
                await tx.evidence.add(evidence)
            done = told(current, outcome, seen, now)
            saved = await tx.checklists.save(with_item(checklist, done))
            await show(tx, saved, now)
            counted = self._desk.metrics.checks.labels(checklist=saved.name, result=outcome.state.value)
            tx.after_commit(counted.inc)
            return saved

    async def _finish(self, checklist_id: str) -> None:
        now = self._desk.clock.now()
        async with self._looking.store.write() as tx:
            checklist = await tx.checklists.get(checklist_id)
            if checklist is not None and checklist.state is ChecklistState.RUNNING:
                await settle(self._desk, tx, checklist, now)


async def settle(desk: CheckDesk, tx: Tx, checklist: Checklist, now: datetime) -> Checklist:
    """Save a checklist in the state that its items give it, and show it; people are reminded once of what needs them."""
    state = _state(checklist)
    over = now if state is ChecklistState.DONE else None
    saved = await tx.checklists.save(checklist.model_copy(update={"state": state, "done_at": over}))
    await show(tx, saved, now)
    policy = desk.policy(saved.name)
    calls = state is ChecklistState.OPEN and saved.calling_items
    if calls and saved.reminded_at is None and policy and policy.reminder:
        await desk.jobs.enqueue(tx, _reminding(saved.id, now + timedelta(seconds=policy.reminder.after)))
    return saved


def with_item(checklist: Checklist, item: ChecklistItem) -> Checklist:
    """Return a checklist with one of its items replaced."""
    items = tuple(item if one.id == item.id else one for one in checklist.items)
    return checklist.model_copy(update={"items": items})


def _state(checklist: Checklist) -> ChecklistState:
    if checklist.state is ChecklistState.LEFT:
        return ChecklistState.LEFT
    if any(one.state is ItemState.WAITING for one in checklist.items):
        return ChecklistState.RUNNING
    return ChecklistState.OPEN if checklist.open_items else ChecklistState.DONE


def _reminding(checklist_id: str, at: datetime) -> Job:
    return Job(
        kind=CHECKLIST_REMIND,
        payload={"id": checklist_id},
        dedupe_key=f"{CHECKLIST_REMIND}:{checklist_id}",
        priority=4,
        run_at=at,
    )


def told(item: ChecklistItem, outcome: Outcome, seen: list[Evidence], now: datetime) -> ChecklistItem:
    """Return an item with what came of the look at it."""
    ids = dict.fromkeys((*(one.id for one in seen), *outcome.evidence_ids))
    return item.model_copy(
        update={
            "state": outcome.state,
            "message": outcome.message,
            "args": outcome.args,
            "details": outcome.details,
            "why": outcome.why,
            "evidence_ids": tuple(ids),
            "proposals": outcome.proposals,
            "service": outcome.service,
            "at": now,
        }
    )


async def _looked(check: Check[Any], kit: CheckKit, item: Item, seconds: int) -> Outcome:
    try:
        async with asyncio.timeout(seconds):
            return await check.run(kit, item.parameters)
    except TimeoutError:
        return Outcome(ItemState.UNKNOWN, "check-too-slow", {"seconds": seconds})
    except OpsError as error:
        return Outcome(ItemState.UNKNOWN, "check-unseen", why=error.user_message)
    except Exception as error:  # noqa: BLE001 - the edge of a check: a bug in one must not keep the others from being looked at
        _log.exception(LogEvent.TASK_FAILED, task=f"check {check.name}")
        return Outcome(ItemState.UNKNOWN, "check-failed", why=type(error).__name__)
