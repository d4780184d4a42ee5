"""Slack's limits: each one is met exactly, and one more is refused where it happened."""

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.workspace.limits import check_blocks, check_message, check_view, total_text
from demo.workspace.sample import blocks
from demo.workspace.sample.gallery import gallery
from demo.workspace.sample.modals import modal

Json = dict[str, Any]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KINDS = st.sampled_from(
    ["section", "header", "actions", "context", "image", "input", "card", "carousel", "container", "plan",
     "table", "data_table", "alert", "task_card", "video", "file", "markdown", "context_actions"]
)  # fmt: skip


def plain(size: int) -> Json:
    return blocks.plain("x" * size)


def mrkdwn(size: int) -> Json:
    return blocks.mrkdwn("x" * size)


def select(count: int) -> Json:
    options = [blocks.option(str(n), str(n)) for n in range(count)]
    return {"type": "static_select", "action_id": "s", "options": options}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def buttons(count: int) -> list[Json]:
    return [blocks.button("x", f"a{n}") for n in range(count)]


def choices(kind: str, count: int) -> Json:
    return select(count) | {"type": kind}


# Each row: how to build a block of a size, the largest size, and the pointer behind `/blocks/0`.
LIMITS: dict[str, tuple[Any, int, str]] = {
    "section text": (lambda n: {"type": "section", "text": mrkdwn(n)}, 3000, "/text/text"),
    "fields": (lambda n: {"type": "section", "fields": [mrkdwn(1)] * n}, 10, "/fields"),
    "field text": (lambda n: {"type": "section", "fields": [mrkdwn(n)]}, 2000, "/fields/0/text"),
    "header": (lambda n: {"type": "header", "text": plain(n)}, 150, "/text/text"),
    "markdown": (lambda n: {"type": "markdown", "text": "x" * n}, 12_000, "/text"),
    "actions": (lambda n: actions(*buttons(n)), 25, "/elements"),
    "context": (lambda n: {"type": "context", "elements": [mrkdwn(1)] * n}, 10, "/elements"),
    "context actions": (lambda n: {"type": "context_actions", "elements": buttons(n)}, 5, "/elements"),
    "button text": (lambda n: actions(blocks.button("x" * n, "a")), 75, "/elements/0/text/text"),
    "button value": (lambda n: actions(blocks.button("x", "a", value="x" * n)), 2000, "/elements/0/value"),
    "button url": (lambda n: actions(blocks.button("x", "a", url="x" * n)), 3000, "/elements/0/url"),
    "action id": (lambda n: actions(blocks.button("x", "a" * n)), 255, "/elements/0/action_id"),
    "block id": (lambda n: {"type": "divider", "block_id": "x" * n}, 255, "/block_id"),
    "options": (lambda n: actions(select(n)), 100, "/elements/0/options"),
    "overflow": (lambda n: actions(choices("overflow", n)), 5, "/elements/0/options"),
    "checkboxes": (lambda n: actions(choices("checkboxes", n)), 10, "/elements/0/options"),
    "radio": (lambda n: actions(choices("radio_buttons", n)), 10, "/elements/0/options"),
    "placeholder": (
        lambda n: actions(select(1) | {"placeholder": plain(n)}), 150, "/elements/0/placeholder/text"),
    "image alt": (lambda n: {"type": "image", "image_url": "u", "alt_text": "x" * n}, 2000, "/alt_text"),
    "image url": (lambda n: {"type": "image", "image_url": "u" * n, "alt_text": "x"}, 3000, "/image_url"),
    "alert": (lambda n: {"type": "alert", "text": mrkdwn(n)}, 200, "/text/text"),
    "card title": (lambda n: {"type": "card", "title": mrkdwn(n)}, 150, "/title/text"),
    "card body": (lambda n: {"type": "card", "body": mrkdwn(n)}, 200, "/body/text"),
    "card actions": (lambda n: {"type": "card", "actions": buttons(n)}, 3, "/actions"),
    "carousel": (
        lambda n: {"type": "carousel", "elements": [{"type": "card", "body": mrkdwn(1)}] * n}, 10, "/elements"),
    "container": (
        lambda n: {"type": "container", "child_blocks": [{"type": "divider"}] * n}, 10, "/child_blocks"),
    "plan": (
        lambda n: {"type": "plan", "title": "p", "tasks": [{"task_id": "1", "title": "t"}] * n}, 50, "/tasks"),
    "table rows": (lambda n: {"type": "table", "rows": [[{}]] * n}, 100, "/rows"),
    "table columns": (lambda n: {"type": "table", "rows": [[{}] * n]}, 20, "/rows/0"),
    "data table": (lambda n: {"type": "data_table", "caption": "c", "rows": [[{}]] * n}, 201, "/rows"),
    "input label": (
        lambda n: {"type": "input", "label": plain(n), "element": {"type": "plain_text_input"}}, 2000, "/label/text"),
}  # fmt: skip


def pointers(found: list[Any]) -> list[str]:
    return [problem.pointer for problem in found]


