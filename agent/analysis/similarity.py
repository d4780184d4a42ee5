"""Which known name a person probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def closest(word: str, known: Iterable[str], *, least: float = 0.72) -> str | None:
    """Return the known name that a misspelt word is nearest to, or None; an exact name wins over any near one."""
    names = {name.casefold(): name for name in sorted(known, reverse=True)}
    folded = word.casefold()
    if folded in names:
        return names[folded]
    found = get_close_matches(folded, list(names), n=1, cutoff=least)
    return names[found[0]] if found else None
