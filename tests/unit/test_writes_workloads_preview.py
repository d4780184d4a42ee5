"""The preview of a change, names of images, and the proof by marks: pure parts, for whatever a server sends."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.analysis.redaction import MARK
from tools.incident_responder.writes import marks
from tools.incident_responder.writes.config import names_secret
from tools.incident_responder.writes.following import amount, bare, is_ready, trouble
from tools.incident_responder.writes.preview import MAX_CHANGES, MAX_TEXT, field_changes
from tools.incident_responder.writes.rollouts import repository_of, short

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["ab.name", "env", "x/y"]), inner, max_size=4)
    ),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.sampled_from(["metadata", "spec", "data", "status", "kind"]), JSON, max_size=5)


@given(OBJECTS, OBJECTS)
def test_any_two_objects_have_a_preview(before: dict[str, Any], after: dict[str, Any]) -> None:
    found = field_changes(before, after)

    assert len(found) <= MAX_CHANGES
    assert all(len(change.before or "") <= MAX_TEXT >= len(change.after or "") for change in found)
    assert not [change for change in found if change.path.startswith(("status", "kind"))]


@given(OBJECTS)
def test_an_object_differs_in_nothing_from_itself(item: dict[str, Any]) -> None:
    assert () == field_changes(item, item)


@given(JSON, JSON)
def test_a_change_of_one_field_is_found_where_it_is(old: Any, new: Any) -> None:
    found = field_changes({"data": {"POOL": str(old)}}, {"data": {"POOL": str(new)}})

    assert (["data.POOL"] if str(old) != str(new) else []) == [change.path for change in found]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ({"a": {"b": 1}}, {"a": 5}, [("spec.a", '{"b": 1}', "5")]),
        ({"a": 5}, {"a": {"b": 1}}, [("spec.a", "5", '{"b": 1}')]),
        (
            {"limits": {"cpu": "1", "memory": "2Gi"}},
            {},
            [("spec.limits.cpu", "1", None), ("spec.limits.memory", "2Gi", None)],
        ),
        ({}, {"limits": {"cpu": "1"}}, [("spec.limits.cpu", None, "1")]),
        ({"ports": [{"n": 1}, {"n": 2}]}, {"ports": [{"n": 1}, {"n": 3}]}, [("spec.ports[1].n", "2", "3")]),
        (
            {"ports": [{"name": "a", "n": 1}, {"name": "a", "n": 2}]},
            {"ports": [{"name": "a", "n": 9}, {"name": "a", "n": 2}]},
            [("spec.ports[0].n", "1", "9")],
        ),
    ],
    ids=[
        "parts become a value",
        "a value becomes parts",
        "taken away",
        "added",
        "nameless",
        "one name twice",
    ],
)
def test_whatever_changes_is_told(
    old: dict[str, Any], new: dict[str, Any], told: list[tuple[str, str | None, str | None]]
) -> None:
    found = field_changes({"spec": old}, {"spec": new})

    assert told == [(one.path, one.before, one.after) for one in found]


def test_lists_are_told_by_name_and_the_servers_bookkeeping_is_left_out() -> None:
    def item(pool: str, version: str) -> dict[str, Any]:
        env = [{"name": "A", "value": "1"}, {"name": "POOL", "value": pool}]
        return {
            "metadata": {
                "resourceVersion": version,
                "managedFields": [version],
                "annotations": {marks.ACTION: version},
            },
            "spec": {"containers": [{"name": "app", "env": env}]},
            "status": {"replicas": version},
        }

    (change,) = field_changes(item("10", "1"), item("30", "2"))

    assert ("spec.containers[app].env[POOL].value", "10", "30") == (change.path, change.before, change.after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"data": {"db_password": "hunter2"}}, {"data": {"db_password": "hunter3"}}),
        ({"data": {"url": "https://a:b3cret@x"}}, {"data": {"url": "https://a:c3cret@x"}}),
        ({"data": {"pin_token": 123456}}, {"data": {"pin_token": 654321}}),
        ({"data": {}}, {"data": {"deep": {"list": [{"password": "hunter2"}], "api_key": "k3y-hunter"}}}),
    ],
)
def test_secrets_are_not_shown(before: dict[str, Any], after: dict[str, Any]) -> None:
    shown = str(field_changes(before, after))

    assert MARK in shown
    for secret in ("hunter", "b3cret", "c3cret", "123456", "654321"):
        assert secret not in shown


@pytest.mark.parametrize(
    ("image", "repository", "tag"),
    [
        ("payment:v1", "payment", "v1"),
        ("registry.example:5000/shop/payment:v1.2_3", "registry.example:5000/shop/payment", "v1.2_3"),
        ("registry.example:5000/payment", "registry.example:5000/payment", "registry.example:5000/payment"),
        (f"r.example/p:v1@sha256:{'a' * 64}", "r.example/p", "v1"),
        (f"r.example/p@sha256:{'a' * 64}", "r.example/p", "a" * 12),
    ],
)
def test_an_image_has_a_repository_and_a_tag(image: str, repository: str, tag: str) -> None:
    assert (repository, tag) == (repository_of(image), short(image))


@given(
    st.from_regex(r"\A[a-z]{1,8}(\.example)?(:[0-9]{1,4})?(/[a-z]{1,8}){1,2}\Z"),
    st.from_regex(r"\A[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}\Z"),
)
def test_a_tag_never_changes_the_repository(repository: str, tag: str) -> None:
    assert repository == repository_of(f"{repository}:{tag}") == repository_of(f"{repository}:{tag}@sha256:0")
    assert tag == short(f"{repository}:{tag}")


@pytest.mark.parametrize(
    "name", ["MAX_POOL", "TIMEOUT_SECONDS", "cache.size", "monkeyCount", "MONKEYS", "author"]
)
def test_ordinary_names_are_no_secrets(name: str) -> None:
    assert not names_secret(name)


@pytest.mark.parametrize(
    "name", ["DB_PASS_PHRASE_PASSWORD", "apiKey", "API_KEY", "x-auth", "userToken", "비밀번호"]
)
def test_names_of_secrets_are_seen(name: str) -> None:
    assert names_secret(name)


@pytest.mark.parametrize(
    ("value", "size", "up", "expected"),
    [
        ("25%", 3, True, 1),
        ("25%", 3, False, 0),
        (2, 3, True, 2),
        ("2", 3, True, 2),
        (None, 3, True, 0),
        ("x%", 3, True, 0),
    ],
)
def test_bounds_of_a_rollout(value: object, size: int, up: bool, expected: int) -> None:
    assert expected == amount(value, size, up=up)


@given(JSON)
def test_any_pod_can_be_judged(pod: Any) -> None:
    item = {"metadata": pod, "status": pod, "spec": pod}

    assert isinstance(is_ready(item), bool)
    assert trouble(item) is None or isinstance(trouble(item), str)
    assert isinstance(bare(item), dict)


@given(OBJECTS, st.text(max_size=5))
def test_a_guard_keeps_the_body_and_adds_version_and_mark(body: dict[str, Any], key: str) -> None:
    body = {**body, "metadata": {"annotations": {"a": "b"}}}
    item = {"metadata": {"resourceVersion": "7"}}
    found = marks.guarded(item, body, marks.of_action(key))

    assert {**body, "metadata": found["metadata"]} == found
    assert "7" == found["metadata"]["resourceVersion"]
    assert {"a": "b", marks.ACTION: key} == found["metadata"]["annotations"]
    assert marks.of_action(key).on(found)
    assert not marks.of_undo(key).on(found)


def test_what_is_wanted_and_what_is_reported_are_told_apart() -> None:
    item = {"metadata": {"uid": "u", "generation": 3}, "spec": {"a": 1}, "status": {"b": 1}}
    reported = {**item, "status": {"b": 2}}
    wanted = {**item, "metadata": {"uid": "u", "generation": 4}}
    plain = {"metadata": {"uid": "u", "resourceVersion": "1"}, "data": {"a": "1"}}

    assert marks.seen(item) == marks.seen(reported)
    assert marks.seen(item) != marks.seen(wanted)
    assert marks.seen(plain) == marks.seen({**plain, "metadata": {"uid": "u", "resourceVersion": "2"}})
    assert marks.seen(plain) != marks.seen({**plain, "data": {"a": "2"}})
