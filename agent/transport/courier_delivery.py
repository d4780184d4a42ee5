"""One message's way out: claimed on disk before it is sent, its end recorded together with what waits for it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from agent.analysis.redaction import Redactor
from agent.domain.notification import Channel, Notification, NotificationState, Receipt
from agent.errors import BadAnswer, Conflict, Misconfigured, OpsError, Overloaded, TimedOut, Unavailable
from agent.ports.clock import Clock
from agent.ports.notifier import Notifier
from agent.ports.store import Store, Tx
from agent.telemetry.logs import LogEvent
from agent.telemetry.metrics import Metrics
from agent.transport.courier_limits import CourierLimits

log = structlog.get_logger(__name__)

Settled = Callable[[Tx, Notification, datetime], Awaitable[None]]
"""Told of a message's end, sent or dead, in the transaction that records it."""

MOVING = frozenset({NotificationState.WAITING, NotificationState.SENDING})
_RECORD_TRIES = 5
_RECORD_PAUSE = 0.5
_LONGEST_ERROR = 500


@dataclass(frozen=True, slots=True)
class Ways:
    """What carries messages, the sentence on what is missing for the others, and who waits for their ends."""

    carriers: Mapping[Channel, Notifier]
    missing: Mapping[Channel, str] = field(default_factory=dict)
    settled: Mapping[str, Settled] = field(default_factory=dict)


@dataclass(slots=True)
class CourierDelivery:
    """Sends one message at a time of each that it is given."""

    store: Store
    ways: Ways
    clock: Clock
    metrics: Metrics
    redactor: Redactor
    limits: CourierLimits
    slow_down: Callable[[Channel, float], None]

    async def deliver(self, seen: Notification) -> None:
        """Send a message that is due and record what became of it."""
        claimed = await self._claim(seen)
        if claimed is None:
            return
        again = seen.sending_since is not None
        try:
            receipt = await self._send(claimed, again)
        except OpsError as error:
            await self._failed(claimed, error, again)
        except (
            Exception
        ):  # one message's edge: a fault of a connector may neither lose it nor stop the others
            log.exception(LogEvent.TASK_FAILED, notification=claimed.key, channel=claimed.channel.value)
            fault = Unavailable("Something went wrong here while it was sent.", backend=claimed.channel.value)
            await self._failed(claimed, fault, again)
        else:
            await self._sent(claimed, receipt)

    async def _claim(self, seen: Notification) -> Notification | None:
        """Write down that sending begins; None when somebody else took it, or it is no longer wanted."""
        now = self.clock.now()
        async with self.store.write() as tx:
            current = await tx.notifications.get(seen.key)
            if current is None or current.state not in MOVING or current.attempts != seen.attempts:
                return None
            change = {
                "state": NotificationState.SENDING,
                "sending_since": current.sending_since or now,
                "attempts": current.attempts + 1,
                "not_before": now + self.limits.lease(),
            }
            claimed = current.model_copy(update=change)
            await tx.notifications.put(claimed)
            return claimed

    async def _send(self, claimed: Notification, again: bool) -> Receipt:
        carrier = self.ways.carriers.get(claimed.channel)
        if carrier is None:
            said = self.ways.missing.get(claimed.channel, f"Nothing is set up for {claimed.channel.value}.")
            raise Misconfigured(said)
        try:
            async with asyncio.timeout(self.limits.send_seconds):
                return await carrier.send(claimed, again=again)
        except TimeoutError as error:
            said = f"{claimed.channel.value} did not answer within {self.limits.send_seconds:.0f} s."
            raise TimedOut(said, backend=claimed.channel.value) from error

    async def _sent(self, claimed: Notification, receipt: Receipt) -> None:
        now = self.clock.now()
        change = {
            "state": NotificationState.SENT,
            "sent_at": now,
            "not_before": None,
            "last_error": "",
            "receipt": receipt,
        }
        self._count(claimed, "sent")
        delay = max(0.0, (now - claimed.at).total_seconds())
        self.metrics.notification_delay.labels(channel=claimed.channel.value).observe(delay)
        await self._record(claimed, change)

    async def _failed(self, claimed: Notification, error: OpsError, again: bool) -> None:
        """Set a message aside until its next try, or for a person when trying again cannot mend it."""
        patience = self.limits.patience(claimed)
        named = getattr(error, "retry_after_seconds", None)
        turned_away = named is not None or isinstance(error, Overloaded)
        hopeless = not (error.retryable or isinstance(error, BadAnswer))
        dead = hopeless or claimed.attempts >= patience.attempts
        pause = max(patience.pause(claimed.attempts), timedelta(seconds=named or 0.0))
        if turned_away:
            self.slow_down(claimed.channel, pause.total_seconds() if named is None else named)
        change: dict[str, object] = {
            "state": NotificationState.DEAD if dead else NotificationState.WAITING,
            "not_before": None if dead else self.clock.now() + pause,
            "last_error": self._safe(claimed, error.user_message),
        }
        if (hopeless or turned_away) and not again:
            # It said no, so that nothing of this message can be there.
            change["sending_since"] = None
        log.warning(
            LogEvent.DELIVERY_FAILED,
            notification=claimed.key,
            channel=claimed.channel.value,
            attempts=claimed.attempts,
            dead=dead,
            reason=change["last_error"],
        )
        self._count(claimed, "dead" if dead else "failed")
        await self._record(claimed, change)

    def _safe(self, claimed: Notification, said: str) -> str:
        """Return a reason without secrets and without the address, which may be a person's."""
        without = said.replace(claimed.address, "…") if len(claimed.address) >= 4 else said
        return self.redactor.text(without)[:_LONGEST_ERROR]

    async def _record(self, claimed: Notification, change: dict[str, object]) -> None:
        """Write down what became of a message; as long as the database is away, a receipt may not be forgotten."""
        for attempt in range(1, _RECORD_TRIES + 1):
            try:
                return await self._recorded(claimed, change, told=True)
            except (Conflict, Unavailable) as error:
                log.warning(LogEvent.DELIVERY_FAILED, notification=claimed.key, reason=error.user_message)
                await asyncio.sleep(_RECORD_PAUSE * attempt)
            except (
                Exception
            ):  # a hook's edge: what it breaks may not have the same message sent again and again
                log.exception(LogEvent.TASK_FAILED, notification=claimed.key, task="settled")
                break
        await self._recorded(claimed, change, told=False)

    async def _recorded(self, claimed: Notification, change: dict[str, object], *, told: bool) -> None:
        now = self.clock.now()
        async with self.store.write() as tx:
            current = await tx.notifications.get(claimed.key)
            if current is None:
                return
            ended = change["state"] is NotificationState.SENT
            if current.attempts != claimed.attempts and not ended:
                return
            if current.state is NotificationState.WITHDRAWN and not ended:
                return
            now_so = current.model_copy(update=change)
            await tx.notifications.put(now_so)
            hook = self.ways.settled.get(now_so.about.partition(":")[0])
            if told and hook is not None and now_so.state not in MOVING:
                await hook(tx, now_so, now)

    def _count(self, claimed: Notification, outcome: str) -> None:
        self.metrics.notifications_tried.labels(channel=claimed.channel.value, outcome=outcome).inc()
