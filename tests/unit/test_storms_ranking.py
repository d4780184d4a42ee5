"""The root of an alert storm: learned from resolved storms, by rarity without them, and never by names."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.diagnosis.cases.model import AlertEvent, Case, Verdict
from agent.diagnosis.storms.model import StormModel
from tests.support.storms import SERVICES, disguised, metric, storm, storms


@pytest.fixture(scope="module")
def learned() -> StormModel:
    return StormModel.learn(storms(60))


def first(verdict: Verdict) -> str:
    return verdict.suspects[0].entity


@pytest.mark.parametrize("kind", ["cpu", "loss"])
@pytest.mark.parametrize("root", SERVICES[1:])
def test_resolved_storms_teach_who_causes_the_next(learned: StormModel, root: str, kind: str) -> None:
    case, _ = storm(root, kind, random.Random(99))
    verdict = learned.rank(case)

    assert root == first(verdict)
    assert verdict.confidence > 0.5
    assert not verdict.inconclusive
    assert any(kind in reason for reason in verdict.suspects[0].reasons)


@pytest.mark.parametrize("root", SERVICES[1:])
def test_without_labels_the_rarest_signs_decide(root: str) -> None:
    case, _ = storm(root, "cpu", random.Random(5))
    watched = StormModel.untrained().watch(past for past, _ in storms(30))

    assert root == first(watched.rank(case))


def test_what_an_entity_always_shows_is_no_sign() -> None:
    alerts = [metric("cart", "mem_usage"), metric("cart", "cpu_usage"), metric("pay", "cpu_usage")]
    noisy = Case(SERVICES, alerts=alerts[:2])
    case = Case(SERVICES, alerts=alerts)

    assert "cart" == first(StormModel.untrained().rank(case))
    assert "pay" == first(StormModel.untrained().watch([noisy] * 20).rank(case))


def test_names_and_order_are_of_no_account(learned: StormModel) -> None:
    dice = random.Random(3)
    past = storms(60)
    renamed = StormModel.learn(
        (
            disguised(case, lambda e: e[::-1] + "!", dice),
            truth.__class__(frozenset(e[::-1] + "!" for e in truth.acceptable), truth.kind),
        )
        for case, truth in past
    )
    for case, _ in storms(10, seed=8):
        plain = {s.entity: s.score for s in learned.rank(case).suspects}
        other = {
            s.entity: s.score for s in renamed.rank(disguised(case, lambda e: e[::-1] + "!", dice)).suspects
        }

        assert other == pytest.approx({name[::-1] + "!": score for name, score in plain.items()}, abs=1e-2)


def test_too_few_resolved_storms_leave_rarity_in_charge() -> None:
    case, _ = storm("pay", "cpu", random.Random(5))
    few = storms(6)

    assert StormModel.learn(few).rank(case) == StormModel().watch(c for c, _ in few).rank(case)


def test_a_storm_without_alerts_is_inconclusive() -> None:
    verdict = StormModel.untrained().rank(Case(SERVICES))

    assert verdict.inconclusive
    assert () == verdict.suspects


_ALERTS = st.lists(
    st.builds(
        AlertEvent,
        id=st.text(max_size=3),
        entity=st.sampled_from([*SERVICES, "", "node-1", "결제"]),
        name=st.text(max_size=12),
        at=st.none(),
        labels=st.dictionaries(
            st.sampled_from(["signal", "direction", "caller", "operation", "template"]),
            st.sampled_from(["metric", "log", "trace", "up", "down", "gate", "None", "", "x"]),
        ),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(alerts=_ALERTS)
def test_any_storm_gives_distinct_scores_between_0_and_1(
    learned: StormModel, alerts: list[AlertEvent]
) -> None:
    case = Case(SERVICES, alerts=alerts)
    for model in (learned, StormModel.untrained()):
        scores = [s.score for s in model.rank(case).suspects]

        assert len(scores) == (len(SERVICES) if alerts else 0)
        assert len(set(scores)) == len(scores)
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= score <= 1 for score in scores)
