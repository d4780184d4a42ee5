"""Ranks the roots of alert storms: learned from given cases, cross-validated, or without any label."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from agent.diagnosis.cases.model import Case, Truth, Verdict
from agent.diagnosis.storms.model import StormModel
from agent.operations.case_files import case_directories, read_case, read_truth

Answer = list[dict[str, str | float]]
_FOLDS = 5


def rank_storms(dataset_dir: Path, learn_dir: Path | None) -> dict[str, Answer]:
    """Rank every case of a set; learn from `learn_dir`, else from the truths of the other folds, else from none."""
    cases, truths = _read(dataset_dir)
    if learn_dir is not None and learn_dir.is_dir():
        past, known = _read(learn_dir)
        model = StormModel.learn([(past[name], known[name]) for name in known])
        return {name: _answer(model.rank(case)) for name, case in cases.items()}
    if truths:
        return _crosswise(cases, truths, "")
    return rank_unlabelled(cases)


def rank_unlabelled(cases: Mapping[str, Case], *, history: bool = True) -> dict[str, Answer]:
    """Rank without labels; with `history` the alerts (never the causes) of the other storms tell what is usual."""
    found = {}
    for name, case in cases.items():
        others = [other for key, other in cases.items() if key != name] if history else []
        found[name] = _answer(StormModel.untrained().watch(others).rank(case))
    return found


def cross_validated(dataset_dir: Path, seed: str = "") -> dict[str, Answer]:
    """Rank by 5-fold cross-validation; another seed shuffles the folds."""
    return _crosswise(*_read(dataset_dir), seed)


def _crosswise(cases: Mapping[str, Case], truths: Mapping[str, Truth], seed: str) -> dict[str, Answer]:
    found: dict[str, Answer] = {}
    for fold in range(_FOLDS):
        tested = [name for name in cases if _fold(name, seed) == fold]
        model = StormModel.learn([(cases[n], truths[n]) for n in truths if _fold(n, seed) != fold])
        found |= {name: _answer(model.rank(cases[name])) for name in tested}
    return found


def _read(directory: Path) -> tuple[dict[str, Case], dict[str, Truth]]:
    found = case_directories(directory)
    truths = {path.name: read_truth(path) for path in found}
    return {p.name: read_case(p) for p in found}, {n: t for n, t in truths.items() if t is not None}


def _fold(name: str, seed: str) -> int:
    return int(hashlib.sha256((seed + name).encode()).hexdigest(), 16) % _FOLDS


def _answer(verdict: Verdict) -> Answer:
    return [{"entity": s.entity, "score": s.score} for s in verdict.suspects]
