"""A life clock on a real store, with people, a clock that stands still, and a pager that takes or refuses calls."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from agent.domain.alert import Reason
from agent.domain.incident import Incident, Priority
from agent.domain.notification import Notification, NotificationState, PagerEvent, Receipt
from agent.domain.page import Page, PageState, Way
from agent.lifecycle import changes
from agent.lifecycle.aftermath import Aftermath
from agent.lifecycle.clock import LifeClock
from agent.lifecycle.clock_others import Others
from agent.lifecycle.clock_step import LifeStep
from agent.lifecycle.oncall import Roster
from agent.lifecycle.paging import page_settled
from agent.lifecycle.paging_deeds import Deeds
from agent.lifecycle.paging_pages import Means
from agent.policy.documents import parse_document
from agent.policy.escalation import EscalationPolicy
from agent.policy.load import Policies
from agent.policy.oncall import OnCallPolicy
from agent.ports.handoffs import Handoffs
from agent.ports.notifier import Schedules
from agent.store.engine import SqlStore
from tests.support.alerts import shipped_policies
from tests.support.store import NOON, StillClock, store_at

PEOPLE = """
zone: UTC
people:
  - {id: ada, name: Ada, slack: U0ADA, email: ada@example.org, phone: "+15550100001", pagerduty: PADA}
  - {id: bob, name: Bob, slack: U0BOB, email: bob@example.org, zone: Asia/Seoul, language: ko}
  - {id: cleo, name: Cleo, slack: U0CLEO, email: cleo@example.org, pagerduty: PCLEO}
  - {id: dan, name: Dan, slack: U0DAN, phone: "+15550100004"}
roles: {CTO: [cleo], VP Engineering: [dan], Engineering Manager: [dan], Team Lead: [bob]}
schedules:
  - {id: primary, rotation: [ada], starts: 2026-01-05 09:00, every: 1w}
