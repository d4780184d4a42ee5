"""Text that came from outside (labels, logs, names, questions) made harmless to show: no controls, no tricks of direction."""

import unicodedata

ELLIPSIS = "…"
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MOST_MARKS = 2


def clean(words: str, limit: int, *, lines: bool = False) -> str:
    """Return at most `limit` characters that can be seen; line breaks survive only with `lines`."""
    # Reading a bounded head keeps a 64 KiB label as cheap as a short one.
    head = words[: limit * 4 + 64]
    kept: list[str] = []
    marks = 0
    for letter in head:
        shown = _visible(letter, lines)
        marks = marks + 1 if unicodedata.combining(shown or " ") else 0
        if shown and marks <= _MOST_MARKS:
            kept.append(shown)
    text = "".join(kept)
    text = text.strip("\n") if lines else " ".join(text.split())
    return cut(text, limit) if len(words) == len(head) else cut(text + ELLIPSIS, limit)


def cut(words: str, limit: int) -> str:
    """Return the words, shortened with an ellipsis when they are longer than `limit`."""
    return words if len(words) <= limit else words[: limit - 1].rstrip() + ELLIPSIS


def web_link(address: str | None) -> str | None:
    """Return an http(s) address that is safe to put into a link, or None."""
    if not address or len(address) > 2_000 or not address.startswith(("http://", "https://")):
        return None
    bad = any(letter in "<>|\"'`\\" or letter.isspace() or not letter.isprintable() for letter in address)
    return None if bad else address


def _visible(letter: str, lines: bool) -> str:
    if letter in "\n\u2028\u2029\x85":
        return "\n" if lines else " "
    category = unicodedata.category(letter)
    if letter == "\t" or category == "Zs":
        return " "
    return "" if category in _HIDDEN else letter
