"""One randomised life: people, pagers, crashes and a jumping clock act on the product and on the model alike."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.context import BaseContext

from agent.domain.alert import Alert, AlertRecord, AlertStatus, Reason, Severity
from agent.domain.incident import Priority
from agent.domain.notification import Notification, NotificationState, PagerEvent, Receipt
from agent.domain.page import PageState
from agent.lifecycle import changes, regroup, tasks
from agent.lifecycle.clock import LifeClock
from agent.lifecycle.paging import answered, escalate_by_hand, page_settled
from agent.policy.load import Policies
from agent.ports.store import Tx
from agent.store.engine import SqlStore
from bench.lifecycle_model import Ring, Story
from bench.lifecycle_world import Crash, MovingClock, Restless, child, life_clock, turn_all

ROLES = {"CTO": ("cleo",), "VP Engineering": ("dan",), "Team Lead": ("bob",), "primary": ("ada",)}
_ALERTS = ("ServiceDown", "HighErrorRate")


@dataclass
class Outcome:
    """What was found wrong in a life, with a sentence for each."""

    illegal_states: int = 0
    lost_timers: int = 0
    double_pages: int = 0
    kills: int = 0
    crashes: int = 0
    deeds: Counter[str] = field(default_factory=Counter)
    said: list[str] = field(default_factory=list)


class LivedLife:
    """Plays events at random and compares after each; every time is a multiple of ten seconds."""

    def __init__(
        self,
        store: SqlStore,
        url: str,
        rules: Policies,
        chance: random.Random,
        killing: BaseContext | None,
    ) -> None:
        start = datetime(2026, 3, 27, tzinfo=UTC) + timedelta(seconds=10 * chance.randrange(8640 * 4))
        self.clock = MovingClock(start)
        self.store, self.url, self.rules, self.chance = store, url, rules, chance
        self.stories: dict[str, Story] = {}
        self.outcome = Outcome()
        self._life: LifeClock = life_clock(store, self.clock, rules)
        self._killing = killing
        self._serial = 0

    async def play(self, events: int) -> Outcome:
        """Live through so many events, then through two quiet days."""
        await self._declare()
        await self._compare("declare")
        for _ in range(events):
            name, event = self._pick()
            await event()
            self.outcome.deeds[name] += 1
            await self._compare(name)
            if len(self.outcome.said) > 3:
                break
        for seconds in (3600, 86_400, 86_400):
            self.clock.move(seconds)
            await self._compare("quiet days")
        return self.outcome

    def _pick(self) -> tuple[str, Callable[[], Awaitable[None]]]:
        weighted: list[tuple[int, Callable[[], Awaitable[None]]]] = [
            (10, self._wait),
            (3, self._wait_long),
            (2, self._set_back),
            (2, self._declare),
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
            (1, self._restart),
        ]
        weights = [weight for weight, _ in weighted]
        event = self.chance.choices([one for _, one in weighted], weights)[0]
        return event.__name__.strip("_"), event

    # The product, with crashes on the way.

    async def _turn(self) -> None:
        dice = self.chance.random()
        if self._killing is not None and dice < 0.12:
            await self._turn_in_a_child()
        elif dice < 0.3:
            await self._turn_and_crash()
        await turn_all(self._life)

    async def _turn_and_crash(self) -> None:
        """Let the process end at some statement, and whatever it had not committed with it."""
        writer = self.store._writer
        execute, left = writer.execute, self.chance.randrange(1, 60)

        async def mortal(*given: object, **named: object) -> object:
            nonlocal left
            left -= 1
            if left <= 0:
                raise Crash
            return await execute(*given, **named)  # type: ignore[arg-type]

        writer.execute = mortal  # type: ignore[method-assign,assignment]
        try:
            await turn_all(self._life)
        except Crash:
            self.outcome.crashes += 1
        except Restless:
            self.outcome.illegal_states += 1
        finally:
            del writer.execute  # type: ignore[misc]
        self._life = life_clock(self.store, self.clock, self.rules)

    async def _turn_in_a_child(self) -> None:
        """Let another process do the work, and kill it on the way."""
        assert self._killing is not None
        process = self._killing.Process(target=child, args=(self.url, self.clock.now().isoformat()))  # type: ignore[attr-defined]
        await asyncio.to_thread(process.start)
        await asyncio.to_thread(process.join, self.chance.uniform(0.0, 0.12))
        if process.is_alive():
            process.kill()
            self.outcome.kills += 1
        await asyncio.to_thread(process.join)

    async def _restart(self) -> None:
        self._life = life_clock(self.store, self.clock, self.rules)

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

    async def _declare(self) -> None:
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

    # The comparison.

    async def _compare(self, after: str) -> None:
        """Let the product look, let the model do so, and count what differs."""
        try:
            await self._turn()
        except Restless:
            self.outcome.illegal_states += 1
            self.outcome.said.append(f"after {after}: the clock does not come to rest")
        for story in self.stories.values():
            story.tick(self.clock.now())
        async with self.store.read() as tx:
            for incident_id, story in self.stories.items():
                await self._compare_one(tx, incident_id, story, after)

    async def _compare_one(self, tx: Tx, incident_id: str, story: Story, after: str) -> None:
        incident = await tx.incidents.get(incident_id)
        assert incident is not None
        times, out = incident.times, self.outcome
        state = (incident.status.value, incident.priority.value, incident.opening)
        wanted = (story.status, story.priority, story.opening)
        marks = (times.acknowledged_at, times.resolved_at)
        if state != wanted or marks != (story.acknowledged, story.ended):
            out.illegal_states += 1
            out.said.append(
                f"after {after}: {state} {marks} for {wanted} {(story.acknowledged, story.ended)}"
            )
        pages = await tx.pages.of_incident(incident_id)
        self._judge(
            "call", Counter(_what(p.id) for p in pages), Counter(_name(r) for r in story.rings), after
        )
        alive = {_what(p.id) for p in pages if p.state in (PageState.WANTED, PageState.ACCEPTED)}
        expected = {_name(r) for r in story.rings if not r.over and not r.refused}
        if alive != expected:
            out.illegal_states += 1
            out.said.append(f"after {after}: calls that live differ: {alive ^ expected}")
        told = [
            (one.incident_id, one.content.event_action, one.content.dedup_key)
            for one in await tx.notifications.of_incident(incident_id)
            if isinstance(one.content, PagerEvent) and one.content.event_action != "trigger"
        ]
        events = Counter(f"{_opening(key)}:{action}" for _, action, key in told)
        self._judge("pager", events, Counter(f"{o}:{a}" for o, a in story.pager), after)
        asked = await tx.handoffs.of_incident(incident_id)
        words = Counter(
            (int(one.id.split(":")[2]), one.question.moment.value, who)
            for one in asked
            if one.question.kind == "inform_audiences"
            for who in one.question.audiences
        )
        self._judge("word", words, story.words, after)
        fired = Counter(key for key, done in story.reminders.items() if done)
        slots = [
            key
            for key in story.reminders
            if await tx.outbox.get(f"task_due:task:{key[0]}:{key[1].isoformat()}")
        ]
        self._judge("reminder", Counter(slots), fired, after)
        seen = Counter(e.kind.value for e in await tx.timeline.of(incident_id))
        for kind in ("near", "missed"):
            many = sum(1 for _, _, name in story.seen if name == kind)
            self._judge(kind, Counter({kind: seen[f"target_{kind}"]}), Counter({kind: many}), after)

    def _judge(self, what: str, found: Counter[object], wanted: Counter[object], after: str) -> None:  # type: ignore[type-arg]
        for key, many in (wanted - found).items():
            self.outcome.lost_timers += many
            self.outcome.said.append(f"after {after}: {what} {key} is lost")
        for key, many in (found - wanted).items():
            if what in ("call", "pager"):
                self.outcome.double_pages += many
            else:
                self.outcome.illegal_states += many
            self.outcome.said.append(f"after {after}: {what} {key} is one too many")


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


def _what(page_id: str) -> str:
    """Return a page's id without the incident's."""
    return page_id.partition(":")[2]


def _name(ring: Ring) -> str:
    return f"{ring.opening}:{ring.name}:{ring.person}:{ring.way}"


def _of_page(story: Story, page_id: str) -> Ring | None:
    return next((ring for ring in story.rings if _name(ring) == _what(page_id)), None)


def _opening(key: str) -> int:
    tail = key.removeprefix("ops-monitor-").partition("-")[2]
    return int(tail) if tail else 1
