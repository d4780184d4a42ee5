"""Delivers one slot: drawn from the current state, posted exactly once, then edited in place."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from agent.domain.incident import Conversation
from agent.domain.timeline import TimelineKind
from agent.errors import BackendError, Conflict, Refused, Unavailable
from agent.lifecycle.announce import calls_left, following, move
from agent.ports.chat import Chat, Posted, Rendered
from agent.ports.clock import Clock
from agent.ports.outbox import Slot, SlotKind
from agent.ports.store import Store, Tx
from agent.transport.outbox_pacing import OutboxLimits, Pacing

ACTOR = "ops-monitor"
_MOST_REMEMBERED = 2_000
_CLOCK_SKEW = timedelta(minutes=2)
_REFUSED_AGAIN = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A message as it should look now; `colour` stands for its state, whose change may not wait, `priority`
    says as what the incident is shown, since only a first post notifies."""

    message: Rendered
    colour: str = ""
    priority: str = ""


class Renderer(Protocol):
    """Draws slots from what the store holds when they leave."""

    async def draw(self, slot: Slot) -> Drawn | None:
        """Return the slot's message, or None when there is nothing left to show."""
        ...


@dataclass(frozen=True, slots=True)
class _Shown:
    at: float
    colour: str
    digest: str


@dataclass(slots=True)
class Delivery:
    """Sends slots; remembers for each what it showed last and until when it is held back."""

    store: Store
    chat: Chat
    renderer: Renderer
    clock: Clock
    limits: OutboxLimits
    pacing: Pacing
    trouble: dict[str, str] = field(default_factory=dict)
    _shown: dict[str, _Shown] = field(default_factory=dict)
    _held: dict[str, tuple[int, float]] = field(default_factory=dict)
    _surely_unsent: set[str] = field(default_factory=set)

    def wait(self, slot: Slot) -> float:
        """Return the seconds until this slot should be looked at again, 0 for now."""
        now = self.clock.now().timestamp()
        wanted, until = self._held.get(slot.key, (0, 0.0))
        # Never longer than the gap, though the clock may have been set back since.
        held = min(until - now, self.limits.edit_gap_seconds) if wanted == slot.wanted else 0.0
        paced = self.pacing.wait(slot.channel, edit=slot.ts is not None, urgent=slot.priority <= 1, now=now)
        return max(held, 0.0 if slot.kind is SlotKind.HOME else paced)

    def claim(self, slot: Slot) -> None:
        """Count a slot against its rate; done before its delivery starts, so that twenty cannot start at once."""
        if slot.kind is not SlotKind.HOME:
            self.pacing.take(slot.channel, edit=slot.ts is not None, now=self.clock.now().timestamp())

    async def deliver(self, slot: Slot, parent: Slot | None) -> None:
        """Send a claimed slot, or hold it back; a failure is recorded with the time to try again."""
        try:
            drawn = await self.renderer.draw(slot)
            if drawn is None:
                self._unused(slot)
                await self._record(slot, Posted(channel=slot.channel, ts=slot.ts or "-"))
            elif slot.kind is SlotKind.HOME:
                await self._home(slot, drawn)
            elif slot.kind is SlotKind.LEFT:
                await self._left(slot, drawn)
            elif slot.ts is None:
                await self._first(slot, drawn, parent)
            else:
                await self._edit(slot, drawn, slot.ts)
        except BackendError as error:
            await self.failed(slot, error)

    def _unused(self, slot: Slot) -> None:
        self.pacing.give_back(slot.channel, edit=slot.ts is not None, now=self.clock.now().timestamp())

    async def _home(self, slot: Slot, drawn: Drawn) -> None:
        await self.chat.publish_home(slot.channel, drawn.message.blocks)
        await self._record(slot, Posted(channel=slot.channel, ts="-"))

    async def _left(self, slot: Slot, drawn: Drawn) -> None:
        """Take an old card back with its thread, or say where it went if somebody was called there."""
        posted = Posted(channel=slot.channel, ts=slot.ts or "")
        async with self.store.read() as tx:
            stays = await calls_left(tx, slot)
        await (self.chat.update if stays else self.chat.retire)(posted, drawn.message)
        await self._record(slot, posted)

    async def _first(self, slot: Slot, drawn: Drawn, parent: Slot | None) -> None:
        channel = parent.channel if parent else slot.channel
        thread = parent.ts if parent else _thread_of(slot)
        if slot.sending_since is not None and slot.key not in self._surely_unsent:
            since = slot.sending_since - _CLOCK_SKEW
            found = await self._find(channel, slot.key, since, thread)
            if found is not None:
                # What it shows is unknown, so the version stays owed and an edit follows.
                self._unused(slot)
                await self._record(slot, found, version=slot.sent)
                return
        if slot.sending_since is None:
            async with self.store.write() as tx:
                await tx.outbox.sending(slot.key, self.clock.now())
        posted = await self._post(slot, channel, drawn.message, thread)
        await self._done(slot, posted, drawn)

    async def _find(self, channel: str, key: str, since: datetime, thread: str | None) -> Posted | None:
        try:
            return await self.chat.find(channel, key, since=since, thread_ts=thread)
        except Refused:
            # Not being allowed to look is no reason for silence: a second card is better than none.
            return None

    async def _post(self, slot: Slot, channel: str, message: Rendered, thread: str | None) -> Posted:
        clean = slot.sending_since is None or slot.key in self._surely_unsent
        self._surely_unsent.discard(slot.key)
        try:
            return await self.chat.post(channel, message, thread_ts=thread, key=slot.key)
        except BackendError as error:
            said_no = isinstance(error, Refused) or getattr(error, "retry_after_seconds", None) is not None
            if clean and said_no:
                self._surely_unsent.add(slot.key)
            raise

    async def _edit(self, slot: Slot, drawn: Drawn, ts: str) -> None:
        posted = Posted(channel=slot.channel, ts=ts)
        now = self.clock.now().timestamp()
        last = self._shown.get(slot.key)
        if last is not None and last.digest == _digest(drawn.message):
            self._unused(slot)
            await self._record(slot, posted)
            return
        gap = self.limits.edit_gap_seconds
        if last is not None and last.colour == drawn.colour and 0 <= now - last.at < gap:
            self._unused(slot)
            self._held[slot.key] = (slot.wanted, last.at + gap)
            return
        await self.chat.update(posted, drawn.message, key=slot.key)
        await self._done(slot, posted, drawn)

    async def _done(self, slot: Slot, posted: Posted, drawn: Drawn) -> None:
        now = self.clock.now().timestamp()
        self.pacing.accepted(slot.channel, edit=slot.ts is not None, now=now)
        self._shown.pop(slot.key, None)
        self._shown[slot.key] = _Shown(at=now, colour=drawn.colour, digest=_digest(drawn.message))
        if len(self._shown) > _MOST_REMEMBERED:
            del self._shown[next(iter(self._shown))]
        await self._record(slot, posted, shown_as=drawn.priority)

    async def _record(
        self, slot: Slot, posted: Posted, *, version: int | None = None, shown_as: str = ""
    ) -> None:
        self._held.pop(slot.key, None)
        self.trouble.pop(slot.channel, None)
        async with self.store.write() as tx:
            told = slot.wanted if version is None else version
            now_wanted = await tx.outbox.get(slot.key)
            if slot.ts is not None and (now_wanted is None or now_wanted.ts != slot.ts):
                # The slot moved to another channel during this edit; where it was is no news about where it will be.
                return
            await tx.outbox.sent(slot.key, told, channel=posted.channel, ts=posted.ts)
            if slot.kind is SlotKind.CARD and slot.ts is None and slot.incident_id:
                await _remember_card(tx, slot.incident_id, posted, shown_as, self.clock.now())
                await _catch_up(tx, slot, self.clock.now())
            elif slot.ts is None:
                await _follow(tx, slot, posted, self.clock.now())

    async def failed(self, slot: Slot, error: BackendError) -> None:
        """Record a failed try and decide when to try again."""
        now = self.clock.now()
        pause = self._backoff(slot.attempts)
        if isinstance(error, Refused):
            self.trouble[slot.channel] = error.user_message
            pause = _REFUSED_AGAIN
        elif isinstance(error, Unavailable) and error.retry_after_seconds is not None:
            pause = timedelta(seconds=error.retry_after_seconds)
            edit = slot.ts is not None
            self.pacing.refused(
                slot.channel, edit=edit, now=now.timestamp(), retry_after=error.retry_after_seconds
            )
        async with self.store.write() as tx:
            await tx.outbox.failed(slot.key, error.user_message, now + pause)

    def _backoff(self, attempts: int) -> timedelta:
        seconds = self.limits.backoff_seconds * 2 ** min(attempts, 10)
        return timedelta(seconds=min(seconds, self.limits.longest_backoff_seconds))


