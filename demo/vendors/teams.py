"""A double of a Teams workflow that posts cards into a channel, written from Microsoft's public documentation."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from demo.vendors.door import Faults

CARD = "application/vnd.microsoft.card.adaptive"
PATH = "/workflows/demo/triggers/manual/paths/invoke"
MOST_BYTES = 28 * 1024
MOST_CARDS = 300


class TeamsVendor:
    """One channel and the cards in it."""

    name = "teams"

    def __init__(self, *, signature: str = "") -> None:
        self.faults = Faults()
        self.signature = signature or secrets.token_urlsafe(16)
        self.cards: list[dict[str, Any]] = []
        self.turned_off = False

    def webhook_url(self, url: str) -> str:
        """Return the workflow's address on a server."""
        return f"{url}{PATH}?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig={self.signature}"

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the workflow's one door."""
        return [web.post(PATH, self._post)]

    def state(self) -> Mapping[str, Any]:
        """Return the channel."""
        return {"channel": "Production incidents", "cards": self.cards}

    async def _post(self, request: web.Request) -> web.Response:
        if self.turned_off:
            return _refused(404, "WorkflowNotFound", "The workflow could not be found.")
        if request.query.get("sig") != self.signature:
            return _refused(401, "DirectApiAuthorizationRequired", "The request must be authenticated.")
        if len(await request.read()) > MOST_BYTES:
            return _refused(413, "RequestEntityTooLarge", "The message is too large.")
        try:
            message = await request.json()
            parts = [part for part in message["attachments"] if part["contentType"] == CARD]
            cards = [part["content"] for part in parts if part["content"]["type"] == "AdaptiveCard"]
        except (ValueError, KeyError, TypeError):
            return _refused(400, "InvalidRequestContent", "The request content is not valid.")
        if not cards or message.get("type") != "message":
            return _refused(400, "InvalidRequestContent", "The message carries no adaptive card.")
        at = datetime.now(UTC).isoformat()
        self.cards += [{"at": at, "card": card} for card in cards]
        del self.cards[:-MOST_CARDS]
        return web.Response(status=202)


def _refused(status: int, code: str, words: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": words}}, status=status)
