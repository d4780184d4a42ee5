"""Deliveries over HTTP, signed as Slack signs them, to one request url."""

import hashlib
import hmac
import json
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from demo.workspace.clock import Clock
from demo.workspace.delivery.transport import ACK_SECONDS, Delivery, Json
from demo.workspace.errors import DeliveryFailed

MAX_REDIRECTS = 2
_REDIRECTS = (301, 302, 307, 308)


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Return Slack's v0 signature of a request body."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


class SignedHttp:
    """Post deliveries to an app's request url."""

    def __init__(
        self,
        request_url: str,
        signing_secret: str,
        token: str,
        clock: Clock,
        ack_seconds: float = ACK_SECONDS,
    ) -> None:
        self._url = request_url
        self._secret = signing_secret
        self._token = token
        self._clock = clock
        timeout = aiohttp.ClientTimeout(total=ack_seconds)
        self._session = aiohttp.ClientSession(timeout=timeout)

    async def verify(self) -> bool:
        """Do the `url_verification` handshake; tell whether the app echoed the challenge."""
        challenge = hashlib.sha256(self._url.encode()).hexdigest()
        body = {"token": self._token, "challenge": challenge, "type": "url_verification"}
        reply = await self._post(json.dumps(body).encode(), "application/json", {})
        return challenge in (reply.get("challenge"), reply.get("text"))

    async def send(self, delivery: Delivery) -> Json:
        """Post one delivery; the reply's body is the ack's payload."""
        headers = {}
        if delivery.retry_num:
            headers = {
                "X-Slack-Retry-Num": str(delivery.retry_num),
                "X-Slack-Retry-Reason": delivery.retry_reason,
            }
        if delivery.kind == "events_api":
            return await self._post(json.dumps(delivery.payload).encode(), "application/json", headers)
        fields = delivery.payload
        if delivery.kind == "interactive":
            fields = {"payload": json.dumps(delivery.payload)}
        return await self._post(urlencode(fields).encode(), "application/x-www-form-urlencoded", headers)

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def _post(self, body: bytes, content_type: str, headers: dict[str, str]) -> Json:
        timestamp = str(int(self._clock.now()))
        sent = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": sign(self._secret, timestamp, body),
            **headers,
        }
        url = self._url
        try:
            for _ in range(MAX_REDIRECTS + 1):
                async with self._session.post(url, data=body, headers=sent, allow_redirects=False) as reply:
                    if reply.status in _REDIRECTS and "Location" in reply.headers:
                        url = str(reply.url.join(URL(reply.headers["Location"])))
                        continue
                    return await _ack(reply)
        except TimeoutError:
            raise DeliveryFailed("http_timeout") from None
        except aiohttp.ClientError as error:
            raise DeliveryFailed("connection_failed") from error
        raise DeliveryFailed("too_many_redirects")


async def _ack(reply: aiohttp.ClientResponse) -> Json:
    text = await reply.text()
    if not 200 <= reply.status < 300:
        raise DeliveryFailed("http_error", retry=reply.headers.get("X-Slack-No-Retry") != "1")
    if reply.content_type == "application/json" and text.strip():
        try:
            body = json.loads(text)
        except ValueError:
            raise DeliveryFailed("http_error") from None
        return body if isinstance(body, dict) else {}
    return {"text": text} if text.strip() else {}