async def _remember_card(tx: Tx, incident_id: str, posted: Posted, shown_as: str, at: datetime) -> None:
    incident = await tx.incidents.get(incident_id)
    if incident is None or incident.conversation.ts == posted.ts:
        return
    conversation = Conversation(channel=posted.channel, ts=posted.ts)
    try:
        await tx.incidents.save(incident.model_copy(update={"conversation": conversation}))
    except Conflict as error:
        # Unreachable while a write transaction is alone; a second replica would make it worth a retry.
        raise Unavailable("The incident changed while its card was posted.", backend="database") from error
    data = {"channel": posted.channel, "ts": posted.ts} | ({"priority": shown_as} if shown_as else {})
    await tx.timeline.append(incident_id, TimelineKind.CARD_POSTED, ACTOR, at, dict(data))


async def _catch_up(tx: Tx, slot: Slot, now: datetime) -> None:
    """Move a card that was still on its way when its incident became louder."""
    posted = await tx.outbox.get(slot.key)
    home = posted.payload.get("home") if posted is not None else None
    if posted is not None and isinstance(home, str) and home != slot.channel:
        await move(tx, posted, home, now)


async def _follow(tx: Tx, slot: Slot, posted: Posted, now: datetime) -> None:
    """Have a reply that was on its way when its card moved, and goes where it goes, posted anew below the card."""
    card = await tx.outbox.get(slot.thread_of) if slot.thread_of else None
    if card is None or card.channel == posted.channel:
        return
    if slot.key in await following(tx, slot.incident_id or ""):
        await tx.outbox.move(slot.key, card.channel, now)


def _digest(message: Rendered) -> str:
    shown = message.model_dump_json(include={"text", "blocks"})
    return hashlib.sha256(shown.encode()).hexdigest()


def _thread_of(slot: Slot) -> str | None:
    thread = slot.payload.get("thread_ts")
    return thread if isinstance(thread, str) else None
