"""Big results behind a handle: the model gets the beginning, and may search or page through the rest."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

PREFIX = "handle_"
MOST_HITS = 20
AROUND = 160


@dataclass(slots=True)
class Handles:
    """The long texts of one conversation by handle; `text_of` brings one back that an earlier process has seen."""

    text_of: Callable[[str], str | None]
    page_bytes: int
    _texts: dict[str, str] = field(default_factory=dict)

    def fit(self, key: str, text: str, whole: str | None = None) -> str:
        """Return the text, or its beginning; where that is not the whole, with the handle that leads to the rest."""
        if len(text.encode()) <= self.page_bytes and whole in (None, text):
            return text
        self._texts[key] = whole or text
        note = f" …[not all; more with search_handle or page_handle on {PREFIX}{key}]"
        return self._head(text, self.page_bytes - len(note.encode())) + note

    def search(self, handle: str, words: str) -> str | None:
        """Return the places where the words occur, or None for an unknown handle."""
        text = self._find(handle)
        if text is None:
            return None
        places = _places(text, words) if words.strip() else []
        if not places:
            return f"{words!r} does not occur in it."
        shown = [
            text[max(0, at - AROUND) : at + len(words) + AROUND].replace("\n", " ")
            for at in places[:MOST_HITS]
        ]
        more = f"\n({len(places)} places in all)" if len(places) > MOST_HITS else ""
        return self._head("\n".join(f"…{one}…" for one in shown) + more, self.page_bytes)

    def page(self, handle: str, number: int) -> str | None:
        """Return a page, counted from 1; None for an unknown handle, a sentence beyond the last page."""
        text = self._find(handle)
        if text is None:
            return None
        # Characters instead of bytes, because a page must not begin inside a letter.
        size = max(1, self.page_bytes // 4)
        pages = -(-len(text) // size)
        if not 1 <= number <= pages:
            return f"It has pages 1 to {pages}."
        return f"[page {number} of {pages}] {text[(number - 1) * size : number * size]}"

    def _find(self, handle: str) -> str | None:
        key = handle.removeprefix(PREFIX)
        if key not in self._texts:
            text = self.text_of(key)
            if text is None:
                return None
            self._texts[key] = text
        return self._texts[key]

    @staticmethod
    def _head(text: str, size: int) -> str:
        return text.encode()[: max(size, 0)].decode(errors="ignore")


def _places(text: str, words: str) -> Sequence[int]:
    return [match.start() for match in re.finditer(re.escape(words), text, re.IGNORECASE)]
