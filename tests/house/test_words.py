"""Nothing in the tree names a private path or package host, and nothing is left half done."""

import re
import subprocess
from functools import cache
from pathlib import Path

from tests.support.sources import ROOT, text

PRIVATE = re.compile(r"/(?:wor[k])/|/(?:roo[t])/|python[h]osted|py[p]i\.org|npm[j]s")
UNFINISHED = re.compile(
    r"\b(TOD[O]|FIXM[E]|XX[X])\b|NotImplemented[E]rror|mark\.(ski[p]|xfai[l])|pytest\.ski[p]\("
)


@cache
def _tracked() -> list[Path]:
    names = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / n for n in names.stdout.splitlines() if (ROOT / n).is_file() and n != "uv.lock"]


def _hits(pattern: re.Pattern[str], suffixes: set[str]) -> list[str]:
    found = []
    for path in _tracked():
        if path.suffix not in suffixes or "tests/data" in str(path):
            continue
        for number, line in enumerate(text(path).splitlines(), 1):
            if pattern.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}")
    return found


def test_no_private_path_or_host() -> None:
    assert (
        _hits(PRIVATE, {".py", ".md", ".yaml", ".yml", ".toml", ".js", ".css", ".html", ".txt", ".ftl", ""})
        == []
    )


def test_nothing_is_left_unfinished() -> None:
    assert _hits(UNFINISHED, {".py", ".js", ".yaml"}) == []
