"""The outbox's delivery loop: P0 first, first posts before edits, no channel waits for another."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from agent.errors import OpsError, Unavailable
from agent.ports.chat import Chat
from agent.ports.clock import Clock
from agent.ports.outbox import Slot, SlotKind
from agent.ports.store import Store
from agent.telemetry.logs import LogEvent
from agent.transport.outbox_delivery import Delivery, Renderer
from agent.transport.outbox_pacing import OutboxLimits, Pacing

log = structlog.get_logger(__name__)

_LOOK_AT_MOST = 300
_LONGEST_NAP = 1.0
_SHORTEST_NAP = 0.02
_URGENT_EXTRA = 4
_KIND_ORDER = {SlotKind.CARD: 0, SlotKind.REPLY: 0, SlotKind.DETAILS: 1, SlotKind.HOME: 2}


@dataclass(frozen=True, slots=True)
class _Due:
    slot: Slot
    parent: Slot | None


@dataclass(slots=True)
class Outbox:
    """Delivers due slots until stopped; `wake` after a commit that wanted something shown."""

    store: Store
    chat: Chat
    renderer: Renderer
    clock: Clock
    limits: OutboxLimits = field(default_factory=OutboxLimits)
    _delivery: Delivery = field(init=False)
    _flying: dict[str, asyncio.Task[None]] = field(init=False, default_factory=dict)
    _bell: asyncio.Event = field(init=False, default_factory=asyncio.Event)
    _stopping: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        pacing = Pacing(self.limits)
        self._delivery = Delivery(self.store, self.chat, self.renderer, self.clock, self.limits, pacing)

    @property
    def trouble(self) -> dict[str, str]:
        """Return what Slack refuses at present: channel to a sentence that says why and how to mend it."""
        return dict(self._delivery.trouble)

    def wake(self) -> None:
        """Look at the outbox now."""
        self._bell.set()

    async def run(self) -> None:
        """Deliver until stopped."""
        while not self._stopping:
            self._bell.clear()
            nap = await self._look()
            await asyncio.sleep(_SHORTEST_NAP)
            if not self._stopping:
                await self._nap(nap)

    async def stop(self, grace_seconds: float = 5.0) -> None:
        """Start nothing new and let running deliveries end; what is cut off is searched for at the next start."""
        self._stopping = True
        self._bell.set()
        running = list(self._flying.values())
        if running:
            _, late = await asyncio.wait(running, timeout=grace_seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def deliver_due(self) -> int:
        """Deliver what may leave at this moment, wait for it, and return how many messages that were."""
        started = 0
        while True:
            await self._look()
            running = list(self._flying.values())
            if not running:
                return started
            started += len(running)
            await asyncio.gather(*running)

    async def _nap(self, seconds: float) -> None:
        # Not wait_for, which loses a cancellation that comes just as the bell rings.
        with suppress(TimeoutError):
            async with asyncio.timeout(min(max(seconds, _SHORTEST_NAP), _LONGEST_NAP)):
                await self._bell.wait()

    async def _look(self) -> float:
        """Start what may leave now; return the seconds until something else may."""
        try:
            due = await self._due()
        except OpsError as error:
            log.warning(LogEvent.DELIVERY_FAILED, reason=error.user_message)
            return _LONGEST_NAP
        nap = _LONGEST_NAP
        for item in due:
            slot = item.slot
            room = self.limits.most_in_flight + (_URGENT_EXTRA if slot.priority <= 1 else 0)
            if slot.key in self._flying or len(self._flying) >= room:
                continue
            wait = self._delivery.wait(slot)
            if wait > 0:
                nap = min(nap, wait)
                continue
            self._start(item)
        return nap

    async def _due(self) -> Sequence[_Due]:
        async with self.store.read() as tx:
            slots = await tx.outbox.due(self.clock.now(), _LOOK_AT_MOST)
            due: list[_Due] = []
            for slot in slots:
                parent = await tx.outbox.get(slot.thread_of) if slot.thread_of else None
                due.append(_Due(slot, parent))
        return sorted(due, key=_order)

    def _start(self, item: _Due) -> None:
        self._delivery.claim(item.slot)
        task = asyncio.create_task(self._deliver(item), name=f"outbox {item.slot.key}")
        self._flying[item.slot.key] = task

    async def _deliver(self, item: _Due) -> None:
        key = item.slot.key
        try:
            await self._delivery.deliver(item.slot, item.parent)
        except OpsError as error:
            log.warning(LogEvent.DELIVERY_FAILED, slot=key, reason=error.user_message)
        except Exception:  # a task's edge: one message that cannot be drawn may not stop the others
            log.exception(LogEvent.TASK_FAILED, slot=key)
            await self._set_aside(item.slot)
        finally:
            self._flying.pop(key, None)
            self._bell.set()

    async def _set_aside(self, slot: Slot) -> None:
        broken = Unavailable("The message could not be drawn.", backend="slack")
        try:
            await self._delivery.failed(slot, broken)
        except OpsError as error:
            log.warning(LogEvent.DELIVERY_FAILED, reason=error.user_message)


def _order(item: _Due) -> tuple[bool, int, int]:
    slot = item.slot
    first_post = slot.ts is None
    return (not first_post, _KIND_ORDER[slot.kind] if first_post else 0, slot.priority)
