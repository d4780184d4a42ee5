"""The official OAuth flow and token rotation, unmodified, against the workspace's consent page and methods."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store import FileInstallationStore, Installation
from slack_sdk.oauth.state_store import FileOAuthStateStore
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from slack_sdk.web.async_client import AsyncWebClient

from demo.workspace.clock import ManualClock
from demo.workspace.sample.manifest import sample_manifest
from demo.workspace.seed import WorkspaceSeed, demo_seed
from demo.workspace.server import WorkspaceServer
from tests.support.workspace import ALEX, Inbox, Json, client_of, complaint, running

# The official client still uses a class that aiohttp will drop; that is theirs to change.
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")

HOME = "https://bot.example/slack/oauth_redirect"
SCOPES = ["chat:write", "commands"]


def installable(*, rotates: bool = False, home: str = HOME) -> WorkspaceSeed:
    """Return a seed whose app may be installed from one address and hears of its end."""
    manifest = sample_manifest()
    manifest["oauth_config"]["redirect_urls"] = [home]
    manifest["oauth_config"]["scopes"]["user"] = ["users:read"]
    manifest["settings"]["token_rotation_enabled"] = rotates
    manifest["settings"]["event_subscriptions"]["bot_events"] += ["app_uninstalled", "tokens_revoked"]
    return demo_seed(manifest)


class Door:
    """A person's browser before the workspace, and the app's own client."""

    def __init__(self, server: WorkspaceServer, http: aiohttp.ClientSession) -> None:
        self.server = server
        self.app = server.workspace.state.app.seed
        self.client = AsyncWebClient(base_url=server.api_url)
        self._http = http

    async def ask(self, url: str = "", **query: str) -> tuple[int, str]:
        """Open the consent page; return its status and text."""
        wanted = {"client_id": self.app.client_id, "scope": ",".join(SCOPES), "state": "s1"} | query
        address = url or f"{self.server.url}/oauth/v2/authorize"
        async with self._http.get(address, params=None if url else wanted) as answer:
            return answer.status, await answer.text()

    async def press(self, page: str, answer: str, user: str = ALEX) -> str:
        """Press a button of the page; return where the browser is sent, or the page that says why not."""
        key = re.findall(r'name="key" value="(\w+)"', page)[0]
        form = {"key": key, "answer": answer, "user": user}
        address = f"{self.server.url}/oauth/v2/authorize"
        async with self._http.post(address, data=form, allow_redirects=False) as reply:
            return reply.headers["Location"] if reply.status == 302 else await reply.text()

    async def code(self, **query: str) -> str:
        """Return the code of one consent."""
        _, page = await self.ask(**query)
        return parse_qs(urlsplit(await self.press(page, "allow")).query)["code"][0]

    async def access(self, **given: str) -> Json:
        """Call oauth.v2.access as the app."""
        secrets = {"client_id": self.app.client_id, "client_secret": self.app.client_secret}
        reply = (await self.client.oauth_v2_access(**(secrets | given))).data
        assert isinstance(reply, dict)
        return reply

    async def refusal(self, **given: str) -> str:
        """Return why oauth.v2.access says no."""
        with pytest.raises(SlackApiError) as caught:
            await self.access(**given)
        return str(caught.value.response["error"])


@asynccontextmanager
async def opened(seed: WorkspaceSeed | None = None, **options: Any) -> AsyncIterator[Door]:
    """Run a workspace with somebody logged in at its page."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with (
        running(seed or installable(), **options) as server,
        aiohttp.ClientSession(cookie_jar=jar) as http,
    ):
        async with http.get(server.login_url) as welcome:
            assert welcome.status == 200
        yield Door(server, http)


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with opened() as door:
        yield door


