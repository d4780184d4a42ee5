"""Korean particles after a word that is known only when a sentence is made: `목록을`, `카드를`."""

import re

_CHOICES = {
    "이(가)": ("이", "가"),
    "을(를)": ("을", "를"),
    "은(는)": ("은", "는"),
    "과(와)": ("과", "와"),
    "(으)로": ("으로", "로"),
}
EITHER = re.compile("|".join(re.escape(one) for one in _CHOICES))
"""A particle that leaves both forms open."""
_AFTER = re.compile(rf"([가-힣0-9])([”’\"')\]`*]*)({EITHER.pattern})")
_FIRST, _FINALS, _L = 0xAC00, 28, 8
# How digits end when they are read: 영 일 이 삼 사 오 육 칠 팔 구; the tens, hundreds and so on all end in a consonant.
_DIGITS = {"0": 1, "1": _L, "2": 0, "3": 1, "4": 0, "5": 0, "6": 1, "7": _L, "8": _L, "9": 0}


def joined(words: str) -> str:
    """Return a sentence with the particles that its words want; after other scripts both forms stay, as people write."""
    return _AFTER.sub(_chosen, words) if "(" in words else words


def forms(particle: str) -> tuple[str, ...]:
    """Return every way in which a particle may have been written."""
    return (particle, *_CHOICES[particle])


def _chosen(found: re.Match[str]) -> str:
    letter, marks, particle = found.groups()
    final = _DIGITS.get(letter, (ord(letter) - _FIRST) % _FINALS)
    with_final, without = _CHOICES[particle]
    closed = final not in (0, _L) if particle == "(으)로" else final != 0
    return f"{letter}{marks}{with_final if closed else without}"