quiet_hours: {from: "22:00", to: "08:00"}
"""


def peopled(people: str = PEOPLE, escalation: str | None = None) -> Policies:
    """Return the shipped policies with these people, and other rules of escalation if given."""
    policies = replace(shipped_policies(), oncall=parse_document(people, OnCallPolicy, name="oncall.yaml"))
    if escalation is None:
        return policies
    return replace(policies, escalation=parse_document(escalation, EscalationPolicy, name="escalation.yaml"))


@dataclass(slots=True)
class Book:
    """Policies that a test may change."""

    current: Policies


@dataclass(slots=True)
class Lives:
    """A life clock with everything around it; nothing happens until `turn`."""

    store: SqlStore
    clock: StillClock
    book: Book
    roster: Roster
    life: LifeClock
    handed: list[object] = field(default_factory=list)

    async def declare(
        self, priority: Priority = Priority.P0, *, service: str = "payment", by: str = "U0EVE"
    ) -> str:
        """Open an incident and return its id."""
        async with self.store.write() as tx:
            incident = await changes.declare(
                tx,
                self.book.current,
                title="payment is down",
                service=service,
                priority=priority,
                by=by,
                at=self.clock.now(),
                environment="production",
            )
        return incident.id

    async def turn(self, seconds: float = 0.0) -> None:
        """Let time pass at once, and the clock look until nothing is due."""
        self.clock.advance(seconds)
        while await self.life.turn():
            pass

    async def settle(self, *, accept: bool = True) -> list[Notification]:
        """Let whatever carries messages take all that wait, or give them up; return those."""
        now = self.clock.now()
        async with self.store.write() as tx:
            due = await tx.notifications.due(now, 100)
            for one in due:
                state = NotificationState.SENT if accept else NotificationState.DEAD
                change = {"state": state, "sent_at": now if accept else None, "last_error": "refused"}
                ended = one.model_copy(update=change | {"receipt": Receipt(reference="r")})
                await tx.notifications.put(ended)
                if one.about.startswith("page:"):
                    await page_settled(tx, self.book.current, ended, now)
        return due

    async def post(self) -> list[str]:
        """Let Slack post every reply that waits; return their keys."""
        posted: list[str] = []
        async with self.store.write() as tx:
            # A reply is due only when its card is there.
            while slots := await tx.outbox.due(self.clock.now(), 100):
                for slot in slots:
                    await tx.outbox.sent(slot.key, slot.wanted, channel="C0", ts=f"{len(posted)}.1")
                    posted.append(slot.key)
        return posted

    async def pages(self, incident_id: str) -> list[Page]:
        """Return an incident's calls."""
        async with self.store.read() as tx:
            return await tx.pages.of_incident(incident_id)

    async def called(self, incident_id: str) -> list[tuple[str, str, str]]:
        """Return who was called, by which way, and why."""
        return [(page.person, page.way.value, page.reason) for page in await self.pages(incident_id)]

    async def states(self, incident_id: str) -> dict[tuple[str, str], PageState]:
        """Return how the calls stand, by person and way."""
        return {(page.person, page.way.value): page.state for page in await self.pages(incident_id)}

    async def kinds(self, incident_id: str) -> list[str]:
        """Return the kinds of the timeline's events."""
        async with self.store.read() as tx:
            return [event.kind.value for event in await tx.timeline.of(incident_id)]

    async def sent(self, incident_id: str | None = None) -> list[Notification]:
        """Return every message to the outside."""
        async with self.store.read() as tx:
            if incident_id is not None:
                return await tx.notifications.of_incident(incident_id)
            found = [await tx.notifications.in_state(state) for state in NotificationState]
        return [one for some in found for one in some]

    async def rings(self, incident_id: str) -> list[PagerEvent]:
        """Return what the pager was told of an incident, in order."""
        return [one.content for one in await self.sent(incident_id) if isinstance(one.content, PagerEvent)]

    async def incident(self, incident_id: str) -> Incident:
        """Return an incident."""
        async with self.store.read() as tx:
            incident = await tx.incidents.get(incident_id)
        assert incident is not None
        return incident

    async def acknowledge(self, incident_id: str, by: str = "U0ADA") -> None:
        """Take an incident up."""
        async with self.store.write() as tx:
            await changes.acknowledge(tx, self.book.current, incident_id, by=by, at=self.clock.now())

    async def resolve(self, incident_id: str) -> None:
        """End an incident."""
        async with self.store.write() as tx:
            await changes.resolve(tx, self.book.current, incident_id, by="U0ADA", at=self.clock.now())

    async def reopen(self, incident_id: str) -> None:
        """Bring an incident back."""
        async with self.store.write() as tx:
            await changes.reopen(tx, self.book.current, incident_id, by="U0ADA", at=self.clock.now())

    async def priority(self, incident_id: str, priority: Priority) -> None:
        """Change an incident's priority."""
        async with self.store.write() as tx:
            await changes.set_priority(
                tx,
                self.book.current,
                incident_id,
                priority=priority,
                reason=Reason(rule="by-hand", sentence="a person says so"),
                by="U0ADA",
                at=self.clock.now(),
            )


@asynccontextmanager
async def lives(
    folder: Path,
    *,
    policies: Policies | None = None,
    means: Means | None = None,
    handoffs: Handoffs | None = None,
    schedules: Schedules | None = None,
    start: datetime = NOON,
    after: Aftermath | None = None,
) -> AsyncIterator[Lives]:
    """Open a life clock on a store of its own; all ways are set up unless said otherwise."""
    async with store_at(folder) as store:
        yield on_store(
            store,
            policies=policies,
            means=means,
            handoffs=handoffs,
            schedules=schedules,
            start=start,
            after=after,
        )


def on_store(
    store: SqlStore,
    *,
    policies: Policies | None = None,
    means: Means | None = None,
    handoffs: Handoffs | None = None,
    schedules: Schedules | None = None,
    start: datetime = NOON,
    after: Aftermath | None = None,
) -> Lives:
    """Return a life clock on a store that is open already."""
    clock, book = StillClock(start), Book(policies or peopled())
    able = means or Means(ways=frozenset(Way))
    roster = Roster(book, clock, schedules)
    step = LifeStep(
        store, clock, book, roster, Deeds(roster, able), Others(roster, able, handoffs, after or Aftermath())
    )
    return Lives(store, clock, book, roster, LifeClock(store, clock, step))
