"""Text messages: Twilio's form against its published description, SNS against a server, and what fits into one."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from agent.domain.notification import Mail, Notification, TextMessage
from agent.errors import BackendError, Misconfigured, Overloaded, Refused, TimedOut, Unavailable
from demo.vendors.door import VendorServer
from demo.vendors.twilio import TwilioDouble, segments
from tests.support.aws import AwsServer, signature_of
from tests.support.outgoing import outgoing
from tests.support.scripted_http import GARBAGE, Script, ended, scripted
from tools.connectors.sms_sns import SnsMessages
from tools.connectors.sms_twilio import TwilioMessages
from tools.connectors.text_messages import MOST_PARTS, fitted, units, without_numbers

ACCOUNT, TOKEN = "AC" + "a" * 32, "the-token-of-the-tests"
TO, FROM = "+15005550006", "+15005550010"
REGION, KEY_ID, SECRET = "ap-northeast-2", "AKIAIOSFODNN7EXAMPLE", "example-secret"
SPEC = json.loads((Path(__file__).parents[1] / "data" / "specs" / "twilio-messages.cut.json").read_text())


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    """Serve an application on a free loopback port."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}"
    await runner.cleanup()


def valid(kind: str, given: Any) -> None:
    """Hold something to the published description."""
    Draft202012Validator({**SPEC, "$ref": f"#/$defs/{kind}"}).validate(given)


def text(words: str = "P0 checkout is down", to: str = TO, **changes: Any) -> Notification:
    return outgoing(TextMessage(text=words), address=to, **changes)


@pytest.fixture
async def double() -> TwilioDouble:
    return TwilioDouble(ACCOUNT, TOKEN)


@pytest.fixture
async def server(double: TwilioDouble) -> AsyncIterator[VendorServer]:
    async with VendorServer(double) as running:
        yield running


@pytest.fixture
async def twilio(server: VendorServer) -> AsyncIterator[TwilioMessages]:
    found = TwilioMessages(ACCOUNT, TOKEN, FROM, server.url, timeout_seconds=30)
    yield found
    await found.close()


async def test_what_is_sent_and_what_the_double_answers_fit_the_published_description() -> None:
    asked: list[tuple[str, dict[str, Any]]] = []
    double = TwilioDouble(ACCOUNT, TOKEN)

    @web.middleware
    async def record(request: web.Request, handler: Any) -> web.StreamResponse:
        if request.method == "POST":
            form = dict(await request.post())
            asked.append(("create", {**form, "ValidityPeriod": int(str(form["ValidityPeriod"]))}))
        elif request.path.endswith("Messages.json"):
            query = dict(request.query)
            asked.append(("list", {**query, "PageSize": int(query["PageSize"])}))
        answer = await handler(request)
        if request.path.endswith("Messages.json"):
            valid("created" if request.method == "POST" else "listed", json.loads(answer.body))
        return answer

    app = web.Application(middlewares=[record])
    app.add_routes(double.routes())
    async with serving(app) as url:
        for sender in (FROM, "MG" + "b" * 32):
            twilio = TwilioMessages(ACCOUNT, TOKEN, sender, url, timeout_seconds=30)
            await twilio.send(text("결제 오류가 늘고 있습니다"), again=False)
            await twilio.send(text(f"from {sender}"), again=True)
            await twilio.close()
    assert ["create", "list", "create"] * 2 == [kind for kind, _ in asked]
    for kind, given_fields in asked:
        valid(kind, given_fields)


async def test_a_message_has_a_receipt_by_which_it_is_found(
    twilio: TwilioMessages, double: TwilioDouble
) -> None:
    receipt = await twilio.send(text(), again=False)
    [message] = double.messages
    assert (message["sid"], "P0 checkout is down") == (receipt.reference, receipt.read_back)
    assert (TO, FROM) == (message["to"], message["from"])


async def test_a_lost_answer_makes_no_second_message(twilio: TwilioMessages, double: TwilioDouble) -> None:
    double.faults.set(lost_answer=True, times=1)
    since = datetime.now(UTC)
    with pytest.raises(Unavailable):
        await twilio.send(text(sending_since=since), again=False)
    receipt = await twilio.send(text(sending_since=since), again=True)
    assert [receipt.reference] == [one["sid"] for one in double.messages]


