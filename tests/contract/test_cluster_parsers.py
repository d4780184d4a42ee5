"""The demo cluster's parsers and renderers hold for everything, not for examples only."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.cluster.cel import CelError, evaluate
from demo.cluster.fieldsets import common, fields_of, subtract, unite
from demo.cluster.jsonpatches import json_patch, merge_patch
from demo.cluster.names import check_labels, is_label
from demo.cluster.negotiation import accepted_form
from demo.cluster.paging import Page, parse_page
from demo.cluster.protobuf import decode_envelope
from demo.cluster.quantity import canonical_quantity, parse_quantity
from demo.cluster.routes import parse_route
from demo.cluster.selectors import matches, parse_labels, parse_selector, selector_text, selects
from demo.cluster.status import ApiError
from demo.cluster.strategic import strategic_merge
from demo.cluster.tables import short_duration
from tests.support.cluster_data import access_review_protobuf

# Enough to find what breaks; no deadline, for the machine may be busy.
_FEW = settings(max_examples=50, deadline=None)

_NAME = st.from_regex(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True).filter(
    lambda name: name not in ("in", "notin")
)
_LABELS = st.dictionaries(_NAME, _NAME, max_size=4)
_SCALAR = st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=4)
_JSON = st.recursive(
    _SCALAR,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
_MAPPING = st.dictionaries(st.text(max_size=3), _JSON, max_size=3)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return value


def _code(step: Callable[[], object]) -> int:
    try:
        step()
    except ApiError as refused:
        return refused.code
    return 200


@_FEW
@given(st.text(max_size=30))
def test_a_label_selector_parses_or_is_refused_with_400(text: str) -> None:
    code = _code(lambda: matches(parse_labels(text), {"app": "payment"}))
    assert code in (200, 400)


@_FEW
@given(_LABELS, _LABELS)
def test_a_selector_object_and_its_text_select_the_same(
    wanted: dict[str, str], labels: dict[str, str]
) -> None:
    selector = {"matchLabels": wanted}
    text = selector_text(selector)
    assert selects(selector, labels) == matches(parse_labels(text), labels)
    assert matches(parse_selector(selector), {**labels, **wanted})


@_FEW
@given(_NAME, st.lists(_NAME, min_size=1, max_size=3), _LABELS)
def test_in_and_notin_exclude_each_other(key: str, values: list[str], labels: dict[str, str]) -> None:
    listed = ",".join(values)
    inside = matches(parse_labels(f"{key} in ({listed})"), labels)
    outside = matches(parse_labels(f"{key} notin ({listed})"), labels)
    assert inside != outside


@_FEW
@given(st.integers(0, 10**12), st.sampled_from(["", "m", "k", "M", "G", "Ki", "Mi", "Gi"]))
def test_a_quantity_keeps_its_value_in_canonical_form(number: int, suffix: str) -> None:
    written = canonical_quantity(f"{number}{suffix}")
    assert parse_quantity(f"{number}{suffix}") == parse_quantity(written)
    assert written == canonical_quantity(written)


def test_quantities_are_read_as_the_api_reads_them() -> None:
    assert Fraction(1, 10) == parse_quantity("100m")
    assert parse_quantity("64Mi") == 64 * 1024**2
    assert tuple(canonical_quantity(q) for q in ("0.1", "1024Mi", "2000m", "0Mi")) == (
        "100m",
        "1Gi",
        "2",
        "0",
    )
    with pytest.raises(ValueError):
        parse_quantity("much")


@_FEW
@given(
    st.integers(-1, 10**9),
    st.from_regex(r"[a-z0-9/.-]{1,20}", fullmatch=True).filter(lambda key: key[0] != "/"),
)
def test_a_continue_token_says_where_to_go_on(revision: int, start: str) -> None:
    assert Page(revision, start) == parse_page(Page(revision, start).token())


@_FEW
@given(st.text(alphabet="abcXYZ012-_", max_size=12))
def test_any_other_token_is_refused_with_400(token: str) -> None:
    assert _code(lambda: parse_page(token)) in (200, 400)


@_FEW
@given(_MAPPING, _MAPPING)
def test_a_merge_patch_is_applied_once_for_all(target: dict[str, Any], patch: dict[str, Any]) -> None:
    once = merge_patch(target, patch)
    assert once == merge_patch(once, patch)
    assert once == _without_nulls_of(patch, once)


def _without_nulls_of(patch: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    assert all(key not in result for key, value in patch.items() if value is None)
    return result


@_FEW
@given(_MAPPING, st.text(max_size=3), _JSON)
def test_add_then_test_then_remove_restores_a_document(
    document: dict[str, Any], key: str, value: Any
) -> None:
    fresh = {name: item for name, item in document.items() if name != key}
    path = "/" + key.replace("~", "~0").replace("/", "~1")
    steps = [{"op": "add", "path": path, "value": value}, {"op": "test", "path": path, "value": value}]
    assert {**fresh, key: value} == json_patch(fresh, steps)
    assert fresh == json_patch(fresh, [*steps, {"op": "remove", "path": path}])


@_FEW
@given(_JSON, _JSON)
def test_a_json_patch_works_or_is_refused_and_never_changes_its_target(document: Any, patch: Any) -> None:
    before = json.dumps(document)
    assert _code(lambda: json_patch(document, patch)) in (200, 400, 422)
    assert before == json.dumps(document)


def test_a_strategic_merge_patch_keeps_what_it_does_not_name() -> None:
    env = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    target = {"containers": [{"name": "app", "image": "v1", "env": env}, {"name": "proxy", "image": "p"}]}
    merged = strategic_merge(
        target, {"containers": [{"name": "app", "image": "v2", "env": [{"name": "B", "value": "3"}]}]}
    )
    app, proxy = merged["containers"]
    assert (app["image"], app["env"]) == ("v2", [{"name": "A", "value": "1"}, {"name": "B", "value": "3"}])
    assert proxy == {"name": "proxy", "image": "p"}


def test_strategic_merge_directives_delete_replace_and_reorder() -> None:
    target = {
        "containers": [{"name": "a"}, {"name": "b"}],
        "metadata": {"finalizers": ["x", "y"]},
        "s": {"k": 1},
    }
    assert strategic_merge(target, {"containers": [{"name": "a", "$patch": "delete"}]})["containers"] == [
        {"name": "b"}
    ]
    order = {"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}]}
    assert [item["name"] for item in strategic_merge(target, order)["containers"]] == ["b", "a"]
    assert strategic_merge(target, {"s": {"$patch": "replace", "z": 2}})["s"] == {"z": 2}
    fewer = strategic_merge(target, {"metadata": {"$deleteFromPrimitiveList/finalizers": ["x"]}})
    assert fewer["metadata"]["finalizers"] == ["y"]
    assert strategic_merge(target, {"metadata": {"finalizers": ["z"]}})["metadata"]["finalizers"] == [
        "x",
        "y",
        "z",
    ]


@_FEW
@given(st.text(max_size=25) | st.text(alphabet="object.spec()[]!<>=&|?:+-'1a, ", max_size=20))
def test_an_expression_evaluates_or_is_refused(text: str) -> None:
    with suppress(CelError):
        evaluate(text, {"object": {"spec": {"replicas": 3}}})


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("!has(object.spec.paused) || object.spec.paused", True),
        ("object.spec.replicas <= 10 && object.spec.replicas > 2", True),
        ("object.spec.replicas + 2 * 3 == 9", True),
        ("object.name.startsWith('pay') && size(object.name) == 7", True),
        ("object.spec.containers.all(c, c.image.contains(':'))", True),
        ("object.spec.containers.exists(c, c.image == 'x')", False),
        ("'app' in object.labels ? object.labels['app'] : 'none'", "payment"),
        ("has(object.missing) && object.missing.deep == 1", False),
    ],
)
def test_expressions_mean_what_cel_says(expression: str, wanted: object) -> None:
    spec = {"replicas": 3, "containers": [{"image": "a:1"}, {"image": "b:2"}]}
    obj = {"name": "payment", "labels": {"app": "payment"}, "spec": spec}
    assert wanted == evaluate(expression, {"object": obj})


@_FEW
@given(_LABELS, _LABELS)
def test_field_sets_behave_like_sets(left: dict[str, str], right: dict[str, str]) -> None:
    first, second = (fields_of({"data": data}, dots=False) for data in (left, right))
    both = unite(first, second)
    assert both == unite(second, first)
    assert subtract(first, both) == {}
    assert set(left) & set(right) == {path[-1][2:] for path in common(first, second) if len(path) > 1}


@_FEW
@given(st.floats(0, 10**8))
def test_a_duration_is_short_and_ends_with_a_unit(seconds: float) -> None:
    text = short_duration(seconds)
    assert len(text) <= 7
    assert text[-1] in "smhd"


@_FEW
@given(st.lists(st.from_regex(r"[a-z0-9.]{1,6}", fullmatch=True), max_size=8))
def test_any_path_is_read_without_an_error(parts: list[str]) -> None:
    route = parse_route("/" + "/".join(parts))
    assert route is None or route.plural


def test_paths_name_what_they_should() -> None:
    route = parse_route("/apis/apps/v1/namespaces/shop/deployments/payment/scale")
    assert route is not None
    assert (
        route.group, route.version, route.namespace, route.plural, route.name, route.subresource
    ) == ("apps", "v1", "shop", "deployments", "payment", "scale")  # fmt: skip
    namespace = parse_route("/api/v1/namespaces/shop")
    assert namespace is not None
    assert (namespace.plural, namespace.name) == ("namespaces", "shop")
    assert parse_route("/livez") is None


@_FEW
@given(st.from_regex(r"[a-z]{1,20}", fullmatch=True))
def test_a_protobuf_review_is_read(namespace: str) -> None:
    review = decode_envelope(access_review_protobuf(namespace))
    wanted = {"namespace": namespace, "verb": "delete", "resource": "pods"}
    assert wanted == review["spec"]["resourceAttributes"]
    assert review["kind"] == "SelfSubjectAccessReview"


@_FEW
@given(st.binary(max_size=40))
def test_other_protobuf_is_refused_with_415(raw: bytes) -> None:
    with pytest.raises(ApiError) as refused:
        decode_envelope(b"k8s\x00" + raw)
    assert refused.value.code == 415


@_FEW
@given(st.text(alphabet="abcXY-_. ", max_size=10))
def test_labels_are_valid_or_named(value: str) -> None:
    causes = check_labels({"app": value}, "metadata.labels")
    assert all(cause.field == "metadata.labels" for cause in causes)
    if is_label(value):
        assert causes == []


def test_the_accepted_form_is_found_or_refused() -> None:
    assert accepted_form("application/json;as=Table;v=v1;g=meta.k8s.io,application/json") == "table"
    assert accepted_form("application/vnd.kubernetes.protobuf,application/json") == "json"
    assert accepted_form("") == "json"
    with pytest.raises(ApiError) as refused:
        accepted_form("text/html")
    assert refused.value.code == 406
