"""PagerDuty's webhooks, version 3: their signature, and what an event says about which incident."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from agent.analysis.redaction import clean_text
from agent.domain.noun import Noun, Utc
from agent.errors import BadInput, NotPermitted

SIGNATURE = "X-PagerDuty-Signature"
_MOST_SIGNATURES = 10
_NAME, _WORDS, _ID = 80, 3000, 200
_TIME: TypeAdapter[datetime] = TypeAdapter(Utc)

Said = Literal["acknowledged", "resolved", "escalated", "reassigned", "priority_updated", "annotated"]
_SAID: Mapping[str, Said] = {
    "incident.acknowledged": "acknowledged",
    "incident.resolved": "resolved",
    "incident.escalated": "escalated",
    "incident.reassigned": "reassigned",
    "incident.priority_updated": "priority_updated",
    "incident.annotated": "annotated",
}


class PagerNews(Noun):
    """One event; `said` is None for a kind that nothing follows from, `key` is empty where the event does not tell it.

    `user` is the acting person's id over there, empty when it was a program; `words` is what goes with the event: a
    note's text, whom it went to, or the new priority.
    """

    id: str
    kind: str
    said: Said | None
    at: Utc | None
    user: str
    actor: str
    incident: str
    key: str
    words: str


def require_signature(headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> None:
    """Raise NotPermitted unless one of the signatures is that of the body; each is compared in constant time."""
    given = [one.strip() for one in headers.get(SIGNATURE, "").split(",") if one.strip()]
    if not given:
        raise NotPermitted(f"A webhook needs the header {SIGNATURE}.")
    expected = [f"v1={hmac.new(one.encode(), body, hashlib.sha256).hexdigest()}" for one in secrets]
    found = [
        hmac.compare_digest(one.encode("utf-8", "surrogateescape"), right.encode())
        for one in given[:_MOST_SIGNATURES]
        for right in expected
    ]
    if not any(found):
        raise NotPermitted("The signature does not fit the body and OPS_PAGERDUTY_WEBHOOK_SECRET.")


def parse_news(body: bytes) -> PagerNews:
    """Parse an event; raises BadInput with the field that is wrong."""
    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadInput("The body is not JSON that can be read.") from error
    event = given.get("event") if isinstance(given, dict) else None
    if not isinstance(event, dict):
        raise BadInput("The body has no event.", field="event")
    event_id, kind = _text(event.get("id"), _ID), _text(event.get("event_type"), _ID)
    if not event_id:
        raise BadInput("The event has no id.", field="event.id")
    if not kind:
        raise BadInput("The event has no type.", field="event.event_type")
    data, agent = _part(event, "data"), _part(event, "agent")
    said = _SAID.get(kind)
    incident = _part(data, "incident") if said == "annotated" else data
    return PagerNews(
        id=event_id,
        kind=kind,
        said=said,
        at=_time(event.get("occurred_at")),
        user=_text(agent.get("id"), _ID) if _text(agent.get("type"), _ID).startswith("user") else "",
        actor=_text(agent.get("summary"), _NAME),
        incident=_text(incident.get("id"), _ID),
        key=_text(incident.get("incident_key"), 300),
        words=_words(said, data),
    )


def _words(said: Said | None, data: dict[str, Any]) -> str:
    match said:
        case "annotated":
            return _text(data.get("content"), _WORDS)
        case "escalated" | "reassigned":
            rows = data.get("assignees")
            names = (_text(row.get("summary"), _NAME) for row in _rows(rows))
            return ", ".join(name for name in names if name)[:_WORDS]
        case "priority_updated":
            return _text(_part(data, "priority").get("summary"), _NAME)
        case _:
            return ""


def _rows(value: Any) -> list[dict[str, Any]]:
    return [row for row in value[:20] if isinstance(row, dict)] if isinstance(value, list) else []


def _part(given: dict[str, Any], name: str) -> dict[str, Any]:
    found = given.get(name)
    return found if isinstance(found, dict) else {}


def _text(value: Any, limit: int) -> str:
    return clean_text(value).strip()[:limit] if isinstance(value, str) else ""


def _time(value: Any) -> datetime | None:
    try:
        return _TIME.validate_python(value) if isinstance(value, str) else None
    except ValidationError:
        return None
