"""Many names at once, found in a short text however they are spaced, spelt or turned round."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from agent.analysis.folding import folded, hangul, joined, letters, spelt

_WORD = re.compile(r"[^\W_]+")
# Shorter ones must stand as a word of their own: two words that meet make them too easily.
SHORT = 3
TURNED = 6
LONGEST = 120


@dataclass(frozen=True, slots=True)
class Names:
    """Names by what is left of them without spacing and ornament; `spelt` also takes digits for letters."""

    plain: Mapping[str, str]
    spelt: Mapping[str, str]
    longest: int

    def found_in(self, text: str) -> Iterator[str]:
        """Yield the names that stand in a text."""
        plain = folded(text)
        yield from dict.fromkeys(
            (*_found(plain, self.plain, self.longest), *_found(spelt(plain), self.spelt, self.longest))
        )


def gathered(names: Iterable[str]) -> Names:
    """Return names in the form in which they are looked for."""
    plain = {form[:LONGEST]: name for name in names if (form := joined(folded(name)))}
    # A name with digits of its own would be read into ordinary words.
    lettered = {spelt(form): name for form, name in plain.items() if form.isalpha()}
    return Names(plain, lettered, max(map(len, plain), default=0))


def _found(plain: str, names: Mapping[str, str], longest: int) -> Iterator[str]:
    words = set(_WORD.findall(plain))
    for run in letters(plain).runs(longest):
        if len(run) <= SHORT and not (hangul(run[0]) and len(run) == SHORT):
            continue
        for form in (run, run[::-1]) if len(run) >= TURNED else (run,):
            if form in names:
                yield names[form]
    yield from (names[word] for word in words if len(word) <= SHORT and word in names)
    yield from (names[form] for word in words if (form := _stem(word)) in names)


def _stem(word: str) -> str:
    """Return the first two letters of a Korean word, behind which particles hang."""
    return word[:2] if len(word) > 2 and hangul(word[0]) else ""
