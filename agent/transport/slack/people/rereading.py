"""Looks at what Slack shows of an update that was posted there."""

from dataclasses import dataclass
from typing import Protocol

from agent.domain.update import Destination, Reading, Update
from agent.lifecycle.updates_reading import alike
from agent.lifecycle.updates_sending import slack_message, slack_slots
from agent.ports.chat import Posted
from agent.ports.outbox import Slot
from agent.ports.store import Store
from agent.transport.slack.shown import words_of


class Reads(Protocol):
    """Returns the words that a message shows now, None when it was deleted; raises a BackendError."""

    async def read(self, posted: Posted, *, thread_ts: str | None = None) -> str | None:
        """Read one message."""
        ...


@dataclass(frozen=True, slots=True)
class SlackReading:
    """Compares every message of a channel that should show an update with its words."""

    store: Store
    chat: Reads

    async def look(self, update: Update, place: Destination) -> Reading:
        """Return how an update reads in a channel; the worst of its messages counts."""
        before = await self._slots(update, place)
        if not before:
            return Reading.OVERTAKEN
        sent = words_of(slack_message(update))
        found = {slot.key: await self._reading(slot, sent) for slot in before}
        # A later update may have been put in its place while Slack was asked.
        still = [found[slot.key] for slot in await self._slots(update, place) if slot.key in found]
        for reading in (Reading.GONE, Reading.DIFFERS, Reading.SAME):
            if reading in still:
                return reading
        return Reading.OVERTAKEN

    async def _slots(self, update: Update, place: Destination) -> tuple[Slot, ...]:
        async with self.store.read() as tx:
            return await slack_slots(tx, update, place.address)

    async def _reading(self, slot: Slot, sent: str) -> Reading:
        async with self.store.read() as tx:
            root = await tx.outbox.get(slot.thread_of) if slot.thread_of else None
        posted = Posted(channel=slot.channel, ts=slot.ts or "")
        held = await self.chat.read(posted, thread_ts=root.ts if root is not None else None)
        if held is None:
            return Reading.GONE
        return Reading.SAME if alike(sent, held) else Reading.DIFFERS
