"""A courier on a real store with carriers that do what a test tells them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from prometheus_client import CollectorRegistry

from agent.analysis.redaction import Redactor
from agent.domain.notification import Channel, Mail, Notification, NotificationState, PagerEvent, Receipt
from agent.domain.probe import Probe
from agent.ports.store import Tx
from agent.store.engine import SqlStore
from agent.telemetry.metrics import Metrics, build_metrics
from agent.transport.courier import Courier
from agent.transport.courier_delivery import Settled, Ways
from agent.transport.courier_limits import CourierLimits
from tests.support.store import NOON, StillClock, opened

SECRET = "r0ut1ng-k3y-of-the-tests"


@dataclass
class Carrier:
    """A Notifier that plays `acts` one after the other: an error to raise, or something to call first; then it accepts."""

    channel: Channel = Channel.PAGERDUTY
    acts: list[Exception | Callable[[Notification], Any]] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    again: list[bool] = field(default_factory=list)

    async def send(self, notification: Notification, *, again: bool) -> Receipt:
        self.again.append(again)
        act = self.acts.pop(0) if self.acts else None
        if isinstance(act, Exception):
            raise act
        if act is not None:
            done = act(notification)
            if asyncio.iscoroutine(done):
                await done
        self.sent.append(notification.key)
        return Receipt(reference=f"ref-{notification.key}")

    async def probe(self) -> Probe:
        return Probe(name=self.channel.value, ok=True, detail="plays")


@dataclass
class Ends:
    """A hook that notes what it was told."""

    told: list[tuple[str, str]] = field(default_factory=list)
    broken: list[Exception] = field(default_factory=list)

    async def settled(self, tx: Tx, notification: Notification, now: datetime) -> None:
        if self.broken:
            raise self.broken.pop(0)
        self.told.append((notification.key, notification.state.value))


@dataclass
class Office:
    """A store, a still clock, and couriers on them."""

    store: SqlStore
    clock: StillClock = field(default_factory=StillClock)
    ends: Ends = field(default_factory=Ends)
    metrics: Metrics = field(default_factory=lambda: build_metrics(CollectorRegistry()))

    def courier(
        self,
        *carriers: Carrier,
        alone: bool = True,
        settled: Mapping[str, Settled] | None = None,
        **limits: Any,
    ) -> Courier:
        hooks = {"page": self.ends.settled} if settled is None else settled
        missing = {Channel.SMS: "Text messages are not set up: set OPS_TWILIO_ACCOUNT_SID."}
        ways = Ways({one.channel: one for one in carriers}, missing, hooks)
        known = Redactor([SECRET])
        bounds = CourierLimits(**limits)
        return Courier(self.store, ways, self.clock, self.metrics, known, bounds, alone=alone)

    async def add(self, *notifications: Notification) -> None:
        async with self.store.write() as tx:
            for one in notifications:
                await tx.notifications.add(one)

    async def get(self, key: str) -> Notification:
        async with self.store.read() as tx:
            found = await tx.notifications.get(key)
        assert found is not None
        return found

    async def state(self, key: str) -> NotificationState:
        return (await self.get(key)).state


@asynccontextmanager
async def office(url: str) -> AsyncIterator[Office]:
    """Open a store and stand an office on it."""
    async with opened(url) as store:
        yield Office(store)


def page(key: str, **changes: Any) -> Notification:
    """Return a page by PagerDuty that waits."""
    event = PagerEvent(event_action="trigger", dedup_key=f"ops-monitor-{key}", summary="checkout is down")
    given = {
        "channel": Channel.PAGERDUTY,
        "address": "checkout-oncall",
        "content": event,
        "about": f"page:{key}",
    }
    return Notification(**{"key": key, "at": NOON, "priority": 0, **given, **changes})


def mail(key: str, **changes: Any) -> Notification:
    """Return a mail that waits."""
    content = Mail(subject="An update", text="We are looking into it.")
    given = {"channel": Channel.EMAIL, "address": "mina@example.test", "content": content}
    return Notification(**{"key": key, "at": NOON, **given, **changes})