async def test_other_messages_are_not_taken_for_the_lost_one(
    twilio: TwilioMessages, double: TwilioDouble
) -> None:
    for words, to in (("another text", TO), ("P0 checkout is down", "+15005550007")):
        await twilio.send(text(words, to), again=False)
    later = datetime.now(UTC) + timedelta(minutes=10)
    await twilio.send(text(sending_since=datetime.now(UTC)), again=True)
    await twilio.send(text(sending_since=later), again=True)
    assert 4 == len(double.messages)


async def test_a_failed_message_is_sent_again(twilio: TwilioMessages, double: TwilioDouble) -> None:
    await twilio.send(text(), again=False)
    double.messages[0]["status"] = "undelivered"
    await twilio.send(text(sending_since=datetime.now(UTC)), again=True)
    assert 2 == len(double.messages)


@pytest.mark.parametrize(("to", "code"), [("+15005550001", 21211), ("+15005550009", 21610)])
async def test_a_refusal_names_the_code_and_not_the_number(
    twilio: TwilioMessages, double: TwilioDouble, to: str, code: int
) -> None:
    double.refused[to] = code
    with pytest.raises(Refused) as caught:
        await twilio.send(text(to=to), again=False)
    assert str(code) in caught.value.user_message
    assert to.removeprefix("+") not in caught.value.user_message


@pytest.mark.parametrize("address", ["", "5005550006", "+0123456789", "mina@example.test", "+150055"])
async def test_a_number_that_is_none_is_refused_before_anything_is_sent(
    twilio: TwilioMessages, double: TwilioDouble, address: str
) -> None:
    with pytest.raises(Refused, match="international"):
        await twilio.send(text(to=address), again=False)
    assert [] == double.messages


async def test_a_number_may_be_written_with_spaces(twilio: TwilioMessages, double: TwilioDouble) -> None:
    await twilio.send(text(to="+1 (500) 555-0006"), again=False)
    assert [TO] == [one["to"] for one in double.messages]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"rate_limited": True, "retry_after": 7}, Overloaded),
        ({"down": True}, Unavailable),
        ({"slow": True, "slow_seconds": 5}, TimedOut),
    ],
)
async def test_faults_are_told_apart(
    double: TwilioDouble, server: VendorServer, fault: dict[str, Any], kind: type[Unavailable]
) -> None:
    double.faults.set(**fault)
    twilio = TwilioMessages(ACCOUNT, TOKEN, FROM, server.url, timeout_seconds=0.3 if kind is TimedOut else 30)
    with pytest.raises(kind) as caught:
        await twilio.send(text(), again=False)
    assert (7.0 if kind is Overloaded else None) == caught.value.retry_after_seconds
    await twilio.close()


async def test_doctor_sees_a_wrong_login(server: VendorServer, twilio: TwilioMessages) -> None:
    assert (True, "the account is active") == ((found := await twilio.probe()).ok, found.detail)
    wrong = TwilioMessages(ACCOUNT, "wrong", FROM, server.url, timeout_seconds=30)
    bad = await wrong.probe()
    await wrong.close()
    assert not bad.ok
    assert "OPS_TWILIO_AUTH_TOKEN" in (bad.fix or "")


@pytest.mark.parametrize("name", GARBAGE)
@pytest.mark.parametrize("again", [False, True])
async def test_garbage_is_a_backend_error(name: str, again: bool) -> None:
    async with scripted(GARBAGE[name]) as script:
        twilio = TwilioMessages(ACCOUNT, TOKEN, FROM, script.url, timeout_seconds=30)
        assert isinstance(await ended(twilio.send(text(), again=again)), BackendError)
        await twilio.close()


async def test_only_text_messages_are_carried(twilio: TwilioMessages) -> None:
    with pytest.raises(Refused):
        await twilio.send(outgoing(Mail(subject="a", text="b"), address=TO), again=False)


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsServer]:
    with AwsServer() as running:
        yield running


@pytest.fixture
async def sns(aws: AwsServer) -> AsyncIterator[SnsMessages]:
    found = SnsMessages(REGION, KEY_ID, SECRET, aws.url, timeout_seconds=30)
    yield found
    await found.close()


@pytest.mark.backend
async def test_sns_takes_a_signed_message(aws: AwsServer, sns: SnsMessages) -> None:
    words = "결제 & 주문 <오류> + 100% “down”"
    receipt = await sns.send(text(words), again=False)
    assert receipt.reference
    assert [(TO, words)] == aws.text_messages(REGION)


