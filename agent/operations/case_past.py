"""What is known of earlier storms when one recorded storm is ranked: resolved cases, or at least their alerts."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from agent.diagnosis.cases.model import Case, Truth
from agent.diagnosis.storms.model import StormModel
from agent.errors import BadInput
from agent.operations.case_files import case_directories, read_case, read_truth

FOLDS = 5
LEARN = "learn"


def model_for(case_directory: Path, case: Case, learn: Path | None = None) -> StormModel | None:
    """Return the model for one storm, or None for a case that is no storm of mere alerts.

    It learns from the resolved cases in `learn`, else in the pack's own `learn/rca/SET`; else from those beside the case
    that are in other folds, so that a case never learns from itself; else it knows the alerts of the cases beside it.
    Raises BadInput when `learn` holds no resolved case.
    """
    if not case.alerts or case.metrics or case.logs or case.spans or case.changes:
        return None
    place = case_directory.resolve()
    given = learn or learn_directory(place.parent)
    if given is not None:
        return learned(given)
    beside = [path for path in case_directories(place.parent) if path != place]
    cases, truths = read_cases(beside)
    others = [name for name in truths if fold(name) != fold(place.name)]
    if truths:
        return StormModel.learn([(cases[name], truths[name]) for name in others])
    return StormModel.untrained().watch(list(cases.values()))


def learned(directory: Path) -> StormModel:
    """Return a model that learned from the resolved cases under a directory; raises BadInput when there is none."""
    cases, truths = read_cases(case_directories(directory))
    if not truths:
        raise BadInput(
            f"{directory}: there is no resolved case (with truth.json) to learn from.", field="learn"
        )
    return StormModel.learn([(cases[name], truths[name]) for name in truths])


def learn_directory(data_set: Path) -> Path | None:
    """Return the pack's cases to learn from before a set is ranked, where it has some."""
    place = data_set.parent.parent / LEARN / "rca" / data_set.name
    return place if place.is_dir() else None


def read_cases(directories: Sequence[Path]) -> tuple[Mapping[str, Case], Mapping[str, Truth]]:
    """Return cases by name, and what is known of them."""
    truths = {path.name: read_truth(path) for path in directories}
    return {p.name: read_case(p) for p in directories}, {n: t for n, t in truths.items() if t is not None}


def fold(name: str, seed: str = "") -> int:
    """Return in which of the FOLDS a case is, by a stable hash of its name."""
    return int(hashlib.sha256((seed + name).encode()).hexdigest(), 16) % FOLDS
