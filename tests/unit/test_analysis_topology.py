"""Walks over who calls whom end, also in cycles, and find the deepest failing service."""

from hypothesis import given
from hypothesis import strategies as st

from agent.analysis.topology import callees, calls, deepest, reachable

SHOP = {("web", "checkout"), ("checkout", "payment"), ("payment", "db"), ("web", "catalog")}
names = st.sampled_from("abcdefg")
graphs = st.frozensets(st.tuples(names, names), max_size=20)


def test_reachable_is_nearest_first() -> None:
    assert ("catalog", "checkout", "payment", "db") == reachable(SHOP, ["web"])
    assert ("checkout",) == callees({("web", "checkout"), ("web", "web")}, "web")


def test_the_deepest_of_a_failing_chain_is_its_end() -> None:
    assert ("payment",) == deepest(SHOP, ["web", "checkout", "payment"])


def test_a_healthy_service_between_two_failing_ones_does_not_hide_the_deeper() -> None:
    assert ("payment",) == deepest(SHOP, ["web", "payment"])


def test_unrelated_failures_stay_apart() -> None:
    assert ("catalog", "payment") == deepest(SHOP, ["catalog", "payment"])


def test_a_failing_cycle_counts_as_a_whole() -> None:
    assert ("a", "b") == deepest({("a", "b"), ("b", "a"), ("c", "a")}, ["a", "b", "c"])


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
