"""Walks over who calls whom end, also in cycles, and find the deepest failing service."""

from hypothesis import given
from hypothesis import strategies as st

from agent.analysis.topology import callees, calls, deepest, reachable

SHOP = {("web", "checkout"), ("checkout", "payment"), ("payment", "db"), ("web", "catalog")}
names = st.sampled_from("abcdefg")
graphs = st.frozensets(st.tuples(names, names), max_size=20)


def test_reachable_is_nearest_first() -> None:
    assert reachable(SHOP, ["web"]) == ("catalog", "checkout", "payment", "db")
    assert callees({("web", "checkout"), ("web", "web")}, "web") == ("checkout",)


def test_the_deepest_of_a_failing_chain_is_its_end() -> None:
    assert deepest(SHOP, ["web", "checkout", "payment"]) == ("payment",)


def test_a_healthy_service_between_two_failing_ones_does_not_hide_the_deeper() -> None:
    assert deepest(SHOP, ["web", "payment"]) == ("payment",)


def test_unrelated_failures_stay_apart() -> None:
    assert deepest(SHOP, ["catalog", "payment"]) == ("catalog", "payment")


def test_a_failing_cycle_counts_as_a_whole() -> None:
    assert deepest({("a", "b"), ("b", "a"), ("c", "a")}, ["a", "b", "c"]) == ("a", "b")


def test_calls_goes_through_others_and_one_way_only() -> None:
    assert calls(SHOP, "web", "db")
    assert not calls(SHOP, "db", "web")


@given(graphs, st.frozensets(names))
def test_some_failing_service_is_always_deepest(
    graph: frozenset[tuple[str, str]], failing: frozenset[str]
) -> None:
    found = deepest(graph, failing)

    assert set(found) <= failing
    assert bool(found) == bool(failing)


@given(graphs, names)
def test_nothing_reaches_itself(graph: frozenset[tuple[str, str]], start: str) -> None:
    assert start not in reachable(graph, [start])
