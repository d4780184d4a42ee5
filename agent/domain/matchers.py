"""Alertmanager's label matchers: their text form in UTF-8 mode, and whether labels satisfy them."""

import re
import warnings
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import lru_cache

from pydantic import ValidationError, field_validator, model_validator

from agent.domain.malformed import Malformed
from agent.domain.noun import Noun

# Alertmanager reserves these in bare words; everything else, also in other scripts, may stand unquoted.
_BARE = re.compile(r"[^{}!=~,\\\"'`\s]+")
_SPACE = re.compile(r"\s*")
_ESCAPES = {"n": "\n", '"': '"', "\\": "\\"}
LONGEST = 4096


class Operator(StrEnum):
    """How a label is compared; regular expressions match the whole value."""

    EQUAL = "="
    NOT_EQUAL = "!="
    MATCHES = "=~"
    NOT_MATCHES = "!~"


class Matcher(Noun):
    """One condition on one label; a label that is absent counts as empty."""

    name: str
    operator: Operator
    value: str

    @field_validator("name")
    @classmethod
    def _named(cls, name: str) -> str:
        if not name:
            raise ValueError("a matcher needs a label name")
        return name

    @model_validator(mode="after")
    def _compiles(self) -> "Matcher":
        if self.operator in (Operator.MATCHES, Operator.NOT_MATCHES):
            try:
                _expression(self.value)
            except (re.error, RecursionError, OverflowError, FutureWarning) as error:
                raise ValueError(f"not a regular expression: {error}") from error
        return self

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Say whether the labels satisfy the condition."""
        value = labels.get(self.name, "")
        match self.operator:
            case Operator.EQUAL:
                return value == self.value
            case Operator.NOT_EQUAL:
                return value != self.value
            case Operator.MATCHES:
                return _expression(self.value).fullmatch(value) is not None
            case Operator.NOT_MATCHES:
                return _expression(self.value).fullmatch(value) is None

    def __str__(self) -> str:
        """Return the text form, always quoted where quoting could matter."""
        name = self.name if _BARE.fullmatch(self.name) else _quoted(self.name)
        return f"{name}{self.operator.value}{_quoted(self.value)}"


def all_hold(matchers: Iterable[Matcher], labels: Mapping[str, str]) -> bool:
    """Say whether labels satisfy every matcher; no matcher at all is satisfied by anything."""
    return all(matcher.holds(labels) for matcher in matchers)


def parse_matchers(text: str) -> tuple[Matcher, ...]:
    """Read `{a="x", b=~"y|z"}`, with or without braces; raises Malformed naming the position."""
    if len(text) > LONGEST:
        raise Malformed(f"A matcher list may have at most {LONGEST} characters.", field="matchers")
    return _Reader(text).matchers()


@lru_cache(maxsize=512)
def _expression(value: str) -> re.Pattern[str]:
    with warnings.catch_warnings():
        # What Python will read otherwise one day, such as `[[:alpha:]]`, Alertmanager reads otherwise today.
        warnings.simplefilter("error", FutureWarning)
        return re.compile(value, re.DOTALL)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


class _Reader:
    """Walks over the text once; every complaint names where it stands."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def matchers(self) -> tuple[Matcher, ...]:
        braced = self._take("{")
        found: list[Matcher] = []
        while not self._ended(braced):
            found.append(self._matcher())
            if not self._take(",") and not self._ended(braced):
                raise self._wrong("expected a comma")
        if braced and not self._take("}"):
            raise self._wrong("expected }")
        self._skip()
        if self.at < len(self.text):
            raise self._wrong("expected the end")
        return tuple(found)

    def _ended(self, braced: bool) -> bool:
        self._skip()
        return self.at >= len(self.text) or (braced and self.text[self.at] == "}")

    def _matcher(self) -> Matcher:
        name = self._word("a label name")
        self._skip()
        operator = next((o for o in ("=~", "!~", "!=", "=") if self.text.startswith(o, self.at)), None)
        if operator is None:
            raise self._wrong("expected =, !=, =~ or !~")
        self.at += len(operator)
        start = self.at
        value = self._word("a value")
        try:
            return Matcher(name=name, operator=Operator(operator), value=value)
        except ValidationError as error:
            self.at = start
            raise self._wrong(error.errors()[0]["msg"].removeprefix("Value error, ")) from error

    def _word(self, what: str) -> str:
        self._skip()
        if self.text.startswith('"', self.at):
            return self._string()
        bare = _BARE.match(self.text, self.at)
        if bare is None:
            raise self._wrong(f"expected {what}")
        self.at = bare.end()
        return bare.group()

    def _string(self) -> str:
        letters: list[str] = []
        position = self.at + 1
        while position < len(self.text):
            letter = self.text[position]
            if letter == '"':
                self.at = position + 1
                return "".join(letters)
            if letter == "\\":
                position += 1
                if position >= len(self.text) or self.text[position] not in _ESCAPES:
                    raise self._wrong("unknown escape in a quoted text")
                letter = _ESCAPES[self.text[position]]
            letters.append(letter)
            position += 1
        raise self._wrong("a quoted text does not end")

    def _take(self, mark: str) -> bool:
        self._skip()
        if self.text.startswith(mark, self.at):
            self.at += len(mark)
            return True
        return False

    def _skip(self) -> None:
        space = _SPACE.match(self.text, self.at)
        self.at = space.end() if space else self.at

    def _wrong(self, what: str) -> Malformed:
        return Malformed(f"Matchers at position {self.at + 1}: {what}.", field="matchers")
