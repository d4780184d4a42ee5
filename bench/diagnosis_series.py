"""Scores every recorded series of a pack point by point, without looking ahead and without reading any label."""

import csv
import math
from pathlib import Path

import numpy as np

from agent.analysis.anomaly.batch import score_many
from agent.analysis.anomaly.tuning import NOVEL, UNUSUAL

Recorded = tuple[list[float], list[float]]


def run(data: Path) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Return the scores of `data/series/<set>/<name>.csv` by `<set>/<name>`, and the threshold of each set.

    Two thresholds of the one scale are used: what is unusual for its series, where every incident is to be found
    (as the labels of `mscloud` are), and what is new to it, where an alarm has to be worth a page (as `nab` scores).
    """
    files = sorted((data / "series").glob("*/*.csv"))
    recorded = {f"{file.parent.name}/{file.stem}": _read(file) for file in files}
    return _scores(recorded), {"nab": NOVEL, "mscloud": UNUSUAL}


def _read(file: Path) -> Recorded:
    with file.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.reader(lines))[1:]
    return [float(row[0]) for row in rows], [float(row[1]) if row[1] else math.nan for row in rows]


def _scores(recorded: dict[str, Recorded]) -> dict[str, list[float]]:
    """Score all series side by side; one that has ended has no points left."""
    longest = max((len(at) for at, _ in recorded.values()), default=0)
    at, values = (np.full((len(recorded), longest), np.nan) for _ in range(2))
    for row, (times, points) in enumerate(recorded.values()):
        at[row, : len(times)], values[row, : len(points)] = times, points
    scores = score_many(values, at)
    return {
        name: scores[row, : len(times)].tolist() for row, (name, (times, _)) in enumerate(recorded.items())
    }
