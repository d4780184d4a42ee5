"""Everything that the model's wire was seen to do wrong ends in one of three errors, and never in half an answer."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx2
import pytest

from agent.brain.claude.faults import retry_after
from agent.brain.claude.turns import Call, Turn, Usage
from agent.brain.claude.wire import ClaudeWire
from agent.errors import BadAnswer, Overloaded, Refused, TimedOut, Unavailable
from tests.support.anthropic_wire import (
    Reply,
    Script,
    ScriptedWire,
    error,
    said,
    served,
    sse,
    text,
    thinking,
    tool_use,
    turn,
)

CALL = Call(
    model="claude-sonnet-5-5",
    system="be brief",
    messages=[{"role": "user", "content": [{"type": "text", "text": "why?"}]}],
    max_tokens=500,
    tools=[{"name": "look", "description": "look", "input_schema": {"type": "object"}, "strict": True}],
)
WHOLE = turn(text("I look."), tool_use("look", {"replicas": 10}))


@asynccontextmanager
async def wired(*script: Script) -> AsyncIterator[tuple[ClaudeWire, ScriptedWire]]:
    scripted = ScriptedWire(*script)
    wire = ClaudeWire("a-key", base_url="http://model.test", transport=scripted.transport)
    try:
        yield wire, scripted
    finally:
        await wire.close()


async def sent(reply: Script, within: float = 60.0, call: Call = CALL) -> tuple[Turn, list[Usage]]:
    used: list[Usage] = []
    async with wired(reply) as (wire, _):
        return await wire.send(call, within, used.append), used


async def failed(reply: Script, kind: type[Exception], within: float = 60.0) -> Exception:
    with pytest.raises(kind) as caught:
        await sent(reply, within)
    return caught.value


async def test_a_whole_turn_comes_back_with_its_wish_and_its_use() -> None:
    found, used = await sent(turn(thinking(), text("I look."), tool_use("look", {"replicas": 10}), out=33))

    assert found.stop_reason == "tool_use"
    assert found.text == "I look."
    assert [(w.name, w.input) for w in found.tool_uses] == [("look", {"replicas": 10})]
    assert used == [Usage(input=100, output=33)]


async def test_blocks_go_back_exactly_as_they_came() -> None:
    blocks = [
        thinking("the pool", "c2lnbmF0dXJl"),
        {"type": "redacted_thinking", "data": "b3BhcXVl"},
        text("I look."),
        tool_use("look", {"of": "결제"}),
    ]
    found, _ = await sent(turn(*blocks))

    assert list(found.blocks) == blocks


async def test_what_is_asked_names_nothing_that_current_models_refuse() -> None:
    async with wired(said({})) as (wire, scripted):
        await wire.send(CALL, 5, lambda _: None)

    asked = scripted.asked[0]
    assert scripted.keys == ["Bearer a-key"]
    assert {"model", "max_tokens", "system", "messages", "tools", "stream"} == set(asked)
    assert asked["system"][0]["cache_control"] == {"type": "ephemeral"}
    assert asked["messages"][-1]["content"][-1]["cache_control"] == {"type": "ephemeral"}
    assert asked["messages"][-1]["role"] == "user"


async def test_a_shape_is_asked_for_without_tools() -> None:
    schema = {"type": "object", "properties": {}, "additionalProperties": False}
    call = Call(model="m", system="s", messages=CALL.messages, max_tokens=9, schema=schema, effort="low")
    async with wired(said({})) as (wire, scripted):
        await wire.send(call, 5, lambda _: None)

    assert "tools" not in scripted.asked[0]
    assert scripted.asked[0]["output_config"] == {
        "format": {"type": "json_schema", "schema": schema},
        "effort": "low",
    }


@pytest.mark.parametrize("kept", range(len(WHOLE)))
async def test_a_stream_that_closes_cleanly_before_its_end_is_no_answer(kept: int) -> None:
    await failed(WHOLE[:kept], Unavailable)


@pytest.mark.parametrize("kept", range(len(WHOLE)))
async def test_a_connection_that_breaks_is_unavailable_wherever_it_breaks(kept: int) -> None:
    await failed(Reply(WHOLE[:kept], cut=True), Unavailable)


async def test_input_that_was_cut_by_the_length_limit_is_no_smaller_input() -> None:
    events = [
        e.replace(b": 10}", b": 1") for e in turn(tool_use("look", {"replicas": 10}), stop="max_tokens")
    ]

    await failed(events, BadAnswer)


async def test_a_whole_wish_that_was_not_the_reason_to_stop_is_no_wish() -> None:
    found, _ = await sent(turn(tool_use("look", {"replicas": 10}), stop="max_tokens"))

    assert found.tool_uses == ()


async def test_overload_in_the_middle_of_a_stream_is_overload() -> None:
    late = sse("error", {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})
    used: list[Usage] = []
    async with wired(Reply([*WHOLE[:4], late])) as (wire, _):
        with pytest.raises(Overloaded):
            await wire.send(CALL, 5, used.append)

    # What was read is paid for, although nothing came of it.
    assert used == [Usage(input=100, output=1)]


@pytest.mark.parametrize(
    ("status", "kind", "expected"),
    [
        (400, "invalid_request_error", Refused),
        (401, "authentication_error", Refused),
        (402, "billing_error", Refused),
        (403, "permission_error", Refused),
        (404, "not_found_error", Refused),
        (408, "timeout_error", Unavailable),
        (409, "conflict_error", Unavailable),
        (413, "request_too_large", Refused),
        (429, "rate_limit_error", Overloaded),
        (500, "api_error", Unavailable),
        (503, "something_new", Unavailable),
        (504, "timeout_error", Unavailable),
        (529, "overloaded_error", Overloaded),
    ],
)
async def test_every_status_is_translated(status: int, kind: str, expected: type[Exception]) -> None:
    found = await failed(error(status, kind), expected)

    assert type(found) is expected


async def test_the_far_side_says_when_to_come_back() -> None:
    found = await failed(error(429, "rate_limit_error", retry_after="7"), Overloaded)

    assert isinstance(found, Unavailable)
    assert found.retry_after_seconds == 7


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after": "3.5"}, 3.5),
        ({"retry-after": "Mon, 02 Mar 2026 10:00:09 GMT"}, 9.0),
        ({"retry-after": "Mon, 02 Mar 2026 09:00:00 GMT"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-4"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "86400"}, None),
        ({}, None),
    ],
)
def test_the_ways_to_say_when(headers: dict[str, str], expected: float | None) -> None:
    now = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)

    assert expected == retry_after(httpx2.Headers(headers), now)


@pytest.mark.parametrize(
    "reply",
    [
        Reply([WHOLE[0], sse("content_block_start", "{not json")]),
        Reply([sse("message_start", '"just a text"')]),
        Reply([sse("message_start", {"type": "message_start"})]),
        Reply([sse("message_start", {"type": "message_start", "message": 7})]),
        Reply(
            [WHOLE[0], sse("content_block_delta", {"type": "content_block_delta", "index": 9, "delta": {}})]
        ),
        Reply([WHOLE[0], sse("content_block_start", {"type": "content_block_start", "index": 0})]),
        Reply([WHOLE[1], *WHOLE]),
        Reply(body={"hello": "world"}),
        Reply(body=b"<html>a proxy's page</html>"),
        Reply(body=b""),
    ],
)
async def test_what_cannot_be_read_is_never_half_an_answer(reply: Reply) -> None:
    try:
        found, _ = await sent(reply)
    except (BadAnswer, Unavailable):
        return
    assert found.stop_reason == "tool_use"
    assert [w.input for w in found.tool_uses] == [{"replicas": 10}]


async def test_tool_input_that_is_no_json_is_unreadable() -> None:
    broken = [e.replace(b": 10}", b" 10}") for e in turn(tool_use("look", {"replicas": 10}))]

    await failed(broken, BadAnswer)


@pytest.mark.parametrize("wrong", [[1, 2], "ten", None, 5])
async def test_a_wish_of_the_wrong_type_reaches_us_as_it_is(wrong: object) -> None:
    found, _ = await sent(turn(tool_use("look", wrong)))  # type: ignore[arg-type]  # what a wire may carry

    assert [w.input for w in found.tool_uses] == [wrong]


async def test_unknown_events_blocks_and_reasons_pass() -> None:
    news = {"type": "hologram", "shape": "cube"}
    events = turn(news, text("Hello"), stop="moon_phase")
    events.insert(2, sse("weather", {"type": "weather", "rain": True}))
    events.insert(1, sse("ping", {"type": "ping"}))
    found, _ = await sent(events)

    assert found.stop_reason == "moon_phase"
    assert list(found.blocks) == [news, text("Hello")]
    assert found.tool_uses == ()


@pytest.mark.parametrize("bad", ["many", -3, None, 1.5])
async def test_use_that_is_no_count_counts_as_nothing(bad: object) -> None:
    _, used = await sent(turn(text("x"), usage={"input_tokens": bad, "output_tokens": 1}))

    assert used[0].input == 0


async def test_cached_input_counts_as_input() -> None:
    usage = {
        "input_tokens": 10,
        "output_tokens": 1,
        "cache_read_input_tokens": 700,
        "cache_creation_input_tokens": 50,
    }
    _, used = await sent(turn(text("x"), usage=usage))

    assert used[0].total_input == 760


async def test_the_deadline_holds_for_a_stream_that_drips() -> None:
    # Each piece comes well within any read timeout; only the whole takes too long.
    await failed(Reply(WHOLE, pause=0.05), TimedOut, within=0.12)


async def test_a_refusal_comes_through_as_a_turn() -> None:
    found, _ = await sent(turn(text("I cannot help."), stop="refusal"))

    assert found.stop_reason == "refusal"


async def test_nobody_listens() -> None:
    wire = ClaudeWire("a-key", base_url="http://127.0.0.1:9")
    with pytest.raises(Unavailable):
        await wire.send(CALL, 5, lambda _: None)
    await wire.close()


async def test_a_real_connection_that_is_cut_in_the_middle() -> None:
    async with served(ScriptedWire(Reply(WHOLE[:5], cut=True), WHOLE)) as server:
        wire = ClaudeWire("a-key", base_url=server.url)
        with pytest.raises(Unavailable):
            await wire.send(CALL, 5, lambda _: None)
        found = await wire.send(CALL, 5, lambda _: None)
        await wire.close()

    assert [w.input for w in found.tool_uses] == [{"replicas": 10}]


async def test_errors_repeat_nothing_of_the_far_side_and_no_key() -> None:
    reply = Reply(status=400, body={"type": "error", "error": {"type": "x<@U1>", "message": "a-key leaked"}})
    found = await failed(reply, Refused)

    assert "a-key" not in str(found)
    assert "<@" not in str(found)
    assert json.dumps(str(found))
