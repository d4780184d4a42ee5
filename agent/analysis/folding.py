"""Text brought to one plain form, so that look-alike letters, hidden characters and spacing hide no word."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from agent.analysis.redaction import clean_text

# Letters of other scripts, and of ours with ornaments, that people read as plain ones.
_CYRILLIC = ("аеорсухіїјѕһԁԛԝкмнтвгпийьѵӏзб", "aeopcyxiijshdqwkmhtbrnuubvl36")
_GREEK = ("αβγεζηικλμνορτυχωϲ", "abyezniklmvoptuxwc")
_LATIN = ("ıɑɡłøđħŧɩʟɴʀᴀʙᴄᴅᴇɢʜɪᴊᴋᴍᴏᴘꜱᴛᴜᴠᴡʏᴢƒ", "iaglodhtilnrabcdeghijkmopstuvwyzf")
_PLAIN = str.maketrans(
    {
        odd: plain
        for odds, plains in (_CYRILLIC, _GREEK, _LATIN)
        for odd, plain in zip(odds, plains, strict=True)
    }
)
# Digits and signs that are written for letters; `i` becomes `l`, because 1 is written for both.
_SPELT = str.maketrans("01345789@$i", "oleastbgasl")


def folded(text: str) -> str:
    """Return text in lower case without hidden characters, accents and look-alikes of Latin letters."""
    if text.isascii() and text.isprintable():
        return text.lower()
    wide = unicodedata.normalize("NFKD", clean_text(text))
    bare = "".join(letter for letter in wide if not _ornament(letter))
    return unicodedata.normalize("NFC", bare.casefold().translate(_PLAIN))


def _ornament(letter: str) -> bool:
    return unicodedata.category(letter) in ("Mn", "Me", "Cf", "Cc", "Co", "Cn") and letter not in "\n\t"


def spelt(plain: str) -> str:
    """Return folded text with the digits that people write for letters as those letters."""
    return plain.translate(_SPELT)


@dataclass(frozen=True, slots=True)
class Letters:
    """The letters and digits of a text without anything between them, and where words begin and end among them."""

    run: str
    begins: frozenset[int]
    ends: frozenset[int]

    def runs(self, longest: int) -> Iterator[str]:
        """Yield what stands here as whole words, however they are spaced, up to so many letters.

        Korean words carry particles behind, and compounds before, so that a Korean name may begin and end anywhere.
        """
        for begin in range(len(self.run)):
            korean = hangul(self.run[begin])
            if begin not in self.begins and not korean:
                continue
            for end in range(begin + 1, min(len(self.run), begin + longest) + 1):
                if end in self.ends or hangul(self.run[end - 1]):
                    yield self.run[begin:end]


def letters(plain: str) -> Letters:
    """Return the letters and digits of folded text; a word also ends where letters, digits or scripts change."""
    run: list[str] = []
    begins, ends = set(), set()
    before = " "
    for letter in plain:
        if letter.isalnum():
            if _kind(before) != _kind(letter):
                begins.add(len(run))
                ends.add(len(run))
            run.append(letter)
        before = letter
    ends.add(len(run))
    return Letters("".join(run), frozenset(begins), frozenset(ends))


def _kind(letter: str) -> str:
    if not letter.isalnum():
        return ""
    return "한" if hangul(letter) else "1" if letter.isdigit() else "a"


def joined(plain: str) -> str:
    """Return the letters and digits of folded text, run together."""
    if plain.isalnum():
        return plain
    return "".join(letter for letter in plain if letter.isalnum())


def hangul(letter: str) -> bool:
    """Say whether a letter is Korean."""
    return len(letter) == 1 and (
        "가" <= letter <= "힣" or "\u1100" <= letter <= "\u11ff" or "\u3131" <= letter <= "\u318e"
    )
