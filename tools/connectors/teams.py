"""Posts cards into a Teams channel through a workflow's address, which is a secret: whoever knows it can post."""

from pathlib import Path
from urllib.parse import urlsplit

from agent.domain.notification import Channel, Notification, Receipt, TeamsCard
from agent.domain.probe import Probe
from agent.errors import Misconfigured, NotFound, OpsError, Refused
from tools.connectors.http_json import JsonHttp, excerpt
from tools.connectors.teams_cards import message

BACKEND = "teams"
PROBE = "Microsoft Teams"
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class TeamsCards:
    """A Notifier of cards; Teams has no key by which a repeated post could be told from a new one."""

    channel = Channel.TEAMS

    def __init__(self, webhook_url: str, *, timeout_seconds: float, ca_file: Path | None = None) -> None:
        parts = urlsplit(webhook_url)
        if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            raise Misconfigured("OPS_TEAMS_WEBHOOK_URL must begin with https://.")
        self._http = JsonHttp(
            "Teams", BACKEND, webhook_url, timeout_seconds=timeout_seconds, reason=_words, ca_file=ca_file
        )
        # The path is a part of the secret.
        self._http.shown = f"{parts.scheme}://{parts.hostname}"

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def send(self, notification: Notification, *, again: bool) -> Receipt:
        """Post a card; after a try that was cut off it may stand in the channel twice."""
        card = notification.content
        if not isinstance(card, TeamsCard):
            raise Refused("Only cards can be posted in Teams.", backend=BACKEND)
        try:
            await self._http.tell("POST", "", message(card))
        except NotFound as error:
            said = "Teams knows no workflow at OPS_TEAMS_WEBHOOK_URL (404); it was deleted or turned off."
            raise Refused(said, backend=BACKEND) from error
        return Receipt(reference=notification.key)

    async def probe(self) -> Probe:
        """See whether somebody answers at the address; only a post would tell whether the workflow takes cards."""
        try:
            await self._http.tell("GET", "")
        except (Refused, NotFound):
            # A workflow takes nothing but POST: every refusal of a GET is as good an answer as any.
            pass
        except OpsError as error:
            fix = "Check OPS_TEAMS_WEBHOOK_URL and whether the internet can be reached from here."
            return Probe(name=PROBE, ok=False, detail=error.user_message, fix=fix)
        detail = f"{self._http.shown} answers; only a post would show that the workflow takes cards"
        return Probe(name=PROBE, ok=True, detail=detail)


def _words(found: object) -> str:
    """Return the words of refusal of a workflow: `error.message`, or `error` itself."""
    error = found.get("error") if isinstance(found, dict) else found
    words = error.get("message") if isinstance(error, dict) else error
    return excerpt(words) if isinstance(words, str) else ""
