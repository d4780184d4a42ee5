"""Names say what lives there, and every module opens with a sentence."""

import re

import pytest

from tests.support.sources import ROOT, outline, text

SOURCES = [
    p
    for room in ("agent", "tools", "demo", "bench", "prompts", "policies")
    for p in (ROOT / room).rglob("*.py")
]
ATTICS = re.compile(r"^(utils?|helpers?|common|misc|manager|base_.*)$")


def test_no_attics() -> None:
    found = [str(p.relative_to(ROOT)) for p in SOURCES if ATTICS.match(p.stem) or ATTICS.match(p.parent.name)]

    assert found == []


def test_every_module_opens_with_a_sentence() -> None:
    silent = [str(p.relative_to(ROOT)) for p in SOURCES if not outline(p).docstring]

    assert silent == []


def test_every_package_says_what_must_never_live_there() -> None:
    packages = [p for p in SOURCES if p.name == "__init__.py"]
    quiet = [
        str(p.relative_to(ROOT))
        for p in packages
        if not re.search(r"\b(never|nothing|no |only|nobody)", outline(p).docstring)
    ]

    assert quiet == []


def test_no_package_files_below_tests() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_the_root_stays_small() -> None:
    visible = {
        p.name
        for p in ROOT.iterdir()
        if p.name not in {".git", ".venv", ".demo"}
        and not p.name.endswith("_cache")
        and p.name != ".hypothesis"
    }

    assert len(visible) <= 22, sorted(visible)


@pytest.mark.parametrize("room", ["agent", "tools"])
def test_broad_excepts_are_rare_and_say_why(room: str) -> None:
    broad = re.compile(r"except( Exception| BaseException)?( as \w+)?:")
    lines = [(p, n, line) for p in (ROOT / room).rglob("*.py") for n, line in enumerate(text(p).splitlines())]
    found = [(str(p.relative_to(ROOT)), n + 1, line) for p, n, line in lines if broad.search(line)]
    unexplained = [f for f in found if "#" not in f[2]]

    assert unexplained == []
    assert len(found) <= max(1, len(lines) / 1000)
