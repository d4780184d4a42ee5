"""What gives internals away by its mere form, whether anybody knows the name or not: addresses, ids, versions, code."""

import re
from collections.abc import Iterator

from agent.analysis.folding import hangul

_SHAPES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "address",
        re.compile(r"(?<![\w.])\d{1,3}(?:\s?(?:\.|,|-|\[\.\]|\(\.\)|\bdot\b)\s?\d{1,3}){3}(?![\w])", re.I),
    ),
    (
        "address",
        re.compile(r"(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])(?<!\d\d:\d\d:\d\d)", re.I),
    ),
    ("link", re.compile(r"\b[a-z][a-z0-9+.-]{1,20}:/{1,2}\S*|\bwww\.\S+", re.I)),
    ("mail", re.compile(r"\S+\s?(?:@|\(at\)|\[at\])\s?[\w.-]+", re.I)),
    ("host", re.compile(r"(?<![\w.-])(?:[a-z0-9_-]+(?:\.|\[\.\]|\(\.\)))+[a-z][a-z0-9-]+(?![\w])", re.I)),
    ("handle", re.compile(r"\b(?:INC|ACT|OPS)\s?[-#]?\s?\d+\b", re.I)),
    ("handle", re.compile(r"\b[A-Z]{1,10}-\d+\b|\bP[0-3]\b")),
    ("channel", re.compile(r"(?<!\w)#[\w-]+")),
    ("person", re.compile(r"\b[UWCDGBT](?=[A-Z0-9]*\d)[A-Z0-9]{7,}\b|<[@#!][^>]*>|(?<!\S)@\w+")),
    ("version", re.compile(r"\bv\.?\s?\d+(?:\.\d+)*\b|\b\d+\.\d+\.\d+\S*|\bsha256\b", re.I)),
    ("id", re.compile(r"\b(?=[0-9a-f-]*\d)(?=[0-9a-f-]*[a-f])[0-9a-f]{7,}(?:-[0-9a-f]{4,})*\b", re.I)),
    ("id", re.compile(r"\b(?=\w*\d)(?=\w*[A-Za-z])[A-Za-z0-9]{16,}\b|\b[A-Za-z0-9+/]{24,}={0,2}|\d{7,}")),
    (
        "name",
        re.compile(
            r"[A-Za-z0-9가-힣]+_+[A-Za-z0-9가-힣_]+|\b\w*[a-z][A-Z]\w*|\b(?=\w*[A-Za-z]\d+[A-Za-z])\w{6,}\b"
        ),
    ),
    (
        "name",
        re.compile(r"\b(?!\d+-[a-z]+\b)(?=[a-z0-9-]*\d)(?=[a-z0-9-]*[a-z])[a-z0-9]+(?:-[a-z0-9]+)+\b", re.I),
    ),
    ("name", re.compile(r"\b[A-Za-z][\w-]*:(?=\S)(?!/)\S+|\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b")),
    ("path", re.compile(r"(?<!\S)(?:/[\w.-]+)+|\b[\w-]+(?:/[\w-]+){2,}|\b[A-Za-z]:\\\S+|%[0-9A-Fa-f]{2}\S*")),
    ("spelt", re.compile(r"(?<![A-Za-z])(?:[A-Za-z][\s.·•*_-]{1,2}){4,}[A-Za-z](?![A-Za-z])")),
    ("secret", re.compile(r"\[redacted\]|\[e-mail\]|-----BEGIN", re.I)),
    ("code", re.compile(r"[`{}<>\\|=]+|\$\w+|\(\)|&\w+;")),
)
_PLAIN_SIGNS = frozenset("“”‘’–—…·•「」『』～°％℃")


def shapes(text: str) -> Iterator[tuple[str, str]]:
    """Yield the kind and the words of whatever looks like an internal thing."""
    for kind, pattern in _SHAPES:
        yield from ((kind, match.group().strip()) for match in pattern.finditer(text))


def odd_letters(text: str, allowed: frozenset[str]) -> Iterator[str]:
    """Yield the characters that neither an English nor a Korean text needs, hidden ones among them."""
    seen = (letter for letter in text if letter not in allowed and not _usual(letter))
    yield from dict.fromkeys(seen)


def _usual(letter: str) -> bool:
    if letter.isascii():
        return letter.isprintable() or letter == "\n"
    return hangul(letter) or letter in _PLAIN_SIGNS or "À" <= letter <= "ÿ"
