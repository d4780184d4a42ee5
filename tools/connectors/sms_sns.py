"""Text messages through Amazon SNS: one signed call, whose answer is a message's id."""

import asyncio
import html
import io
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from awscrt import auth, http
from awscrt.exceptions import AwsCrtError

from agent.domain.notification import Channel, Notification, Receipt, TextMessage
from agent.domain.probe import Probe
from agent.errors import BadAnswer, Misconfigured, OpsError, Overloaded, Refused, Unavailable
from tools.connectors.http_json import JsonHttp, excerpt
from tools.connectors.text_messages import fitted, number_of, without_numbers

BACKEND = "sns"
_VERSION = "2010-03-31"
_MESSAGE_ID = re.compile(rb"<MessageId>([\w-]{1,100})</MessageId>")
_CODE = re.compile(rb"<Code>([\w.]{1,100})</Code>")
_MESSAGE = re.compile(rb"<Message>(.{1,2000}?)</Message>", re.DOTALL)
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d{1,2}")
_SLOW_DOWN = frozenset({"Throttling", "ThrottlingException", "Throttled", "ThrottledException"})
_BAD_KEY = frozenset(
    {"InvalidClientTokenId", "SignatureDoesNotMatch", "AuthorizationError", "AccessDenied", "ExpiredToken"}
)


class SnsMessages:
    """A Notifier for text messages; without a key of its own it uses what the machine is given by AWS."""

    channel = Channel.SMS

    def __init__(
        self,
        region: str,
        key_id: str | None,
        secret: str | None,
        url: str | None,
        *,
        timeout_seconds: float,
        ca_file: Path | None = None,
    ) -> None:
        if not _REGION.fullmatch(region):
            raise Misconfigured("OPS_SNS_REGION must be a region of AWS, such as ap-northeast-2.")
        if bool(key_id) != bool(secret):
            raise Misconfigured(
                "OPS_SNS_ACCESS_KEY_ID and OPS_SNS_SECRET_ACCESS_KEY go together: set both or none."
            )
        self._region = region
        self._provider = _provider(key_id, secret)
        address = (url or f"https://sns.{region}.amazonaws.com").rstrip("/")
        self._host = urlsplit(address).netloc.rpartition("@")[2]
        self._http = JsonHttp(
            "Amazon SNS",
            BACKEND,
            address,
            timeout_seconds=timeout_seconds,
            max_bytes=1024 * 1024,
            ca_file=ca_file,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def send(self, notification: Notification, *, again: bool) -> Receipt:
        """Send a text message; SNS keeps no list to look through, so a try after a cut-off one may be a second message."""
        content = notification.content
        if not isinstance(content, TextMessage):
            raise Refused(f"A text message cannot carry a {content.form}.", backend=BACKEND)
        body = await self._call(
            "Publish",
            {
                "PhoneNumber": number_of(notification.address, BACKEND),
                "Message": fitted(content.text),
                "MessageAttributes.entry.1.Name": "AWS.SNS.SMS.SMSType",
                "MessageAttributes.entry.1.Value.DataType": "String",
                "MessageAttributes.entry.1.Value.StringValue": "Transactional",
            },
        )
        found = _MESSAGE_ID.search(body)
        if found is None:
            raise BadAnswer("Amazon SNS took the message without naming it.", backend=BACKEND)
        return Receipt(reference=found[1].decode())

    async def probe(self) -> Probe:
        """Say whether SNS knows the key; only a message itself proves that it may publish."""
        name = "Amazon SNS"
        try:
            await self._call("GetSMSAttributes", {})
        except Refused as error:
            if "AuthorizationError" in error.user_message or "AccessDenied" in error.user_message:
                return Probe(
                    name=name, ok=True, detail="knows the key, which may not read; only a message proves more"
                )
            return _bad(name, error)
        except OpsError as error:
            return _bad(name, error)
        return Probe(name=name, ok=True, detail="knows the key")

    async def _call(self, action: str, fields: Mapping[str, str]) -> bytes:
        body = urlencode({"Action": action, "Version": _VERSION, **fields}).encode()
        status, answer = await self._http.raw("POST", "/", body, await self._signed(body))
        if status != 200:
            raise _refusal(status, answer)
        return answer

    async def _signed(self, body: bytes) -> dict[str, str]:
        """Return the headers of a request with Signature Version 4."""
        headers = http.HttpHeaders(
            [("Host", self._host), ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")]
        )
        request = http.HttpRequest("POST", "/", headers=headers, body_stream=io.BytesIO(body))
        config = auth.AwsSigningConfig(
            algorithm=auth.AwsSigningAlgorithm.V4,
            signature_type=auth.AwsSignatureType.HTTP_REQUEST_HEADERS,
            credentials_provider=self._provider,
            region=self._region,
            service="sns",
        )
        try:
            signed = await asyncio.wrap_future(auth.aws_sign_request(request, config))
        except AwsCrtError as error:
            raise Unavailable("No AWS credentials were found to sign with.", backend=BACKEND) from error
        return dict(signed.headers)


def _provider(key_id: str | None, secret: str | None) -> auth.AwsCredentialsProvider:
    if key_id and secret:
        return auth.AwsCredentialsProvider.new_static(key_id, secret)
    return auth.AwsCredentialsProvider.new_default_chain()


def _bad(name: str, error: OpsError) -> Probe:
    fix = "Check OPS_SNS_REGION, OPS_SNS_ACCESS_KEY_ID and OPS_SNS_SECRET_ACCESS_KEY."
    return Probe(name=name, ok=False, detail=error.user_message, fix=fix)


def _refusal(status: int, body: bytes) -> OpsError:
    code = _text(_CODE, body, 60)
    said = without_numbers(_text(_MESSAGE, body, 300))
    if code in _SLOW_DOWN or status == 429:
        return Overloaded("Amazon SNS is overloaded.", backend=BACKEND)
    if status >= 500:
        return Unavailable(f"Amazon SNS cannot answer now ({status}).", backend=BACKEND)
    if code in _BAD_KEY or status in (401, 403):
        return Refused(f"Amazon SNS refuses our credentials ({code or status}).", backend=BACKEND)
    return Refused(f"Amazon SNS refused the message ({code or status}). {said}".strip(), backend=BACKEND)


def _text(pattern: re.Pattern[bytes], body: bytes, limit: int) -> str:
    found = pattern.search(body)
    return excerpt(html.unescape(found[1].decode("utf-8", "replace")), limit) if found else ""
