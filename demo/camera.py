"""The page in a headless browser: go somewhere as somebody, type, and keep a picture as a small PNG."""

import io
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from playwright.async_api import Page

SIZE = (1440, 900)
# A picture up to this size keeps every colour; a heavier one would weigh on each clone of the repository.
_WEIGHT = 240_000
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Whether each picture in sight has arrived (those out of sight wait until they are needed).
_LOADED = """() => [...document.images].every((image) => {
  const box = image.getBoundingClientRect();
  const hidden = box.bottom < 0 || box.top > innerHeight || !image.checkVisibility();
  return hidden || (image.complete && image.naturalWidth > 0);
})"""


class CameraMissing(RuntimeError):
    """There is no browser to take pictures with."""


class MomentMissed(RuntimeError):
    """What a picture should show did not happen in time."""


@asynccontextmanager
async def camera(login_url: str, folder: Path) -> AsyncIterator["Camera"]:
    """Open the workspace's page in a headless Chromium; raises CameraMissing with one clear sentence."""
    try:
        from playwright.async_api import Error, async_playwright
        from playwright.async_api import TimeoutError as Late
    except ImportError:
        raise CameraMissing("Pictures need playwright: install the development dependencies.") from None
    found = next((path for path in map(shutil.which, _BROWSERS) if path), None)
    async with async_playwright() as driver:
        try:
            browser = await driver.chromium.launch(executable_path=found, args=list(_FLAGS))
        except Error as error:
            reason = str(error).splitlines()[0]
            raise CameraMissing(f"Pictures need Chromium, and it does not start: {reason}") from None
        size = {"width": SIZE[0], "height": SIZE[1]}
        context = await browser.new_context(
            viewport=size,  # type: ignore[arg-type]  # playwright's own dict of these two keys
            device_scale_factor=1,
            locale="en-US",
            timezone_id="Etc/UTC",
        )
        page = await context.new_page()
        await page.goto(login_url)
        try:
            yield Camera(page, folder)
        except Late as error:
            raise MomentMissed(f"The page did not get ready: {error.message.splitlines()[0]}") from None
        finally:
            await browser.close()


class Camera:
    """One page and the folder where its pictures go."""

    def __init__(self, page: "Page", folder: Path) -> None:
        self._page = page
        self._folder = folder
        self._origin = page.url.split("?")[0].split("#")[0]

    async def go(self, user: str, place: str) -> None:
        """Show a place, such as `C1/p1700000000000100` or `home/A1`, to one person, without the fault panel."""
        await self._page.goto(f"{self._origin}?user={user}#/{place}")
        # The address alone may differ from before in its last part only, which loads nothing anew.
        await self._page.reload()
        await self._page.wait_for_selector(".side-row.active")
        unfolded = self._page.locator("[data-toggle=faults][aria-pressed=true]")
        if await unfolded.count():
            await unfolded.click()

    async def visit(self, url: str, words: str) -> None:
        """Show another page, such as that of the outside world, once it says some words."""
        await self._page.goto(url)
        await self.see(words)

    async def write(self, words: str, *, thread: bool = False) -> None:
        """Type a message and send it."""
        box = f"{'.thread' if thread else '.main'} .composer-box"
        await self._page.fill(box, words)
        await self._page.press(box, "Enter")

    async def press(self, message: str, label: str) -> None:
        """Press a button of a message."""
        found = self._page.locator(f"[data-ts='{message}'] button", has_text=label)
        await found.first.click()

    async def press_here(self, label: str) -> None:
        """Press the first button of the page with this label."""
        await self._page.get_by_role("button", name=label).first.click()

    async def see(self, words: str) -> None:
        """Wait until the page shows some words."""
        await self._page.get_by_text(words).last.wait_for()

    async def keep(self, name: str, *messages: str) -> None:
        """Keep a picture, with these messages at the top of their columns; a later one counts more."""
        await self._page.mouse.move(SIZE[0] // 2, 5)
        await self._to_top(messages)
        await self._page.wait_for_function(_LOADED)
        # What has just arrived may have pushed the messages away.
        await self._to_top(messages)
        shot = await self._page.screenshot(animations="disabled", caret="hide")
        (self._folder / f"{name}.png").write_bytes(_small(shot))

    def put(self, name: str, png: bytes) -> None:
        """Keep a picture that the bot has drawn itself."""
        (self._folder / f"{name}.png").write_bytes(_small(png))

    async def _to_top(self, messages: tuple[str, ...]) -> None:
        for ts in messages:
            script = "(nodes) => nodes.forEach((node) => node.scrollIntoView({ block: 'start' }))"
            await self._page.locator(f"[data-ts='{ts}']").evaluate_all(script)


def _small(png: bytes) -> bytes:
    """Return the same picture in fewer bytes, with 256 colours when it is too heavy otherwise."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    whole = _png(picture)
    few = picture.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    return whole if len(whole) <= _WEIGHT else _png(few)


def _png(picture: Image.Image) -> bytes:
    made = io.BytesIO()
    picture.save(made, "PNG", optimize=True)
    return made.getvalue()
