"""The courier: carries pages, mails, posts and tickets out, urgent ones first, and no vendor waits for another."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from agent.analysis.redaction import Redactor
from agent.domain.notification import (
    Channel,
    Notification,
    NotificationState,
    PagerEvent,
    PagerNote,
    PagerRequest,
    StatusPost,
    Ticket,
    TicketChange,
)
from agent.errors import OpsError
from agent.ports.clock import Clock
from agent.ports.store import Store, Tx
from agent.telemetry.logs import LogEvent
from agent.telemetry.metrics import Metrics
from agent.transport.courier_delivery import MOVING, CourierDelivery, Ways
from agent.transport.courier_limits import CourierLimits
from agent.transport.outbox_pacing import Bucket

log = structlog.get_logger(__name__)

_LOOK_AT_MOST = 300
_LOOK_FURTHER = 5_000
_LONGEST_NAP = 0.25
_SHORTEST_NAP = 0.05
_GRACE = 3.0
_SET_BACK = timedelta(seconds=2)


@dataclass(slots=True)
class Courier:
    """Sends what is due until it is cancelled; `wake` after a commit that added a message.

    `alone` says that no other process can have begun a sending, so that one that was cut off is taken up at once.
    """

    store: Store
    ways: Ways
    clock: Clock
    metrics: Metrics
    redactor: Redactor
    limits: CourierLimits = field(default_factory=CourierLimits)
    alone: bool = False
    _delivery: CourierDelivery = field(init=False)
    _flying: dict[str, asyncio.Task[None]] = field(init=False, default_factory=dict)
    _busy: dict[Channel, int] = field(init=False, default_factory=dict)
    _buckets: dict[Channel, Bucket] = field(init=False, default_factory=dict)
    _bell: asyncio.Event = field(init=False, default_factory=asyncio.Event)
    _seen: datetime | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._delivery = CourierDelivery(
            self.store, self.ways, self.clock, self.metrics, self.redactor, self.limits, self._slow_down
        )

    def wake(self) -> None:
        """Look now."""
        self._bell.set()

    async def run(self) -> None:
        """Send until cancelled; what is cut off then is asked after when it is taken up again."""
        try:
            while True:
                self._bell.clear()
                nap = await self._look()
                await asyncio.sleep(_SHORTEST_NAP)
                await self._nap(nap)
        finally:
            await self._end(list(self._flying.values()))

    async def deliver_due(self) -> int:
        """Send what may leave at this moment, wait for it, and return how many messages that were."""
        started = 0
        while True:
            await self._look()
            running = list(self._flying.values())
            if not running:
                return started
            started += len(running)
            await asyncio.gather(*running)

    async def _end(self, running: list[asyncio.Task[None]]) -> None:
        if not running:
            return
        _, late = await asyncio.wait(running, timeout=_GRACE)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _nap(self, seconds: float) -> None:
        # Not wait_for, which loses a cancellation that comes just as the bell rings.
        with suppress(TimeoutError):
            async with asyncio.timeout(min(max(seconds, _SHORTEST_NAP), _LONGEST_NAP)):
                await self._bell.wait()

    async def _look(self) -> float:
        """Start what may leave now; return the seconds until something else may."""
        try:
            await self._heed_the_clock()
            return await self._start_due()
        except OpsError as error:
            log.warning(LogEvent.DELIVERY_FAILED, reason=error.user_message)
            return _LONGEST_NAP

    async def _start_due(self) -> float:
        nap = _LONGEST_NAP
        now = self.clock.now()
        async with self.store.read() as tx:
            due = await tx.notifications.due(now, _LOOK_AT_MOST)
            if len(due) == _LOOK_AT_MOST:
                # Behind a long row for one vendor may stand a message for another.
                due = await tx.notifications.due(now, _LOOK_FURTHER)
            for one in due:
                if one.key in self._flying or not self._has_room(one):
                    continue
                wait = self._bucket(one.channel).wait(now.timestamp())
                if wait > 0:
                    nap = min(nap, wait)
                elif not await self._must_wait_its_turn(tx, one):
                    self._start(one)
        return nap

    def _has_room(self, one: Notification) -> bool:
        extra = self.limits.urgent_hands if one.priority <= 1 else 0
        return self._busy.get(one.channel, 0) < self.limits.hands + extra

    async def _must_wait_its_turn(self, tx: Tx, one: Notification) -> bool:
        """Say whether an earlier message of the same thread is still on its way: an end may not overtake a beginning."""
        thread = thread_of(one)
        if not thread or one.incident_id is None:
            return False
        for other in await tx.notifications.of_incident(one.incident_id):
            if (other.at, other.key) >= (one.at, one.key):
                return False
            if other.channel is one.channel and other.state in MOVING and thread_of(other) == thread:
                return True
        return False

    def _start(self, one: Notification) -> None:
        self._bucket(one.channel).take(self.clock.now().timestamp())
        self._busy[one.channel] = self._busy.get(one.channel, 0) + 1
        task = asyncio.create_task(self._deliver(one), name=f"courier {one.channel.value}")
        self._flying[one.key] = task

    async def _deliver(self, one: Notification) -> None:
        try:
            await self._delivery.deliver(one)
        except OpsError as error:
            # It stays claimed on disk, and is asked after when the claim runs out.
            log.warning(LogEvent.DELIVERY_FAILED, notification=one.key, reason=error.user_message)
        finally:
            self._flying.pop(one.key, None)
            self._busy[one.channel] -= 1
            self._bell.set()

    def _bucket(self, channel: Channel) -> Bucket:
        if channel not in self._buckets:
            rate = self.limits.rates[channel]
            now = self.clock.now().timestamp()
            self._buckets[channel] = Bucket(rate.burst, rate.per_second, rate.burst, now)
        return self._buckets[channel]

    def _slow_down(self, channel: Channel, seconds: float) -> None:
        self._bucket(channel).refused(self.clock.now().timestamp(), seconds)

    async def _heed_the_clock(self) -> None:
        """Take up what only a clock that was set back, or a process that ended, would keep waiting."""
        now, seen = self.clock.now(), self._seen
        self._seen = now
        if seen is not None and now >= seen - _SET_BACK:
            return
        async with self.store.write() as tx:
            for state in MOVING:
                for one in await tx.notifications.in_state(state, _LOOK_FURTHER):
                    if one.key not in self._flying and self._kept_waiting(one, now, started=seen is None):
                        await tx.notifications.put(one.model_copy(update={"not_before": None}))

    def _kept_waiting(self, one: Notification, now: datetime, *, started: bool) -> bool:
        if one.attempts == 0 or one.not_before is None:
            # A time that the sender named is its wish.
            return False
        if one.state is NotificationState.SENDING:
            return (started and self.alone) or one.not_before > now + self.limits.lease()
        pause = self.limits.longest_pause if started else self.limits.patience(one).pause(one.attempts)
        return one.not_before > now + pause


def thread_of(one: Notification) -> str:
    """Return what joins messages whose order matters; empty when it does not."""
    content = one.content
    if isinstance(content, PagerEvent | PagerNote | PagerRequest):
        return content.dedup_key
    return content.thread if isinstance(content, StatusPost | Ticket | TicketChange) else ""
