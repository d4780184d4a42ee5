"""Libraries that import each other in a circle load whole, whoever asks for them at the same time."""

import asyncio
import sys
from pathlib import Path

import pytest

from agent.loading import loaded


@pytest.fixture
def circle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that loads well from its front door, and half-made when two threads come in by two doors."""
    package = tmp_path / "circling"
    package.mkdir()
    (package / "__init__.py").write_text("from circling import early\n")
    (package / "early.py").write_text("import time\ntime.sleep(0.3)\nfrom circling.late import NAME\n")
    (package / "late.py").write_text("from circling import early\nNAME = 'late'\n")
    (tmp_path / "by_the_side.py").write_text("import time\ntime.sleep(0.1)\nfrom circling.late import NAME\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("circling", "circling.early", "circling.late", "by_the_side"):
        monkeypatch.delitem(sys.modules, name, raising=False)


@pytest.mark.usefixtures("circle")
async def test_whoever_loads_at_the_same_time_gets_whole_modules() -> None:
    await asyncio.gather(loaded("circling"), loaded("by_the_side"), loaded("circling"))
    assert ["late", "late"] == [sys.modules[name].NAME for name in ("circling.early", "by_the_side")]


@pytest.mark.usefixtures("circle")
async def test_what_is_not_there_says_so_and_holds_up_nobody() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"circling\.nowhere"):
        await loaded("circling.nowhere")
    await loaded("circling")
    assert "late" == sys.modules["circling.early"].NAME
