"""One receiver of the hand-off benchmark: the product's own store, queue and desk, and a sub-agent that takes its time."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from uuid import uuid4

from agent.domain.handoff import Handoff, RisksReviewed, SubAgent
from agent.domain.incident import Incident
from agent.domain.task import Task
from agent.domain.view import IncidentView
from agent.errors import Unavailable
from agent.handoffs.desk import HandoffDesk
from agent.jobs.leases import LeaseJobs
from agent.policy.load import Policies
from agent.ports.clock import SystemClock
from agent.ports.handoffs import Reply
from agent.ports.store import Store, Tx
from agent.store.engine import open_store
from agent.telemetry.logs import configure_logs

# Short leases, so that a run ends in seconds; the protocol does not depend on their length.
LEASE_SECONDS = 0.8
# How long the sub-agent thinks, and how long the transaction is held that takes its answer.
THINKS, KEEPS = 0.12, 0.01
NEVER = "never"


@dataclass(frozen=True)
class Config:
    """Where a receiver finds its database; `planted` has it store before it answers, which the port forbids."""

    url: str
    policies: Policies
    planted: bool = False


@dataclass(frozen=True, slots=True)
class Book:
    """The policies in force."""

    current: Policies


class Receiver:
    """A sub-agent that says on the line what it is about, and leaves one task behind for each answer."""

    name = SubAgent.RISK_MANAGER

    def __init__(self, store: Store, say: Callable[[str], None], *, planted: bool) -> None:
        self._store = store
        self._say = say
        self._planted = planted

    async def reply(self, handoff: Handoff, view: IncidentView | None) -> Reply:
        """Answer, sooner or later; whoever is asked in the name of nobody never finds out."""
        self._say(handoff.id)
        await asyncio.sleep(random.uniform(0.2, 1.0) * THINKS)
        if handoff.asked_by == NEVER:
            raise Unavailable("It cannot be found out now.", backend="receiver")

        async def keep(tx: Tx) -> None:
            await _leave_task(tx, handoff)
            await asyncio.sleep(KEEPS)

        if self._planted:
            async with self._store.write() as tx:
                await keep(tx)
            await asyncio.sleep(THINKS)
        return Reply(RisksReviewed(), keep=None if self._planted else keep)


async def _leave_task(tx: Tx, handoff: Handoff) -> None:
    task = Task(
        id=uuid4().hex,
        number=await tx.tasks.next_number(),
        incident_id=handoff.incident_id,
        at=handoff.at,
        text=handoff.id,
        by="receiver",
    )
    await tx.tasks.create(task)


def main(config: Config, line: Connection) -> None:
    """Receive until killed."""
    configure_logs(level="error", form="json")
    asyncio.run(_receive(config, line))


async def _receive(config: Config, line: Connection) -> None:
    store, clock = await open_store(config.url), SystemClock()
    jobs = LeaseJobs(store, clock, concurrency=1, lease_seconds=LEASE_SECONDS, poll_seconds=0.05, alone=False)

    async def no_view(_: str) -> IncidentView | None:
        return None

    async def no_card(tx: Tx, incident: Incident, policies: Policies, now: datetime) -> None:
        return None

    receiver = Receiver(store, line.send, planted=config.planted)
    desk = HandoffDesk(store, jobs, clock, Book(config.policies), [receiver], view=no_view, announce=no_card)
    await jobs.run(desk.handlers())
