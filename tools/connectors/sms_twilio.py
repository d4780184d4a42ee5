"""Text messages through Twilio's Messages resource, API version 2010-04-01."""

import base64
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from agent.domain.notification import Channel, Notification, Receipt, TextMessage
from agent.domain.probe import Probe
from agent.errors import BadAnswer, NotFound, OpsError, Refused
from tools.connectors.http_json import JsonHttp, excerpt
from tools.connectors.text_messages import fitted, number_of, without_numbers

BACKEND = "twilio"
_LOOK_BACK = "50"
# Half an hour later a call for help is either answered or made anew.
_STALE_SECONDS = 1800
_CLOCK_SKEW = timedelta(minutes=2)
_FAILED = frozenset({"failed", "undelivered", "canceled"})


class TwilioMessages:
    """A Notifier for text messages; `sender` is a number, a name that may send, or a messaging service (`MG…`)."""

    channel = Channel.SMS

    def __init__(
        self,
        account: str,
        token: str,
        sender: str,
        url: str,
        *,
        timeout_seconds: float,
        ca_file: Path | None = None,
    ) -> None:
        self._account = quote(account, safe="")
        self._sender = sender
        login = base64.b64encode(f"{account}:{token}".encode()).decode()
        self._http = JsonHttp(
            "Twilio",
            BACKEND,
            url,
            timeout_seconds=timeout_seconds,
            headers={"Authorization": f"Basic {login}"},
            reason=_reason,
            max_bytes=2 * 1024 * 1024,
            ca_file=ca_file,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def send(self, notification: Notification, *, again: bool) -> Receipt:
        """Send a text message; Twilio knows no idempotency key, so after a cut-off try its own list is looked through."""
        content = notification.content
        if not isinstance(content, TextMessage):
            raise Refused(f"A text message cannot carry a {content.form}.", backend=BACKEND)
        to, body = number_of(notification.address, BACKEND), fitted(content.text)
        if again and (found := await self._sent_already(to, body, notification.sending_since)):
            return found
        by = "MessagingServiceSid" if self._sender.startswith("MG") else "From"
        form = {"To": to, by: self._sender, "Body": body, "ValidityPeriod": str(_STALE_SECONDS)}
        try:
            return _receipt(await self._http.form(self._path, form))
        except NotFound as error:
            raise Refused(
                "Twilio does not know the account in OPS_TWILIO_ACCOUNT_SID.", backend=BACKEND
            ) from error

    @property
    def _path(self) -> str:
        return f"/2010-04-01/Accounts/{self._account}/Messages.json"

    async def _sent_already(self, to: str, body: str, since: datetime | None) -> Receipt | None:
        """Return what an earlier try sent to this number."""
        answer = await self._http.fetch(self._path, {"To": to, "PageSize": _LOOK_BACK})
        listed = answer.get("messages") if isinstance(answer, dict) else None
        if not isinstance(listed, list):
            raise BadAnswer("Twilio's answer has no list of messages.", backend=BACKEND)
        for one in listed:
            if isinstance(one, dict) and _same(one, body, since):
                return _receipt(one)
        return None

    async def probe(self) -> Probe:
        """Say whether the account can be used, without sending anything."""
        name = "Twilio"
        try:
            answer = await self._http.fetch(f"/2010-04-01/Accounts/{self._account}.json")
        except OpsError as error:
            fix = "Check OPS_TWILIO_ACCOUNT_SID and OPS_TWILIO_AUTH_TOKEN."
            return Probe(name=name, ok=False, detail=error.user_message, fix=fix)
        status = answer.get("status") if isinstance(answer, dict) else None
        if status != "active":
            fix = "Look at the account in Twilio's console."
            return Probe(name=name, ok=False, detail=f"the account is {excerpt(str(status), 40)}", fix=fix)
        trial = " (a trial account reaches verified numbers only)" if answer.get("type") == "Trial" else ""
        return Probe(name=name, ok=True, detail=f"the account is active{trial}")


def _same(one: dict[str, Any], body: str, since: datetime | None) -> bool:
    # A trial account puts words of its own in front.
    if not str(one.get("body") or "").endswith(body) or one.get("status") in _FAILED:
        return False
    created = _time(one.get("date_created"))
    return since is None or created is None or created >= since - _CLOCK_SKEW


def _time(value: Any) -> datetime | None:
    try:
        found = parsedate_to_datetime(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else None


def _receipt(answer: Any) -> Receipt:
    if not isinstance(answer, dict) or not isinstance(answer.get("sid"), str) or not answer["sid"]:
        raise BadAnswer("Twilio took the message without naming it.", backend=BACKEND)
    if answer.get("status") in _FAILED:
        said = without_numbers(excerpt(str(answer.get("error_message") or answer.get("error_code") or "")))
        raise Refused(f"Twilio could not send the message. {said}".strip(), backend=BACKEND)
    return Receipt(reference=answer["sid"], read_back=str(answer.get("body") or ""))


def _reason(found: object) -> str:
    """Return Twilio's own words: its code, by which its documentation tells more, and its sentence."""
    if not isinstance(found, dict):
        return ""
    code, message = found.get("code"), found.get("message")
    said = without_numbers(excerpt(message)) if isinstance(message, str) else ""
    return f"{code}: {said}" if isinstance(code, int) and not isinstance(code, bool) else said
