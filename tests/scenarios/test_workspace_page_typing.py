"""The page's composer and notices in a real browser: editing, Korean input, failures, lost connections."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from demo.workspace.delivery.transport import Delivery
from demo.workspace.errors import DeliveryFailed
from demo.workspace.sample.fill import fill
from demo.workspace.sample.manifest import sample_manifest
from demo.workspace.seed import demo_seed
from demo.workspace.server import WorkspaceServer
from tests.support.chromium import PATIENCE_MS, Troubles, chromium

pytestmark = [pytest.mark.slow(12), pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
BOX = ".main .composer-box"


class Silent:
    """An app that never answers."""

    async def send(self, delivery: Delivery) -> dict[str, Any]:
        raise DeliveryFailed("timeout")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def server() -> AsyncIterator[WorkspaceServer]:
    async with WorkspaceServer(demo_seed(sample_manifest())) as started:
        await fill(started.workspace)
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, server: WorkspaceServer) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": 1024, "height": 768})
    opened = await context.new_page()
    opened.set_default_timeout(PATIENCE_MS)
    troubles = Troubles(opened, server.url)
    await opened.goto(server.login_url)
    await opened.click(".side [data-name=alerts]")
    await expect(opened.locator(".main .room-name")).to_have_text("alerts")
    yield opened
    assert troubles.seen == []
    await context.close()


async def test_arrow_up_edits_the_last_own_message(page: Page, server: WorkspaceServer) -> None:
    await page.fill(BOX, "frist & @Jun again")
    await page.press(BOX, "Enter")
    await expect(page.locator(".main .message")).to_have_count(1)
    await expect(page.locator(BOX)).to_have_value("")
    await page.press(BOX, "ArrowUp")
    await expect(page.locator(BOX)).to_have_value("frist & @jun again")
    await page.fill(BOX, "first & @jun again")
    await page.press(BOX, "Enter")
    await expect(page.locator(".main .message")).to_contain_text("first & @Jun again")
    await expect(page.locator(".edited")).to_have_text("(edited)")
    assert server.workspace.history("alerts")[-1]["text"] == "first &amp; <@U0JUN00002> again"


async def test_enter_while_korean_is_being_composed_sends_nothing(page: Page) -> None:
    await page.fill(BOX, "확인")
    composing = (
        "new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true, cancelable: true})"
    )
    await page.eval_on_selector(BOX, f"(box) => box.dispatchEvent({composing})")
    assert await page.input_value(BOX) == "확인"
    await page.press(BOX, "Enter")
    await expect(page.locator(".main .message")).to_have_count(1)
    await expect(page.locator(".main .message")).to_contain_text("확인")


async def test_names_emoji_and_channels_are_completed(page: Page) -> None:
    await page.type(BOX, "hi @da")
    await expect(page.locator(".completion-item")).to_contain_text("Dana")
    await page.keyboard.press("Tab")
    await page.keyboard.type(":rotat")
    await page.keyboard.press("Tab")
    await page.keyboard.type("#inc")
    await page.keyboard.press("Tab")
    await expect(page.locator(BOX)).to_have_value("hi @dana :rotating_light: #incidents ")


async def test_an_app_that_does_not_answer_is_told_once(page: Page, server: WorkspaceServer) -> None:
    server.workspace.courier.use(server.workspace.state.app.id, Silent())
    await page.fill(BOX, "/ops status")
    await page.press(BOX, "Enter")
    await expect(page.locator(".toast")).to_have_count(1)
    await expect(page.locator(".toast")).to_contain_text("operation_timeout")
    await expect(page.locator(BOX)).to_have_value("/ops status")


async def test_unsent_words_wait_in_their_channel(page: Page) -> None:
    await page.fill(BOX, "half a thought")
    await page.click(".side [data-name=general]")
    await expect(page.locator(".main .room-name")).to_have_text("general")
    await expect(page.locator(BOX)).to_have_value("")
    await page.click(".side [data-name=alerts]")
    await expect(page.locator(BOX)).to_have_value("half a thought")


async def test_without_the_login_link_there_is_only_a_sentence(
    browser: Browser, server: WorkspaceServer
) -> None:
    context = await browser.new_context()
    stranger = await context.new_page()
    answer = await stranger.goto(f"{server.url}/")
    assert answer is not None
    assert answer.status == 401
    assert "login link" in await stranger.inner_text("body")
    await context.close()