async def test_consent_names_the_app_its_scopes_and_the_people(door: Door) -> None:
    status, page = await door.ask(user_scope="users:read")

    assert status == 200
    assert "ops-monitor asks to come into Demo workspace" in page
    assert re.findall(r"<li><code>(.*?)</code>", page) == [*SCOPES, "users:read"]
    assert "Mina</option>" in page


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"client_id": "1.2"}, "invalid_client_id"),
        ({"client_id": '"><script>'}, "invalid_client_id"),
        ({"scope": "chat:write,admin"}, "invalid_scope"),
        ({"user_scope": "chat:write"}, "invalid_scope"),
        ({"scope": ""}, "no_scopes"),
        ({"redirect_uri": "https://elsewhere.example/"}, "bad_redirect_uri"),
        ({"redirect_uri": HOME + ".evil.example"}, "bad_redirect_uri"),
        ({"redirect_uri": "javascript:alert(1)"}, "bad_redirect_uri"),
    ],
)
async def test_a_wrong_question_is_answered_on_the_page(door: Door, query: dict[str, str], code: str) -> None:
    status, page = await door.ask(**query)

    assert status == 400
    assert f"<code>{code}</code>" in page
    assert "<script>" not in page


async def test_consent_needs_the_login_of_the_page(door: Door) -> None:
    async with (
        aiohttp.ClientSession() as stranger,
        stranger.get(f"{door.server.url}/oauth/v2/authorize") as answer,
    ):
        assert answer.status == 401


async def test_the_answer_goes_back_with_the_state(door: Door) -> None:
    _, page = await door.ask(state="a&b=c", redirect_uri=HOME + "?tenant=1")
    allowed = parse_qs(urlsplit(await door.press(page, "allow")).query)
    _, page = await door.ask(state="a&b=c")
    refused = await door.press(page, "cancel")

    assert (allowed["state"], allowed["tenant"]) == (["a&b=c"], ["1"])
    assert refused.startswith(HOME + "?")
    assert parse_qs(urlsplit(refused).query) == {"error": ["access_denied"], "state": ["a&b=c"]}


async def test_an_answer_counts_once(door: Door) -> None:
    _, page = await door.ask()
    await door.press(page, "allow")

    assert "<code>invalid_request</code>" in await door.press(page, "allow")


async def test_only_people_of_the_workspace_can_allow(door: Door) -> None:
    _, page = await door.ask()

    assert "<code>user_not_found</code>" in await door.press(page, "allow", user="U0NOBODY")


async def test_a_code_becomes_tokens_once(door: Door) -> None:
    code = await door.code(user_scope="users:read")
    reply = await door.access(code=code)

    assert reply["access_token"] == door.app.bot_token
    assert reply["authed_user"].items() >= {"id": ALEX, "scope": "users:read", "token_type": "user"}.items()
    assert (reply["app_id"], reply["bot_user_id"]) == (door.app.id, door.app.bot_user_id)
    assert reply["team"] == {"id": "T0DEMO0001", "name": "Demo workspace"}
    assert "refresh_token" not in reply
    assert (await client_of(door.server, reply["authed_user"]["access_token"]).auth_test())["user_id"] == ALEX
    assert await door.refusal(code=code) == "code_already_used"


async def test_what_an_exchange_must_hold(door: Door) -> None:
    code = await door.code(redirect_uri=HOME + "/again")

    assert await door.refusal(code=code, client_secret="wrong") == "bad_client_secret"
    assert await door.refusal(code=code, client_id="1.2") == "invalid_client_id"
    assert await door.refusal(code=code) == "bad_redirect_uri"
    assert await door.refusal(code=code, grant_type="password") == "invalid_grant_type"
    assert await door.refusal(code="invented") == "invalid_code"
    assert await door.refusal(grant_type="refresh_token", refresh_token="invented") == "invalid_refresh_token"
    assert (await door.access(code=code, redirect_uri=HOME + "/again"))["ok"] is True


async def test_the_secrets_may_come_in_the_form(door: Door) -> None:
    form = {
        "client_id": door.app.client_id,
        "client_secret": door.app.client_secret,
        "code": await door.code(),
    }

    reply = await door.client.api_call("oauth.v2.access", data=form)

    assert reply["token_type"] == "bot"


