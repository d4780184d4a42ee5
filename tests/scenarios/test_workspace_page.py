"""The workspace's page in a real browser: people talk, click, fill in modals; hostile text stays text."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from slack_sdk.web.async_client import AsyncWebClient

from demo.workspace.panel import PanelItem, PanelState
from demo.workspace.sample.app import SampleApp
from demo.workspace.sample.fill import fill
from demo.workspace.sample.manifest import sample_manifest
from demo.workspace.seed import demo_seed
from demo.workspace.server import WorkspaceServer
from tests.support.chromium import PATIENCE_MS, Troubles, chromium

pytestmark = [pytest.mark.slow(45), pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
MINA, JUN = "U0MINA0001", "U0JUN00002"


class Switches:
    """A fault panel of two switches that flip when pressed."""

    def __init__(self) -> None:
        self.on: set[str] = set()

    async def describe(self) -> PanelState:
        names = {"slow": "Slow database", "full": "Disk full"}
        items = (PanelItem(id=key, title=title, active=key in self.on) for key, title in names.items())
        return PanelState(title="Faults", items=tuple(items))

    async def press(self, item_id: str, user: str) -> None:
        self.on ^= {item_id}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def server() -> AsyncIterator[WorkspaceServer]:
    async with WorkspaceServer(demo_seed(sample_manifest()), panel=Switches()) as started:
        await fill(started.workspace)
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, server: WorkspaceServer) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, timezone_id="Etc/UTC")
    opened = await context.new_page()
    opened.set_default_timeout(PATIENCE_MS)
    troubles = Troubles(opened, server.url)
    await opened.goto(server.login_url)
    await expect(opened.locator(".message").first).to_be_visible()
    yield opened
    assert troubles.seen == []
    await context.close()


async def go(page: Page, channel: str) -> None:
    await page.click(f".side [data-name='{channel}']")
    await expect(page.locator(".main .room-name")).to_have_text(channel)


async def write(page: Page, words: str, *, where: str = ".main") -> None:
    await page.fill(f"{where} .composer-box", words)
    await page.press(f"{where} .composer-box", "Enter")


def last(page: Page, where: str = ".main") -> str:
    return f"{where} .message >> nth=-1"


async def test_a_typed_message_appears_with_its_formatting_and_its_mention(page: Page) -> None:
    await go(page, "alerts")
    await write(page, "*loud* and `code` for @Jun in #general :tada:\nsecond line")
    message = page.locator(last(page))
    await expect(message.locator("b")).to_have_text("loud")
    await expect(message.locator("code")).to_have_text("code")
    assert await message.locator(".mention").all_inner_texts() == ["@Jun", "#general"]
    assert "🎉" in await message.inner_text()
    await expect(page.locator(".main .composer-box")).to_have_value("")


async def test_shift_enter_makes_a_line_and_does_not_send(page: Page) -> None:
    await go(page, "alerts")
    before = await page.locator(".main .message").count()
    await page.fill(".main .composer-box", "one")
    await page.press(".main .composer-box", "Shift+Enter")
    assert await page.input_value(".main .composer-box") == "one\n"
    assert before == await page.locator(".main .message").count()


async def test_a_thread_opens_takes_a_reply_and_closes_by_escape(page: Page) -> None:
    await go(page, "alerts-critical")
    await page.click(".thread-line")
    await expect(page.locator(".thread .message").first).to_contain_text("checkout")
    assert re.search(r"#/C0ALERTSCR/p\d{16}$", page.url)
    await write(page, "on it", where=".thread")
    await expect(page.locator(last(page, ".thread"))).to_contain_text("on it")
    await expect(page.locator(".thread-line").first).to_contain_text("4 replies")
    await page.keyboard.press("Escape")
    await expect(page.locator(".thread")).to_be_hidden()


async def test_a_link_to_a_thread_restores_channel_and_thread(page: Page, server: WorkspaceServer) -> None:
    root = next(m for m in server.workspace.history("alerts-critical") if m.get("reply_count"))
    await page.goto(f"{server.url}/#/C0ALERTSCR/p{root['ts'].replace('.', '')}")
    await page.reload()
    await expect(page.locator(".main .room-name")).to_have_text("alerts-critical")
    await expect(page.locator(".thread .message").nth(1)).to_contain_text("I take it.")


async def test_typing_a_slash_offers_the_command_then_its_ways(page: Page) -> None:
    await go(page, "alerts")
    await page.type(".main .composer-box", "/o")
    await expect(page.locator(".completion-item")).to_contain_text("Ask about incidents")
    await page.keyboard.press("Tab")
    await expect(page.locator(".main .composer-box")).to_have_value("/ops ")
    await expect(page.locator(".completion-item")).to_have_count(3)
    await page.keyboard.type("sta")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    private = page.locator(".main .message.ephemeral")
    await expect(private).to_contain_text("You typed /ops status")
    await expect(private.locator(".only-you")).to_have_text("Only visible to you")


async def test_an_unknown_command_is_kept_and_explained(page: Page) -> None:
    await go(page, "alerts")
    await write(page, "/nothing here")
    await expect(page.locator(".toast")).to_contain_text("/nothing is not a valid command")
    await expect(page.locator(".main .composer-box")).to_have_value("/nothing here")


async def test_a_button_reaches_the_app_and_a_dangerous_one_asks_first(
    page: Page, server: WorkspaceServer
) -> None:
    await go(page, "alerts-critical")
    await page.click(".thread-line")
    await page.locator("[data-action=ack]").first.click()
    # The sample answers where the card's thread is.
    await expect(page.locator(last(page, ".thread"))).to_contain_text("You used ack (button).")
    await page.locator("[data-action=rollback]").first.click()
    await expect(page.locator(".confirm")).to_contain_text("This puts checkout back to v41.")
    await page.click(".confirm >> text=Not now")
    await page.locator("[data-action=assign]").first.click()
    await page.click(".menu-item >> text=Dana")
    await expect(page.locator(last(page, ".thread"))).to_contain_text("You used assign (static_select).")
    texts = [m["text"] for m in server.workspace.whispers(MINA, "alerts-critical")]
    assert not any("rollback" in text for text in texts)


async def test_a_modal_shows_errors_under_fields_until_it_is_right(
    page: Page, server: WorkspaceServer
) -> None:
    await go(page, "alerts-critical")
    await page.locator("[data-action=open_modal]").first.click()
    await expect(page.locator(".dialog-title")).to_have_text("Open an incident")
    await page.click(".dialog-submit")
    await expect(page.locator("[data-field=priority] .field-error")).to_contain_text("required")
    await page.click("[data-field=priority] .select")
    await page.click(".menu-item >> text=P1")
    await page.fill("[data-field=summary] input", "this must fail")
    await page.click("[data-field=flags] >> text=Data loss")
    await page.click(".dialog-submit")
    await expect(page.locator("[data-field=summary] .field-error")).to_have_text("Please find a kinder word.")
    await expect(page.locator(".field-error")).to_have_count(1)
    assert await page.input_value("[data-field=summary] input") == "this must fail"
    assert await page.locator(".dialog").get_by_label("Data loss").is_checked()
    await page.fill("[data-field=summary] input", "checkout is slow")
    await page.click(".dialog-submit")
    await expect(page.locator(".dialog")).to_have_count(0)
    await server.workspace.wait_for(lambda w: not w.modals_of(MINA))


async def test_modals_stack_and_escape_closes_only_the_top_one(page: Page) -> None:
    await go(page, "alerts-critical")
    await page.locator("[data-action=open_modal]").first.click()
    await page.fill("[data-field=summary] input", "kept words")
    await page.click("[data-action=push_modal]")
    await expect(page.locator(".dialog-title")).to_have_text("Another layer")
    await page.keyboard.press("Escape")
    await expect(page.locator(".dialog-title")).to_have_text("Open an incident")
    assert await page.input_value("[data-field=summary] input") == "kept words"
    await page.keyboard.press("Escape")
    await expect(page.locator(".dialog")).to_have_count(0)


async def test_an_external_select_asks_the_app_for_its_options(page: Page) -> None:
    await go(page, "alerts-critical")
    await page.locator("[data-action=open_modal]").first.click()
    await page.click("[data-field=runbook] .select")
    await page.keyboard.type("disk")
    await expect(page.locator(".menu-item")).to_have_text(["Disk full"])
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-field=runbook] .select-face")).to_have_text("Disk full")


async def test_hostile_text_stays_text(page: Page, server: WorkspaceServer) -> None:
    hostile = (
        "<script>window.hit=1</script> <img src=x onerror=window.hit=1> [go](javascript:window.hit=1) "
        "&lt;b&gt; <javascript:window.hit=1|press> <@NOBODY|<i>x</i>>"
    )
    await server.workspace.say("sam", "alerts", hostile)
    app, channel = server.workspace.state.app, server.workspace.state.channel("alerts")
    section = {"type": "mrkdwn", "text": hostile}
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": hostile}},
        {"type": "section", "text": section, "fields": [section]},
        {"type": "markdown", "text": hostile},
        {"type": "image", "image_url": "javascript:window.hit=1", "alt_text": hostile},
        {"type": "<img src=x onerror=window.hit=1>"},
    ]
    server.workspace.messages.from_app(app, channel, {"text": hostile, "blocks": blocks})
    await go(page, "alerts")
    await expect(page.locator(".main .message")).to_have_count(2)
    assert await page.evaluate("window.hit === undefined")
    inside = page.locator(".main .timeline")
    assert await inside.locator("script, img, i").count() == 0
    assert await inside.locator("a[href^=javascript]").count() == 0
    assert "<script>window.hit=1</script>" in await page.locator(".main .message").first.inner_text()
    assert await inside.locator(".unknown-block", has_text="Unsupported block").count() == 1


async def test_acting_as_somebody_else_hides_what_was_private(page: Page) -> None:
    await go(page, "alerts-critical")
    await expect(page.locator(".message.ephemeral")).to_contain_text("Only you see this")
    await page.click(".act-as")
    await page.click(".menu-item >> text=Jun")
    await expect(page.locator(".act-name")).to_have_text("Jun")
    await expect(page.locator(".main .message").first).to_be_visible()
    await expect(page.locator(".message.ephemeral")).to_have_count(0)


async def test_an_answer_streams_with_its_plan_into_the_thread(page: Page, server: WorkspaceServer) -> None:
    thinks, writes = asyncio.Event(), asyncio.Event()

    async def pause(seconds: float) -> None:
        # It goes on when the page has been seen, however long that takes.
        await (thinks if seconds == 1.0 else writes).wait()

    workspace = server.workspace
    workspace.courier.use(workspace.state.app.id, SampleApp(workspace, pause))
    await page.click(".side-row:has-text('ops-monitor') >> nth=0")
    await page.click(".prompt")
    await expect(page.locator(".status-line")).to_contain_text("Checking metrics")
    thinks.set()
    await page.click(".thread-line")
    await expect(page.locator(".thread .cursor")).to_be_visible()
    await expect(page.locator(".thread .plan-title")).to_have_text("How I looked")
    writes.set()
    await expect(page.locator(".thread .cursor")).to_have_count(0)
    await expect(page.locator(last(page, ".thread"))).to_contain_text("so roll it back")
    await expect(page.locator(".status-line")).to_have_count(0)


async def test_home_shows_the_apps_view_and_its_buttons_work(page: Page) -> None:
    await page.click(".side-row:has-text('ops-monitor') >> nth=-1")
    await expect(page.locator(".home")).to_contain_text("Where we stand")
    await page.click(".home [data-action=open_modal]")
    await expect(page.locator(".dialog-title")).to_have_text("Open an incident")


async def test_reactions_count_and_take_back(page: Page) -> None:
    await go(page, "alerts-critical")
    eyes = page.locator(".reaction[data-name=eyes]").first
    await expect(eyes).to_have_class(re.compile("own"))
    await eyes.click()
    await expect(eyes).to_contain_text("1")
    await expect(eyes).not_to_have_class(re.compile("own"))


async def test_a_picture_enlarges_and_keeps_its_description(page: Page) -> None:
    await go(page, "alerts-critical")
    await page.click("button[aria-label='Enlarge: Error rate, rising']")
    await expect(page.locator(".lightbox img")).to_have_attribute("alt", "Error rate, rising")
    await page.keyboard.press("Escape")
    await expect(page.locator(".lightbox")).to_have_count(0)


async def test_unread_counts_appear_and_go_when_read(page: Page, server: WorkspaceServer) -> None:
    await go(page, "general")
    await server.workspace.say(JUN, "incidents", "look here")
    badge = page.locator("[data-name=incidents] .badge")
    await expect(badge).to_have_text("1")
    await go(page, "incidents")
    await expect(badge).to_have_count(0)


async def test_a_fault_is_switched_on_and_the_traffic_is_listed(page: Page) -> None:
    fault = page.locator("[data-fault=slow]")
    await expect(fault).to_have_attribute("aria-pressed", "false")
    await fault.click()
    await expect(fault).to_have_attribute("aria-pressed", "true")
    await page.click("[data-toggle=faults]")
    await expect(fault).to_be_hidden()
    await page.click("[data-toggle=traffic]")
    await expect(page.locator(".traffic tbody tr").first).to_contain_text("event")


async def test_a_channel_that_an_app_opens_appears_with_its_bookmarks_and_its_canvas(
    page: Page, server: WorkspaceServer
) -> None:
    # What an app does over the wire is tested beside; here it is done where the wire ends.
    workspace, bot = server.workspace, server.workspace.state.app.seed
    client = AsyncWebClient(token=bot.bot_token, base_url=server.api_url)
    made = await client.conversations_create(name="inc-7-payment")
    room = workspace.state.channel(made["channel"]["id"])
    card = await client.chat_postMessage(channel="alerts", text="the card")
    link = (await client.chat_getPermalink(channel=card["channel"], message_ts=card["ts"]))["permalink"]
    await client.conversations_setTopic(channel=room.id, topic="P0: payment fails")
    await client.bookmarks_add(channel_id=room.id, title="Card", type="link", link=link, emoji=":fire:")
    row = page.locator(".side [data-name='inc-7-payment']")
    await client.chat_postMessage(channel=room.id, text="hello")
    await expect(row.locator(".badge")).to_have_text("1")
    await row.click()
    await expect(page.locator(".room-topic").first).to_have_text("P0: payment fails")
    canvas = workspace.canvases.create(bot.bot_user_id, "Review", "## Causes\n\n- one", room)
    await page.click(".room-tab >> text=Review")
    await expect(page.locator(".canvas-body h2")).to_have_text("Causes")
    workspace.canvases.insert(canvas, len(canvas.sections), "still <b>open</b>")
    await expect(page.locator(".canvas-body")).to_contain_text("still <b>open</b>")
    await page.click(".bookmark >> text=Card")
    await expect(page.locator(".thread .message")).to_contain_text("the card")


async def test_a_person_reacts_to_what_an_app_said(page: Page, server: WorkspaceServer) -> None:
    client = AsyncWebClient(token=server.workspace.state.app.seed.bot_token, base_url=server.api_url)
    said = await client.chat_postMessage(channel="incidents", text="note me")
    await go(page, "incidents")
    message = page.locator(f"[data-ts='{said['ts']}']")
    await message.hover()
    await message.get_by_label("Add reaction").click()
    await page.fill(".menu .menu-filter", "pushpin")
    await page.locator(".menu-item", has_text=":pushpin:").first.click()
    await expect(message.locator(".reaction[data-name=pushpin]")).to_have_text("📌1")
