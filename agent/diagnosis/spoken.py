"""Numbers that a sentence states in words, English or Korean, so that writing them out evades no check."""

import re

from agent.diagnosis.numbers import SCALES, Stated

_ONES = {
    "two": 2.0,
    "three": 3.0,
    "four": 4.0,
    "five": 5.0,
    "six": 6.0,
    "seven": 7.0,
    "eight": 8.0,
    "nine": 9.0,
    "ten": 10.0,
    "eleven": 11.0,
    "twelve": 12.0,
    "fifteen": 15.0,
    "dozen": 12.0,
}
_TENS = {
    name: float(value)
    for value, name in enumerate(
        ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), start=2
    )
}
_TENS = {name: value * 10 for name, value in _TENS.items()}
_SIZES = {"hundred": 100.0, "thousand": 1000.0, "million": 1e6}
_ENGLISH = "|".join((*_ONES, *_TENS, *_SIZES, "one"))
_PHRASE = re.compile(
    rf"\b(?:{_ENGLISH})(?:[ -](?:and )?(?:{_ENGLISH}))*\b(?:\s(?P<unit>[a-z]+))?", re.IGNORECASE
)

MOST_COUNTED = 12

# Native counting words stand before a counter, Chinese-Korean ones before a unit; elsewhere both are other words.
_NATIVE = {
    "두": 2,
    "세": 3,
    "네": 4,
    "다섯": 5,
    "여섯": 6,
    "일곱": 7,
    "여덟": 8,
    "아홉": 9,
    "열": 10,
    "스무": 20,
}
_COUNTERS = "개|번|건|배|시간|대|곳|가지|차례"
_COUNTED = re.compile(rf"(?P<word>{'|'.join(_NATIVE)})\s?(?P<unit>{_COUNTERS})")
_DIGITS = {letter: value for value, letter in enumerate("일이삼사오육칠팔구", start=1)}
_PLACES = {"십": 10, "백": 100, "천": 1000}
_MEASURED = re.compile(
    r"(?<![가-힣\d])(?P<word>[일이삼사오육칠팔구십백천만]{1,9})\s?(?P<unit>퍼센트|프로|밀리초|초|분|건)"
)


def spoken(claim: str) -> list[Stated]:
    """Return the quantities that a sentence writes out as words."""
    return [*_english(claim), *_korean(claim)]


def _english(claim: str) -> list[Stated]:
    found = []
    for match in _PHRASE.finditer(claim):
        words = re.findall(_ENGLISH, match.group().casefold())
        # A lone "one" is hardly ever a count.
        if words and words != ["one"]:
            unit, value = (match["unit"] or "").casefold(), _value(words)
            found.append(Stated(match.group().strip(), unit, value, _slack(unit, value)))
    return found


def _slack(unit: str, value: float) -> float:
    """Return how far a number in words may be off: a measured one is rounded, a handful of things is counted."""
    return 0.5 if unit in SCALES or value > MOST_COUNTED else 0.0


def _value(words: list[str]) -> float:
    total = part = 0.0
    for word in words:
        if word in _SIZES:
            part = max(part, 1.0) * _SIZES[word]
            if _SIZES[word] > 100:
                total, part = total + part, 0.0
        else:
            part += 1.0 if word == "one" else _ONES.get(word, 0.0) + _TENS.get(word, 0.0)
    return total + part


def _korean(claim: str) -> list[Stated]:
    found = [
        Stated(match.group(), match["unit"], float(_NATIVE[match["word"]]), 0.0)
        for match in _COUNTED.finditer(claim)
    ]
    for match in _MEASURED.finditer(claim):
        found.append(Stated(match.group(), match["unit"], float(_sino(match["word"])), 0.5))
    return found


def _sino(word: str) -> int:
    total = part = digit = 0
    for letter in word:
        if letter in _DIGITS:
            digit = _DIGITS[letter]
        elif letter in _PLACES:
            part += max(digit, 1) * _PLACES[letter]
            digit = 0
        else:
            total += max(part + digit, 1) * 10_000
            part = digit = 0
    return total + part + digit
