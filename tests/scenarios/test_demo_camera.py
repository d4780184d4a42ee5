"""The camera that draws the documentation's pictures, before the sample workspace; and the consent page in a browser."""

import io
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from PIL import Image

from demo.camera import CameraMissing, camera
from demo.workspace.sample.fill import fill
from demo.workspace.sample.manifest import sample_manifest
from demo.workspace.seed import demo_seed
from demo.workspace.server import WorkspaceServer
from tests.support.chromium import chromium
from tests.support.workspace import ALEX

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[WorkspaceServer]:
    manifest = sample_manifest()
    async with WorkspaceServer(demo_seed(manifest)) as started:
        await fill(started.workspace)
        yield started


async def test_a_picture_is_kept_small_with_the_message_at_the_top(
    server: WorkspaceServer, tmp_path: Path
) -> None:
    root = next(m for m in server.workspace.history("alerts-critical") if m.get("reply_count"))
    place = f"C0ALERTSCR/p{root['ts'].replace('.', '')}"
    async with camera(server.login_url, tmp_path) as ready:
        await ready.go(ALEX, place)
        await ready.write("seen", thread=True)
        await ready.see("seen")
        await ready.keep("one", root["ts"])

    kept = (tmp_path / "one.png").read_bytes()
    assert (1440, 900) == Image.open(io.BytesIO(kept)).size
    assert len(kept) < 250_000
    assert server.workspace.replies("alerts-critical", root["ts"])[-1]["user"] == ALEX


async def test_without_the_library_one_sentence_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "playwright.async_api", None)

    with pytest.raises(CameraMissing, match="install the development dependencies"):
        async with camera("http://127.0.0.1:9/", tmp_path):
            pass


async def test_a_reply_sent_to_the_channel_too_names_its_thread(server: WorkspaceServer) -> None:
    workspace = server.workspace
    root = await workspace.say("mina", "incidents", "the *root* message")
    room, app = workspace.state.channel("incidents"), workspace.state.app
    said = workspace.messages.app_message(app, {"text": "for everybody"})
    workspace.messages.post(room, said, thread_ts=root["ts"], broadcast=True)
    async with chromium() as browser:
        page = await browser.new_page()
        await page.goto(server.login_url)
        await page.goto(f"{server.url}/#/C0INCIDENT/p{root['ts'].replace('.', '')}")

        assert "replied to a thread: the root message" == await page.inner_text(".main .shared")
        assert "Also sent to the channel" == await page.inner_text(".thread .shared")


async def test_a_person_allows_an_app_in_the_browser(tmp_path: Path) -> None:
    manifest = sample_manifest()
    manifest["oauth_config"]["redirect_urls"] = ["http://localhost:9/back"]
    async with WorkspaceServer(demo_seed(manifest)) as server, chromium() as browser:
        page = await browser.new_page()
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.url))
        await page.goto(server.login_url)
        app = server.workspace.state.app.seed
        await page.goto(
            f"{server.url}/oauth/v2/authorize?client_id={app.client_id}&scope=chat:write&state=s1"
        )
        await page.screenshot(path=tmp_path / "consent.png")
        await page.select_option("select[name=user]", ALEX)
        await page.get_by_role("button", name="Allow").click()
        await page.wait_for_url("chrome-error://**")

    answer = parse_qs(urlsplit(next(url for url in sent if "/back" in url)).query)
    assert ["s1"] == answer["state"]
    assert answer["code"][0].startswith(app.client_id)
