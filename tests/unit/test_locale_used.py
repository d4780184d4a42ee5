"""Every message is asked for somewhere, every message that is asked for exists, and errors of people read in Korean."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from agent.errors import BadInput, NotFound
from agent.locale.errors import error_words
from agent.locale.messages import HOME, catalogue_files, known

ROOT = HOME.parents[1]
PLACES = ("agent", "tools", "demo", "bench")
HANGUL = re.compile(r"[가-힣]")
_MESSAGE = re.compile(r"^([a-z][a-z0-9_-]*) ?=", re.MULTILINE)
_NAME = re.compile(r"[a-z][a-z0-9_]*(?:-[a-z0-9_]+)+")


class Written(NamedTuple):
    """What the source says."""

    plain: frozenset[str]
    """Every text."""
    made: tuple[re.Pattern[str], ...]
    """What each text that is put together may look like."""
    asked: frozenset[tuple[str, str]]
    """The literal ids that the bot asks for, and in which file."""


@cache
def written() -> Written:
    """Walk through the source once, which takes a while."""
    plain: set[str] = set()
    made: set[str] = set()
    asked: set[tuple[str, str]] = set()
    for place in PLACES:
        for path in (ROOT / place).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    plain.add(node.value)
                elif isinstance(node, ast.JoinedStr):
                    made.add(_pattern(node))
                elif isinstance(node, ast.Call) and place == "agent" and _says(node):
                    asked |= {(path.name, one) for one in _ids(node)}
    patterns = tuple(re.compile(one) for one in sorted(made) if one)
    return Written(frozenset(plain), patterns, frozenset(asked))


def _ids(call: ast.Call) -> list[str]:
    ids = (arg.value for arg in call.args[:2] if isinstance(arg, ast.Constant))
    return [one for one in ids if isinstance(one, str) and _NAME.fullmatch(one)]


def _pattern(node: ast.JoinedStr) -> str:
    """Return what a text that is put together may look like; empty for one that could be anything."""
    parts = [
        re.escape(str(value.value)) if isinstance(value, ast.Constant) else "[a-z0-9_-]*"
        for value in node.values
    ]
    fixed = "".join(str(value.value) for value in node.values if isinstance(value, ast.Constant))
    return "".join(parts) if re.fullmatch(r"[a-z0-9_-]*-[a-z0-9_-]*", fixed) and len(fixed) > 2 else ""


def messages() -> list[str]:
    """Return every message's id."""
    return [name for path in catalogue_files("en") for name in _MESSAGE.findall(path.read_text("utf-8"))]


def test_no_message_is_unused() -> None:
    plain, made, _ = written()
    # What tools write is found by its words; test_locale_said holds it and the source together.
    named = [one for one in messages() if not one.startswith("said-")]
    unused = [m for m in named if m not in plain and not any(one.fullmatch(m) for one in made)]

    assert [] == [message for message in unused if not _put_together(message, plain)]


def _put_together(message: str, plain: frozenset[str]) -> bool:
    """Say whether a message is a family's name that stands in the source, and a word that does, too."""
    cuts = [place for place, letter in enumerate(message) if letter == "-"]
    return any(message[:cut] in plain and message[cut + 1 :] in plain for cut in cuts)


def test_every_message_that_is_asked_for_exists() -> None:
    """Calls with a literal id; ids that are put together are proved by the tests of whoever asks."""
    asked = written().asked

    assert asked
    assert [] == sorted(f"{file}: {one}" for file, one in asked if not known(one))


def _says(call: ast.Call) -> bool:
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    return name in ("text", "say", "state", "_say")


@cache
def codes() -> frozenset[str]:
    """Return the codes of errors that the source names."""
    found = set()
    for path in (*(ROOT / "agent").rglob("*.py"), *(ROOT / "tools").rglob("*.py")):
        if "errors" in path.name:
            continue
        source = path.read_text("utf-8")
        found |= {one for one in re.findall(r'code="([a-z-]+)"', source) if known(f"error-{one}")}
        found |= {one for one in re.findall(r'"([a-z]+-[a-z-]+)"', source) if known(f"error-{one}")}
    return frozenset(found)


def test_every_error_s_words_belong_to_a_code() -> None:
    words = {name.removeprefix("error-") for name in messages() if name.startswith("error-")}

    assert words == codes()


@pytest.mark.parametrize("code", sorted(codes()))
def test_an_error_reads_in_the_reader_s_language(code: str) -> None:
    facts = dict.fromkeys(("name", "to", "most", "word", "known", "near", "state"), "X")
    error = BadInput("English words.", code=code, facts=facts)

    assert "English words." == error_words("en", error)
    assert HANGUL.search(error_words("ko", error))
    assert "{" not in error_words("ko", error)


def test_an_error_without_words_of_ours_stays_as_it_was_said() -> None:
    assert "It was lost." == error_words("ko", NotFound("It was lost."))
    assert "It was lost." == error_words("ko", NotFound("It was lost.", code="never-written"))


def test_the_catalogue_lies_where_this_looks() -> None:
    assert (ROOT / "agent" / "locale").samefile(HOME)
    assert isinstance(HOME, Path)
