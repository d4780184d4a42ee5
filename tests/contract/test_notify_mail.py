"""Mail against a real SMTP server (aiosmtpd) with STARTTLS and AUTH, and every way in which it can go wrong."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from agent.domain.notification import Channel
from agent.errors import Misconfigured, Refused, Unavailable
from demo.shop.tls import Authority
from demo.vendors.mail import MailRules, MailVendor
from tests.support.outgoing import card, mail, outgoing
from tools.connectors.smtp_mail import MailServer, SmtpMail

TO = "mina@example.com"
LOGIN = ("ops-monitor", "a long password")
Start = Callable[[MailRules], Awaitable[MailVendor]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    made = Authority(tmp_path_factory.mktemp("tls"))
    await made.create()
    return made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tls(authority: Authority) -> ssl.SSLContext:
    issued = await authority.issue("mail", starts=timedelta(days=-1), ends=timedelta(days=30))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(issued.certificate, issued.key)
    return context


@pytest_asyncio.fixture
async def start() -> AsyncIterator[Start]:
    async with AsyncExitStack() as stack:

        async def started(rules: MailRules) -> MailVendor:
            return await stack.enter_async_context(MailVendor(rules))

        yield started


def server(vendor: MailVendor, ca_file: Path | None) -> MailServer:
    return MailServer(
        host="127.0.0.1",
        port=vendor.port,
        security="starttls",
        sender="Operations <ops@example.com>",
        username=LOGIN[0],
        password=LOGIN[1],
        ca_file=ca_file,
    )


def sender(where: MailServer) -> SmtpMail:
    return SmtpMail(where, timeout_seconds=30)


async def test_a_mail_arrives_over_starttls_after_a_login(
    start: Start, tls: ssl.SSLContext, authority: Authority
) -> None:
    vendor = await start(MailRules(tls=tls, login=LOGIN))
    smtp = sender(server(vendor, authority.certificate))
    words = "원인을 찾고 있습니다.\n\n- 하나 <b>\n- https://x.example/a"
    sent = mail(subject="[P0] 결제가 느립니다", text=words, thread="inc_7")

    receipt = await smtp.send(outgoing(sent, address=TO), again=False)
    [received] = vendor.mails()

    assert Channel.EMAIL is smtp.channel
    assert ("ops@example.com", TO) == (received.sender, received.to)
    assert "[P0] 결제가 느립니다" == str(received.message["Subject"])
    assert "Operations <ops@example.com>" == str(received.message["From"])
    assert "auto-generated" == received.message["Auto-Submitted"]
    assert "Sun, 01 Mar 2026 09:30:00 +0000" == str(received.message["Date"])
    assert receipt.reference == str(received.message["Message-ID"])
    assert f"{words}\n" == received.part("plain")
    assert '<li>하나 &lt;b&gt;</li><li><a href="https://x.example/a">' in received.part("html")


async def test_a_repeat_is_the_same_mail_and_a_thread_has_one_root(start: Start) -> None:
    vendor = await start(MailRules())
    smtp = sender(replace(server(vendor, None), security="none", username=None, password=None))
    first = outgoing(mail(thread="inc_7"), key="one", address=TO)

    await smtp.send(first, again=False)
    await smtp.send(first, again=True)
    await smtp.send(outgoing(mail(thread="inc_7"), key="two", address=TO), again=False)
    await smtp.send(outgoing(mail(thread="inc_8"), key="three", address=TO), again=False)

    mails = vendor.mails()
    roots = [str(received.message["References"]) for received in mails]
    assert [2, 1, 1] == [received.copies for received in mails]
    assert roots[0] == roots[1] != roots[2]
    assert roots == [str(received.message["In-Reply-To"]) for received in mails]
    assert all("inc_7" not in root for root in roots)


async def test_a_recipient_that_is_refused_now_may_be_tried_again_and_one_that_does_not_exist_not(
    start: Start,
) -> None:
    answers = {"gone@example.com": "550 5.1.1 no such user", "busy@example.com": "451 4.7.1 greylisted"}
    vendor = await start(MailRules(answers=answers))
    smtp = sender(replace(server(vendor, None), security="none", username=None, password=None))

    with pytest.raises(Refused, match=r"does not take mail for gone@example.com \(550: 5.1.1 no such user\)"):
        await smtp.send(outgoing(mail(), address="gone@example.com"), again=False)
    with pytest.raises(Unavailable, match=r"for busy@example.com \(451: 4.7.1 greylisted\)"):
        await smtp.send(outgoing(mail(), address="busy@example.com"), again=False)
    assert [] == vendor.mails()


async def test_each_misconfiguration_has_its_own_sentence(
    start: Start, tls: ssl.SSLContext, authority: Authority
) -> None:
    vendor = await start(MailRules(tls=tls, login=LOGIN))
    plain = await start(MailRules())
    good = server(vendor, authority.certificate)
    cases = {
        "Check OPS_SMTP_USERNAME and OPS_SMTP_PASSWORD": replace(good, password="wrong"),
        "Name its authority in OPS_TLS_CA_FILE": replace(good, ca_file=None),
        "offers no STARTTLS. Set OPS_SMTP_SECURITY": replace(good, port=plain.port),
        "No TLS can be agreed on": replace(good, port=plain.port, security="tls"),
        "cannot be reached at 127.0.0.1:1": replace(good, port=1),
        "offers no login by password": replace(good, port=plain.port, security="none"),
    }
    for words, wrong in cases.items():
        probe = await sender(wrong).probe()
        assert (False, True) == (probe.ok, words in probe.detail), (words, probe)
        assert LOGIN[1] not in probe.detail

    probe = await sender(good).probe()
    assert probe.ok, probe
    assert f"127.0.0.1:{vendor.port}, STARTTLS, logged in as ops-monitor" == probe.detail
    assert [] == vendor.mails()


async def test_a_wrong_password_is_final_and_a_server_that_is_down_is_not(
    start: Start, tls: ssl.SSLContext, authority: Authority
) -> None:
    vendor = await start(MailRules(tls=tls, login=LOGIN))
    good = server(vendor, authority.certificate)

    with pytest.raises(Refused, match="OPS_SMTP_PASSWORD"):
        await sender(replace(good, password="wrong")).send(outgoing(mail(), address=TO), again=False)
    with pytest.raises(Unavailable, match="cannot be reached"):
        await sender(replace(good, port=1)).send(outgoing(mail(), address=TO), again=False)


async def test_tls_from_the_first_byte(start: Start, tls: ssl.SSLContext, authority: Authority) -> None:
    vendor = await start(MailRules(tls=tls, implicit_tls=True))
    where = replace(server(vendor, authority.certificate), security="tls", username=None, password=None)

    await sender(where).send(outgoing(mail(), address=TO), again=False)

    assert 1 == len(vendor.mails())


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"security": "none", "host": "mail.example.com"}, "OPS_SMTP_SECURITY"),
        ({"password": None}, "OPS_SMTP_PASSWORD"),
        ({"sender": "nobody"}, "OPS_SMTP_FROM"),
        ({"sender": "a@example.com\r\nBcc: x@example.com"}, "OPS_SMTP_FROM"),
        ({"ca_file": Path("/no/such/file.pem")}, "OPS_TLS_CA_FILE"),
    ],
)
def test_settings_that_contradict_each_other_are_refused_at_the_start(
    change: dict[str, object], named: str
) -> None:
    good = MailServer("127.0.0.1", 25, "starttls", "ops@example.com", username="me", password="it")

    with pytest.raises(Misconfigured, match=named):
        sender(replace(good, **change))


@pytest.mark.parametrize(
    "address",
    ["", "nobody", "a@b@c", "a b@example.com", "a@example.com\nBcc: x@example.com", "a@-.", "a@b..c"],
)
async def test_what_is_no_address_never_reaches_the_server(address: str) -> None:
    smtp = sender(MailServer("127.0.0.1", 1, "none", "ops@example.com"))

    with pytest.raises(Refused, match="is not a mail address"):
        await smtp.send(outgoing(mail(), address=address), again=False)
    with pytest.raises(Refused, match="Only mails"):
        await smtp.send(outgoing(card(), address=TO), again=False)