async def test_the_signature_is_the_one_that_botocore_computes() -> None:
    seen: list[tuple[dict[str, str], bytes, str]] = []

    async def look(request: web.Request) -> web.Response:
        seen.append((dict(request.headers), await request.read(), str(request.url)))
        return web.Response(text="<MessageId>m-1</MessageId>")

    app = web.Application()
    app.router.add_post("/", look)
    async with serving(app) as url:
        sns = SnsMessages(REGION, KEY_ID, SECRET, url, timeout_seconds=30)
        await sns.send(text("결제 오류 & more"), again=False)
        await sns.close()
    [(headers, body, url)] = seen
    expected = signature_of(url, headers, body, REGION, KEY_ID, SECRET)
    assert headers["Authorization"].endswith(f"Signature={expected}")
    assert f"Credential={KEY_ID}/" in headers["Authorization"]
    assert f"/{REGION}/sns/aws4_request" in headers["Authorization"]


@pytest.mark.backend
async def test_sns_answers_doctor(sns: SnsMessages) -> None:
    assert (True, "knows the key") == ((found := await sns.probe()).ok, found.detail)


def _error(code: str, message: str = "no") -> bytes:
    xml = f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    return xml.encode()


@pytest.mark.parametrize(
    ("status", "code", "kind", "said"),
    [
        (403, "SignatureDoesNotMatch", Refused, "refuses our credentials"),
        (403, "InvalidClientTokenId", Refused, "refuses our credentials"),
        (400, "Throttling", Overloaded, "overloaded"),
        (429, "", Overloaded, "overloaded"),
        (500, "InternalFailure", Unavailable, "cannot answer now"),
        (400, "InvalidParameter", Refused, "InvalidParameter"),
    ],
)
async def test_sns_errors_are_told_apart(status: int, code: str, kind: type[Exception], said: str) -> None:
    body = _error(code, f"Invalid parameter: PhoneNumber {TO} is &lt;bad&gt;")
    async with scripted(Script(status=status, body=body)) as script:
        sns = SnsMessages("eu-west-1", KEY_ID, "s", script.url, timeout_seconds=30)
        with pytest.raises(kind, match=said) as caught:
            await sns.send(text(), again=False)
        await sns.close()
    assert "5005550006" not in str(caught.value)


@pytest.mark.parametrize("name", GARBAGE)
async def test_sns_garbage_is_a_backend_error(name: str) -> None:
    async with scripted(GARBAGE[name]) as script:
        sns = SnsMessages("eu-west-1", KEY_ID, "s", script.url, timeout_seconds=30)
        assert isinstance(await ended(sns.send(text(), again=False)), BackendError)
        await sns.close()


def test_sns_settings_that_cannot_work_are_named() -> None:
    with pytest.raises(Misconfigured, match="OPS_SNS_REGION"):
        SnsMessages("Seoul", None, None, None, timeout_seconds=30)
    with pytest.raises(Misconfigured, match="OPS_SNS_SECRET_ACCESS_KEY"):
        SnsMessages("eu-west-1", KEY_ID, None, None, timeout_seconds=30)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("a" * 160, "a" * 160),
        ("a" * 306, "a" * 306),
        ("a" * 307, "a" * 303 + "..."),
        ("가" * 70, "가" * 70),
        ("가" * 134, "가" * 134),
        ("가" * 135, "가" * 133 + "…"),
        ("€" * 200, "€" * 151 + "..."),
        ("  padded \n", "padded"),
    ],
)
def test_what_fits_is_left_and_what_does_not_says_so(words: str, expected: str) -> None:
    assert expected == fitted(words)


@given(st.text(alphabet=st.characters(), max_size=600) | st.text(alphabet="a€가😀\ud83d ", max_size=600))
def test_a_fitted_text_fits_and_is_the_beginning(words: str) -> None:
    found = fitted(words)
    count, short = units(found)
    assert count <= ((160, 306) if short else (70, 134))[MOST_PARTS - 1]
    assert segments(found) <= MOST_PARTS + 1
    clean = words.encode("utf-16", "replace").decode("utf-16", "replace").strip()
    assert clean.startswith(found) or clean.startswith(found.removesuffix("...").removesuffix("…").rstrip())


@given(st.from_regex(r"\+[1-9][0-9]{7,13}", fullmatch=True), st.text(max_size=20))
def test_no_number_is_shown(number: str, words: str) -> None:
    assert number.removeprefix("+") not in without_numbers(f"{words} {number} is wrong")
