"""Tells a kept sentence in another language: the catalogue's own sentence is recognised in it and said anew.

Details, reasons and refusals are kept as sentences in the team's language, or in English where a tool wrote them. Who reads
another language gets the same message of the catalogue with what stood in its places. What no message wrote, such as a
person's words or a backend's, is nobody's sentence and stays as it is.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product

from fluent.syntax import ast

from agent.locale.messages import LANGUAGES, resources, text
from agent.locale.particles import EITHER, forms

KEPT = frozenset(
    (
        *("brake", "cancel", "freeze", "guarded", "judge", "missing", "next", "policy", "reason"),
        *("recovery", "release", "risk", "said", "settle", "slo", "undo", "vote"),
    )
)
"""The families of messages whose sentences are kept somewhere; others are made when they are shown."""
_LEAST_FIXED = 4
_MOST_WORDS = 2000
_MOST_ENDS = 16
_DEEPEST = 5
_END = re.compile(r"[.!?;](?= )")
_GROUPS = re.compile(r"@\S+(?: \S+ @\S+)+")
_SPAN = re.compile(r"\d[\d,.]* ?[^\W\d]+(?: \d[\d,.]* ?[^\W\d]+)?")
_SOME = {"zero": "0", "one": "1", "other": "2"}
_UNITS = ("unit-day", "unit-hour", "unit-minute", "unit-second")


@dataclass(frozen=True, slots=True)
class Wording:
    """One way in which a message reads: its shape, the longest text in it, how much is fixed, and what choices imply."""

    message: str
    shape: str
    telling: str
    fixed: int
    implied: Mapping[str, str]
    counted: frozenset[str]


def retold(language: str, words: str, names: Mapping[str, str] | None = None) -> str:
    """Return a kept sentence, or several, in a language; `names` are given names in it, such as those of rules."""
    if not words or len(words) > _MOST_WORDS:
        return words
    return _retold(language, words, tuple(sorted((names or {}).items())))


@lru_cache(maxsize=4096)
def _retold(language: str, words: str, names: tuple[tuple[str, str], ...]) -> str:
    return _told(language, words, dict(names), _DEEPEST)


def _told(language: str, words: str, names: Mapping[str, str], depth: int) -> str:
    if words in names:
        return names[words]
    ends = [found.end() for found in _END.finditer(words)][:_MOST_ENDS]
    # A place may hold anything, so that of two sentences the first must not swallow the second.
    for end in ends:
        first = _recognised(language, words[:end].removesuffix(";"), names, depth)
        if first is not None:
            mark = ";" if words[end - 1] == ";" else ""
            return f"{first}{mark} {_told(language, words[end + 1 :], names, depth)}"
    whole = _recognised(language, words, names, depth)
    if whole is not None:
        return whole
    if ends:
        return f"{words[: ends[0]]} {_told(language, words[ends[0] + 1 :], names, depth)}"
    return words


def _recognised(language: str, words: str, names: Mapping[str, str], depth: int) -> str | None:
    """Return what a whole sentence says in a language, or None when no message reads like that."""
    if depth == 0:
        return None
    for source in (*(one for one in LANGUAGES if one != language), language):
        for wording in _wordings(source):
            if wording.telling not in words:
                continue
            found = re.fullmatch(wording.shape, words, re.DOTALL)
            if found is None:
                continue
            kept = found.groupdict()
            args = {key: _place(source, language, value, names, depth) for key, value in kept.items()}
            if source == language:
                # It is told already; only what stands in its places may be in another language.
                return _with(words, kept, args)
            return text(language, wording.message, **_filled(wording, args))
    return None


def _with(words: str, kept: Mapping[str, str], args: Mapping[str, str]) -> str:
    """Return a sentence with what stood in its places said anew."""
    for key, value in kept.items():
        if args[key] != value:
            words = words.replace(value, args[key])
    return words


def _filled(wording: Wording, args: Mapping[str, str]) -> dict[str, str | int]:
    """Return what fills a message: what stood in its places, what its choices imply, and numbers as numbers."""
    found = dict(wording.implied) | dict(args)
    return {
        key: int(value) if key in wording.counted and value.isdecimal() else value
        for key, value in found.items()
    }


def _place(source: str, language: str, words: str, names: Mapping[str, str], depth: int) -> str:
    """Return what stood in a place: a sentence or a name of its own, a span of time, groups, or foreign text."""
    told = names.get(words) or _recognised(language, words, names, depth - 1)
    if told is not None:
        return told
    # A sentence may have lost its full stop when it was put into another one.
    whole = _recognised(language, f"{words}.", names, depth - 1) if words[-1:].isalnum() else None
    if whole is not None:
        return whole.removesuffix(".")
    if _GROUPS.fullmatch(words):
        return words.replace(text(source, "policy-or"), text(language, "policy-or"))
    if _SPAN.fullmatch(words):
        return _span(source, language, words)
    return _told(language, words, names, depth - 1) if " " in words and depth > 1 else words


def _span(source: str, language: str, words: str) -> str:
    """Return a span of time with the units of a language."""
    left, parts = words, []
    for unit in _UNITS:
        before, _, after = text(source, unit, count="#").partition("#")
        found = re.match(rf"{re.escape(before)}([\d,.]+){re.escape(after)}(?: |$)", left)
        if found:
            parts.append(text(language, unit, count=found.group(1)))
            left = left[found.end() :]
    return words if left or not parts else " ".join(parts)


@lru_cache(maxsize=len(LANGUAGES))
def _wordings(language: str) -> tuple[Wording, ...]:
    """Return how every kept message may read, the most telling first."""
    found = (
        wording
        for resource in resources(language)
        for entry in resource.body
        if isinstance(entry, ast.Message) and entry.value is not None
        if entry.id.name.partition("-")[0] in KEPT
        for wording in readings(entry.id.name, entry.value)
    )
    return tuple(sorted(found, key=lambda one: -one.fixed))


def readings(message: str, pattern: ast.Pattern) -> Iterator[Wording]:
    """Yield the ways in which a message reads, one for each combination of its choices; none for what is too bare."""
    choices = [_choices(element) for element in pattern.elements]
    whole = [one for one in choices if one is not None]
    if len(whole) < len(choices):
        return
    for combination in product(*whole):
        implied: dict[str, str] = {}
        for piece in combination:
            implied |= piece.implied
        counted = frozenset[str]().union(*(piece.counted for piece in combination))
        parts = [part for piece in combination for part in piece.parts]
        fixed = [part for part in parts if isinstance(part, str)]
        size = sum(letter.isalpha() for part in fixed for letter in part)
        if size >= _LEAST_FIXED:
            telling = max((piece for part in fixed for piece in EITHER.split(part)), key=len)
            yield Wording(message, _shape(parts, counted), telling, size, implied, counted)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a sentence that something is put into."""

    name: str


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a reading; `implied` is what its choices were made by, `counted` are the places that are numbers."""

    parts: tuple[str | Place, ...]
    implied: dict[str, str] = field(default_factory=dict)
    counted: frozenset[str] = frozenset()


def _choices(element: ast.TextElement | ast.Placeable) -> list[_Piece] | None:
    """Return the ways in which an element reads; None for what cannot be recognised again."""
    if isinstance(element, ast.TextElement):
        return [_Piece((element.value,))]
    match element.expression:
        case ast.VariableReference(id=ast.Identifier(name=name)):
            return [_Piece((Place(name),))]
        case ast.StringLiteral(value=value):
            return [_Piece((value,))]
        case ast.SelectExpression(
            selector=ast.VariableReference(id=ast.Identifier(name=name)), variants=variants
        ):
            return _variants(name, variants)
        case _:
            return None


def _variants(name: str, variants: Sequence[ast.Variant]) -> list[_Piece] | None:
    keys = [_key(variant) for variant in variants]
    numbers = all(key.isdecimal() or key in _SOME for key in keys)
    pieces: list[_Piece] = []
    for key, variant in zip(keys, variants, strict=True):
        inner = [_choices(element) for element in variant.value.elements]
        whole = [one for one in inner if one is not None]
        if len(whole) < len(inner):
            return None
        implied = {name: _SOME.get(key, key) if numbers else key}
        for combination in product(*whole):
            parts = tuple(part for piece in combination for part in piece.parts)
            pieces.append(_Piece(parts, implied, frozenset({name} if numbers else ())))
    return pieces


def _key(variant: ast.Variant) -> str:
    return variant.key.name if isinstance(variant.key, ast.Identifier) else str(variant.key.value)


def _shape(parts: Sequence[str | Place], counted: frozenset[str]) -> str:
    shape, seen = "", set[str]()
    for part in parts:
        if isinstance(part, str):
            shape += _fixed(part)
        elif part.name in seen:
            shape += f"(?P={part.name})"
        else:
            seen.add(part.name)
            shape += f"(?P<{part.name}>" + (r"\d+)" if part.name in counted else ".+?)")
    return shape


def _fixed(part: str) -> str:
    """Return a fixed text as a pattern; a particle may have been chosen by the word before it."""
    pieces, particles = EITHER.split(part), EITHER.findall(part)
    shape = re.escape(pieces[0])
    for particle, piece in zip(particles, pieces[1:], strict=True):
        shape += f"(?:{'|'.join(re.escape(form) for form in forms(particle))})" + re.escape(piece)
    return shape
