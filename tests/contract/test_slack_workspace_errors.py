"""Each refusal has Slack's own name and shape, as the official client reports it."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from demo.workspace.api.methods import METHODS
from demo.workspace.clock import ManualClock
from demo.workspace.rate import RateLimits
from demo.workspace.sample import blocks
from demo.workspace.sample.modals import modal
from demo.workspace.server import WorkspaceServer
from demo.workspace.triggers import ResponseUrl
from tests.support.workspace import JUN, MINA, Json, client_of, running, seed

GENERAL = "C0GENERAL1"
APP = "A0OPSMON01"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def server(clock: ManualClock) -> AsyncIterator[WorkspaceServer]:
    async with running(clock=clock) as started:
        yield started


async def refused(server: WorkspaceServer, method: str, *, token: str | None = None, **args: Any) -> Json:
    """Call a method that must fail and return the reply."""
    with pytest.raises(SlackApiError) as caught:
        await client_of(server, token).api_call(method, json=args)
    reply = caught.value.response.data
    assert isinstance(reply, dict)
    assert (caught.value.response.status_code, reply["ok"]) == (200, False)
    return reply


async def error(server: WorkspaceServer, method: str, **args: Any) -> str:
    """Return the error's name."""
    return str((await refused(server, method, **args))["error"])


async def test_tokens(server: WorkspaceServer) -> None:
    app = server.workspace.state.app.seed

    assert await error(server, "auth.test", token="") == "not_authed"
    assert await error(server, "auth.test", token="xoxb-wrong") == "invalid_auth"
    assert await error(server, "apps.connections.open") == "not_allowed_token_type"
    assert await error(server, "chat.postMessage", token=app.app_token) == "not_allowed_token_type"
    await client_of(server).auth_revoke()
    assert await error(server, "auth.test") == "token_revoked"


async def test_methods(server: WorkspaceServer) -> None:
    assert await error(server, "chat.postMesage") == "unknown_method"
    assert await error(server, "files.upload") == "method_deprecated"


async def test_a_missing_scope_is_named_with_those_that_are_there() -> None:
    async with running(seed(without_scopes=("reactions:write", "groups:history"))) as server:
        reply = await refused(server, "reactions.add", channel=GENERAL, timestamp="1", name="eyes")
        provided = reply["provided"].split(",")
        assert (reply["error"], reply["needed"]) == ("missing_scope", "reactions:write")
        assert "chat:write" in provided
        assert "reactions:write" not in provided
        general = server.workspace.state.channel(GENERAL)
        general.kind = "private"
        private = await refused(server, "conversations.history", channel=GENERAL)
        assert (private["error"], private["needed"]) == ("missing_scope", "groups:history")


async def test_channels(server: WorkspaceServer) -> None:
    state = server.workspace.state
    assert await error(server, "chat.postMessage", channel="C0NOWHERE", text="x") == "channel_not_found"
    state.channel("alerts").members.remove("U0OPSBOT01")
    assert await error(server, "chat.postMessage", channel="#alerts", text="x") == "not_in_channel"
    state.channel("general").archived = True
    assert await error(server, "chat.postMessage", channel=GENERAL, text="x") == "is_archived"
    state.channel("incidents").kind = "private"
    state.channel("incidents").members.remove("U0OPSBOT01")
    assert await error(server, "chat.postMessage", channel="C0INCIDENT", text="x") == "channel_not_found"


async def test_public_channels_are_open_with_the_public_scope() -> None:
    async with running(seed(extra_scopes=("chat:write.public",))) as server:
        server.workspace.state.channel("alerts").members.remove("U0OPSBOT01")

        reply = await client_of(server).chat_postMessage(channel="#alerts", text="x")

        assert reply["channel"] == "C0ALERTS01"


async def test_messages(server: WorkspaceServer) -> None:
    mine = await server.workspace.say("mina", "general", "hers")
    theirs: Json = {"channel": GENERAL, "ts": mine["ts"]}
    nothing: Json = {"channel": GENERAL, "ts": "1.000000"}
    assert await error(server, "chat.postMessage", channel=GENERAL) == "no_text"
    assert await error(server, "chat.update", text="x", **nothing) == "message_not_found"
    assert await error(server, "chat.update", text="x", **theirs) == "cant_update_message"
    assert await error(server, "chat.delete", **theirs) == "cant_delete_message"
    assert await error(server, "chat.update", text="x" * 4001, **theirs) == "msg_too_long"
    thread: Json = {"channel": GENERAL, "thread_ts": "1.000000"}
    assert await error(server, "chat.postMessage", text="x", **thread) == "thread_not_found"
    server.workspace.state.channel("general").members.remove(JUN)
    private: Json = {"channel": GENERAL, "text": "x"}
    assert await error(server, "chat.postEphemeral", user=JUN, **private) == "user_not_in_channel"
    assert await error(server, "chat.postEphemeral", user="U0NOBODY", **private) == "user_not_found"


