"""Whatever a stream carries, putting it together ends in a whole turn, in none, or in an error that is expected."""

import json
from typing import Any

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.brain.claude.assembly import Assembly
from agent.brain.claude.drafts import FindingDraft, Findings, finding, read, schema_of
from agent.brain.claude.faults import LONGEST_WAIT_SECONDS, WIRE_ERRORS, retry_after, translated
from agent.errors import BackendError, BadAnswer
from tests.support.anthropic_wire import text, thinking, tool_use, turn

KINDS = ("message_start", "message_delta", "message_stop", "content_block_start", "content_block_delta")
ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = ("message", "delta", "usage", "index", "content_block", "partial_json", "text", "stop_reason")
EVENTS = st.lists(
    st.builds(
        lambda kind, fields: {"type": kind, **fields},
        st.sampled_from((*KINDS, "content_block_stop", "news")),
        st.dictionaries(st.sampled_from(FIELDS), ANY, max_size=4),
    ),
    max_size=8,
)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
BLOCKS = st.lists(
    st.one_of(
        WORDS.map(text),
        st.builds(thinking, WORDS, WORDS),
        st.builds(
            lambda given: tool_use("look", given),
            st.dictionaries(WORDS, st.integers() | WORDS | st.lists(WORDS, max_size=3), max_size=4),
        ),
    ),
    max_size=5,
)


def parsed(events: list[bytes]) -> list[dict[str, Any]]:
    return [json.loads(event.decode().partition("data: ")[2]) for event in events]


@settings(max_examples=100)
@given(EVENTS)
def test_nonsense_is_an_expected_error_or_no_turn(events: list[dict[str, Any]]) -> None:
    assembly, trouble = Assembly(), None
    try:
        for event in events:
            assembly.feed(event)
    except WIRE_ERRORS as error:
        trouble = translated(error)
    assert trouble is None or isinstance(trouble, BackendError)
    found = assembly.turn()
    assert found is None or found.stop_reason


@settings(max_examples=100)
@given(BLOCKS)
def test_what_was_cut_into_pieces_is_whole_again(blocks: list[dict[str, Any]]) -> None:
    assembly = Assembly()
    for event in parsed(turn(*blocks)):
        assembly.feed(event)
    found = assembly.turn()

    assert found is not None
    assert list(found.blocks) == blocks


@settings(max_examples=100)
@given(BLOCKS, st.data())
def test_no_beginning_of_a_turn_is_a_turn(blocks: list[dict[str, Any]], data: st.DataObject) -> None:
    events = parsed(turn(*blocks))
    assembly = Assembly()
    for event in events[: data.draw(st.integers(0, len(events) - 1))]:
        assembly.feed(event)

    assert assembly.turn() is None


@settings(max_examples=100)
@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40))
def test_any_header_gives_a_wait_that_can_be_kept_or_none(value: str) -> None:
    found = retry_after(httpx2.Headers({"retry-after": value}))

    assert found is None or 0 <= found <= LONGEST_WAIT_SECONDS


@settings(max_examples=100)
@given(st.text(max_size=80) | ANY.map(lambda value: json.dumps({"findings": value, "action": ""})))
def test_a_draft_is_read_or_refused(words: str) -> None:
    try:
        found = read(Findings, words)
    except BadAnswer:
        return
    assert isinstance(found, Findings)


@settings(max_examples=100)
@given(st.floats(), WORDS, st.lists(WORDS, max_size=20))
def test_a_finding_is_within_its_bounds_or_none(sure: float, claim: str, ids: list[str]) -> None:
    found = finding(FindingDraft(kind="cause", service="", claim=claim, confidence=sure, evidence=ids))

    assert found is None or (0 <= found.confidence <= 1 and found.evidence_ids and found.service is None)


@pytest.mark.parametrize("kind", [Findings])
def test_the_shape_that_is_asked_for_is_closed_and_whole(kind: type[Findings]) -> None:
    schema = schema_of(kind)
    one = schema["properties"]["findings"]["items"]

    assert schema["additionalProperties"] is one["additionalProperties"] is False
    assert set(one["required"]) == set(one["properties"])
