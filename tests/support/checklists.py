"""Checklists in tests: a store, scripted checks, a book of two lists, and the desk that people use."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from agent.analysis.redaction import Redactor
from agent.domain.checklist import Checklist, ItemState
from agent.operations.checks.beginning import CheckDesk, begin
from agent.operations.checks.deeds import Reminders
from agent.operations.checks.engine import CheckKit, Outcome
from agent.operations.checks.running import Looking, Runner
from agent.policy.checks_schedule import ChecklistPolicy
from agent.policy.documents import parse_document
from agent.policy.load import Policies
from agent.ports.jobs import Job
from agent.store.engine import SqlStore
from agent.telemetry.metrics import build_metrics
from tests.support.alerts import shipped_policies
from tests.support.reads import ScriptedReads
from tests.support.store import StillClock, store_at

NINE = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
"""Nine o'clock in Seoul."""

MORNING = """
name: morning
title: {en: Morning check, ko: 오전 점검}
schedule: "0 9 * * *"
zone: Asia/Seoul
channel: "#checks"
catch_up: 6h
item_seconds: 1s
reminder: {after: 2h, mention: [sre-oncall]}
items:
  - {id: services, title: {en: Services, ko: 서비스}, check: services_healthy}
  - {id: alerts, title: {en: Alerts, ko: 알림}, check: alerts_handled}
  - {id: door, title: {en: The door, ko: 문}, person: {en: Lock the door., ko: 문을 잠가 주세요.}}
"""


def policy(text: str = MORNING) -> ChecklistPolicy:
    """Return a checklist as a policy file says it."""
    return parse_document(text, ChecklistPolicy, name="morning.yaml")


@dataclass
class Book:
    """The rules in force."""

    current: Policies
    problem: str | None = None


def book(*lists: ChecklistPolicy) -> Any:
    """Return a book with these checklists."""
    return Book(replace(shipped_policies(), checks=lists or (policy(),)))


@dataclass
class Queue:
    """Keeps the jobs that were wanted, once their transaction is committed."""

    wanted: list[Job] = field(default_factory=list)

    async def enqueue(self, tx: Any, job: Job) -> None:
        tx.after_commit(lambda: self.wanted.append(job))

    def of(self, kind: str) -> list[Job]:
        """Return the jobs of a kind."""
        return [job for job in self.wanted if job.kind == kind]


@dataclass
class ScriptedCheck:
    """Says what it was told to, slowly or never; counts its looks."""

    name: str
    outcome: Outcome | BaseException = field(default_factory=lambda: Outcome(ItemState.OK, "check-no-data"))
    seconds: float = 0.0
    reads: tuple[str, ...] = ()
    looks: list[CheckKit] = field(default_factory=list)
    held: asyncio.Event | None = None

    async def run(self, kit: CheckKit, params: Any) -> Outcome:
        self.looks.append(kit)
        for tool in self.reads:
            await kit.look(tool)
        await asyncio.sleep(self.seconds)
        if self.held is not None:
            await self.held.wait()
        if isinstance(self.outcome, BaseException):
            raise self.outcome
        return self.outcome


@dataclass
class House:
    """Everything about checklists on one store."""

    store: SqlStore
    clock: StillClock
    desk: CheckDesk
    queue: Queue
    checks: dict[str, ScriptedCheck]
    reads: ScriptedReads
    runner: Runner
    reminders: Reminders
    registry: CollectorRegistry

    async def begun(self, at: datetime = NINE, **named: Any) -> Checklist:
        """Begin the morning's checklist."""
        async with self.store.write() as tx:
            found = await begin(self.desk, tx, self.desk.book.current.checks[0], at, **named)
        assert found is not None
        return found

    async def run(self, checklist: Checklist) -> Checklist:
        """Go through a checklist and return it as it stands then."""
        await self.runner.run({"id": checklist.id})
        return await self.now(checklist.id)

    async def now(self, checklist_id: str) -> Checklist:
        """Return a checklist as it stands."""
        async with self.store.read() as tx:
            found = await tx.checklists.get(checklist_id)
        assert found is not None
        return found


@asynccontextmanager
async def house(folder: Path, *lists: ChecklistPolicy) -> AsyncIterator[House]:
    """Open a store with everything about checklists on it."""
    clock, queue, registry = StillClock(NINE), Queue(), CollectorRegistry()
    jobs: Any = queue
    desk = CheckDesk(jobs=jobs, book=book(*lists), clock=clock, metrics=build_metrics(registry))
    checks = {name: ScriptedCheck(name) for name in ("services_healthy", "alerts_handled")}
    reads = ScriptedReads(NINE)
    async with store_at(folder) as store:
        looking = Looking(store, reads, checks, "production", Redactor(["hunter2"]), lambda: None)
        yield House(
            store, clock, desk, queue, checks, reads,
            Runner(desk, looking), Reminders(store, desk), registry,
        )  # fmt: skip
