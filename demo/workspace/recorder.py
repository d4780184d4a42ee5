"""The record of every call and delivery, and waiting until something has happened."""

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_KEPT = 5_000
_SECRET = ("token", "client_secret", "code", "access_token", "refresh_token")


@dataclass(frozen=True, slots=True)
class Recorded:
    """One Web API call, or one delivery to the app."""

    at: float
    direction: str
    name: str
    status: str
    ms: float
    summary: str
    args: Mapping[str, Any] = field(default_factory=dict)
    reply: Mapping[str, Any] = field(default_factory=dict)


class Recorder:
    """Keep the newest records and wake whoever waits for a change."""

    def __init__(self) -> None:
        self.records: deque[Recorded] = deque(maxlen=_KEPT)
        self._waiting: set[asyncio.Event] = set()

    def add(self, record: Recorded) -> None:
        """Keep one record."""
        self.records.append(record)
        self.touch()

    def touch(self) -> None:
        """Say that something changed."""
        for event in self._waiting:
            event.set()

    async def changed(self, timeout: float) -> None:
        """Return at the next change; raises TimeoutError after `timeout` seconds."""
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            async with asyncio.timeout(timeout):
                await event.wait()
        finally:
            self._waiting.discard(event)

    def calls(self, method: str | None = None) -> list[Recorded]:
        """List the Web API calls, or those of one method, oldest first."""
        return [r for r in self.records if r.direction == "call" and method in (None, r.name)]

    def deliveries(self, direction: str | None = None) -> list[Recorded]:
        """List what was sent to the app, or one kind of it (`event`, `interactive`, `slash`)."""
        return [r for r in self.records if r.direction != "call" and direction in (None, r.direction)]


def harmless(found: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what opens doors: tokens, codes and secrets, also one level down."""
    kept = {key: value for key, value in found.items() if key not in _SECRET}
    return {key: harmless(value) if key == "authed_user" else value for key, value in kept.items()}


def summarize(args: Mapping[str, Any]) -> str:
    """Describe arguments in one short line without tokens."""
    parts = []
    for key, value in args.items():
        if key in _SECRET or value in (None, ""):
            continue
        text = f"{len(value)} items" if isinstance(value, list) else str(value)
        parts.append(f"{key}={text[:60]}")
    return " ".join(parts)[:240]