async def test_no_secret_stays_in_the_record(door: Door) -> None:
    code = await door.code(user_scope="users:read")
    reply = await door.access(code=code)

    record = door.server.workspace.recorder.calls("oauth.v2.access")[0]
    for secret in (code, door.app.client_secret, reply["access_token"], reply["authed_user"]["access_token"]):
        assert secret not in repr(record)


async def test_a_code_lives_ten_minutes() -> None:
    clock = ManualClock()
    async with opened(clock=clock) as door:
        early, late = await door.code(), await door.code()
        await clock.advance(599)
        assert (await door.access(code=early))["ok"] is True
        await clock.advance(1)
        assert await door.refusal(code=late) == "invalid_code"


async def test_rotation_replaces_tokens_and_the_old_ones_run_out() -> None:
    clock = ManualClock()
    async with opened(installable(rotates=True), clock=clock) as door:
        first = await door.access(code=await door.code(user_scope="users:read"))
        await clock.advance(43_000)
        rotator = AsyncTokenRotator(
            client_id=door.app.client_id, client_secret=door.app.client_secret, client=door.client
        )
        # The rotator keeps real time, so this installation says itself that its hours are over.
        installation = Installation(
            user_id=ALEX,
            team_id="T0DEMO0001",
            bot_token=first["access_token"],
            bot_refresh_token=first["refresh_token"],
            bot_token_expires_at=1,
            user_token=first["authed_user"]["access_token"],
            user_refresh_token=first["authed_user"]["refresh_token"],
            user_token_expires_at=1,
        )
        rotated = await rotator.perform_token_rotation(installation=installation)
        await clock.advance(200)

        assert rotated is not None
        assert (first["expires_in"], first["access_token"][:10]) == (43_200, "xoxe.xoxb-")
        with pytest.raises(SlackApiError, match="token_expired"):
            await client_of(door.server, first["access_token"]).auth_test()
        assert (await client_of(door.server, rotated.bot_token).auth_test())["bot_id"] == door.app.bot_id
        assert (await client_of(door.server, rotated.user_token).auth_test())["user_id"] == ALEX
        again = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
        assert await door.refusal(**again) == "invalid_refresh_token"


async def test_a_revoked_token_cannot_be_renewed() -> None:
    async with opened(installable(rotates=True)) as door:
        first = await door.access(code=await door.code())
        assert (await client_of(door.server, first["access_token"]).auth_revoke())["revoked"] is True

        again = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
        assert await door.refusal(**again) == "token_revoked"


async def test_the_app_hears_of_its_end_and_of_nothing_after_it() -> None:
    async with opened() as door:
        workspace, inbox = door.server.workspace, Inbox()
        workspace.courier.use(door.app.id, inbox)
        await door.access(code=await door.code(user_scope="users:read"))
        await client_of(door.server).api_call(
            "apps.uninstall",
            params={"client_id": door.app.client_id, "client_secret": door.app.client_secret},
        )
        await workspace.wait_for(lambda _: len(inbox.got) == 2)
        await workspace.say("mina", "general", "anybody there?")
        await asyncio.sleep(0.05)

        revoked, gone = inbox.named("tokens_revoked")[0], inbox.named("app_uninstalled")[0]
        assert len(inbox.got) == 2
        assert complaint("InEvent", revoked["event"], "TokensRevokedEvent") == ""
        assert complaint("InEvent", gone["event"], "AppUninstalledEvent") == ""
        assert revoked["event"]["tokens"] == {"oauth": [ALEX], "bot": [door.app.bot_user_id]}
        with pytest.raises(SlackApiError, match="token_revoked"):
            await client_of(door.server).auth_test()


async def test_a_person_who_takes_a_token_back_leaves_the_app_in() -> None:
    async with opened() as door:
        workspace, inbox = door.server.workspace, Inbox()
        workspace.courier.use(door.app.id, inbox)
        reply = await door.access(code=await door.code(user_scope="users:read"))
        await client_of(door.server, reply["authed_user"]["access_token"]).auth_revoke()
        await workspace.wait_for(lambda _: inbox.named("tokens_revoked"))
        await workspace.say("mina", "general", "still there?")
        await workspace.wait_for(lambda _: inbox.named("message"))

        assert inbox.named("tokens_revoked")[0]["event"]["tokens"] == {"oauth": [ALEX], "bot": []}
        assert inbox.named("app_uninstalled") == []


