"""The routes that the workspace's page lives on: login, state, messages, events, acts, files, traffic."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from demo.workspace.errors import DeliveryFailed
from demo.workspace.panel import PanelItem, PanelState
from demo.workspace.sample import blocks
from demo.workspace.sample.fill import fill
from demo.workspace.server import WorkspaceServer
from tests.support.workspace import ALEX, JUN, MINA, Inbox, Json, client_of, running, seed

PAGE_ROUTES = ("/", "/static/index.html", "/page/state", "/page/messages", "/page/traffic", "/control/calls")


class Switches:
    """A panel of one switch; pressing it twice fails."""

    def __init__(self) -> None:
        self.pressed: list[str] = []

    async def describe(self) -> PanelState:
        return PanelState(
            title="Faults", items=(PanelItem(id="slow", title="Slow", active=bool(self.pressed)),)
        )

    async def press(self, item_id: str, user: str) -> None:
        if self.pressed:
            raise RuntimeError("stuck")
        self.pressed.append(user)


class Browser:
    """A page's requests, without a page."""

    def __init__(self, server: WorkspaceServer, session: aiohttp.ClientSession) -> None:
        self._url = server.url
        self._session = session

    async def get(self, path: str, **query: str) -> Json:
        async with self._session.get(self._url + path, params=query) as reply:
            body: Json = await reply.json()
            return body

    async def act(self, act: str, user: str = MINA, **body: object) -> Json:
        async with self._session.post(
            f"{self._url}/page/act", json={"user": user, "act": act, **body}
        ) as reply:
            told: Json = await reply.json()
            return told

    @asynccontextmanager
    async def events(self, user: str = MINA) -> AsyncIterator[asyncio.Queue[Json]]:
        queue: asyncio.Queue[Json] = asyncio.Queue()
        async with self._session.get(f"{self._url}/page/events", params={"user": user}) as reply:
            await reply.content.readuntil(b"\n\n")

            async def read() -> None:
                while True:
                    line = (await reply.content.readuntil(b"\n\n")).decode()
                    queue.put_nowait(json.loads(line.removeprefix("data: ")))

            task = asyncio.create_task(read())
            yield queue
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def switches() -> Switches:
    return Switches()


@pytest.fixture
async def server(switches: Switches) -> AsyncIterator[WorkspaceServer]:
    async with running(panel=switches) as started:
        await fill(started.workspace)
        yield started


@pytest.fixture
async def browser(server: WorkspaceServer) -> AsyncIterator[Browser]:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        async with session.get(server.login_url) as reply:
            assert reply.status == 200
        yield Browser(server, session)


async def until(queue: asyncio.Queue[Json], kind: str) -> Json:
    while True:
        event = await asyncio.wait_for(queue.get(), 60)
        if event["type"] == kind:
            return event


@pytest.mark.parametrize("path", PAGE_ROUTES)
async def test_nothing_for_people_opens_without_the_login(server: WorkspaceServer, path: str) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.get(server.url + path) as reply:
            stranger = (reply.status, await reply.text())
        async with session.get(server.url + path, params={"token": "guess"}) as reply:
            guesser = reply.status

    assert stranger == (401, "Please open the login link that the workspace printed when it started.")
    assert guesser == 401


async def test_the_login_link_sets_a_strict_cookie(server: WorkspaceServer) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.get(server.login_url, allow_redirects=False) as reply,
    ):
        cookie = reply.cookies["workspace_login"]

    assert (reply.status, reply.headers["Location"]) == (302, "/")
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Strict")


async def test_the_workspace_refuses_to_leave_loopback(server: WorkspaceServer) -> None:
    with pytest.raises(ValueError, match="loopback"):
        WorkspaceServer(seed(), host="0.0.0.0")


async def test_the_state_is_one_persons_view(browser: Browser, server: WorkspaceServer) -> None:
    server.workspace.state.channel("incidents").kind = "private"
    server.workspace.state.channel("incidents").members.remove(ALEX)

    mina, alex = await browser.get("/page/state", user=MINA), await browser.get("/page/state", user=ALEX)

    names = {channel["name"] for channel in mina["channels"]}
    assert names - {channel["name"] for channel in alex["channels"]} == {"incidents", "ops-monitor"}
    assert (mina["me"]["locale"], mina["panel"]["title"]) == ("ko-KR", "Faults")
    assert mina["commands"][0]["command"] == "/ops"
    assert mina["home"]["A0OPSMON01"]["type"] == "home"


async def test_unread_counts_go_down_by_reading(browser: Browser) -> None:
    async def unread() -> int:
        state = await browser.get("/page/state", user=JUN)
        return next(int(c["unread"]) for c in state["channels"] if c["name"] == "alerts-critical")

    before = await unread()
    await browser.act("read", JUN, channel="C0ALERTSCR")

    assert (before, await unread()) == (3, 0)


