"""Message catalogues: Fluent files per language, found by message id."""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from fluent.runtime import FluentBundle, FluentResource
from fluent.syntax import ast

from agent.locale.particles import joined

LANGUAGES = ("en", "ko")
FALLBACK = "en"
HOME = Path(__file__).resolve().parent


def text(language: str, message: str, /, **args: object) -> str:
    """Return a message in a language; falls back to English, raises LookupError for an id that exists nowhere."""
    for candidate in (language, FALLBACK):
        bundle = _bundle(candidate) if candidate in LANGUAGES else None
        if bundle is not None and bundle.has_message(message):
            pattern = bundle.get_message(message).value
            # The resolver's errors are dropped on purpose: it leaves "{$name}" in the sentence, which people can
            # still read, and the catalogue tests prove that our own calls never get there.
            rendered, _ = bundle.format_pattern(pattern, args)
            return joined(str(rendered)) if candidate == "ko" else str(rendered)
    raise LookupError(f"no message called {message!r}")


def read_catalogues() -> None:
    """Parse every language now, for about half a second, so that the first words need not wait for it."""
    for language in LANGUAGES:
        _bundle(language)


def known(message: str) -> bool:
    """Say whether a message id exists."""
    return bool(_bundle(FALLBACK).has_message(message))


def catalogue_files(language: str) -> tuple[Path, ...]:
    """Return a language's Fluent files in the order they are loaded."""
    return tuple(sorted((HOME / language).glob("*.ftl")))


def language_of(words: str) -> str:
    """Return `ko` when the words hold Hangul, else `en`."""
    return "ko" if any(_is_hangul(letter) for letter in words) else "en"


def answer_language(words: str, team: str) -> str:
    """Return the language to answer in: that of the words, or the team's when a word or two tell nothing."""
    if language_of(words) == "ko":
        return "ko"
    return "en" if len(words.split()) >= 3 else team


def _is_hangul(letter: str) -> bool:
    return "\uac00" <= letter <= "\ud7a3" or "\u1100" <= letter <= "\u11ff" or "\u3130" <= letter <= "\u318f"


@lru_cache(maxsize=len(LANGUAGES))
def resources(language: str) -> tuple[ast.Resource, ...]:
    """Return a language's files as they were parsed."""
    return tuple(FluentResource(path.read_text("utf-8")) for path in catalogue_files(language))


@lru_cache(maxsize=len(LANGUAGES))
def _bundle(language: str) -> FluentBundle:
    return _compiled(language, resources(language))


def build_bundle(language: str, sources: Iterable[str]) -> FluentBundle:
    """Compile Fluent sources; without isolation marks, because invisible characters would reach search and tests."""
    return _compiled(language, (FluentResource(source) for source in sources))


def _compiled(language: str, parsed: Iterable[ast.Resource]) -> FluentBundle:
    bundle = FluentBundle([language], use_isolating=False)
    for resource in parsed:
        bundle.add_resource(resource)
    return bundle
