"""PagerDuty's Events API version 2: alerts are triggered, acknowledged and resolved by their deduplication key."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent.domain.notification import Channel, Notification, PagerEvent, PagerNote, PagerRequest, Receipt
from agent.domain.noun import Json
from agent.domain.probe import Probe
from agent.errors import BadAnswer, Misconfigured, OpsError, Refused
from tools.connectors.http_json import JsonHttp, excerpt
from tools.connectors.pagerduty_rest import PagerDutyRest, reason_of

BACKEND = "pagerduty"
CLIENT = "ops-monitor"
SETTING = "OPS_PAGERDUTY_ROUTING_KEY"
# PagerDuty's own bounds: characters of a summary and of a key, bytes of an event.
_SUMMARY = 1024
_KEY = 255
_DETAILS_BYTES = 400_000


class PagerDutyEvents:
    """A Notifier for the pager; notes go by the REST API, where there is one."""

    channel = Channel.PAGERDUTY

    def __init__(
        self,
        routing_key: str,
        url: str,
        *,
        timeout_seconds: float,
        rest: PagerDutyRest | None = None,
        client_url: str = "",
        ca_file: Path | None = None,
    ) -> None:
        self._routing_key = routing_key
        self._rest = rest
        self._client_url = client_url
        self._http = JsonHttp(
            "PagerDuty",
            BACKEND,
            url,
            timeout_seconds=timeout_seconds,
            reason=reason_of,
            max_bytes=1024 * 1024,
            ca_file=ca_file,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def send(self, notification: Notification, *, again: bool) -> Receipt:
        """Send an event, which PagerDuty itself joins to an earlier one by its key, or a note."""
        content = notification.content
        if isinstance(content, PagerNote | PagerRequest):
            if self._rest is None:
                raise Misconfigured("Notes and requests on PagerDuty incidents need OPS_PAGERDUTY_API_KEY.")
            if isinstance(content, PagerNote):
                return await self._rest.note(content.dedup_key, content.content, again=again)
            return await self._rest.join(content.dedup_key, content.users, content.message, again=again)
        if not isinstance(content, PagerEvent):
            raise Refused(f"PagerDuty cannot carry a {content.form}.", backend=BACKEND)
        answer = await self._http.send("POST", "/v2/enqueue", self.event(content))
        key = answer.get("dedup_key") if isinstance(answer, dict) else None
        if not isinstance(key, str) or not key:
            raise BadAnswer("PagerDuty accepted the event without naming its key.", backend=BACKEND)
        return Receipt(reference=key)

    def event(self, content: PagerEvent) -> dict[str, Any]:
        """Return the event as it travels."""
        event: dict[str, Any] = {
            "routing_key": content.routing or self._routing_key,
            "event_action": content.event_action,
            "dedup_key": content.dedup_key[:_KEY],
        }
        if content.event_action != "trigger":
            return event
        event["payload"] = {
            "summary": excerpt(content.summary, _SUMMARY) or content.dedup_key,
            "source": content.source or CLIENT,
            "severity": content.severity,
            "custom_details": _bounded(content.details),
        }
        if content.component:
            event["payload"]["component"] = content.component
        event["client"] = CLIENT
        if self._client_url:
            event["client_url"] = self._client_url
        if content.link:
            event["links"] = [{"href": content.link, "text": "Slack"}]
        return event

    async def probe(self) -> Probe:
        """Say whether the key looks like one and the REST API answers; the Events API tells nothing without an alert."""
        well_formed = len(self._routing_key) == 32 and self._routing_key.isalnum()
        if not well_formed:
            fix = f"Put the 32 characters of the service's Events API v2 integration key into {SETTING}."
            return Probe(name="PagerDuty", ok=False, detail="its key is not an integration key", fix=fix)
        if self._rest is None:
            detail = "a key is set; only a page itself can prove it"
            return Probe(name="PagerDuty", ok=True, detail=detail)
        try:
            return Probe(name="PagerDuty", ok=True, detail=await self._rest.check())
        except OpsError as error:
            fix = "Check OPS_PAGERDUTY_API_KEY and OPS_PAGERDUTY_API_URL."
            return Probe(name="PagerDuty", ok=False, detail=error.user_message, fix=fix)


def _bounded(details: Mapping[str, Json]) -> dict[str, Json]:
    """Return the details, without what would make the whole event too large to be taken."""
    kept: dict[str, Json] = {}
    size = 0
    for name, value in details.items():
        size += len(json.dumps([name, value], ensure_ascii=True))
        if size > _DETAILS_BYTES:
            kept["cut"] = "the rest was too long"
            break
        kept[name] = value
    return kept
