"""How the name of an alert or an incident reads aloud, the same at every door."""

import re

_WORD_EDGE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_CAMEL = re.compile(r"[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*")
_LONGEST = 120


def spoken_title(title: str) -> str:
    """Return a stored title as people say it: `payment: HighErrorRate` becomes `payment — high error rate`."""
    subject, separator, matter = title.partition(": ")
    return f"{subject} — {spoken(matter)}" if separator else title


def spoken(name: str) -> str:
    """Return a camel-case alert name in words; anything else stays as it is."""
    if len(name) > _LONGEST or not _CAMEL.fullmatch(name):
        return name
    words = _WORD_EDGE.sub(" ", name).split(" ")
    return " ".join(word if word.isupper() and len(word) > 1 else word.lower() for word in words)
