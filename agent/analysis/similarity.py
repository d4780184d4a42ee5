"""How alike two texts are, and which known name a person probably meant."""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches

_WORD = re.compile(r"[^\W_]+", re.UNICODE)


def words(text: str) -> tuple[str, ...]:
    """Return the lower-case words of a text; separators such as `-` and `_` split words."""
    return tuple(_WORD.findall(text.casefold()))


def similarity(left: str, right: str) -> float:
    """Return 0.0 to 1.0: the mean of shared words (Jaccard) and shared runs of letters."""
    a, b = set(words(left)), set(words(right))
    if not a or not b:
        return 1.0 if left == right else 0.0
    shared = len(a & b) / len(a | b)
    runs = SequenceMatcher(None, left.casefold(), right.casefold(), autojunk=False).ratio()
    return (shared + runs) / 2


def closest(word: str, known: Iterable[str], *, least: float = 0.72) -> str | None:
    """Return the known name that a misspelt word is nearest to, or None; an exact name wins over any near one."""
    names = {name.casefold(): name for name in sorted(known, reverse=True)}
    folded = word.casefold()
    if folded in names:
        return names[folded]
    found = get_close_matches(folded, list(names), n=1, cutoff=least)
    return names[found[0]] if found else None