async def test_a_private_message_is_listed_for_its_reader_only(browser: Browser) -> None:
    lists = [
        (await browser.get("/page/messages", user=user, channel="C0ALERTSCR"))["messages"]
        for user in (MINA, JUN)
    ]

    assert [[m["text"] for m in each if m.get("ephemeral")] for each in lists] == [
        ["Only you see this: your shift ends in an hour."],
        [],
    ]


async def test_a_thread_lists_its_root_and_replies(browser: Browser) -> None:
    top = (await browser.get("/page/messages", user=MINA, channel="C0ALERTSCR"))["messages"]
    thread = await browser.get("/page/messages", user=MINA, channel="C0ALERTSCR", thread_ts=top[0]["ts"])

    assert top[0]["reply_count"] == 3
    assert thread["messages"][0]["ts"] == top[0]["ts"]
    assert len(thread["messages"]) == 4


async def test_what_one_person_does_another_sees(browser: Browser) -> None:
    async with browser.events(JUN) as events:
        posted = await browser.act("post", channel="C0GENERAL1", text="hi <b>")
        ts = posted["message"]["ts"]
        place = {"channel": "C0GENERAL1", "ts": ts}
        message = await until(events, "message")
        await browser.act("edit", **place, text="ho")
        edited = await until(events, "message_changed")
        await browser.act("react", JUN, **place, name="eyes")
        reacted = await until(events, "message_changed")
        await browser.act("delete", **place)
        deleted = await until(events, "message_deleted")

    assert message["message"]["text"] == "hi &lt;b&gt;"
    assert (edited["message"]["text"], "edited" in edited["message"]) == ("ho", True)
    assert reacted["message"]["reactions"] == [{"name": "eyes", "users": [JUN], "count": 1}]
    assert deleted["ts"] == ts


async def test_a_modal_from_click_to_close(browser: Browser, server: WorkspaceServer) -> None:
    card = server.workspace.history("alerts-critical")[0]
    container = {"type": "message", "channel": "C0ALERTSCR", "ts": card["ts"]}
    block_id = next(b["block_id"] for b in card["blocks"] if b["type"] == "actions")
    state = {
        "summary": {"summary": {"type": "plain_text_input", "value": "fail"}},
        "priority": {"priority": {"type": "static_select", "selected_option": blocks.option("P0", "p0")}},
    }
    async with browser.events() as events:
        await browser.act("block_action", container=container, block_id=block_id, action_id="open_modal")
        view = (await until(events, "view_opened"))["view"]
        refused = await browser.act("view_submit", view_id=view["id"], state=state)
        state["summary"]["summary"]["value"] = "better"
        accepted = await browser.act("view_submit", view_id=view["id"], state=state)
        closed = await until(events, "view_closed")

    assert refused["errors"] == {"summary": "Please find a kinder word."}
    assert (accepted, closed["view_id"]) == ({"ok": True}, view["id"])


async def test_a_new_talk_with_the_app_offers_its_prompts() -> None:
    chosen = seed()
    chosen.apps[0].manifest["features"]["agent_view"]["suggested_prompts"] = [{"title": "T", "message": "m"}]
    async with running(chosen) as server, aiohttp.ClientSession() as session:
        login = {"token": server.login_url.split("=")[1]}
        body = {"act": "open_dm", "user": ALEX, "user_id": "U0OPSBOT01"}
        async with session.post(f"{server.url}/page/act", json=body, params=login) as reply:
            channel = (await reply.json())["channel"]
        async with session.get(f"{server.url}/page/state", params=login | {"user": ALEX}) as reply:
            threads = (await reply.json())["threads"]

    assert channel["user"] == "U0OPSBOT01"
    assert threads[0]["prompts"]["prompts"] == [{"title": "T", "message": "m"}]


async def test_an_unreachable_app_shows_a_toast(browser: Browser, server: WorkspaceServer) -> None:
    inbox = Inbox()
    server.workspace.courier.use("A0OPSMON01", inbox)
    inbox.failures = [DeliveryFailed("timeout")]
    async with browser.events() as events:
        told = await browser.act("slash", channel="C0GENERAL1", text="/ops status")
        toast = await until(events, "toast")

    assert told == {"ok": False, "error": "operation_timeout"}
    assert toast["text"] == "ops-monitor did not respond in time: operation_timeout"


