"""Ranks every recorded incident of a pack; the engine sees a case's contents, never its name or its set's."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agent.diagnosis.cases.model import Case, Truth, Verdict
from agent.diagnosis.ranking import rank
from agent.diagnosis.storms.model import StormModel
from agent.operations.case_files import case_directories, read_case, read_truth
from bench.diagnosis_storms import rank_storms

Answers = dict[str, list[dict[str, Any]]]


def run(data: Path) -> tuple[Answers, dict[str, float]]:
    """Return the ranked suspects by `set/case`, and the seconds a case took in each set, reading it included."""
    answers: Answers = {}
    seconds: dict[str, float] = {}
    for folder in sorted(path for path in (data / "rca").glob("*") if path.is_dir()):
        directories = case_directories(folder)
        if not directories:
            continue
        begun = time.perf_counter()
        answers |= {f"{folder.name}/{name}": found for name, found in _ranked(folder, data, directories)}
        seconds[folder.name] = (time.perf_counter() - begun) / len(directories)
    return answers, seconds


def _ranked(
    folder: Path, data: Path, directories: Sequence[Path]
) -> Sequence[tuple[str, list[dict[str, Any]]]]:
    if _only_alerts(read_case(directories[0])):
        learn = data / "learn" / "rca" / folder.name
        return list(rank_storms(folder, learn if learn.is_dir() else None).items())
    return [(path.name, entries(rank(read_case(path)))) for path in directories]


def _only_alerts(case: Case) -> bool:
    return bool(case.alerts) and not (case.metrics or case.logs or case.spans or case.changes)


def learned(directory: Path) -> StormModel:
    """Return a storm model that learned from the resolved cases under a directory."""
    pairs: list[tuple[Case, Truth]] = []
    for path in case_directories(directory):
        truth = read_truth(path)
        if truth is not None:
            pairs.append((read_case(path), truth))
    return StormModel.learn(pairs)


def entries(verdict: Verdict) -> list[dict[str, Any]]:
    """Return suspects as the results file wants them."""
    return [
        {"entity": s.entity, "score": s.score} | ({"change_id": s.change_id} if s.change_id else {})
        for s in verdict.suspects
    ]
