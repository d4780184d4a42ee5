"""A double of PagerDuty, written from its public documentation (Events API v2, REST API v2, webhooks v3).

It is no PagerDuty: it knows the calls that ops-monitor makes and what the documentation says of their answers, it holds
its incidents in memory, and people acknowledge "on the phone" through a door of the demo's own.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from demo.vendors.door import Faults
from demo.vendors.pagerduty_hooks import Hooks
from demo.vendors.pagerduty_records import OPEN, PagerBooks, PagerIncident, User
from demo.vendors.pagerduty_rest import PagerRest

_ACTIONS = ("trigger", "acknowledge", "resolve")
_SEVERITIES = ("critical", "error", "warning", "info")


@dataclass(slots=True)
class PagerDutyDouble:
    """A Vendor; `routing_key` opens the events door and `api_key` the REST API."""

    routing_key: str
    api_key: str
    books: PagerBooks = field(default_factory=PagerBooks)
    hooks: Hooks = field(default_factory=Hooks)
    faults: Faults = field(default_factory=Faults)
    name: str = "pagerduty"

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the events door, the REST API and the phones."""
        return [
            web.post("/v2/enqueue", self._enqueue),
            *PagerRest(self.books, self.api_key, self.hooks).routes(),
            web.post("/_phone/{id}/{act}", self._phone),
        ]

    def state(self) -> Mapping[str, Any]:
        """Return incidents, rings and the events that came."""
        return {
            "name": self.name,
            "users": [user.whole() for user in self.books.users],
            "incidents": [one.page() for one in self.books.incidents],
            "phones": self.books.phones,
            "events": self.books.events,
            "webhooks": self.hooks.sent,
        }

    async def _enqueue(self, request: web.Request) -> web.Response:
        try:
            event = await request.json()
        except json.JSONDecodeError:
            return _invalid(["JSON is invalid"])
        wrong = self._wrong(event)
        if wrong:
            return _invalid(wrong)
        self.books.events.append({k: v for k, v in event.items() if k != "routing_key"})
        key = event.get("dedup_key") or f"auto-{len(self.books.events)}"
        await self._apply(event, key)
        accepted = {"status": "success", "message": "Event processed", "dedup_key": key}
        return web.json_response(accepted, status=202)

    def _wrong(self, event: Any) -> list[str]:
        if not isinstance(event, dict):
            return ["JSON is invalid"]
        if event.get("routing_key") != self.routing_key:
            return ["'routing_key' is invalid"]
        action, key = event.get("event_action"), event.get("dedup_key")
        if action not in _ACTIONS:
            return ["'event_action' is missing or is not one of trigger, acknowledge, resolve"]
        if len(key or "") > 255:
            return ["'dedup_key' is longer than 255 characters"]
        if action != "trigger":
            return [] if key else ["'dedup_key' is missing or blank"]
        return _wrong_payload(event.get("payload"))

    async def _apply(self, event: dict[str, Any], key: str) -> None:
        known = self.books.open_with(key)
        if event["event_action"] == "trigger":
            payload = event["payload"]
            if known is not None:
                known.told("trigger_log_entry", "ops-monitor", str(payload["summary"]))
                return
            details = {**payload.get("custom_details", {}), "links": event.get("links", [])}
            begun = self.books.begin(key, payload["summary"], payload["severity"], details)
            self.hooks.tell("incident.triggered", begun, None)
        elif known is not None:
            done = "acknowledged" if event["event_action"] == "acknowledge" else "resolved"
            self._move(known, done, None)

    def _move(self, incident: PagerIncident, status: str, by: User | None) -> None:
        if incident.status == status or incident.status not in OPEN:
            return
        incident.status = status
        incident.told(f"{status}_log_entry", by.name if by else "ops-monitor")
        self.hooks.tell(f"incident.{status}", incident, by)

    async def _phone(self, request: web.Request) -> web.Response:
        """Do what a person does in PagerDuty's own app: acknowledge, resolve, escalate, reassign, priority, note."""
        incident = self.books.incident(request.match_info["id"])
        body = await request.json() if request.can_read_body else {}
        user = self.books.user(str(body.get("user", ""))) or next(iter(self.books.users), None)
        if incident is None or user is None:
            return web.json_response({"error": "no such incident or user"}, status=404)
        said = str(body.get("text", ""))
        match request.match_info["act"]:
            case "acknowledge":
                self._move(incident, "acknowledged", user)
            case "resolve":
                self._move(incident, "resolved", user)
            case "note":
                self._note(incident, user, said)
            case "escalate" | "reassign" as act:
                incident.assignees = [self.books.user(said) or user]
                self.hooks.tell(
                    f"incident.{act}d" if act == "escalate" else "incident.reassigned", incident, user
                )
            case "priority":
                incident.priority = said
                self.hooks.tell("incident.priority_updated", incident, user)
            case _:
                return web.json_response({"error": "no such act"}, status=404)
        await asyncio.sleep(0)
        return web.json_response(incident.page())

    def _note(self, incident: PagerIncident, user: User, said: str) -> None:
        note = {"id": f"N{len(incident.notes) + 1}", "content": said, "user": user.reference()}
        incident.notes.append(note)
        self.hooks.tell_note(incident, note, user)


def _wrong_payload(payload: Any) -> list[str]:
    if not isinstance(payload, dict):
        return ["'payload' is missing or blank"]
    wrong = [
        f"'payload.{name}' is missing or blank" for name in ("summary", "source") if not payload.get(name)
    ]
    if payload.get("severity") not in _SEVERITIES:
        wrong.append(
            "'payload.severity' is invalid (must be one of the following: critical, error, warning, info)"
        )
    if len(str(payload.get("summary", ""))) > 1024:
        wrong.append("'payload.summary' is longer than 1024 characters")
    return wrong


def _invalid(errors: list[str]) -> web.Response:
    body = {"status": "invalid event", "message": "Event object is invalid", "errors": errors}
    return web.json_response(body, status=400)
