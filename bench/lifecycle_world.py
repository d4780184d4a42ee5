"""The product as the lives benchmark runs it: its clock of life on a real database, with people and a time of its own."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from agent.handoffs.asking import Asking
from agent.jobs.leases import LeaseJobs
from agent.lifecycle.clock import LifeClock
from agent.lifecycle.clock_others import Others
from agent.lifecycle.clock_step import LifeStep
from agent.lifecycle.oncall import Roster
from agent.lifecycle.paging_deeds import Deeds
from agent.lifecycle.paging_pages import Means
from agent.policy.documents import parse_document
from agent.policy.load import Policies, load_policies
from agent.policy.oncall import OnCallPolicy
from agent.store.engine import SqlStore, open_store

POLICIES = Path(__file__).resolve().parent.parent / "policies"
PEOPLE = """
zone: UTC
people:
  - {id: ada, name: Ada, slack: U0ADA, email: ada@example.org, phone: "+15550100001", pagerduty: PADA}
  - {id: bob, name: Bob, slack: U0BOB, email: bob@example.org, phone: "+15550100002"}
  - {id: cleo, name: Cleo, slack: U0CLEO, email: cleo@example.org, phone: "+15550100003", pagerduty: PCLEO}
  - {id: dan, name: Dan, slack: U0DAN, email: dan@example.org, phone: "+15550100004"}
roles: {CTO: [cleo], VP Engineering: [dan], Engineering Manager: [dan], Team Lead: [bob]}
schedules: [{id: primary, rotation: [ada], starts: 2026-01-05 09:00, every: 1w}]
quiet_hours: {from: "22:00", to: "08:00"}
"""
# Four incidents need a handful; more means that a deed is done over and over.
_MOST_TURNS = 40


class Crash(BaseException):
    """The process ends here; nothing may catch it."""


@dataclass
class MovingClock:
    """A clock that is moved from outside, forwards and back."""

    time: datetime

    def now(self) -> datetime:
        """Return the current time."""
        return self.time

    def move(self, seconds: float) -> None:
        """Let it jump."""
        self.time += timedelta(seconds=seconds)


@dataclass
class Book:
    """The policies in force."""

    current: Policies


def policies() -> Policies:
    """Return the shipped policies with people."""
    oncall = parse_document(PEOPLE, OnCallPolicy, name="oncall.yaml")
    return replace(load_policies(POLICIES), oncall=oncall)


def life_clock(store: SqlStore, clock: MovingClock, rules: Policies) -> LifeClock:
    """Build a process's clock of life: everything that a crash would lose."""
    book, means = Book(rules), Means()
    roster = Roster(book, clock)
    asking = Asking(LeaseJobs(store, clock), clock, book)
    step = LifeStep(store, clock, book, roster, Deeds(roster, means), Others(roster, means, asking))
    return LifeClock(store, clock, step)


class Restless(Exception):
    """The clock goes on finding something to do at one and the same moment."""


async def turn_all(life: LifeClock) -> None:
    """Look until nothing is due; raises Restless when that never comes."""
    for _ in range(_MOST_TURNS):
        if not await life.turn():
            return
    raise Restless


def child(url: str, now: str) -> None:
    """Be a process that looks until nothing is due, unless it is killed before."""

    async def work() -> None:
        store = await open_store(url)
        try:
            await turn_all(life_clock(store, MovingClock(datetime.fromisoformat(now)), policies()))
        finally:
            await store.close()

    asyncio.run(work())
