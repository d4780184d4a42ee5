"""What people, pagers and chat do in a randomised life, to the product and to the model alike."""

import random
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from agent.domain.alert import Alert, AlertRecord, AlertStatus, Reason, Severity
from agent.domain.incident import Priority
from agent.domain.notification import Notification, NotificationState, Receipt
from agent.lifecycle import changes, regroup, tasks
from agent.lifecycle.paging import answered, escalate_by_hand, page_settled
from agent.policy.load import Policies
from agent.ports.store import Tx
from agent.store.engine import SqlStore
from bench.lifecycle_model import Story
from bench.lifecycle_table import Ring
from bench.lifecycle_world import MovingClock

ROLES = {"CTO": ("cleo",), "VP Engineering": ("dan",), "Team Lead": ("bob",), "primary": ("ada",)}
_ALERTS = ("ServiceDown", "HighErrorRate")


class Crowd:
    """Does things at random; every time is a multiple of ten seconds."""

    def __init__(self, store: SqlStore, rules: Policies, clock: MovingClock, chance: random.Random) -> None:
        self.store, self.rules, self.clock, self.chance = store, rules, clock, chance
        self.stories: dict[str, Story] = {}
        self._serial = 0

    def events(self) -> list[tuple[int, Callable[[], Awaitable[None]]]]:
        """Return what may happen, each with how often it does."""
        return [
            (10, self._wait),
            (3, self._wait_long),
            (2, self._set_back),
            (2, self.declare),
            (3, self._acknowledge),
            (2, self._answer_by_pager),
            (3, self._resolve),
            (3, self._reopen),
            (1, self._mitigate),
            (3, self._change_priority),
            (2, self._escalate),
            (1, self._merge),
            (1, self._split),
            (1, self._remind),
            (9, self._carry),
            (4, self._refuse),
            (4, self._post),
        ]

    # Time.

    async def _wait(self) -> None:
        self.clock.move(10 * self.chance.randrange(1, 60))

    async def _wait_long(self) -> None:
        self.clock.move(10 * self.chance.randrange(60, 4000))

    async def _set_back(self) -> None:
        self.clock.move(-10 * self.chance.randrange(1, 720))

    # People.

    async def _do(self, change: Callable[[Tx], Awaitable[object]]) -> None:
        async with self.store.write() as tx:
            await change(tx)

    def _some(self, *, open_: bool | None = True) -> str | None:
        known = [i for i, story in self.stories.items() if open_ is None or story.open is open_]
        return self.chance.choice(known) if known else None

    def _number(self) -> int:
        self._serial += 1
        return self._serial

    async def declare(self) -> None:
        if len(self.stories) >= 4:
            return
        priority, now = self.chance.choice(list(Priority)), self.clock.now()
        service = f"service-{self._number()}"
        async with self.store.write() as tx:
            incident = await changes.declare(
                tx,
                self.rules,
                title=f"{service} is down",
                service=service,
                priority=priority,
                by="U0EVE",
                at=now,
                environment="production",
            )
            await tx.alerts.upsert([_alert(incident.id, service, name, now) for name in _ALERTS])
        self.stories[incident.id] = Story(priority.value, now)

    async def _acknowledge(self) -> None:
        if (one := self._some()) is not None:
            now = self.clock.now()
            await self._do(lambda tx: changes.acknowledge(tx, self.rules, one, by="U0EVE", at=now))
            self.stories[one].acknowledge(now)

    async def _answer_by_pager(self) -> None:
        if (one := self._some()) is not None:
            now, key = self.clock.now(), f"event-{self._number()}"
            for _ in range(2):
                await self._do(lambda tx: answered(tx, self.rules, one, "PEVE", now, key))
            for ring in self.stories[one].rings:
                ring.over |= ring.way == "pagerduty"
            self.stories[one].acknowledge(now)

    async def _resolve(self) -> None:
        if (one := self._some()) is not None:
            now = self.clock.now()
            await self._do(lambda tx: changes.resolve(tx, self.rules, one, by="U0EVE", at=now))
            self.stories[one].resolve(now)

    async def _reopen(self) -> None:
        if (one := self._some(open_=False)) is not None:
            now = self.clock.now()
            await self._do(lambda tx: changes.reopen(tx, self.rules, one, by="U0EVE", at=now))
            self.stories[one].reopen(now)

    async def _mitigate(self) -> None:
        if (one := self._some()) is not None:
            now = self.clock.now()
            await self._do(lambda tx: changes.mitigate(tx, self.rules, one, by="U0EVE", at=now))
            self.stories[one].mitigate(now)

    async def _change_priority(self) -> None:
        if (one := self._some()) is not None:
            priority, now = self.chance.choice(list(Priority)), self.clock.now()
            reason = Reason(rule="by-hand", sentence="somebody says so")
            await self._do(
                lambda tx: changes.set_priority(
                    tx, self.rules, one, priority=priority, reason=reason, by="U0EVE", at=now
                )
            )
            self.stories[one].priority = priority.value

    async def _escalate(self) -> None:
        if (one := self._some()) is not None:
            to, now, before = self.chance.choice(sorted(ROLES)), self.clock.now(), 0
            async with self.store.write() as tx:
                before = len(await tx.pages.of_incident(one))
                for _ in range(2):
                    await escalate_by_hand(tx, self.rules, one, by="U0EVE", to=to, reason="", at=now)
                made = len(await tx.pages.of_incident(one)) - before
            if made:
                self.stories[one].by_hand(ROLES[to], now)

    async def _merge(self) -> None:
        one, other = self._some(), self._some()
        if one is None or other is None or one == other:
            return
        now = self.clock.now()
        await self._do(lambda tx: regroup.merge(tx, self.rules, one, other, by="U0EVE", at=now))
        gone, stays = self.stories[one], self.stories[other]
        stays.priority = min(stays.priority, gone.priority)
        gone.resolve(now)

    async def _split(self) -> None:
        if (one := self._some()) is None:
            return
        now = self.clock.now()
        async with self.store.write() as tx:
            names = {record.alert.name for record in await tx.alerts.of_incident(one)}
            if len(names) < 2:
                return
            new, _ = await regroup.split(
                tx, self.rules, one, alert=_ALERTS[0], service="", by="U0EVE", at=now
            )
        self.stories[new.id] = Story(self.stories[one].priority, now)

    async def _remind(self) -> None:
        if (one := self._some(open_=None)) is not None:
            now, key = self.clock.now(), f"task-{self._number()}"
            at = now + timedelta(seconds=10 * self.chance.randrange(1, 500))
            await self._do(
                lambda tx: tasks.add(
                    tx, self.rules, one, text="look", by="U0EVE", at=now, key=key, remind_at=at
                )
            )
            self.stories[one].reminders[key, at] = False

    # What carries messages.

    async def _carry(self) -> None:
        await self._end_messages(NotificationState.SENT)

    async def _refuse(self) -> None:
        await self._end_messages(NotificationState.DEAD)

    async def _end_messages(self, state: NotificationState) -> None:
        now = self.clock.now()
        async with self.store.write() as tx:
            for one in await tx.notifications.due(now, 100):
                if self.chance.random() < 0.4:
                    continue
                change = {"state": state, "sent_at": now, "receipt": Receipt(reference="r")}
                ended = one.model_copy(update=change)
                await tx.notifications.put(ended)
                if one.about.startswith("page:"):
                    await page_settled(tx, self.rules, ended, now)
                    self._ring_of(one, state)

    def _ring_of(self, message: Notification, state: NotificationState) -> None:
        story = self.stories[message.incident_id or ""]
        ring = _of_page(story, message.about.removeprefix("page:"))
        if ring is None:
            return
        if state is NotificationState.SENT:
            ring.taken = True
        elif not ring.taken and not ring.over:
            ring.refused = True

    async def _post(self) -> None:
        async with self.store.write() as tx:
            while slots := await tx.outbox.due(self.clock.now(), 100):
                for slot in slots:
                    await tx.outbox.sent(slot.key, slot.wanted, channel="C0", ts=str(self._number()))
                    page = str(slot.payload.get("page", ""))
                    ring = _of_page(self.stories[slot.incident_id or ""], page) if page else None
                    if ring is not None and not ring.over:
                        ring.taken = True


def _alert(incident_id: str, service: str, name: str, now: datetime) -> AlertRecord:
    alert = Alert(
        fingerprint=f"{service}-{name}",
        status=AlertStatus.FIRING,
        labels={"alertname": name, "service": service},
        starts_at=now,
    )
    return AlertRecord(
        alert=alert,
        severity=Severity.CRITICAL,
        incident_id=incident_id,
        reason=Reason(rule="bench", sentence="put there"),
        first_seen_at=now,
        last_seen_at=now,
        service=service,
    )


def what(page_id: str) -> str:
    """Return a page's id without the incident's."""
    return page_id.partition(":")[2]


def name_of(ring: Ring) -> str:
    """Return the model's name of a call, which is a page's id without the incident's."""
    return f"{ring.opening}:{ring.name}:{ring.person}:{ring.way}"


def _of_page(story: Story, page_id: str) -> Ring | None:
    return next((ring for ring in story.rings if name_of(ring) == what(page_id)), None)
