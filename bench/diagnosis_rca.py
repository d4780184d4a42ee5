"""Ranks every recorded incident of a pack; the engine sees a case's contents, never its name or its set's."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agent.diagnosis.cases.model import Case, Verdict
from agent.diagnosis.ranking import rank
from agent.operations.case_files import case_directories, read_case
from agent.operations.case_past import learn_directory
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
        answers |= {f"{folder.name}/{name}": found for name, found in _ranked(folder, directories)}
        seconds[folder.name] = (time.perf_counter() - begun) / len(directories)
    return answers, seconds


def _ranked(folder: Path, directories: Sequence[Path]) -> Sequence[tuple[str, list[dict[str, Any]]]]:
    if _only_alerts(read_case(directories[0])):
        return list(rank_storms(folder, learn_directory(folder)).items())
    return [(path.name, entries(rank(read_case(path)))) for path in directories]


def _only_alerts(case: Case) -> bool:
    return bool(case.alerts) and not (case.metrics or case.logs or case.spans or case.changes)


def entries(verdict: Verdict) -> list[dict[str, Any]]:
    """Return suspects as the results file wants them."""
    return [
        {"entity": s.entity, "score": s.score} | ({"change_id": s.change_id} if s.change_id else {})
        for s in verdict.suspects
    ]
