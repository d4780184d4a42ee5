"""The page of the world outside Slack in a real browser: what our connectors sent is what people see there."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from agent.domain.notification import Channel, Notification, PagerEvent, TextMessage, TicketChange
from agent.ports.notifier import Notifier
from demo.vendors.door import VendorServer
from demo.vendors.jira import JiraVendor
from demo.vendors.mail import MailVendor
from demo.vendors.outside import OutsideServer
from demo.vendors.pagerduty import PagerDutyDouble
from demo.vendors.pagerduty_records import PagerBooks, Turn, User
from demo.vendors.statuspage import StatuspageVendor
from demo.vendors.teams import TeamsVendor
from demo.vendors.twilio import TwilioDouble
from tests.support.chromium import PATIENCE_MS, Troubles, chromium
from tests.support.outgoing import AT, card, mail, outgoing, post, ticket
from tools.connectors.jira import JiraIssues
from tools.connectors.pagerduty import PagerDutyEvents
from tools.connectors.sms_twilio import TwilioMessages
from tools.connectors.smtp_mail import MailServer, SmtpMail
from tools.connectors.statuspage import StatuspagePosts
from tools.connectors.teams import TeamsCards

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
JUN = User("PJUN", "Jun", "jun@example.com")
EVIL = "<img src=x onerror=alert(1)> **bold** [x](javascript:alert(1))"


@dataclass
class Outside:
    """The doubles, the connectors that reach them, and the page."""

    carriers: dict[Channel, Notifier]
    pager: PagerDutyDouble
    url: str = ""

    async def send(self, *messages: Notification) -> None:
        """Send messages by their channels."""
        for message in messages:
            await self.carriers[message.channel].send(message, again=False)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def outside() -> AsyncIterator[Outside]:
    async with AsyncExitStack() as stack:
        books = PagerBooks(users=[JUN], turns=[Turn("primary", JUN)])
        pager = PagerDutyDouble("routing-key", "api-key", books=books)
        texts = TwilioDouble("AC1", "token")
        letters = await stack.enter_async_context(MailVendor())
        status, jira, teams = StatuspageVendor(), JiraVendor(), TeamsVendor()
        servers = [
            await stack.enter_async_context(VendorServer(vendor))
            for vendor in (pager, texts, status, jira, teams)
        ]
        urls = [server.url for server in servers]
        smtp = MailServer("127.0.0.1", letters.port, "none", "Shop operations <ops@example.com>")
        carriers: dict[Channel, Notifier] = {
            Channel.PAGERDUTY: PagerDutyEvents("routing-key", urls[0], timeout_seconds=30),
            Channel.SMS: TwilioMessages("AC1", "token", "+15005550006", urls[1], timeout_seconds=30),
            Channel.EMAIL: SmtpMail(smtp, timeout_seconds=30),
            Channel.STATUSPAGE: StatuspagePosts(
                urls[2], api_key=status.api_key, page_id=status.page_id, timeout_seconds=2
            ),
            Channel.JIRA: JiraIssues(
                urls[3],
                token=jira.token,
                username=jira.username,
                project="OPS",
                issue_type="Task",
                timeout_seconds=30,
            ),
            Channel.TEAMS: TeamsCards(teams.webhook_url(urls[4]), timeout_seconds=30),
        }
        for carrier in carriers.values():
            stack.push_async_callback(carrier.close)
        page = OutsideServer(
            [pager, texts, letters, status, jira, teams],
            pager_url=urls[0],
            names={"+821012345678": "Jun"},
        )
        await stack.enter_async_context(page)
        yield Outside(carriers, pager, page.url)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page(outside: Outside) -> AsyncIterator[Page]:
    async with chromium() as browser:
        context = await browser.new_context(viewport={"width": 1440, "height": 900}, timezone_id="Etc/UTC")
        opened = await context.new_page()
        opened.set_default_timeout(PATIENCE_MS)
        troubles = Troubles(opened, outside.url)
        await opened.goto(outside.url)
        await expect(opened.locator(".tab")).to_have_count(5)
        yield opened
        assert [] == troubles.seen


def event(action: str = "trigger") -> Notification:
    content = PagerEvent(
        event_action=action, dedup_key="ops-monitor-inc_7", summary=f"INC-7: checkout {EVIL}", source="shop"
    )
    return Notification(key=f"page-{action}", channel=Channel.PAGERDUTY, address="", content=content, at=AT)


async def go(page: Page, name: str) -> None:
    await page.click(f".tab:has-text('{name}')")
    await expect(page.locator(".tab.on")).to_contain_text(name)


async def test_a_mailbox_shows_what_was_sent_as_text(outside: Outside, page: Page) -> None:
    await expect(page.locator(".empty")).to_have_text("No mail has arrived.")
    words = f"원인을 찾고 있습니다.\n\n- {EVIL}\n- see https://status.example/a\n"
    first = outgoing(mail(text=words), key="m1", address="mina@example.com")
    second = outgoing(mail(subject="[P0] 결제가 느립니다", text=words), key="m2", address="cto@example.com")

    await outside.send(first, second, first)

    await page.click(".inbox-row:has-text('mina@example.com')")
    reading = page.locator(".reading")
    await expect(reading).to_contain_text("arrived 2 times")
    await expect(reading.locator("li").first).to_have_text(EVIL)
    await expect(reading.locator("a")).to_have_attribute("href", "https://status.example/a")
    await page.select_option(".inbox-owner", "cto@example.com")
    await expect(page.locator(".inbox-row")).to_have_count(1)
    await expect(reading.locator("h2")).to_have_text("[P0] 결제가 느립니다")


async def test_a_phone_rings_and_is_answered(outside: Outside, page: Page) -> None:
    text = TextMessage(text=f"INC-7 {EVIL}")
    sms = Notification(key="s1", channel=Channel.SMS, address="+821012345678", content=text, at=AT)
    await outside.send(event(), sms)
    await go(page, "Phones")

    phone = page.locator(".phone[aria-label='Phone of Jun']")
    await expect(phone.locator(".notice")).to_have_count(2)
    await expect(phone).to_contain_text(EVIL)
    await phone.locator("button:has-text('Acknowledge')").click()
    await expect(phone.locator(".level")).to_have_text("Acknowledged")

    assert ["acknowledged"] == [incident.status for incident in outside.pager.books.incidents]
    await outside.send(event("resolve"))
    await expect(phone.locator(".level")).to_have_text("Resolved")


async def test_the_status_page_follows_an_incident(outside: Outside, page: Page) -> None:
    await go(page, "Status page")
    await expect(page.locator(".banner")).to_have_text("All systems operational")

    begun = post(impact="critical", components={"Checkout": "major_outage"}, body=f"We look. {EVIL}")
    await outside.send(outgoing(begun, key="p1"))
    await expect(page.locator(".banner")).to_have_text("Checkout is slow")
    await expect(page.locator(".component:has-text('Checkout')")).to_contain_text("Major outage")
    await expect(page.locator(".step")).to_contain_text(EVIL)
    over = post(status="resolved", body="It works again.", components={"Checkout": "operational"})
    await outside.send(outgoing(over, key="p2"))

    await expect(page.locator(".banner")).to_have_text("All systems operational")
    await expect(page.locator(".step b")).to_have_text(["Resolved", "Investigating"])


async def test_tickets_and_cards_say_what_was_written(outside: Outside, page: Page) -> None:
    change = TicketChange(thread="task:tsk_1", comment=f"Raised. {EVIL}", transition="Done")
    shown = card(lines=(EVIL,), facts={"Priority": "P0"}, links={"Open in Slack": "https://slack.example/x"})
    await outside.send(
        outgoing(ticket(description=EVIL), key="t1"), outgoing(change, key="t2"), outgoing(shown)
    )

    await go(page, "Tickets")
    await expect(page.locator(".ticket-head .level")).to_have_text("Done")
    await expect(page.locator(".ticket-words")).to_have_text(EVIL)
    await expect(page.locator(".ticket-comment")).to_contain_text(EVIL)
    await go(page, "Teams")
    await expect(page.locator(".card-line").last).to_have_text(EVIL)
    await expect(page.locator(".card-actions a")).to_have_attribute("href", "https://slack.example/x")


async def test_only_this_page_may_press_the_buttons(outside: Outside) -> None:
    url = f"{outside.url}/phone/Q0000000000001/acknowledge"
    async with aiohttp.ClientSession() as http:
        foreign = await http.post(url, json={"user": "PJUN"}, headers={"Origin": "https://evil.example"})
        renamed = await http.get(f"{outside.url}/state", headers={"Host": "evil.example"})
        unknown = await http.post(f"{outside.url}/phone/Q0000000000001/explode", json={"user": "PJUN"})
        nobody = await http.post(url, json={})

    assert [403, 403, 404, 400] == [answer.status for answer in (foreign, renamed, unknown, nobody)]
