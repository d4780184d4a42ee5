"""The official bot library, unmodified, lives in the workspace: over a real socket and over signed HTTP."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler

from demo.workspace.faults import Fault
from demo.workspace.sample import blocks
from demo.workspace.sample.modals import modal
from demo.workspace.server import WorkspaceServer
from demo.workspace.workspace import Workspace
from tests.support.workspace import MINA, bolt, client_of, over_http, over_socket, running

Way = Callable[[WorkspaceServer, AsyncApp], AbstractAsyncContextManager[Any]]


@pytest.fixture
async def server() -> AsyncIterator[WorkspaceServer]:
    async with running() as started:
        yield started


@pytest.fixture(params=[over_socket, over_http], ids=["socket", "http"])
def connected(request: pytest.FixtureRequest) -> Way:
    way: Way = request.param
    return way


def _texts(workspace: Workspace, channel: str, thread_ts: str) -> list[str]:
    return [message["text"] for message in workspace.replies(channel, thread_ts)]


async def test_a_mention_is_answered_in_its_thread(server: WorkspaceServer, connected: Way) -> None:
    app, workspace = bolt(server), server.workspace

    @app.event("app_mention")
    async def mentioned(event: dict[str, Any], say: Any, client: Any) -> None:
        await client.reactions_add(channel=event["channel"], timestamp=event["ts"], name="eyes")
        await say("on it", thread_ts=event["ts"])

    async with connected(server, app):
        root = await workspace.say("mina", "general", "@ops-monitor help")
        await workspace.wait_for(lambda w: w.replies("general", root["ts"]))

    assert _texts(workspace, "general", root["ts"]) == ["on it"]
    assert root["reactions"] == [{"name": "eyes", "users": ["U0OPSBOT01"], "count": 1}]
    assert (root["reply_count"], root["reply_users"]) == (1, ["U0OPSBOT01"])


async def test_a_slash_command_acks_first_and_works_later(server: WorkspaceServer, connected: Way) -> None:
    app, workspace = bolt(server), server.workspace

    async def ack_it(ack: Any) -> None:
        await ack("one moment")

    async def work(respond: Any, command: dict[str, Any]) -> None:
        await respond(f"done: {command['text']}", response_type="in_channel")

    app.command("/ops")(ack=ack_it, lazy=[work])
    async with connected(server, app):
        outcome = await workspace.slash("mina", "general", "/ops status")
        await workspace.wait_for(lambda w: w.history("general"))

    assert outcome.ok
    assert [message["text"] for message in workspace.whispers("mina", "general")] == ["one moment"]
    assert [message["text"] for message in workspace.history("general")] == ["done: status"]


async def test_a_button_edits_its_card_and_keeps_the_metadata(
    server: WorkspaceServer, connected: Way
) -> None:
    app, workspace = bolt(server), server.workspace

    @app.action("ack")
    async def clicked(ack: Any, body: dict[str, Any], client: Any) -> None:
        await ack()
        place = {"channel": body["channel"]["id"], "ts": body["message"]["ts"]}
        await client.chat_update(**place, text="acknowledged", blocks=[])

    async with connected(server, app):
        client = client_of(server)
        metadata = {"event_type": "incident", "event_payload": {"id": "inc-1"}}
        posted = await client.chat_postMessage(
            channel="#general", text="P0", blocks=blocks.card(), metadata=metadata
        )
        outcome = await workspace.click("mina", "general", posted["ts"], "ack")
        await workspace.wait_for(lambda w: w.history("general")[0]["text"] == "acknowledged")
        plain = await client.conversations_history(channel="C0GENERAL1")
        full = await client.conversations_history(channel="C0GENERAL1", include_all_metadata=True)

    assert outcome.ok
    assert "blocks" not in plain["messages"][0]
    assert "metadata" not in plain["messages"][0]
    assert full["messages"][0]["metadata"] == metadata


async def test_a_modal_shows_errors_then_closes(server: WorkspaceServer, connected: Way) -> None:
    app, workspace = bolt(server), server.workspace

    @app.command("/ops")
    async def opened(ack: Any, command: dict[str, Any], client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=command["trigger_id"], view=modal())

    @app.view("incident")
    async def submitted(ack: Any, view: dict[str, Any]) -> None:
        if view["state"]["values"]["summary"]["summary"]["value"] == "bad":
            await ack(response_action="errors", errors={"summary": "better, please"})
        else:
            await ack()

    async with connected(server, app):
        await workspace.slash("mina", "general", "/ops open")
        await workspace.wait_for(lambda w: w.modals_of("mina"))
        empty = await workspace.submit("mina", {"priority": "p0"})
        refused = await workspace.submit("mina", {"summary": "bad", "priority": "p0"})
        still_open = len(workspace.modals_of("mina"))
        accepted = await workspace.submit("mina", {"summary": "good", "priority": "p0"})

    assert empty.errors == {"summary": "Please complete this required field."}
    assert (refused.ok, refused.errors) == (False, {"summary": "better, please"})
    assert (still_open, accepted.ok, workspace.modals_of("mina")) == (1, True, [])


async def test_modals_stack_by_ack_and_close_together(server: WorkspaceServer) -> None:
    app, workspace = bolt(server), server.workspace
    closed: list[str] = []

    @app.global_shortcut("open_incident")
    async def opened(ack: Any, body: dict[str, Any], client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal("first"))

    @app.view("incident")
    async def submitted(ack: Any) -> None:
        title = f"layer {len(workspace.modals_of('mina')) + 1}"
        await ack(response_action="push", view=modal(title))

    @app.view_closed("incident")
    async def gone(ack: Any, view: dict[str, Any]) -> None:
        await ack()
        closed.append(view["title"]["text"])

    values = {"summary": "abc", "priority": "p0"}
    async with over_socket(server, app):
        await workspace.shortcut("mina", "open_incident")
        await workspace.wait_for(lambda w: w.modals_of("mina"))
        await workspace.submit("mina", values)
        await workspace.submit("mina", values)
        fourth = await workspace.submit("mina", values)
        titles = [view["title"]["text"] for view in workspace.modals_of("mina")]
        await workspace.close_view("mina")

    assert titles == ["first", "layer 2", "layer 3"]
    assert fourth.error == "push_limit_reached"
    assert closed == ["layer 3"]


async def test_home_file_stream_and_private_message(server: WorkspaceServer, connected: Way) -> None:
    app, workspace = bolt(server), server.workspace

    @app.event("app_home_opened")
    async def opened(event: dict[str, Any], client: Any) -> None:
        await client.views_publish(user_id=event["user"], view=blocks.home())

    @app.event("app_mention")
    async def mentioned(event: dict[str, Any], client: Any, say_stream: Any) -> None:
        place = {"channel": event["channel"], "thread_ts": event["ts"]}
        await client.files_upload_v2(
            **place,
            content=b"\x89PNG",
            filename="c.png",
            title="Chart",
            alt_txt="rising",
            initial_comment="see",
        )
        await client.chat_postEphemeral(**place, user=event["user"], text="for you")
        stream = await say_stream(buffer_size=4)
        await stream.append(markdown_text="**checkout** ")
        await stream.append(
            chunks=[{"type": "task_update", "id": "1", "title": "Look", "status": "complete"}]
        )
        await stream.stop(markdown_text="is slow", blocks=[blocks.home()["blocks"][0]])

    async with connected(server, app):
        await workspace.open_home("mina")
        await workspace.wait_for(lambda w: w.home_of("mina"))
        root = await workspace.say("mina", "general", "@ops-monitor why?")
        await workspace.wait_for(lambda w: w.recorder.calls("chat.stopStream"))

    file_message, streamed = workspace.replies("general", root["ts"])
    assert (file_message["text"], file_message["files"][0]["alt_txt"]) == ("see", "rising")
    assert [w["text"] for w in workspace.whispers("mina", "general")] == ["for you"]
    assert streamed["text"] == "**checkout** is slow"
    assert [block["type"] for block in streamed["blocks"]] == ["task_card", "markdown", "header"]
    assert streamed["streaming"] is False


async def test_an_external_select_asks_for_its_options(server: WorkspaceServer) -> None:
    app, workspace = bolt(server), server.workspace

    @app.options("runbook")
    async def suggested(ack: Any, payload: dict[str, Any]) -> None:
        await ack(options=[blocks.option(f"{payload['value']} full", "disk-full")])

    async with over_socket(server, app):
        trigger = workspace.keys.exchange(workspace.keys.trigger(MINA, "A0OPSMON01"), "A0OPSMON01")
        view = workspace.views.open(workspace.state.app, trigger, modal())
        container = {"type": "view", "view_id": view["id"]}
        outcome = await workspace.clicks.suggest(MINA, container, "runbook", "runbook", "disk")

    assert outcome.reply["options"] == [blocks.option("disk full", "disk-full")]


async def test_a_private_card_is_replaced_and_deleted_by_its_response_url(server: WorkspaceServer) -> None:
    app, workspace = bolt(server), server.workspace
    seen: list[str] = []

    @app.action("ack")
    async def replaced(ack: Any, respond: Any) -> None:
        await ack()
        await respond("replaced", replace_original=True, blocks=blocks.card())
        seen.append("ack")

    @app.action("rollback")
    async def removed(ack: Any, respond: Any) -> None:
        await ack()
        await respond(delete_original=True)
        seen.append("rollback")

    async with over_socket(server, app):
        await client_of(server).chat_postEphemeral(
            channel="C0GENERAL1", user=MINA, text="card", blocks=blocks.card()
        )
        ts = workspace.whispers("mina", "general")[0]["ts"]
        await workspace.click("mina", "general", ts, "ack")
        await workspace.wait_for(lambda w: w.whispers("mina", "general")[0]["text"] == "replaced")
        await workspace.click("mina", "general", ts, "rollback")
        await workspace.wait_for(lambda w: not w.whispers("mina", "general"))


async def test_429_is_honoured_and_the_message_arrives_once(server: WorkspaceServer) -> None:
    client = client_of(server)
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=2))
    server.workspace.faults.add(Fault("ratelimited", "chat.postMessage", times=1, retry_after=1))

    await client.chat_postMessage(channel="C0GENERAL1", text="once")

    first, second = server.workspace.recorder.calls("chat.postMessage")
    assert (first.status, second.status) == ("fault: ratelimited", "ok")
    assert second.at - first.at >= 1
    assert len(server.workspace.history("general")) == 1


async def test_the_bot_comes_back_after_a_refresh_and_after_a_cut(server: WorkspaceServer) -> None:
    app, workspace = bolt(server), server.workspace
    heard: list[str] = []

    @app.event("app_mention")
    async def mentioned(event: dict[str, Any]) -> None:
        heard.append(event["text"].split()[-1])
        workspace.recorder.touch()

    async with over_socket(server, app):
        await server.gate.disconnect("refresh_requested")
        await workspace.wait_for(lambda _: server.gate.connected)
        await workspace.say("mina", "general", "@ops-monitor refreshed")
        await workspace.wait_for(lambda _: heard == ["refreshed"])
        await server.gate.drop()
        await workspace.wait_for(lambda _: server.gate.connected, 60)
        await workspace.say("mina", "general", "@ops-monitor again")
        # A cut right after it was heard, before it was acknowledged, lets the first come once more.
        await workspace.wait_for(lambda _: "again" in heard)

    assert {"refreshed", "again"} == set(heard)


async def test_a_duplicate_reaches_the_bot_with_its_retry_mark(
    server: WorkspaceServer, connected: Way
) -> None:
    app, workspace = bolt(server), server.workspace
    heard: list[tuple[str, int]] = []

    @app.event("message")
    async def said(body: dict[str, Any], request: Any) -> None:
        number = request.headers.get("x-slack-retry-num", ["0"])[0]
        heard.append((body["event_id"], int(number)))
        workspace.recorder.touch()

    async with connected(server, app):
        workspace.faults.duplicate()
        await workspace.say("mina", "general", "once or twice")
        await workspace.wait_for(lambda _: len(heard) == 2)

    assert heard[0][0] == heard[1][0]
    assert [number for _, number in heard] == [0, 1]