@pytest.mark.parametrize("name", LIMITS)
def test_the_limit_holds_and_one_more_breaks_it(name: str) -> None:
    build, most, pointer = LIMITS[name]

    assert check_blocks([build(most)]) == []
    assert pointers(check_blocks([build(most + 1)])) == [f"/blocks/0{pointer}"]


def test_texts_of_options_and_confirms_are_limited() -> None:
    option = blocks.option("x" * 76, "v" * 151) | {"description": plain(76)}
    confirm = {"title": plain(101), "text": plain(301), "confirm": plain(31), "deny": plain(31)}
    element = select(1) | {"options": [option], "confirm": confirm}

    found = pointers(check_blocks([actions(element)]))

    at = "/blocks/0/elements/0"
    assert found == [
        *(f"{at}/confirm/{part}/text" for part in ("title", "text", "confirm", "deny")),
        f"{at}/options/0/text/text",
        f"{at}/options/0/value",
        f"{at}/options/0/description/text",
    ]


@pytest.mark.parametrize(
    ("block", "pointer", "text"),
    [
        ({"type": "section"}, "/blocks/0", "missing required field: text"),
        ({"type": "section", "text": mrkdwn(0)}, "/blocks/0/text/text", "must be more than 0 characters"),
        (
            {"type": "header", "text": mrkdwn(1)},
            "/blocks/0/text/type",
            "must be a valid enum value: plain_text",
        ),
        ({"type": "nonsense"}, "/blocks/0/type", "unsupported type: nonsense"),
        (actions({"type": "lever"}), "/blocks/0/elements/0/type", "unsupported type: lever"),
        (actions(), "/blocks/0/elements", "no less than 1 items allowed"),
        (
            actions(blocks.button("a", "same"), blocks.button("b", "same")),
            "/blocks/0/elements/1/action_id",
            "`action_id` already exists: same",
        ),
    ],
)
def test_what_is_wrong_is_said_in_slacks_words(block: Json, pointer: str, text: str) -> None:
    assert [(p.pointer, p.text) for p in check_blocks([block])] == [(pointer, text)]


def test_a_message_holds_fifty_blocks_and_a_hundred_attachments() -> None:
    divider = {"type": "divider"}
    full = {"blocks": [divider] * 50, "attachments": [{"blocks": [divider] * 50}] * 100}
    assert check_message(full) == []
    assert pointers(check_message({"blocks": [divider] * 51})) == ["/blocks"]
    assert pointers(check_message({"attachments": [{}] * 101})) == ["/attachments"]
    assert pointers(check_message({"attachments": [{"blocks": [divider] * 51}]})) == ["/attachments/0/blocks"]


def test_block_ids_are_unique_and_markdown_is_counted_together() -> None:
    twice = [{"type": "divider", "block_id": "a"}] * 2
    assert pointers(check_blocks(twice)) == ["/blocks/1/block_id"]
    half = [{"type": "markdown", "text": "x" * 6001}] * 2
    assert pointers(check_blocks(half)) == ["/blocks/1/text"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"title": blocks.plain("x" * 25)}, "/view/title/text"),
        ({"submit": None}, "/view/submit"),
        ({"private_metadata": "x" * 3001}, "/view/private_metadata"),
        ({"callback_id": "x" * 256}, "/view/callback_id"),
        ({"blocks": [{"type": "divider"}] * 101}, "/view/blocks"),
        ({"blocks": []}, "/view/blocks"),
        ({"blocks": [{"type": "markdown", "text": "x"}]}, "/view/blocks/0/type"),
        ({"type": "drawer"}, "/view/type"),
    ],
)
def test_views_have_limits_of_their_own(change: Json, pointer: str) -> None:
    assert check_view(modal()) == []
    assert pointer in pointers(check_view(modal() | change))


def test_the_samples_keep_every_limit() -> None:
    assert check_blocks(blocks.card() + gallery()) == []
    assert check_view(blocks.home()) == []


@given(st.text(max_size=60), st.text(max_size=60))
def test_all_text_but_markdown_is_counted(first: str, second: str) -> None:
    made = [
        {"type": "section", "text": blocks.mrkdwn(first), "fields": [blocks.plain(second)]},
        {"type": "markdown", "text": "not counted"},
    ]

    assert total_text(made) == len(first) + len(second)


@settings(max_examples=30)
@given(st.lists(st.fixed_dictionaries({"type": KINDS}, optional={
    "text": JSON, "fields": JSON, "elements": JSON, "rows": JSON, "tasks": JSON, "accessory": JSON, "element": JSON,
    "title": JSON, "child_blocks": JSON, "label": JSON, "block_id": JSON, "actions": JSON,
}), max_size=4))  # fmt: skip
def test_any_shape_is_judged_and_left_as_it_was(made: list[Json]) -> None:
    before = copy.deepcopy(made)

    found = check_blocks(made)

    assert made == before
    assert all(problem.pointer.startswith("/blocks") for problem in found)
