"""Ranks the roots of alert storms: learned from given cases, cross-validated, or without any label."""

from collections.abc import Mapping
from pathlib import Path

from agent.diagnosis.cases.model import Case, Truth, Verdict
from agent.diagnosis.storms.model import StormModel
from agent.operations.case_files import case_directories
from agent.operations.case_past import FOLDS, fold, learned, read_cases

Answer = list[dict[str, str | float]]


def rank_storms(dataset_dir: Path, learn_dir: Path | None) -> dict[str, Answer]:
    """Rank every case of a set; learn from `learn_dir`, else from the truths of the other folds, else from none."""
    cases, truths = read_cases(case_directories(dataset_dir))
    if learn_dir is not None and learn_dir.is_dir():
        model = learned(learn_dir)
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
    return _crosswise(*read_cases(case_directories(dataset_dir)), seed)


def _crosswise(cases: Mapping[str, Case], truths: Mapping[str, Truth], seed: str) -> dict[str, Answer]:
    found: dict[str, Answer] = {}
    for number in range(FOLDS):
        tested = [name for name in cases if fold(name, seed) == number]
        model = StormModel.learn([(cases[n], truths[n]) for n in truths if fold(n, seed) != number])
        found |= {name: _answer(model.rank(cases[name])) for name in tested}
    return found


def _answer(verdict: Verdict) -> Answer:
    return [{"entity": s.entity, "score": s.score} for s in verdict.suspects]
