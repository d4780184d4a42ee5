"""Understands short requests such as `checkout latency 30m`, forgiving order, fillers and small mistakes."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agent.analysis.similarity import closest
from agent.errors import BadInput
from agent.operations.aliases import FILLERS, LEVELS, LOG_TYPES, SIGNAL_ALIASES, SIGNALS, minutes_of

LONGEST = 500
MOST_MINUTES = 7 * 24 * 60
_WORD = re.compile(r"\"([^\"]*)\"|(\S+)")
_TRIM = "?!.,;:()[]{}<>`*_~'"
# Korean particles that stick to a name: checkout의, payment는.
_PARTICLES = (
    "에서는",
    "에서",
    "으로",
    "에는",
    "은",
    "는",
    "이",
    "가",
    "의",
    "을",
    "를",
    "에",
    "도",
    "로",
    "와",
    "과",
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What was understood; `meant` holds (written, read as) for names that were corrected."""

    service: str | None = None
    signal: str | None = None
    minutes: int | None = None
    level: str | None = None
    log_type: str | None = None
    text: str | None = None
    meant: tuple[str, str] | None = None


def words_of(request: str) -> list[str]:
    """Return the words; a quoted stretch is one word."""
    if len(request) > LONGEST:
        said, facts = f"A request may have at most {LONGEST} characters.", {"most": str(LONGEST)}
        raise BadInput(said, field="text", code="request-long", facts=facts)
    pairs = _WORD.findall(request)
    return [
        quoted.strip() if quoted else bare.strip(_TRIM)
        for quoted, bare in pairs
        if (quoted or bare.strip(_TRIM))
    ]


def understand_signal(request: str, services: Sequence[str]) -> Wish:
    """Read `SERVICE SIGNAL DURATION` in any order; raises BadInput with the nearest known names."""
    words, minutes = _take_duration(words_of(request))
    words, signal = _take_signal(words)
    service, meant, left = _take_service(words, services)
    if left:
        raise _unknown(left[0], services)
    return Wish(service=service, signal=signal, minutes=minutes, meant=meant)


def understand_logs(request: str, services: Sequence[str]) -> Wish:
    """Read `SERVICE LEVEL DURATION` in any order; what is left is text to look for."""
    words, minutes = _take_duration(words_of(request))
    words, level = _take(words, LEVELS)
    words, log_type = _take(words, LOG_TYPES)
    service, meant, left = _take_service(words, services)
    return Wish(
        service=service,
        minutes=minutes,
        level=level,
        log_type=log_type,
        text=" ".join(left) or None,
        meant=meant,
    )


def understand_service(request: str, services: Sequence[str]) -> Wish:
    """Read one service, or none for all; raises BadInput with the nearest known names."""
    words, _ = _take_duration(words_of(request))
    service, meant, left = _take_service(words, services)
    if left:
        raise _unknown(left[0], services)
    return Wish(service=service, meant=meant)


def mentioned_service(sentence: str, services: Iterable[str]) -> str | None:
    """Return the known service that a sentence names, longest name first, else the nearest misspelling."""
    known = sorted(set(services), key=lambda name: (-len(name), name))
    folded = sentence.casefold()
    for name in known:
        if re.search(rf"(?<![\w-]){re.escape(name.casefold())}(?![a-z0-9_-])", folded):
            return name
    spoken = [w for w in words_of(sentence[:LONGEST]) if len(w) >= 5 and w.casefold() not in SIGNAL_ALIASES]
    return next((hit for word in spoken if (hit := closest(_bare(word), known, least=0.82))), None)


def mentioned_signal(sentence: str) -> str | None:
    """Return the signal that a sentence names."""
    return _take_signal([_bare(w) for w in words_of(sentence[:LONGEST])])[1]


def mentioned_minutes(sentence: str) -> int | None:
    """Return the duration that a sentence names, in minutes."""
    return _take_duration(words_of(sentence[:LONGEST]))[1]


def _take_duration(words: list[str]) -> tuple[list[str], int | None]:
    for index in range(len(words)):
        for size in (1, 2):
            minutes = (
                minutes_of(" ".join(words[index : index + size])) if index + size <= len(words) else None
            )
            if minutes is not None:
                if minutes > MOST_MINUTES:
                    raise BadInput("The longest window is 7 days.", field="minutes", code="window-long")
                return words[:index] + words[index + size :], minutes
    return words, None


def _take_signal(words: list[str]) -> tuple[list[str], str | None]:
    folded = [w.casefold().replace("-", "_") for w in words]
    for size in (2, 1):
        for index in range(len(words) - size + 1):
            phrase = " ".join(folded[index : index + size])
            signal = SIGNAL_ALIASES.get(phrase) or (phrase if phrase in SIGNALS else None)
            if signal is not None:
                return words[:index] + words[index + size :], signal
    return words, None


def _take(words: list[str], table: dict[str, str]) -> tuple[list[str], str | None]:
    for index, word in enumerate(words):
        if word.casefold() in table:
            return words[:index] + words[index + 1 :], table[word.casefold()]
    return words, None


def _take_service(
    words: list[str], services: Sequence[str]
) -> tuple[str | None, tuple[str, str] | None, list[str]]:
    left = [w for w in words if w.casefold() not in FILLERS]
    for index, word in enumerate(left):
        exact = closest(_bare(word), services, least=1.0)
        if exact is not None:
            return exact, None, left[:index] + left[index + 1 :]
    for index, word in enumerate(left):
        near = closest(_bare(word), services)
        if near is not None:
            return near, (word, near), left[:index] + left[index + 1 :]
    if not services and left:
        # Nobody can say which services exist while the metrics are away: take the person's word for it.
        return left[0], None, left[1:]
    return None, None, left


def _bare(word: str) -> str:
    for particle in _PARTICLES:
        if word.endswith(particle) and word[: -len(particle)].isascii() and len(word) > len(particle):
            return word[: -len(particle)]
    return word


def _unknown(word: str, services: Sequence[str]) -> BadInput:
    shown = word[:60]
    near = closest(word, [*services, *SIGNALS, *SIGNAL_ALIASES], least=0.55)
    if near is not None:
        facts = {"word": shown, "near": near}
        said = f"I do not know “{shown}”. Did you mean “{near}”?"
        return BadInput(said, field="text", code="unknown-word-near", facts=facts)
    known = ", ".join(sorted(services)[:12])
    hint = f" Services: {known}." if known else ""
    said = f"I do not know “{shown}”.{hint} Example: checkout latency 30m"
    code, facts = "unknown-word-known" if known else "unknown-word", {"word": shown, "known": known}
    return BadInput(said, field="text", code=code, facts=facts)
