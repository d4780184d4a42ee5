"""The detection figures: what was seen, how soon, what was in vain, and how alerts were grouped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.diagnosis.replay_quality import Opened, Trouble, adjusted_rand, measure


def test_early_late_and_missed_troubles_are_told_apart() -> None:
    troubles = [Trouble(1000, 1500, "cart"), Trouble(3000, 3500, "shop"), Trouble(9000, 9500, "mail")]
    opened = [
        Opened(1060, frozenset({"cart"})),
        Opened(3400, frozenset({"shop", "cart"})),
        Opened(20_000, frozenset({"mail"})),
        Opened(900, frozenset({"cart"})),
    ]
    quality = measure(troubles, opened)
    assert (3, 2) == (quality.troubles, quality.detected)
    assert pytest.approx(1 / 3) == quality.early
    assert 0.5 == quality.in_vain
    assert 230.0 == quality.mean_seconds


def test_an_older_incident_shows_a_trouble_from_the_first_of_its_alerts_on() -> None:
    trouble = Trouble(1000, None, "cart", frozenset({"a1", "a2"}))
    old = Opened(10, frozenset(), {"a0": 10.0, "a2": 1300.0})
    quality = measure([trouble], [old])
    assert 300.0 == quality.mean_seconds
    assert 0.0 == quality.early
    assert 0.0 == quality.in_vain


def test_nothing_opened_detects_nothing() -> None:
    quality = measure([Trouble(1, 2, "cart")], [])
    assert (0, 0.0, 0.0, None) == (quality.detected, quality.early, quality.in_vain, quality.mean_seconds)


def test_the_rand_index_of_known_groupings() -> None:
    truth = {"a": "1", "b": "1", "c": "2", "d": "2"}
    assert 1.0 == adjusted_rand(truth, {"a": "x", "b": "x", "c": "y", "d": "y"})
    assert pytest.approx(0.0) == adjusted_rand(truth, dict.fromkeys(truth, "x"))
    assert pytest.approx(-0.5) == adjusted_rand(truth, {"a": "x", "b": "y", "c": "x", "d": "y"})


@given(st.dictionaries(st.text(max_size=3), st.sampled_from("123"), max_size=20), st.permutations("123"))
def test_the_rand_index_does_not_care_what_groups_are_called(truth: dict[str, str], names: list[str]) -> None:
    renamed = {item: names["123".index(group)] for item, group in truth.items()}
    assert pytest.approx(1.0) == adjusted_rand(truth, renamed)
