"""The wheel is the tree: every room with its data, and no other distribution owns one of our names."""

import importlib.metadata
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = {"agent", "tools", "prompts", "policies", "demo"}


def test_the_wheel_lists_every_room() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())

    assert set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == ROOMS
    assert "Private :: Do Not Upload" in project["project"]["classifiers"]


def test_no_other_distribution_provides_our_names() -> None:
    owners = importlib.metadata.packages_distributions()
    foreign = {room: owners[room] for room in ROOMS if set(owners.get(room, [])) - {"ops-monitor"}}

    assert foreign == {}
