"""Two stretches of a log are compared template by template; what changed most comes first."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.analysis.logs import TemplateMiner, compare, rate_change

COUNTS = st.integers(min_value=0, max_value=100_000)


def lines(entity: str, text: str, times: int) -> list[tuple[str, str]]:
    return [(entity, text.format(i)) for i in range(times)]


def test_new_gone_and_more_frequent_lines_are_told_from_steady_ones() -> None:
    before = (
        lines("cart", "order {} stored", 100)
        + lines("cart", "cache miss {}", 4)
        + lines("db", "vacuum {} ran", 9)
    )
    after = (
        lines("cart", "order {} stored", 110)
        + lines("cart", "cache miss {}", 90)
        + lines("pay", "issuer refused {}", 20)
    )

    found = {change.template: change for change in compare(before, after)}

    assert {
        "issuer refused <*>": "new",
        "cache miss <*>": "surging",
        "vacuum <*> ran": "vanished",
        "order <*> stored": "steady",
    } == {template: change.kind for template, change in found.items()}
    assert "order <*> stored" == list(found)[-1]
    assert {"pay": (0, 20)} == found["issuer refused <*>"].entities
    assert "issuer refused 19" == found["issuer refused <*>"].sample


def test_entities_are_counted_apart_and_the_loudest_now_comes_first() -> None:
    before = lines("a", "timeout {} after", 5) + lines("b", "timeout {} after", 1)
    after = lines("b", "timeout {} after", 7)

    (change,) = compare(before, after)

    assert [("b", (1, 7)), ("a", (5, 0))] == list(change.entities.items())


def test_a_longer_stretch_before_is_allowed_for() -> None:
    before, after = lines("a", "tick {} done", 60), lines("a", "tick {} done", 10)

    assert "steady" == compare(before, after, exposure=6)[0].kind
    assert "fading" == compare(before, after)[0].kind


def test_names_that_came_later_join_the_template_of_before() -> None:
    before = [("a", f"login of user {name} failed") for name in ("ada", "bob")]
    after = [("a", f"login of user {name} failed") for name in ("cleo", "dora")]

    (change,) = compare(before, after)

    assert ("login of user <*> failed", 2, 2) == (change.template, change.before, change.after)


def test_a_miner_that_has_seen_older_lines_knows_their_templates() -> None:
    miner = TemplateMiner()
    for name in ("amber", "birch", "cedar", "dune", "ember"):
        miner.add(f"plugin {name} was loaded")

    (change,) = compare([], [("a", "plugin fern was loaded")], miner=miner)

    assert "plugin <*> was loaded" == change.template


@given(before=COUNTS, after=COUNTS)
def test_a_rate_change_turns_its_sign_with_time(before: int, after: int) -> None:
    assert pytest.approx(rate_change(before, after)) == -rate_change(after, before)
    assert rate_change(before, after + 1) > rate_change(before, after)
    assert 0 == rate_change(before, before)


def test_a_few_lines_out_of_nothing_weigh_more_than_a_tenth_more_of_many() -> None:
    assert rate_change(0, 3) > rate_change(1000, 1100) > 0
    assert rate_change(0, 20) > rate_change(0, 3)


LINES = st.lists(st.tuples(st.sampled_from("ab"), st.text(max_size=30)), max_size=30)


@given(before=LINES, after=LINES)
@settings(deadline=None)
def test_every_line_is_in_one_change(before: list[tuple[str, str]], after: list[tuple[str, str]]) -> None:
    found = compare(before, after)

    assert len(before) == sum(change.before for change in found)
    assert len(after) == sum(change.after for change in found)
    for change in found:
        assert (change.before, change.after) == tuple(map(sum, zip(*change.entities.values(), strict=True)))
    assert found == compare(before, after)
