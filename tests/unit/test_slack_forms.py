"""Forms out of JSON schemas: every parameter of the catalogue can be filled in, and what was entered comes back as it was."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from agent.transport.slack import forms
from agent.transport.slack.modals import modal
from tests.support.blockkit import wrong_with_view
from tests.support.hostile import stored as words

SLOW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
MATCHER = {"name": "service", "value": 'pay"ment', "isRegex": False, "isEqual": True}


class SampleMatcher(BaseModel):
    """A matcher as the silence action has it."""

    name: str
    value: str
    isRegex: bool = False
    isEqual: bool = True


class Sample(BaseModel):
    """One parameter of each kind."""

    kind: str = Field(default="Deployment", json_schema_extra={"enum": ["Deployment", "StatefulSet"]})
    name: str = Field(max_length=63)
    replicas: int = Field(ge=1, le=100)
    share: float = 0.5
    revision: int | None = None
    force: bool = False
    weights: dict[str, int] = Field(default_factory=dict)
    matchers: list[SampleMatcher] = Field(default_factory=list)
    labels: list[str] = Field(default_factory=list)


FIELDS = forms.fields_of(Sample.model_json_schema())


def entered(**values: str) -> dict[str, str]:
    return {f"p:{name}": value for name, value in values.items()}


def test_each_parameter_gets_the_input_that_fits_it() -> None:
    kinds = {one.name: one.kind for one in FIELDS}

    assert kinds == {
        "kind": "choice",
        "name": "text",
        "replicas": "integer",
        "share": "number",
        "revision": "integer",
        "force": "boolean",
        "weights": "weights",
        "matchers": "matchers",
        "labels": "list",
    }
    assert {"name", "replicas"} == {one.name for one in FIELDS if one.required}


def test_what_is_shown_comes_back_as_it_was() -> None:
    params: dict[str, Any] = {
        "kind": "StatefulSet",
        "name": "payment",
        "replicas": 6,
        "share": 0.25,
        "revision": 4,
        "force": True,
        "weights": {"payment-v1": 90, "payment-v2": 10},
        "matchers": [MATCHER, {"name": "pod", "value": "a|b", "isRegex": True, "isEqual": False}],
        "labels": ["a", "b"],
    }
    shown = {f"p:{name}": forms.written(value) for name, value in params.items()}

    assert (params, {}) == forms.read_form(FIELDS, shown, "en")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("replicas", "six", "Write a whole number."),
        ("replicas", "1.5", "Write a whole number."),
        ("replicas", "٣x", "Write a whole number."),
        ("share", "1e9999", "Write a number."),
        ("weights", "payment-v1", "Write one per line, such as name=value."),
        ("weights", "a=1\na=2", "Write one per line, such as name=value."),
        ("matchers", "service", 'Write one matcher per line, such as service="payment".'),
        ("name", "  ", "Fill this in."),
    ],
)
def test_what_cannot_be_read_is_said_under_its_field(name: str, value: str, said: str) -> None:
    _, wrong = forms.read_form(FIELDS, entered(name="payment", replicas="2") | entered(**{name: value}), "en")

    assert {f"p:{name}": said} == wrong


def test_what_was_left_empty_is_left_out() -> None:
    params, wrong = forms.read_form(FIELDS, entered(name="payment", replicas="2", revision=" "), "en")

    assert ({"name": "payment", "replicas": 2}, {}) == (params, wrong)


def json_values() -> st.SearchStrategy[Any]:
    leaf = st.none() | st.booleans() | st.integers() | words
    return st.recursive(
        leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3)
    )


@SLOW
@given(st.dictionaries(words, json_values(), max_size=6), st.sampled_from(["en", "ko"]))
def test_any_prefilled_form_is_one_that_slack_takes(values: dict[str, Any], lang: str) -> None:
    known = {one.name: value for one, value in zip(FIELDS, values.values(), strict=False)}
    view = modal("modal.propose", "Act", forms.inputs(FIELDS, known, lang), lang, submit="Propose")

    assert wrong_with_view(dict(view)) == []


@SLOW
@given(st.dictionaries(words, json_values(), max_size=4))
def test_any_schema_makes_a_form(properties: dict[str, Any]) -> None:
    fields = forms.fields_of({"properties": {"a": properties, **properties}, "required": [*properties]})

    assert len(fields) <= len(properties) + 1


@SLOW
@given(st.lists(words, min_size=9, max_size=9))
def test_reading_a_form_never_fails(values: list[str]) -> None:
    shown = {one.block: value for one, value in zip(FIELDS, values, strict=True)}
    params, wrong = forms.read_form(FIELDS, shown, "en")

    assert not set(params) & {block.removeprefix("p:") for block in wrong}
