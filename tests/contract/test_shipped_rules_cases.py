"""The shipped alert rules do what their cases say: judged by promtool, the rules' own engine."""

import shutil
from pathlib import Path

import pytest

from demo.backends.process import BackendFailed, find_program, run_tool
from demo.backends.prometheus import INSTALL
from demo.backends.rules import RULES

CASES = Path(__file__).resolve().parents[1] / "data" / "prometheus"


@pytest.mark.backend
@pytest.mark.parametrize("name", ["security", "business"])
async def test_the_rules_do_what_their_cases_say(tmp_path: Path, name: str) -> None:
    said = await _judged(tmp_path, name, (RULES / f"{name}.yaml").read_text())
    assert "SUCCESS" in said


@pytest.mark.backend
@pytest.mark.parametrize(
    ("name", "part", "instead"),
    [
        # At any hour of the night, as in the seed.
        ("business", ">= 5", ">= 0"),
        (
            "security",
            "last_over_time(security_events_total[1d] offset 10m)",
            "security_events_total offset 10m",
        ),
    ],
)
async def test_what_the_cases_guard_against(tmp_path: Path, name: str, part: str, instead: str) -> None:
    text = (RULES / f"{name}.yaml").read_text()
    assert part in text
    with pytest.raises(BackendFailed):
        await _judged(tmp_path, name, text.replace(part, instead))


async def _judged(folder: Path, name: str, rules: str) -> str:
    (folder / f"{name}.yaml").write_text(rules)
    shutil.copy(CASES / f"{name}.test.yaml", folder)
    promtool = find_program(["promtool"], INSTALL)
    return await run_tool([promtool, "test", "rules", str(folder / f"{name}.test.yaml")])
