"""Sets reports with Typst: one template, data beside it, and the fonts of this machine."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.analysis.fonts import KOREAN, korean_font, latin_fonts
from agent.errors import Misconfigured, Unavailable
from agent.loading import loaded

if TYPE_CHECKING:
    import typst

BACKEND = "typst"
TEMPLATE = Path(__file__).with_name("report.typ")
_BUILT_IN = "Libertinus Serif"
# A report takes well under a second; whatever takes this long never ends.
WITHIN_SECONDS = 30.0


class Typesetter:
    """Implements ports.printer.Printer; sets one document at a time, off the event loop."""

    def __init__(self, *, font_folders: Iterable[Path] = (), system_fonts: bool = True) -> None:
        self._folders = [str(folder) for folder in font_folders]
        self._system = system_fonts
        self._lock = asyncio.Lock()
        self._fonts: typst.Fonts | None = None

    async def pdf(self, document: Mapping[str, Any]) -> bytes:
        """Return the document as PDF; raises Misconfigured without a font for it, Unavailable when it cannot be set."""
        return (await self._set(document, "pdf", None))[0]

    async def pictures(self, document: Mapping[str, Any], *, density: int = 110) -> list[bytes]:
        """Return each page as PNG, with so many pixels an inch."""
        return await self._set(document, "png", float(density))

    async def _set(self, document: Mapping[str, Any], form: str, density: float | None) -> list[bytes]:
        await loaded("typst")
        async with self._lock:
            try:
                async with asyncio.timeout(WITHIN_SECONDS):
                    return await asyncio.to_thread(self._compiled, document, form, density)
            except TimeoutError as error:
                raise Unavailable("The report could not be set in time.", backend=BACKEND) from error

    def _compiled(self, document: Mapping[str, Any], form: Any, density: float | None) -> list[bytes]:
        import typst

        if self._fonts is None:
            self._fonts = typst.Fonts(include_system_fonts=self._system, font_paths=self._folders)
        fonts = fonts_for(str(document.get("language", "en")), self._fonts.families())
        inputs = {"data": json.dumps({**document, "fonts": fonts}, ensure_ascii=False)}
        compiler = typst.Compiler(font_paths=self._fonts)
        try:
            made = compiler.compile(TEMPLATE.read_bytes(), format=form, ppi=density, sys_inputs=inputs)
        except (RuntimeError, ValueError) as error:
            raise Unavailable(f"The report could not be set: {str(error)[:300]}", backend=BACKEND) from error
        if made is None:
            raise Unavailable("The report could not be set.", backend=BACKEND)
        return made if isinstance(made, list) else [made]


def fonts_for(language: str, families: Iterable[str]) -> list[str]:
    """Return the fonts to set a language in, best first; raises Misconfigured when Korean has none here."""
    there = set(families)
    korean = korean_font(there)
    if language == "ko" and korean is None:
        raise Misconfigured(
            "This machine has no Korean font, so a Korean PDF cannot be made: install fonts-noto-cjk (Debian) or "
            "any of " + ", ".join(KOREAN) + ". Markdown works without it, and so do English reports."
        )
    return [*([korean] if korean else []), *latin_fonts(there, _BUILT_IN)] or [_BUILT_IN]
