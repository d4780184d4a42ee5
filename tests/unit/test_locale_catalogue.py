"""Every message exists in every language with the same placeables, once, and parses."""

from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from fluent.syntax import FluentParser, ast
from fluent.syntax.visitor import Visitor

from agent.locale import messages as loader
from agent.locale.messages import (
    FALLBACK,
    LANGUAGES,
    catalogue_files,
    known,
    language_of,
    read_catalogues,
    text,
)


class Variables(Visitor):
    """Collects the names of the variables that a message uses."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_VariableReference(self, node: ast.VariableReference) -> None:
        self.names.add(node.id.name)


@cache
def entries(path: Path) -> tuple[ast.BaseNode, ...]:
    return tuple(FluentParser().parse(path.read_text("utf-8")).body)


@cache
def messages(language: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path in catalogue_files(language):
        for entry in entries(path):
            if isinstance(entry, ast.Message):
                visitor = Variables()
                visitor.visit(entry)
                found[entry.id.name] = visitor.names
    return found


def test_languages_hold_the_same_files() -> None:
    expected = [path.name for path in catalogue_files(FALLBACK)]

    for language in LANGUAGES:
        assert expected == [path.name for path in catalogue_files(language)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_is_missing_and_placeables_agree(language: str) -> None:
    assert messages(FALLBACK) == messages(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_junk_or_defined_twice(language: str) -> None:
    all_entries = [entry for path in catalogue_files(language) for entry in entries(path)]
    junk = [entry.content for entry in all_entries if isinstance(entry, ast.Junk)]
    names = Counter(entry.id.name for entry in all_entries if isinstance(entry, ast.Message))

    assert [] == junk
    assert [] == [name for name, count in names.items() if count > 1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_renders_with_its_placeables(language: str) -> None:
    for message, names in messages(language).items():
        rendered = text(language, message, **dict.fromkeys(names, "1"))

        assert rendered
        assert "{" not in rendered, message


def test_korean_is_translated() -> None:
    same = [
        m
        for m, names in messages("ko").items()
        if text("ko", m, **_ones(names)) == text("en", m, **_ones(names))
    ]

    assert set(same) <= UNTRANSLATED


UNTRANSLATED = {
    "card-fallback",
    "card-now-only",
    "card-resolved-line",
    "card-signal-of",
    "check-headline",
    "check-speed-line",
    "details-evidence-query",
    "details-finding",
    "hand-line",
    "home-oncall-line",
    "pm-action",
    "pm-line-handoff",
    "room-topic",
    "release-contrast",
    "release-contrast-because",
    "release-contrast-unknown",
    "release-plan-reason",
    "release-told",
    "release-told-change",
    "task-done",
    "task-line",
    "timeline-note",
    "told-delivered",
    "update-title",
    "update-title-handle",
}
"""Messages that rightly read the same in both languages."""


def _ones(names: set[str]) -> dict[str, str]:
    return dict.fromkeys(names, "1")


def test_unknown_ids_are_an_error_and_unknown_languages_fall_back() -> None:
    with pytest.raises(LookupError):
        text("en", "there-is-no-such-message")

    assert text("en", "unit-second", count="3") == text("fr", "unit-second", count="3")
    assert known("unit-second")
    assert not known("there-is-no-such-message")


def test_arguments_are_data_not_syntax() -> None:
    assert "{ $count } s" == text("en", "unit-second", count="{ $count }")


def test_language_follows_the_script() -> None:
    assert "ko" == language_of("checkout 왜 느려?")
    assert "en" == language_of("why is checkout slow?")


def test_catalogues_that_were_read_leave_nothing_to_parse(monkeypatch: pytest.MonkeyPatch) -> None:
    read_catalogues()
    monkeypatch.setattr(loader, "FluentResource", lambda _: pytest.fail("parsed while somebody waits"))

    assert ["Looking …", "살펴보는 중 …"] == [text(language, "answer-working") for language in LANGUAGES]
