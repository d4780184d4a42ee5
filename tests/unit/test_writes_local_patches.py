"""Patches worked out here come out as those of the demo cluster, which is held against a real server's answers."""

from copy import deepcopy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from demo.cluster.strategic import strategic_merge
from tools.connectors.local_patches import merged, strategically_merged

Json = dict[str, Any]
NAMES = st.sampled_from(["a", "b", "c"])
WORDS = st.sampled_from(["1", "2", "x"])
LABELS = st.dictionaries(NAMES, WORDS, max_size=3)
CHANGED_LABELS = st.dictionaries(NAMES, st.none() | WORDS, max_size=3)


def named(content: st.SearchStrategy[Json]) -> st.SearchStrategy[list[Json]]:
    """Return lists in which each name stands once."""
    pairs = st.dictionaries(NAMES, content, max_size=3)
    return pairs.map(lambda found: [{"name": name, **rest} for name, rest in found.items()])


def with_deletions(content: st.SearchStrategy[Json]) -> st.SearchStrategy[list[Json]]:
    return named(content | st.just({"$patch": "delete"}))


ENV = named(st.builds(lambda value: {"value": value}, WORDS))
ENV_PATCH = with_deletions(st.builds(lambda value: {"value": value}, WORDS))
CONTAINERS = named(st.builds(lambda image, env: {"image": image, "env": env}, WORDS, ENV))
CONTAINERS_PATCH = with_deletions(
    st.fixed_dictionaries({}, optional={"image": st.none() | WORDS, "env": ENV_PATCH})
)


def template(spec: Json, labels: Json) -> Json:
    return {"metadata": {"labels": labels}, "spec": spec}


OBJECTS = st.builds(
    lambda replicas, containers, labels: {
        "metadata": {"name": "web", "labels": labels},
        "spec": {"replicas": replicas, "template": template({"containers": containers}, labels)},
    },
    st.integers(1, 5),
    CONTAINERS,
    LABELS,
)
MERGES = st.builds(
    lambda containers, labels: template({"containers": containers}, labels), CONTAINERS_PATCH, CHANGED_LABELS
)
REPLACEMENTS = st.builds(
    lambda containers, labels: {"$patch": "replace", **template({"containers": containers}, labels)},
    CONTAINERS,
    LABELS,
)
PATCHES = st.builds(
    lambda found, replicas, labels: {
        "metadata": {"labels": labels},
        "spec": {"replicas": replicas, "template": found},
    },
    MERGES | REPLACEMENTS,
    st.none() | st.integers(1, 5),
    CHANGED_LABELS,
)
VALUES = st.recursive(
    st.none() | WORDS | st.integers(0, 3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


@given(OBJECTS, PATCHES)
def test_a_strategic_patch_makes_what_a_server_makes(item: Json, patch: Json) -> None:
    kept = deepcopy((item, patch))

    assert strategic_merge(deepcopy(item), deepcopy(patch)) == strategically_merged(item, patch)
    assert kept == (item, patch)


@given(OBJECTS, st.dictionaries(NAMES, VALUES, max_size=3))
def test_a_merge_patch_holds_in_the_result_and_again(item: Json, patch: Json) -> None:
    kept = deepcopy((item, patch))
    after = merged(item, patch)

    assert after == merged(after, patch)
    assert all(after[key] == value for key, value in patch.items() if isinstance(value, str | int | list))
    assert all(key not in after for key, value in patch.items() if value is None)
    assert all(after[key] == value for key, value in item.items() if key not in patch)
    assert kept == (item, patch)


def test_merging_as_the_standard_shows_it() -> None:
    before = {"title": "a", "author": {"given": "b", "family": "c"}, "tags": ["x", "y"]}
    patch = {"title": "z", "author": {"family": None}, "tags": ["x"], "more": {"left": None, "kept": 1}}
    assert {
        "title": "z",
        "author": {"given": "b"},
        "tags": ["x"],
        "more": {"kept": 1},
    } == merged(before, patch)


def test_a_variable_that_is_deleted_goes_and_one_that_is_new_comes() -> None:
    pod = {"containers": [{"name": "web", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}]}
    env = [{"name": "A", "$patch": "delete"}, {"name": "C", "value": "3"}, {"name": "B", "value": "9"}]
    found = strategically_merged(pod, {"containers": [{"name": "web", "env": env}]})
    assert [{"name": "B", "value": "9"}, {"name": "C", "value": "3"}] == found["containers"][0]["env"]
