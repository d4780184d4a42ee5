"""Channels that an app opens, fills with people and heads with bookmarks and canvases, through the official client."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from demo.workspace.canvases import sections_of
from demo.workspace.server import WorkspaceServer
from tests.support.workspace import ALEX, JUN, MINA, Inbox, Json, client_of, complaint, running, seed

BOT = "U0OPSBOT01"
SAM = "U0SAM00005"
CHANNEL_WRITES = ("channels:manage", "groups:write")


@pytest.fixture
async def server() -> AsyncIterator[WorkspaceServer]:
    # The official manifest type does not list the canvas scopes, so they are granted beside it.
    async with running(seed(extra_scopes=("canvases:read", "canvases:write"))) as started:
        yield started


@pytest.fixture
def client(server: WorkspaceServer) -> AsyncWebClient:
    return client_of(server)


@pytest.fixture
def inbox(server: WorkspaceServer) -> Inbox:
    heard = Inbox()
    server.workspace.courier.use(server.workspace.state.app.id, heard)
    return heard


async def refused(client: AsyncWebClient, method: str, **args: Any) -> Json:
    with pytest.raises(SlackApiError) as caught:
        await client.api_call(method, json=args)
    reply = caught.value.response.data
    assert isinstance(reply, dict)
    return reply


async def error(client: AsyncWebClient, method: str, **args: Any) -> str:
    return str((await refused(client, method, **args))["error"])


async def room(client: AsyncWebClient, name: str = "inc-7") -> str:
    return str((await client.conversations_create(name=name))["channel"]["id"])


async def test_a_new_channel_has_its_maker_in_it_and_is_announced(
    server: WorkspaceServer, client: AsyncWebClient, inbox: Inbox
) -> None:
    made = await client.conversations_create(name="inc-7")
    await server.workspace.wait_for(lambda _: inbox.named("channel_created"))
    [event] = inbox.named("channel_created")

    channel = made["channel"]
    assert ("inc-7", BOT, True, False) == tuple(
        channel[key] for key in ("name", "creator", "is_member", "is_archived")
    )
    assert "" == complaint("InEvent", event["event"])
    assert channel["id"] == event["event"]["channel"]["id"]


async def test_the_right_to_open_channels_depends_on_their_kind() -> None:
    async with running(seed(without_scopes=CHANNEL_WRITES)) as server:
        client = client_of(server)
        public = await refused(client, "conversations.create", name="a")
        private = await refused(client, "conversations.create", name="a", is_private=True)
        invited = await refused(client, "conversations.invite", channel="C0GENERAL1", users=MINA)

    assert ("missing_scope", "channels:manage") == (public["error"], public["needed"])
    assert ("missing_scope", "groups:write") == (private["error"], private["needed"])
    assert "channels:manage,channels:write.invites" == invited["needed"]


async def test_a_narrow_right_is_enough_to_invite_and_to_set_topics() -> None:
    narrow = ("channels:write.invites", "channels:write.topic")
    chosen = seed(without_scopes=CHANNEL_WRITES, extra_scopes=narrow)
    async with running(chosen) as server:
        client = client_of(server)
        server.workspace.state.channel("general").members.remove(MINA)
        await client.conversations_invite(channel="C0GENERAL1", users=MINA)
        await client.conversations_setTopic(channel="C0GENERAL1", topic="calm")
        kept = await error(client, "conversations.archive", channel="C0GENERAL1")

    assert MINA in server.workspace.state.channel("general").members
    assert "missing_scope" == kept


async def test_people_are_invited_and_everybody_is_told(
    server: WorkspaceServer, client: AsyncWebClient, inbox: Inbox
) -> None:
    channel = await room(client)
    await client.conversations_invite(channel=channel, users=[MINA, JUN])
    await server.workspace.wait_for(lambda _: len(inbox.named("member_joined_channel")) == 2)

    joined = [event["event"] for event in inbox.named("member_joined_channel")]
    said = [(m["subtype"], m["user"], m["inviter"]) for m in server.workspace.history(channel)]
    assert [(MINA, BOT), (JUN, BOT)] == [(event["user"], event["inviter"]) for event in joined]
    assert [("channel_join", MINA, BOT), ("channel_join", JUN, BOT)] == said
    assert ["", ""] == [complaint("InEvent", event) for event in joined]


async def test_one_who_cannot_come_stops_the_others_unless_forced(
    server: WorkspaceServer, client: AsyncWebClient
) -> None:
    channel = await room(client)
    await client.conversations_invite(channel=channel, users=MINA)
    both = {"channel": channel, "users": f"{MINA},{JUN}"}
    reply = await refused(client, "conversations.invite", **both)
    members = list(server.workspace.state.channel(channel).members)
    forced = await client.conversations_invite(**both, force=True)

    wrong = [{"user": MINA, "ok": False, "error": "already_in_channel"}]
    assert ("already_in_channel", wrong) == (reply["error"], reply["errors"])
    assert [BOT, MINA] == members
    assert wrong == forced["errors"]
    assert [BOT, MINA, JUN] == server.workspace.state.channel(channel).members


async def test_invitations_that_cannot_be(client: AsyncWebClient) -> None:
    channel = await room(client)

    assert "no_user" == await error(client, "conversations.invite", channel=channel)
    assert "user_not_found" == await error(client, "conversations.invite", channel=channel, users="U0X")
    assert "cant_invite_self" == await error(client, "conversations.invite", channel=channel, users=BOT)
    await client.conversations_archive(channel=channel)
    assert "is_archived" == await error(client, "conversations.invite", channel=channel, users=MINA)


async def test_being_there_already_is_a_warning(client: AsyncWebClient) -> None:
    reply = await client.conversations_join(channel="C0GENERAL1")

    assert ("already_in_channel", ["already_in_channel"]) == (
        reply["warning"],
        reply["response_metadata"]["warnings"],
    )


async def test_topic_and_purpose_are_said_once_and_stay_short(
    server: WorkspaceServer, client: AsyncWebClient, inbox: Inbox
) -> None:
    channel = await room(client)
    for _ in range(2):
        await client.conversations_setTopic(channel=channel, topic="P0 payment is down")
        await client.conversations_setPurpose(channel=channel, purpose="INC-7")
    await server.workspace.wait_for(lambda _: len(inbox.named("message")) == 2)
    found = await client.conversations_info(channel=channel)

    said = [event["event"] for event in inbox.named("message")]
    assert ["channel_topic", "channel_purpose"] == [event["subtype"] for event in said]
    assert ["", ""] == [complaint("InEvent", event) for event in said]
    assert ("P0 payment is down", "INC-7") == (
        found["channel"]["topic"]["value"],
        found["channel"]["purpose"]["value"],
    )
    assert "too_long" == await error(client, "conversations.setTopic", channel=channel, topic="x" * 251)
    assert "too_long" == await error(client, "conversations.setPurpose", channel=channel, purpose="x" * 251)


async def test_renaming_and_archiving_are_announced(
    server: WorkspaceServer, client: AsyncWebClient, inbox: Inbox
) -> None:
    channel = await room(client)
    await client.conversations_rename(channel=channel, name="inc-7-payment")
    await client.conversations_archive(channel=channel)
    await client.conversations_unarchive(channel=channel)
    await server.workspace.wait_for(lambda _: inbox.named("channel_unarchive"))

    names = ("channel_rename", "channel_archive", "channel_unarchive")
    events = [event["event"] for name in names for event in inbox.named(name)]
    assert ["", "", ""] == [complaint("InEvent", event) for event in events]
    assert "inc-7-payment" == server.workspace.state.channel(channel).name
    assert "cant_archive_general" == await error(client, "conversations.archive", channel="C0GENERAL1")
    assert "name_taken" == await error(client, "conversations.rename", channel=channel, name="general")


async def test_unread_counts_leave_out_what_slack_itself_says(
    server: WorkspaceServer, client: AsyncWebClient
) -> None:
    channel = await room(client)
    await client.conversations_invite(channel=channel, users=SAM)
    await client.conversations_setTopic(channel=channel, topic="calm")
    await client.chat_postMessage(channel=channel, text="read me")
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        async with browser.get(server.login_url):
            pass
        async with browser.get(f"{server.url}/page/state", params={"user": SAM}) as reply:
            state = await reply.json()

    [shown] = [each for each in state["channels"] if each["id"] == channel]
    assert ("calm", 1, [], []) == tuple(shown[key] for key in ("topic", "unread", "bookmarks", "canvases"))


async def test_bookmarks_head_a_channel(server: WorkspaceServer, client: AsyncWebClient) -> None:
    channel = await room(client)
    link = "https://dash.example/payment"
    made = (
        await client.bookmarks_add(
            channel_id=channel, title="Dashboard", type="link", link=link, emoji=":chart:"
        )
    )["bookmark"]
    await client.bookmarks_edit(channel_id=channel, bookmark_id=made["id"], title="Graphs")
    listed = (await client.bookmarks_list(channel_id=channel))["bookmarks"]
    await client.bookmarks_remove(channel_id=channel, bookmark_id=made["id"])
    left = (await client.bookmarks_list(channel_id=channel))["bookmarks"]

    assert (channel, "link", BOT) == (made["channel_id"], made["type"], made["last_updated_by_user_id"])
    assert [("Graphs", link, ":chart:")] == [(b["title"], b["link"], b["emoji"]) for b in listed]
    assert [] == left


async def test_bookmarks_that_cannot_be(server: WorkspaceServer, client: AsyncWebClient) -> None:
    place = {"channel_id": "C0GENERAL1", "title": "x"}
    good = place | {"type": "link", "link": "https://a.example"}

    assert "invalid_bookmark_type" == await error(client, "bookmarks.add", **good | {"type": "message"})
    assert "invalid_link" == await error(client, "bookmarks.add", **good | {"link": "javascript:alert(1)"})
    assert "not_found" == await error(client, "bookmarks.edit", **place, bookmark_id="Bk0")
    assert "not_found" == await error(client, "bookmarks.remove", **place, bookmark_id="Bk0")
    for _ in range(100):
        await client.api_call("bookmarks.add", json=good)
    assert "too_many_bookmarks" == await error(client, "bookmarks.add", **good)
    server.workspace.state.channel("alerts").members.remove(BOT)
    assert "not_in_channel" == await error(client, "bookmarks.add", **good | {"channel_id": "C0ALERTS01"})


def _markdown(text: str) -> Json:
    return {"type": "markdown", "markdown": text}


def _text(server: WorkspaceServer, canvas: str) -> str:
    return server.workspace.canvases.get(canvas).markdown


async def test_a_channels_canvas_is_written_section_by_section(
    server: WorkspaceServer, client: AsyncWebClient
) -> None:
    channel = await room(client)
    content = _markdown("# Timeline\n\nNothing yet.\n\n## Actions\n\n- [ ] look")
    canvas = (
        await client.conversations_canvases_create(
            channel_id=channel, title="INC-7", document_content=content
        )
    )["canvas_id"]
    found = await client.canvases_sections_lookup(canvas_id=canvas, criteria={"section_types": ["h2"]})
    [section] = [each["id"] for each in found["sections"]]

    async def change(**made: Any) -> None:
        await client.canvases_edit(canvas_id=canvas, changes=[made])

    await change(operation="insert_before", section_id=section, document_content=_markdown("10:00 paged"))
    await change(operation="replace", section_id=section, document_content=_markdown("## To do"))
    await change(operation="insert_at_end", document_content=_markdown("- [x] told"))
    assert "# Timeline\n\nNothing yet.\n\n10:00 paged\n\n## To do\n\n- [ ] look\n\n- [x] told" == _text(
        server, canvas
    )
    await change(operation="replace", document_content=_markdown("over"))
    await change(operation="rename", title_content=_markdown("INC-7, closed"))

    info = await client.conversations_info(channel=channel)
    assert "over" == _text(server, canvas)
    assert canvas == info["channel"]["properties"]["canvas"]["file_id"]
    assert "INC-7, closed" == info["channel"]["properties"]["tabs"][0]["label"]


async def test_canvases_that_cannot_be(server: WorkspaceServer, client: AsyncWebClient) -> None:
    channel = await room(client)
    canvas = (await client.conversations_canvases_create(channel_id=channel, document_content=_markdown("")))[
        "canvas_id"
    ]
    end = {"operation": "insert_at_end", "document_content": _markdown("x")}

    async def failed(*changes: Json, canvas_id: str = canvas) -> str:
        return await error(client, "canvases.edit", canvas_id=canvas_id, changes=list(changes))

    again = await error(client, "conversations.canvases.create", channel_id=channel)
    assert "channel_canvas_already_exists" == again
    assert "canvas_not_found" == await failed(end, canvas_id="F0NONE")
    assert "invalid_arguments" == await failed(end, end)
    assert "invalid_arguments" == await failed({"operation": "paint"})
    assert "invalid_arguments" == await failed(
        {"operation": "insert_after", "document_content": _markdown("x")}
    )
    assert "canvas_editing_failed" == await failed({"operation": "delete", "section_id": "temp:C:0"})
    html = {"type": "html", "markdown": "x"}
    assert "invalid_arguments" == await error(client, "canvases.create", document_content=html)


async def test_a_canvas_of_its_own_is_read_where_it_is_shared(
    server: WorkspaceServer, client: AsyncWebClient
) -> None:
    private = (await client.conversations_create(name="inc-8", is_private=True))["channel"]["id"]
    await client.conversations_invite(channel=private, users=ALEX)
    canvas = (await client.canvases_create(title="Review", document_content=_markdown("*draft*")))[
        "canvas_id"
    ]
    canvases = server.workspace.canvases
    before = canvases.readable(canvases.get(canvas), ALEX)
    await client.canvases_access_set(canvas_id=canvas, access_level="read", channel_ids=[private])
    after = [canvases.readable(canvases.get(canvas), user) for user in (ALEX, MINA)]
    await client.canvases_access_set(canvas_id=canvas, access_level="read", user_ids=[MINA])

    assert (False, [True, False]) == (before, after)
    assert canvases.readable(canvases.get(canvas), MINA)
    await client.canvases_delete(canvas_id=canvas)
    assert {} == server.workspace.state.channel(private).canvases


def test_a_fence_is_one_section() -> None:
    text = "```\n# not a heading\n\nstill code\n```\nafter"

    assert [text] == [section.markdown for section in sections_of(text)]


async def test_a_persons_language_is_told_to_who_asks(client: AsyncWebClient) -> None:
    plain = (await client.users_info(user=MINA))["user"]
    asked = [
        (await client.users_info(user=user, include_locale=True))["user"]["locale"] for user in (MINA, ALEX)
    ]

    assert "locale" not in plain
    assert ["ko-KR", "en-US"] == asked