async def test_an_app_comes_back_with_a_new_token(door: Door) -> None:
    await client_of(door.server).auth_revoke()

    reply = await door.access(code=await door.code())

    assert reply["access_token"] != door.app.bot_token
    assert set(reply["scope"].split(",")) == set(SCOPES)
    with pytest.raises(SlackApiError, match="missing_scope"):
        await client_of(door.server, reply["access_token"]).users_list()


async def test_replies_name_the_scopes(door: Door) -> None:
    client = client_of(door.server)
    ours = await client.auth_test()
    history = await client.conversations_history(channel="C0GENERAL1")
    with pytest.raises(SlackApiError) as caught:
        await client.emoji_list()

    granted = set(ours.headers["x-oauth-scopes"].split(","))
    assert granted == door.server.workspace.state.app.scopes
    assert ours.headers["x-accepted-oauth-scopes"] == ""
    assert history.headers["x-accepted-oauth-scopes"] == "channels:history"
    assert caught.value.response.headers["x-accepted-oauth-scopes"] == "emoji:read"


@asynccontextmanager
async def installing_bot(door: Door, listener: socket.socket, folder: Path) -> AsyncIterator[str]:
    """Serve an official app that installs itself over OAuth; yield its address."""
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    settings = AsyncOAuthSettings(
        client_id=door.app.client_id,
        client_secret=door.app.client_secret,
        scopes=["app_mentions:read", *SCOPES],
        redirect_uri=f"{address}/slack/oauth_redirect",
        authorization_url=f"{door.server.url}/oauth/v2/authorize",
        installation_store=FileInstallationStore(base_dir=str(folder / "installations")),
        state_store=FileOAuthStateStore(expiration_seconds=600, base_dir=str(folder / "states")),
    )
    flow = AsyncOAuthFlow(client=door.client, settings=settings)
    app = AsyncApp(client=door.client, signing_secret=door.app.signing_secret, oauth_flow=flow)
    app.enable_token_revocation_listeners()

    async def mentioned(say: Any) -> None:
        await say("installed and well")

    app.event("app_mention")(mentioned)
    runner = web.AppRunner(app.server(path="/slack/events").web_app)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    try:
        yield address
    finally:
        await runner.cleanup()


async def install(door: Door, address: str) -> str:
    """Walk through an app's installation as a browser would; return the last page."""
    async with aiohttp.ClientSession() as browser:
        async with browser.get(f"{address}/slack/install") as start:
            # The state cookie is for https only, which a loopback test has not.
            cookie = start.headers["Set-Cookie"].split(";")[0]
            link = re.findall(r'<a href="([^"]+)"', await start.text())[0]
        _, page = await door.ask(link.replace("&amp;", "&"))
        back = await door.press(page, "allow")
        async with browser.get(back, headers={"Cookie": cookie}) as end:
            return await end.text()


async def test_bolt_installs_itself_answers_and_forgets_itself(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        home = f"http://127.0.0.1:{listener.getsockname()[1]}/slack"
        async with opened(installable(home=home)) as door:
            workspace, store = door.server.workspace, tmp_path / "installations"
            await client_of(door.server).auth_revoke()
            async with installing_bot(door, listener, tmp_path) as address:
                page = await install(door, address)
                assert await door.server.use_http(f"{address}/slack/events")
                await workspace.say("mina", "general", "@ops-monitor are you there?")
                await workspace.wait_for(lambda w: "installed and well" in w.transcript("general"))
                installed = list(store.rglob("*latest"))
                workspace.installations.uninstall(workspace.state.app)
                await workspace.wait_for(lambda _: not list(store.rglob("*latest")))

    assert "Thank you" in page
    assert installed
