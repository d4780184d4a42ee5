"""Which share of the calls a shift moves, which labels a quarantine changes, and which names a certificate covers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.incident_responder.writes.gateways import _covers
from tools.incident_responder.writes.jobs import _name
from tools.incident_responder.writes.membership import _breaking, _kept
from tools.incident_responder.writes.traffic import share_moved

SPLITS = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 100), min_size=1)
LABELS = st.sets(st.sampled_from(["app", "tier", "version", "zone"]), min_size=1)


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [
        ({"a": 100, "b": 0}, {"a": 0, "b": 100}, 1.0),
        ({"a": 100, "b": 0}, {"a": 50, "b": 50}, 0.5),
        ({"a": 1, "b": 1}, {"a": 50, "b": 50}, 0.0),
        ({"a": 90, "b": 10}, {"a": 90, "b": 0}, 0.1),
        ({"a": 0}, {"a": 5}, 1.0),
    ],
)
def test_the_share_that_moves(before: dict[str, int], after: dict[str, int], moved: float) -> None:
    assert share_moved(before, after) == pytest.approx(moved)


@given(SPLITS, SPLITS)
def test_a_share_is_a_share_and_the_way_back_is_as_long(
    before: dict[str, int], after: dict[str, int]
) -> None:
    moved = share_moved(before, after)
    assert 0.0 <= moved <= 1.0 + 1e-9
    assert moved == pytest.approx(share_moved(after, before))


@given(st.lists(LABELS, min_size=1, max_size=5), st.frozensets(st.sampled_from(["app", "tier"])))
def test_the_chosen_labels_break_every_selector(selectors: list[set[str]], owned: frozenset[str]) -> None:
    chosen = _breaking([set(selector) for selector in selectors], owned)
    assert all(set(chosen) & selector for selector in selectors)
    assert len(set(chosen)) == len(chosen) <= len(selectors)


def test_a_label_that_the_owner_does_not_need_is_preferred() -> None:
    assert _breaking([{"app", "version"}], frozenset({"app"})) == ["version"]
    assert _breaking([{"app"}, {"app", "version"}], frozenset({"app"})) == ["app"]


@given(st.text(max_size=60))
def test_any_note_of_old_labels_is_read_or_ignored(note: str) -> None:
    pod = {"metadata": {"annotations": {"ops-monitor.dev/taken-out": note}}}
    assert all(isinstance(value, str) for value in _kept(pod).values())


@pytest.mark.parametrize(
    ("host", "covered"),
    [
        ("", True),
        ("api.example.com", True),
        ("www.example.org", True),
        ("a.b.example.org", False),
        ("example.org", False),
        ("other", False),
    ],
)
def test_a_wildcard_covers_one_label_and_no_more(host: str, covered: bool) -> None:
    assert _covers({"api.example.com", "*.example.org"}, host) is covered


@given(
    st.from_regex(r"[a-z][-a-z0-9]{0,50}[a-z0-9]", fullmatch=True), st.text(max_size=40), st.text(max_size=40)
)
def test_a_jobs_name_is_valid_and_its_own(cronjob: str, key: str, other: str) -> None:
    name = _name(cronjob, key)
    assert len(name) <= 52
    assert name == _name(cronjob, key)
    assert name.strip("-") == name
    assert (name == _name(cronjob, other)) == (key == other)
