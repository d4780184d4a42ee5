"""The arithmetic of confidence, and that people are told the same weights."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.diagnosis.signs import DOUBTS, MOST, SIGNS, Sign, confidence
from agent.locale.messages import known

PAGE = Path("docs/diagnosis.md").read_text()
signs = st.lists(st.sampled_from(sorted(SIGNS)), unique=True).map(
    lambda names: [Sign(n, ("ev",)) for n in names]
)
doubts = st.lists(st.sampled_from(sorted(DOUBTS)), unique=True).map(
    lambda names: [Sign(n, ("ev",)) for n in names]
)


def test_the_page_shows_every_weight_and_its_reason() -> None:
    rows = {
        (name, int(share), why)
        for name, share, why in re.findall(r"^\| `([\w-]+)` \| (\d+) % \| (.+) \|$", PAGE, re.M)
    }

    expected = {(name, round(w.share * 100), w.why) for name, w in (SIGNS | DOUBTS).items()}
    assert rows == expected


def test_every_sign_can_be_said() -> None:
    silent = [f"sign-{name}" for name in SIGNS if not known(f"sign-{name}")]
    silent += [f"doubt-{name}" for name in DOUBTS if not known(f"doubt-{name}")]

    assert silent == []


def test_signs_share_out_the_doubt_that_is_left() -> None:
    both = confidence([Sign("changed-just-before", ("a",)), Sign("fails-itself", ("b",))])

    assert both == pytest.approx(1 - 0.55 * 0.70, abs=1e-4)


@given(signs, doubts)
def test_confidence_is_never_certain_and_doubts_only_lower_it(some: list[Sign], against: list[Sign]) -> None:
    sure = confidence(some)

    assert 0.0 <= sure <= MOST
    assert confidence(some, against) <= sure


@given(signs, st.sampled_from(sorted(SIGNS)))
def test_another_sign_never_lowers_confidence(some: list[Sign], name: str) -> None:
    assert confidence([*some, Sign(name, ("ev",))]) >= confidence(some)


@given(signs, st.floats(min_value=0, max_value=1))
def test_a_cap_holds(some: list[Sign], cap: float) -> None:
    assert confidence(some, cap=cap) <= round(cap, 4)
