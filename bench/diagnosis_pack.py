"""A pack of incident data: a smaller one for a short run, and which of its answers can be judged."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

MOST = {"rca": 10, "series": 4}


def smaller(pack: Path, folder: Path) -> Path:
    """Return a pack of links to every n-th case and series, all logs, and the first stream of each kind."""
    small = folder / "pack"
    for kind in ("rca", "learn/rca"):
        for data_set in _folders(pack / kind):
            _link(_some(_folders(data_set), MOST["rca"]), small / kind / data_set.name)
    for data_set in _folders(pack / "series"):
        files = [*_some(sorted(data_set.glob("*.csv")), MOST["series"]), data_set / "labels.json"]
        _link([file for file in files if file.exists()], small / "series" / data_set.name)
    _link(_some(_folders(pack / "grouping"), 1), small / "grouping")
    if (pack / "logs").is_dir():
        _link([pack / "logs"], small)
    return small


def scoreable(pack: Path, results: dict[str, Any]) -> dict[str, Any]:
    """Return the results without those that have no truth beside them."""
    rca, grouping, series = (results.get(part, {}) for part in ("rca", "grouping", "series"))
    known = {s.name for s in _folders(pack / "rca") if all((c / "truth.json").exists() for c in _folders(s))}
    labelled = {s.name for s in _folders(pack / "series") if (s / "labels.json").exists()}
    return {
        "rca": {case: found for case, found in rca.items() if case.split("/")[0] in known},
        "grouping": {n: g for n, g in grouping.items() if (pack / "grouping" / n / "truth.json").exists()},
        "logs": results.get("logs", {}),
        "series": {name: found for name, found in series.items() if name.split("/")[0] in labelled},
        "thresholds": results.get("thresholds", {}),
    }


def _folders(path: Path) -> list[Path]:
    return sorted(one for one in path.glob("*") if one.is_dir())


def _some(found: Sequence[Path], most: int) -> list[Path]:
    return list(found[:: -(-len(found) // most)]) if found else []


def _link(found: Sequence[Path], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for one in found:
        (folder / one.name).symlink_to(one.resolve())
