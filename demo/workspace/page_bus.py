"""The stream of changes to open pages: a slow reader falls behind on its own, never an API call."""

import asyncio
import json
from collections import OrderedDict
from collections.abc import AsyncIterator, Collection
from typing import Any

Json = dict[str, Any]
# States, not happenings: only the newest of each per subject needs to reach the page.
_COALESCED = {"message_changed", "stream", "status", "view_updated", "home", "panel", "channel"}


def _subject(event: Json) -> tuple[str, ...] | None:
    if event["type"] not in _COALESCED:
        return None
    message, view = event.get("message") or {}, event.get("view") or {}
    channel = event.get("channel", "")
    return (
        str(event["type"]),
        str(channel["id"] if isinstance(channel, dict) else channel),
        str(message.get("ts") or event.get("thread_ts") or view.get("id") or event.get("app_id") or ""),
    )


class Subscriber:
    """One open page: the events it has not read yet, newest state winning."""

    def __init__(self, user: str) -> None:
        self.user = user
        self._pending: OrderedDict[tuple[str, ...], str] = OrderedDict()
        self._count = 0
        self._ready = asyncio.Event()

    def put(self, key: tuple[str, ...] | None, line: str) -> None:
        """Queue one encoded event, replacing an unread older state of the same subject."""
        self._count += 1
        chosen = key or ("", str(self._count))
        # A replaced state moves to the end, so that it never overtakes what was said before it.
        self._pending.pop(chosen, None)
        self._pending[chosen] = line
        self._ready.set()

    @property
    def waiting(self) -> bool:
        """Tell whether something is queued."""
        return bool(self._pending)

    async def lines(self, idle: float) -> AsyncIterator[str]:
        """Yield encoded events; after `idle` silent seconds yield a ping."""
        while True:
            if not self._pending:
                self._ready.clear()
                try:
                    async with asyncio.timeout(idle):
                        await self._ready.wait()
                except TimeoutError:
                    yield json.dumps({"type": "ping"})
                    continue
            batch = list(self._pending.values())
            self._pending.clear()
            for line in batch:
                yield line


class PageBus:
    """Fan changes out to the pages of the users who may see them."""

    def __init__(self) -> None:
        self._subscribers: set[Subscriber] = set()

    @property
    def watched(self) -> bool:
        """Tell whether any page is open."""
        return bool(self._subscribers)

    def open(self, user: str) -> Subscriber:
        """Register one page."""
        subscriber = Subscriber(user)
        self._subscribers.add(subscriber)
        return subscriber

    def close(self, subscriber: Subscriber) -> None:
        """Forget one page."""
        self._subscribers.discard(subscriber)

    def publish(self, event: Json, users: Collection[str] | None = None) -> None:
        """Queue an event for everyone, or for some users only."""
        readers = [s for s in self._subscribers if users is None or s.user in users]
        if not readers:
            return
        key, line = _subject(event), json.dumps(event, ensure_ascii=False)
        for reader in readers:
            reader.put(key, line)
