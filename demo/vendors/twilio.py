"""A double of Twilio's Messages resource, written from its public documentation and its published API description.

It sends nothing to anybody: the messages stand in memory, with the numbers that the description's examples use.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import count
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from demo.vendors.door import Faults

_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_SHORT = re.compile(r"[\x00-\x7f£¥èéùìòÇØøÅåÆæßÉÄÖÑÜ§¿äöñüà]*")


@dataclass(slots=True)
class TwilioDouble:
    """A Vendor; `refused` maps numbers to the error code that sending to them is answered with."""

    account: str
    token: str
    faults: Faults = field(default_factory=Faults)
    refused: dict[str, int] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    name: str = "twilio"
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the account and its messages."""
        base = "/2010-04-01/Accounts/{account}"
        return [
            web.get(f"{base}.json", self._keyed(self._account)),
            web.post(f"{base}/Messages.json", self._keyed(self._create)),
            web.get(f"{base}/Messages.json", self._keyed(self._list)),
        ]

    def state(self) -> Mapping[str, Any]:
        """Return the messages, newest first."""
        return {"name": self.name, "messages": list(reversed(self.messages))}

    def _keyed(self, handler: Handler) -> Handler:
        right = base64.b64encode(f"{self.account}:{self.token}".encode()).decode()

        async def check(request: web.Request) -> web.StreamResponse:
            if request.headers.get("Authorization") != f"Basic {right}":
                return refusal(401, 20003, "Authenticate")
            if request.match_info["account"] != self.account:
                return refusal(404, 20404, "The requested resource was not found")
            return await handler(request)

        return check

    async def _account(self, _: web.Request) -> web.Response:
        told = {"sid": self.account, "friendly_name": "Demo", "status": "active", "type": "Full"}
        return web.json_response(told)

    async def _create(self, request: web.Request) -> web.Response:
        form = await request.post()
        to, body = str(form.get("To", "")), str(form.get("Body", ""))
        if not to:
            return refusal(400, 21604, "A 'To' phone number is required.")
        if not form.get("From") and not form.get("MessagingServiceSid"):
            return refusal(400, 21603, "A 'From' phone number is required.")
        if not body:
            return refusal(400, 21602, "Message body is required.")
        if len(body) > 1600:
            return refusal(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
        if not _NUMBER.fullmatch(to):
            return refusal(400, 21211, f"Invalid 'To' Phone Number: {to}")
        if to in self.refused:
            return refusal(400, self.refused[to], f"The message to {to} cannot be sent")
        message = self._message(to, body, form)
        self.messages.append(message)
        return web.json_response(message, status=201)

    def _message(self, to: str, body: str, form: Mapping[str, Any]) -> dict[str, Any]:
        sid = f"SM{next(self._numbers):032x}"
        uri = f"/2010-04-01/Accounts/{self.account}/Messages/{sid}"
        moment = format_datetime(datetime.now(UTC))
        service = form.get("MessagingServiceSid")
        return {
            "account_sid": self.account,
            "api_version": "2010-04-01",
            "body": body,
            "date_created": moment,
            "date_sent": None,
            "date_updated": moment,
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
            "from": form.get("From"),
            "messaging_service_sid": service,
            "num_media": "0",
            "num_segments": str(segments(body)),
            "price": None,
            "price_unit": "USD",
            "sid": sid,
            "status": "accepted" if service else "queued",
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": to,
            "uri": f"{uri}.json",
        }

    async def _list(self, request: web.Request) -> web.Response:
        to, size = request.query.get("To"), int(request.query.get("PageSize", "50"))
        found = [one for one in reversed(self.messages) if to is None or one["to"] == to]
        uri = f"/2010-04-01/Accounts/{self.account}/Messages.json"
        return web.json_response(
            {
                "messages": found[:size],
                "page": 0,
                "page_size": size,
                "start": 0,
                "end": max(0, len(found[:size]) - 1),
                "uri": uri,
                "first_page_uri": uri,
                "next_page_uri": None,
                "previous_page_uri": None,
            }
        )


def segments(body: str) -> int:
    """Return how many parts a text travels in, nearly: the double knows the commoner letters only."""
    one, part = (160, 153) if _SHORT.fullmatch(body) else (70, 67)
    length = len(body.encode("utf-16-be")) // 2
    return 1 if length <= one else -(-length // part)


def refusal(status: int, code: int, message: str) -> web.Response:
    """Return an error in Twilio's form."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    body = {"code": code, "message": message, "more_info": more, "status": status}
    return web.json_response(body, status=status)
