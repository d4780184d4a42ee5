"""One storm on disk is ranked as in the whole set: with what the resolved ones teach, and never with its own answer."""

import json
from pathlib import Path

import pytest

from agent.diagnosis.cases.model import Case, Truth
from agent.diagnosis.ranking import rank
from agent.errors import BadInput
from agent.operations.case_files import read_case
from agent.operations.case_past import fold, model_for
from bench.diagnosis_rca import run
from tests.support.storms import storms


def written(folder: Path, case: Case, truth: Truth | None) -> Path:
    folder.mkdir(parents=True)
    (folder / "case.json").write_text(json.dumps({"entities": case.entities, "topology": case.topology}))
    rows = [
        {"t": a.at, "id": a.id, "entity": a.entity, "name": a.name, "labels": dict(a.labels)}
        for a in case.alerts
    ]
    (folder / "alerts.jsonl").write_text("\n".join(map(json.dumps, rows)))
    if truth is not None:
        known = {"acceptable": sorted(truth.acceptable), "entity": min(truth.acceptable), "kind": truth.kind}
        (folder / "truth.json").write_text(json.dumps(known))
    return folder


@pytest.mark.parametrize(
    ("beside", "learn"), [(True, False), (False, True), (False, False)], ids=["folds", "learn", "unlabelled"]
)
def test_one_case_alone_gets_the_answer_that_the_whole_run_gives(
    tmp_path: Path, beside: bool, learn: bool
) -> None:
    past = storms(60)
    for number, (case, truth) in enumerate(past):
        written(tmp_path / "rca" / "shop" / f"case-{number:02}", case, truth if beside else None)
        if learn:
            written(tmp_path / "learn" / "rca" / "shop" / f"past-{number:02}", case, truth)
    answers, _ = run(tmp_path)
    for name in ("case-07", "case-31"):
        place = tmp_path / "rca" / "shop" / name
        case = read_case(place)
        alone = rank(case, model_for(place, case))

        assert [a["entity"] for a in answers[f"shop/{name}"]] == [s.entity for s in alone.suspects]
        assert [a["score"] for a in answers[f"shop/{name}"]] == pytest.approx(
            [s.score for s in alone.suspects]
        )


def test_a_case_never_learns_from_its_own_fold(tmp_path: Path) -> None:
    (case, truth), *_ = storms(1)
    place = written(tmp_path / "shop" / "a", case, truth)
    same = next(f"b{n}" for n in range(99) if fold(f"b{n}") == fold("a"))
    written(tmp_path / "shop" / same, case, truth)
    lonely = rank(case, model_for(place, case))

    assert [s.score for s in rank(case).suspects] == [s.score for s in lonely.suspects]


def test_a_case_with_measurements_needs_no_past(tmp_path: Path) -> None:
    (case, _), *_ = storms(1)
    place = written(tmp_path / "shop" / "a", case, None)

    assert model_for(place, Case(case.entities)) is None


def test_a_folder_without_a_resolved_case_teaches_nothing(tmp_path: Path) -> None:
    (case, _), *_ = storms(1)
    place = written(tmp_path / "shop" / "a", case, None)
    with pytest.raises(BadInput, match=r"truth\.json"):
        model_for(place, case, tmp_path / "shop")
