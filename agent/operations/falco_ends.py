"""Ends Falco's alerts: it says what it saw and never that it is over, so an alert is over after a quiet time."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from agent.domain.alert import AlertGroup, AlertRecord, AlertStatus
from agent.errors import OpsError
from agent.policy.security import SecurityPolicy
from agent.ports.clock import Clock
from agent.ports.store import Store
from agent.telemetry.logs import LogEvent, get_log

EVERY_SECONDS = 30.0
_MOST_AT_ONCE = 200
_log = get_log("operations")


class FalcoEnds:
    """Looks for alerts that were quiet for long enough, and sends their ends through the inbox like any other news."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        rules: Callable[[], SecurityPolicy],
        deliver: Callable[[AlertGroup], Awaitable[object]],
        *,
        group: str,
    ) -> None:
        self._store = store
        self._clock = clock
        self._rules = rules
        self._deliver = deliver
        self._group = group

    async def once(self) -> int:
        """End what is due; return how many alerts that were."""
        now, rules = self._clock.now(), self._rules()
        async with self._store.read() as tx:
            firing = await tx.alerts.firing_in_group(self._group)
        due = [record for record in firing if record.last_seen_at + rules.quiet(record.severity) <= now]
        if due:
            await self._deliver(_ended(self._group, due[:_MOST_AT_ONCE], now))
        return len(due[:_MOST_AT_ONCE])

    async def run(self) -> None:
        """Look again and again, until it is cancelled."""
        while True:
            try:
                await self.once()
            except OpsError as error:
                # The next look will do: alerts that last a little longer harm nobody.
                _log.warning(LogEvent.TASK_FAILED, task="falco", error=error.user_message)
            await asyncio.sleep(EVERY_SECONDS)


def _ended(group: str, records: list[AlertRecord], now: datetime) -> AlertGroup:
    over = {"status": AlertStatus.RESOLVED, "ends_at": now}
    return AlertGroup(
        group_key=group,
        status=AlertStatus.RESOLVED,
        receiver=group,
        alerts=tuple(record.alert.model_copy(update=over) for record in records),
        source=group,
        received_at=now,
    )