async def test_a_private_message_cannot_be_updated(server: WorkspaceServer) -> None:
    client = client_of(server)
    whisper = await client.chat_postEphemeral(channel=GENERAL, user=MINA, text="x")

    found = await error(server, "chat.update", channel=GENERAL, ts=whisper["message_ts"], text="y")

    assert found == "message_not_found"


async def test_reactions(server: WorkspaceServer) -> None:
    sent = await server.workspace.say("mina", "general", "x")
    eyes: Json = {"channel": GENERAL, "timestamp": sent["ts"], "name": "eyes"}
    await client_of(server).reactions_add(**eyes)

    assert await error(server, "reactions.add", **eyes) == "already_reacted"
    assert await error(server, "reactions.remove", **eyes | {"name": "fire"}) == "no_reaction"
    assert await error(server, "reactions.add", **eyes | {"name": "no spaces"}) == "invalid_name"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("", "invalid_name_required"),
        ("Big", "invalid_name_specials"),
        ("inc 1", "invalid_name_specials"),
        ("--", "invalid_name_punctuation"),
        ("x" * 81, "invalid_name_maxlength"),
        ("general", "name_taken"),
    ],
)
async def test_channel_names(server: WorkspaceServer, name: str, expected: str) -> None:
    assert await error(server, "conversations.create", name=name) == expected


async def test_blocks_are_refused_with_json_pointers(server: WorkspaceServer) -> None:
    long = [{"type": "section", "text": blocks.mrkdwn("x" * 3001)}]

    reply = await refused(server, "chat.postMessage", channel=GENERAL, text="x", blocks=long)

    line = "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    assert reply["error"] == "invalid_blocks"
    assert reply["response_metadata"] == {"messages": [f"[ERROR] {line}"]}


async def test_strict_mode_finds_a_misspelt_key(server: WorkspaceServer) -> None:
    misspelt = [{"type": "section", "text": blocks.mrkdwn("x"), "accesory": {}}]

    reply = await refused(server, "chat.postMessage", channel=GENERAL, text="x", blocks=misspelt)

    assert (reply["error"], "accesory" in reply["errors"][0]) == ("invalid_blocks", True)


async def test_a_picture_must_have_been_uploaded(server: WorkspaceServer) -> None:
    client = client_of(server)
    uploaded = await client.files_upload_v2(filename="c.png", content=b"png", title="Chart")
    picture = {"type": "image", "alt_text": "x", "slack_file": {"id": uploaded["files"][0]["id"]}}
    shown = await client.chat_postMessage(channel=GENERAL, text="x", blocks=[picture])
    missing = [picture | {"slack_file": {"id": "F0MISSING1"}}]

    reply = await refused(server, "chat.postMessage", channel=GENERAL, text="x", blocks=missing)

    assert shown["message"]["blocks"][0]["slack_file"] == picture["slack_file"]
    assert reply["errors"] == ["invalid slack file [json-pointer:/blocks/0/slack_file]"]


async def test_oversized_messages(server: WorkspaceServer) -> None:
    many = [{"type": "section", "text": blocks.mrkdwn("x" * 2900)} for _ in range(4)]
    meta = {"event_type": "x", "event_payload": {"x": "y" * 17_000}}
    base: Json = {"channel": GENERAL, "text": "x"}
    assert await error(server, "chat.postMessage", blocks=many, **base) == "msg_blocks_too_long"
    assert await error(server, "chat.postMessage", metadata=meta, **base) == "metadata_too_large"
    bad = {"event_type": 1}
    assert await error(server, "chat.postMessage", metadata=bad, **base) == "invalid_metadata_format"
    assert await error(server, "chat.postMessage", blocks="[{", **base) == "invalid_blocks_format"
    client = client_of(server)
    cut = await client.api_call("chat.postMessage", json={"channel": GENERAL, "text": "x" * 40_001})
    assert len(cut["message"]["text"]) == 40_000
    assert cut["response_metadata"]["warnings"] == ["message_truncated"]


async def test_triggers_hold_once_and_briefly(server: WorkspaceServer, clock: ManualClock) -> None:
    keys, view = server.workspace.keys, modal()
    used, late = keys.trigger(MINA, APP), keys.trigger(MINA, APP)
    assert await error(server, "views.open", trigger_id="1.x", view=view) == "invalid_trigger_id"
    await client_of(server).views_open(trigger_id=used, view=view)
    assert await error(server, "views.open", trigger_id=used, view=view) == "exchanged_trigger_id"
    await clock.advance(4)
    assert await error(server, "views.open", trigger_id=late, view=view) == "expired_trigger_id"