async def test_the_panel_is_pressed_in_the_background(browser: Browser, switches: Switches) -> None:
    async with browser.events() as events:
        first = await browser.act("panel", id="slow")
        panel = await until(events, "panel")
        await browser.act("panel", id="slow")
        toast = await until(events, "toast")
        unknown = await browser.act("panel", id="nothing")

    assert (first, switches.pressed) == ({"ok": True}, [MINA])
    assert panel["panel"]["items"][0]["active"] is True
    assert toast["text"] == "The switch slow failed: RuntimeError"
    assert unknown == {"ok": False, "error": "item_not_found"}


@pytest.mark.parametrize(
    "body",
    [
        {"act": "fly"},
        {"act": "post", "channel": "C0GENERAL1"},
        {"act": "post", "channel": "C0NOWHERE", "text": "x"},
        {"act": "react", "channel": "C0GENERAL1", "ts": "1.0", "name": "eyes"},
        {"act": "view_submit", "view_id": "V0"},
        {"act": "slash", "channel": "C0GENERAL1", "text": "/nope"},
        {"act": "open_home", "app_id": "A0NOBODY"},
        {"act": "block_action", "container": {"type": "view", "view_id": "V0"}, "action_id": "x"},
    ],
)
async def test_a_wrong_act_is_refused_with_a_name(browser: Browser, body: Json) -> None:
    told = await browser.act(body.pop("act"), **body)

    assert told["ok"] is False
    assert told["error"]


async def test_a_picture_opens_inline_and_anything_else_is_a_download(
    browser: Browser, server: WorkspaceServer
) -> None:
    files = server.workspace.files
    page = files.promise("evil.html", 1, MINA)
    files.receive(page.ticket, b"<script>")
    picture = next(stored for stored in files.all() if stored.name.endswith(".png"))
    app_token = {"Authorization": f"Bearer {client_of(server).token}"}
    async with aiohttp.ClientSession(headers=app_token) as session:
        answers = []
        for stored in (page, picture):
            async with session.get(f"{server.url}/files/{stored.id}/{stored.name}") as reply:
                answers.append((reply.headers["Content-Disposition"], reply.content_type))

    assert answers == [("attachment", "text/plain"), ("inline", "image/png")]


async def test_the_inspector_lists_calls_and_deliveries(browser: Browser, server: WorkspaceServer) -> None:
    client = client_of(server)
    await client.chat_postMessage(channel="#general", text="hello")
    await browser.act("slash", channel="C0GENERAL1", text="/ops status")

    listed = await browser.get("/page/traffic")
    rows = {(row["direction"], row["name"]): row for row in listed}

    assert rows[("call", "chat.postMessage")]["status"] == "ok"
    assert rows[("slash", "/ops")]["summary"] == "/ops status"
    assert client.token not in json.dumps(listed)


async def test_the_control_door_sets_faults_and_reads_the_transcript(
    browser: Browser, server: WorkspaceServer
) -> None:
    login = {"token": server.login_url.split("=")[1]}
    async with aiohttp.ClientSession() as session:
        url = f"{server.url}/control"
        fault = {"kind": "refuse", "error": "fatal_error", "times": 1, "duplicate": 1}
        async with session.post(f"{url}/faults", params=login, json=fault) as reply:
            added = await reply.json()
        async with session.post(f"{url}/faults", params=login, json={"kind": "x"}) as reply:
            wrong = reply.status
        async with session.post(f"{server.api_url}api.test") as reply:
            spoilt = await reply.json()
        async with session.get(f"{url}/transcript", params=login | {"channel": "general"}) as reply:
            transcript = await reply.text()

    assert (added["ok"], wrong, spoilt["error"]) == (True, 400, "fatal_error")
    assert transcript.splitlines()[0].startswith("mina: Good morning! <@U0OPSBOT01> watches")


async def test_a_storm_of_edits_reaches_a_slow_page_as_the_newest_state(
    browser: Browser, server: WorkspaceServer
) -> None:
    client = client_of(server)
    posted = await client.chat_postMessage(channel="#general", text="0")
    subscriber = server.workspace.bus.open(MINA)
    for number in range(1, 301):
        await client.chat_update(channel=posted["channel"], ts=posted["ts"], text=str(number))
    shown = []
    async for line in subscriber.lines(0.05):
        event = json.loads(line)
        if event["type"] == "ping":
            break
        if event["type"] == "message_changed" and event["message"]["ts"] == posted["ts"]:
            shown.append(event["message"]["text"])

    assert shown == ["300"]


async def test_500_messages_are_listed_whole(browser: Browser, server: WorkspaceServer) -> None:
    for number in range(500):
        await server.workspace.say("mina", "incidents", f"line {number}")

    listed = await browser.get("/page/messages", user=MINA, channel="C0INCIDENT")

    assert [m["text"] for m in listed["messages"]] == [f"line {number}" for number in range(500)]
