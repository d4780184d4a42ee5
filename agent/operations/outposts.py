"""Looks at third parties in turn, damps their flapping, and tells what changed as alerts that end by themselves."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from agent.diagnosis.watch_alerts import group_of
from agent.domain.alert import Alert, AlertGroup
from agent.domain.outpost import Looked, OutpostState
from agent.errors import OpsError
from agent.operations.outposts_alerts import GROUP, Believed, wanted
from agent.policy.outposts import Flapping, Outpost, OutpostPolicy
from agent.ports.clock import Clock
from agent.ports.store import Store
from agent.telemetry.logs import LogEvent, get_log
from agent.telemetry.metrics import Metrics

Look = Callable[[Outpost], Awaitable[Looked]]
_AT_ONCE = 8
_LONGEST_NAP = 5.0
_log = get_log("outposts")


@dataclass(slots=True)
class _Watched:
    """What is known of one third party: its newest telling looks (True for up), and when the next one is due."""

    seen: deque[bool]
    due: datetime
    newest: Looked | None = None


def believed(seen: "deque[bool]", rule: Flapping) -> bool | None:
    """Return whether it is up by enough of the newest looks; None while they do not agree."""
    newest = list(seen)[-rule.of :]
    if newest.count(True) >= rule.looks:
        return True
    return False if newest.count(False) >= rule.looks else None


@dataclass(slots=True)
class Outposts:
    """The looks of this replica; what fires is known from the store, also after a restart or in another's turn."""

    store: Store
    clock: Clock
    rules: Callable[[], OutpostPolicy]
    look: Look
    deliver: Callable[[AlertGroup], Awaitable[object]]
    metrics: Metrics | None = None
    watched: dict[str, _Watched] = field(default_factory=dict)

    async def once(self) -> None:
        """Look at whoever is due, and tell what follows."""
        policy, now = self.rules(), self.clock.now()
        self._keep(policy, now)
        due = [one for one in policy.outposts if self.watched[one.id].due <= now]
        limit = asyncio.Semaphore(_AT_ONCE)
        await asyncio.gather(*(self._see(one, limit) for one in due))
        if due or not policy.outposts:
            await self._tell(policy)

    async def run(self) -> None:
        """Look again and again, until it is cancelled."""
        try:
            while True:
                try:
                    await self.once()
                except OpsError as error:
                    # The next look will do: that the database is gone is told by everything else.
                    _log.warning(LogEvent.TASK_FAILED, task="outposts", error=error.user_message)
                await asyncio.sleep(self._nap())
        finally:
            # Another replica looks from now on: nothing old is told, or believed when the turn comes back.
            for name in tuple(self.watched):
                del self.watched[name]
                self._forget(name)

    def _nap(self) -> float:
        now = self.clock.now()
        waits = [(one.due - now).total_seconds() for one in self.watched.values()]
        return min(max(min(waits, default=_LONGEST_NAP), 0.2), _LONGEST_NAP)

    def _keep(self, policy: OutpostPolicy, now: datetime) -> None:
        """Follow the policy: who is new is due at once, who is gone is forgotten."""
        known = {one.id for one in policy.outposts}
        for gone in set(self.watched) - known:
            del self.watched[gone]
            self._forget(gone)
        for name in known - set(self.watched):
            self.watched[name] = _Watched(deque(maxlen=40), now)

    async def _see(self, one: Outpost, limit: asyncio.Semaphore) -> None:
        async with limit:
            looked = await self.look(one)
        watched = self.watched[one.id]
        watched.newest, watched.due = looked, self.clock.now() + timedelta(seconds=one.every)
        if looked.state is not OutpostState.UNKNOWN:
            watched.seen.append(looked.state is OutpostState.UP)
        self._measure(one.id, looked)

    async def _tell(self, policy: OutpostPolicy) -> None:
        now = self.clock.now()
        async with self.store.read() as tx:
            firing: list[Alert] = [record.alert for record in await tx.alerts.firing_in_group(GROUP)]
        standing = {
            one.id: Believed(one, believed(self.watched[one.id].seen, policy.flapping), self._detail(one.id))
            for one in policy.outposts
        }
        alerts = wanted(standing, firing, now)
        if alerts:
            await self.deliver(group_of(alerts, now, key=GROUP))

    def _detail(self, name: str) -> str:
        newest = self.watched[name].newest
        return newest.detail if newest is not None else ""

    def _measure(self, name: str, looked: Looked) -> None:
        if self.metrics is None:
            return
        self.metrics.third_party_looks.labels(name=name, result=looked.state.value).inc()
        if looked.state is OutpostState.UNKNOWN:
            self._forget(name)
        else:
            self.metrics.third_party_up.labels(name=name).set(looked.state is OutpostState.UP)
            if looked.seconds is not None:
                self.metrics.third_party_probe.labels(name=name).set(looked.seconds)

    def _forget(self, name: str) -> None:
        """Take the figures of a third party away: what is not known is no number."""
        if self.metrics is not None:
            for gauge in (self.metrics.third_party_up, self.metrics.third_party_probe):
                gauge.remove(name)