async def test_views(server: WorkspaceServer) -> None:
    keys, client = server.workspace.keys, client_of(server)
    named = modal() | {"external_id": "one"}
    nowhere = keys.trigger(MINA, APP)
    assert await error(server, "views.push", trigger_id=nowhere, view=modal()) == "view_not_found"
    first = await client.views_open(trigger_id=keys.trigger(MINA, APP), view=named)
    place: Json = {"view_id": first["view"]["id"], "view": modal()}
    assert await error(server, "views.update", hash="old", **place) == "hash_conflict"
    assert await error(server, "views.update", view_id="V0", view=modal()) == "view_not_found"
    again = keys.trigger(MINA, APP)
    assert await error(server, "views.push", trigger_id=again, view=named) == "duplicate_external_id"
    for _ in range(2):
        await client.views_push(trigger_id=keys.trigger(MINA, APP), view=modal())
    fourth = keys.trigger(MINA, APP)
    assert await error(server, "views.push", trigger_id=fourth, view=modal()) == "push_limit_reached"
    wrong = await refused(server, "views.open", trigger_id=keys.trigger(MINA, APP), view=blocks.home())
    assert wrong["error"] == "invalid_arguments"
    assert "json-pointer:/view/type" in wrong["response_metadata"]["messages"][0]


async def test_streams(server: WorkspaceServer) -> None:
    client, workspace = client_of(server), server.workspace
    root = await workspace.say("mina", "general", "x")
    place: Json = {"channel": GENERAL, "thread_ts": root["ts"]}
    whom: Json = {"recipient_team_id": "T0DEMO0001", "recipient_user_id": MINA}
    assert await error(server, "chat.startStream", **place) == "missing_recipient_team_id"
    done = await client.chat_startStream(**place, **whom)
    await client.chat_stopStream(channel=GENERAL, ts=done["ts"])
    late: Json = {"channel": GENERAL, "ts": done["ts"], "markdown_text": "x"}
    assert await error(server, "chat.appendStream", **late) == "message_not_in_streaming_state"
    stopped = await client.chat_startStream(**place, **whom)
    await workspace.stop_stream("mina", "general", stopped["ts"])
    assert await error(server, "chat.appendStream", **late | {"ts": stopped["ts"]}) == "stopped_by_user"


async def test_response_urls_wear_out(server: WorkspaceServer, clock: ManualClock) -> None:
    keys = server.workspace.keys
    url = keys.response_url(ResponseUrl(MINA, APP, GENERAL, clock.now()))
    async with aiohttp.ClientSession() as session:
        answers = [await _post(session, url) for _ in range(6)]
        fresh = keys.response_url(ResponseUrl(MINA, APP, GENERAL, clock.now()))
        await clock.advance(1801)
        expired = await _post(session, fresh)

    assert answers == [(200, "ok")] * 5 + [(404, "used_url")]
    assert expired == (404, "expired_url")


async def _post(session: aiohttp.ClientSession, url: str) -> tuple[int, str]:
    async with session.post(url, json={"text": "x"}) as reply:
        if reply.content_type == "application/json":
            return reply.status, (await reply.json())["error"]
        return reply.status, await reply.text()


async def test_posting_too_fast_is_429_with_a_wait(clock: ManualClock) -> None:
    limits = RateLimits(posting_burst=2)
    async with running(clock=clock, rate_limits=limits) as server:
        client = client_of(server)
        for _ in range(2):
            await client.chat_postMessage(channel=GENERAL, text="x")
        with pytest.raises(SlackApiError) as caught:
            await client.chat_postMessage(channel=GENERAL, text="x")
        await client.chat_postMessage(channel="C0ALERTS01", text="another channel")
        await clock.advance(1)
        await client.chat_postMessage(channel=GENERAL, text="x")

    response = caught.value.response
    assert (response.status_code, response["error"]) == (429, "ratelimited")
    assert response.headers["Retry-After"] == "1"


ODD: tuple[Json, ...] = (
    {},
    {
        "channel": GENERAL,
        "ts": "x",
        "timestamp": "x",
        "thread_ts": "x",
        "user": MINA,
        "view": {},
        "text": "x",
    },
    {"channel": [1], "blocks": 3, "view": "{}", "files": "[1]", "users": {"a": 1}, "limit": "x", "name": 4},
    {"channel": GENERAL, "attachments": [1], "metadata": "[]", "cursor": "x", "types": "x", "chunks": [[]]},
    {
        "channel_id": GENERAL,
        "thread_ts": {},
        "prompts": "x",
        "view": [],
        "unfurls": [],
        "loading_messages": 5,
    },
    {"channel": GENERAL, "text": "x", "blocks": [None], "oldest": "x", "post_at": "soon", "trigger_id": {}},
)


@pytest.mark.parametrize("method", sorted(method.name for method in METHODS))
async def test_odd_arguments_get_an_answer_not_a_crash(server: WorkspaceServer, method: str) -> None:
    app = server.workspace.state.app.seed
    token = app.app_token if method == "apps.connections.open" else app.bot_token
    await server.workspace.say("mina", "general", "x")
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
        for args in ODD:
            async with session.post(f"{server.api_url}{method}", json=args) as reply:
                body = await reply.json()
                assert (reply.status, isinstance(body["ok"], bool)) == (200, True), (args, body)
