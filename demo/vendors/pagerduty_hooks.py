"""The webhooks that PagerDuty's double sends: version 3, signed over the body, tried again while the other side fails."""

import asyncio
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import aiohttp

from demo.vendors.pagerduty_records import PagerIncident, User, now

_TRIES = 5
_PAUSE_SECONDS = 0.5
_PROGRAM = {
    "id": "PSVC1",
    "type": "service_reference",
    "summary": "ops-monitor",
    "self": None,
    "html_url": None,
}


def signed(body: bytes, secret: str) -> str:
    """Return a body's signature as it stands in the header."""
    return "v1=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def event_of(kind: str, data: dict[str, Any], by: User | None) -> dict[str, Any]:
    """Return an event as it travels; without a user a program did it."""
    agent = by.reference() if by is not None else dict(_PROGRAM)
    event = {
        "id": uuid4().hex.upper()[:26],
        "event_type": kind,
        "resource_type": "incident",
        "occurred_at": now(),
        "agent": agent,
        "client": None,
        "data": data,
    }
    return {"event": event}


@dataclass(slots=True)
class Hooks:
    """Sends to one subscriber; without a `url` nobody is told."""

    url: str = ""
    secret: str = ""
    sent: list[dict[str, Any]] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def tell(self, kind: str, incident: PagerIncident, by: User | None) -> None:
        """Send an incident's event, soon."""
        self.send(event_of(kind, incident.described(), by))

    def tell_note(self, incident: PagerIncident, note: dict[str, Any], by: User | None) -> None:
        """Send a note's event, which names its incident without the key."""
        data = {
            "id": note["id"],
            "type": "incident_note",
            "content": note["content"],
            "trimmed": False,
            "incident": incident.described(brief=True),
        }
        self.send(event_of("incident.annotated", data, by))

    def send(self, event: dict[str, Any]) -> None:
        """Send an event, soon."""
        if not self.url:
            return
        task = asyncio.create_task(self._deliver(json.dumps(event).encode(), event["event"]))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settled(self) -> None:
        """Wait until everything was sent or given up."""
        await asyncio.gather(*self._tasks)

    async def _deliver(self, body: bytes, event: dict[str, Any]) -> None:
        headers = {"Content-Type": "application/json", "X-PagerDuty-Signature": signed(body, self.secret)}
        status = 0
        async with aiohttp.ClientSession() as http:
            for attempt in range(1, _TRIES + 1):
                status = await self._post(http, body, headers)
                if 0 < status < 500 and status != 429:
                    break
                await asyncio.sleep(_PAUSE_SECONDS * attempt)
        self.sent.append({"id": event["id"], "type": event["event_type"], "at": now(), "status": status})

    async def _post(self, http: aiohttp.ClientSession, body: bytes, headers: dict[str, str]) -> int:
        try:
            async with http.post(self.url, data=body, headers=headers) as response:
                return response.status
        except aiohttp.ClientError:
            return 0
