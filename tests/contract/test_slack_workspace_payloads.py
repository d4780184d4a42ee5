"""What the workspace sends to a bot agrees with the official types, payload by payload."""

from collections.abc import AsyncIterator

import pytest
from slack_sdk.errors import SlackApiError

from demo.workspace.sample import blocks
from demo.workspace.sample.gallery import gallery
from demo.workspace.sample.manifest import sample_manifest
from demo.workspace.sample.modals import modal
from demo.workspace.seed import WorkspaceSeed, demo_seed
from demo.workspace.workspace import Workspace
from tests.support.workspace import MINA, Inbox, Json, client_of, complaint, running


@pytest.fixture
async def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
async def workspace(inbox: Inbox) -> AsyncIterator[Workspace]:
    async with running() as server:
        server.workspace.courier.use(server.workspace.state.app.id, inbox)
        yield server.workspace


async def event(workspace: Workspace, inbox: Inbox, name: str, *, nth: int = 0) -> Json:
    """Return the inner event, after its envelope agreed with the official type."""
    await workspace.wait_for(lambda _: len(inbox.named(name)) > nth)
    envelope = inbox.named(name)[nth]
    assert complaint("InEnvelope", envelope) == ""
    inner: Json = envelope["event"]
    return inner


def subscribed(name: str, *, scopes: tuple[str, ...] = (), **features: object) -> WorkspaceSeed:
    """Return a seed whose app subscribes to one more event."""
    manifest = sample_manifest()
    manifest["settings"]["event_subscriptions"]["bot_events"].append(name)
    manifest["oauth_config"]["scopes"]["bot"] += scopes
    manifest["features"] |= features
    return demo_seed(manifest)


def card(workspace: Workspace) -> Json:
    general = workspace.state.channel("general")
    content = {"text": "card", "blocks": blocks.card() + gallery()}
    return workspace.messages.from_app(workspace.state.app, general, content)


async def test_a_message_is_a_generic_message_event(workspace: Workspace, inbox: Inbox) -> None:
    sent = await workspace.say("mina", "general", "cpu > 90 % & rising, see https://example.com/a?b=1 @dana")

    got = await event(workspace, inbox, "message")

    assert complaint("InEvent", got, "GenericMessageEvent") == ""
    assert got["text"] == "cpu &gt; 90 % &amp; rising, see <https://example.com/a?b=1> <@U0DANA0004>"
    assert (got["ts"], got["event_ts"], got["channel_type"]) == (sent["ts"], sent["ts"], "channel")


async def test_a_mention_is_both_a_message_and_an_app_mention(workspace: Workspace, inbox: Inbox) -> None:
    await workspace.say("mina", "general", "@ops-monitor why is checkout slow?")

    mention = await event(workspace, inbox, "app_mention")
    message = await event(workspace, inbox, "message")

    assert complaint("InEvent", mention, "AppMentionEvent") == ""
    assert mention["text"] == message["text"] == "<@U0OPSBOT01> why is checkout slow?"
    assert mention["client_msg_id"] == message["client_msg_id"]


async def test_an_edit_and_a_deletion_carry_the_previous_message(workspace: Workspace, inbox: Inbox) -> None:
    sent = await workspace.say("mina", "general", "one")
    await workspace.edit("mina", "general", sent["ts"], "two")
    await workspace.delete("mina", "general", sent["ts"])

    changed = await event(workspace, inbox, "message", nth=1)
    deleted = await event(workspace, inbox, "message", nth=2)

    assert complaint("InEvent", changed, "MessageChangedEvent") == ""
    assert (changed["previous_message"]["text"], changed["message"]["text"]) == ("one", "two")
    assert complaint("InEvent", deleted, "MessageDeletedEvent") == ""
    assert deleted["deleted_ts"] == sent["ts"]


async def test_a_reaction_names_its_message(workspace: Workspace, inbox: Inbox) -> None:
    sent = await workspace.say("mina", "general", "one")
    await workspace.react("alex", "general", sent["ts"], ":eyes:")

    got = await event(workspace, inbox, "reaction_added")

    assert complaint("InEvent", got, "ReactionAddedEvent") == ""
    assert got["item"] == {"type": "message", "channel": "C0GENERAL1", "ts": sent["ts"]}
    assert got["item_user"] == MINA


async def test_joining_is_announced(workspace: Workspace, inbox: Inbox) -> None:
    general = workspace.state.channel("general")
    general.members.remove("U0SAM00005")

    workspace.join("U0SAM00005", general, inviter=MINA)

    got = await event(workspace, inbox, "member_joined_channel")
    assert complaint("InEvent", got, "MemberJoinedChannelEvent") == ""
    assert (got["user"], got["inviter"], got["channel_type"]) == ("U0SAM00005", MINA, "C")


async def test_opening_the_home_tab_carries_the_published_view(workspace: Workspace, inbox: Inbox) -> None:
    workspace.views.publish(workspace.state.app, MINA, blocks.home())

    await workspace.open_home("mina")

    got = await event(workspace, inbox, "app_home_opened")
    assert complaint("InEvent", got, "AppHomeOpenedEvent") == ""
    assert (got["tab"], got["view"]["type"]) == ("home", "home")


async def test_the_bots_own_message_names_the_bot(workspace: Workspace, inbox: Inbox) -> None:
    card(workspace)

    got = await event(workspace, inbox, "message")

    assert complaint("InEvent", got, "GenericMessageEvent") == ""
    assert (got["bot_id"], got["user"]) == ("B0OPSMON01", "U0OPSBOT01")


@pytest.mark.parametrize(
    ("action_id", "given", "kind"),
    [
        ("ack", {}, "button"),
        ("assign", {"selected_option": blocks.option("Mina", "mina")}, "static_select"),
        ("more", {"selected_option": blocks.option("Merge", "merge")}, "overflow"),
        ("feedback", {"value": "up"}, "feedback_buttons"),
        ("remove", {}, "icon_button"),
        ("show_deploy", {}, "button"),
    ],
)
async def test_a_click_is_a_block_action(
    workspace: Workspace, inbox: Inbox, action_id: str, given: Json, kind: str
) -> None:
    message = card(workspace)

    outcome = await workspace.click("mina", "general", message["ts"], action_id, given=given)

    payload = inbox.named("block_actions")[0]
    assert outcome.ok
    assert complaint("InBlockAction", payload) == ""
    assert payload["actions"][0]["type"] == kind
    assert payload["actions"][0].items() >= given.items()
    assert payload["container"]["message_ts"] == message["ts"]


async def test_a_click_in_a_modal_carries_the_view_and_what_is_filled_in(
    workspace: Workspace, inbox: Inbox
) -> None:
    view = workspace.views.open(
        workspace.state.app,
        workspace.keys.exchange(workspace.keys.trigger(MINA, "A0OPSMON01"), "A0OPSMON01"),
        modal(),
    )
    state = {"summary": {"summary": {"type": "plain_text_input", "value": "slow"}}}

    await workspace.click_view("mina", view["id"], "push_modal", state=state)

    payload = inbox.named("block_actions")[0]
    # The official type asks for a response url that only messages have.
    assert complaint("InBlockAction", payload | {"response_url": ""}) == ""
    assert payload["view"]["state"]["values"]["summary"]["summary"]["value"] == "slow"


async def test_a_slash_command_is_a_form(workspace: Workspace, inbox: Inbox) -> None:
    await workspace.slash("mina", "general", "/ops why checkout? ask @dana in #alerts")

    payload = inbox.named("/ops")[0]

    assert complaint("InSlash", payload) == ""
    assert payload["text"] == "why checkout? ask <@U0DANA0004|dana> in <#C0ALERTS01|alerts>"
    assert all(isinstance(value, str) for value in payload.values())


async def test_a_submission_holds_every_value(workspace: Workspace, inbox: Inbox) -> None:
    trigger = workspace.keys.exchange(workspace.keys.trigger(MINA, "A0OPSMON01"), "A0OPSMON01")
    workspace.views.open(workspace.state.app, trigger, modal())

    outcome = await workspace.submit(
        "mina",
        {"summary": "db down", "priority": "p1", "services": ["cart"], "commander": MINA, "count": "3"},
    )

    payload = inbox.named("view_submission")[0]
    values = payload["view"]["state"]["values"]
    assert outcome.ok
    assert complaint("InViewSubmit", payload) == ""
    assert values["summary"]["summary"]["value"] == "db down"
    assert values["priority"]["priority"]["selected_option"]["value"] == "p1"
    assert [o["value"] for o in values["services"]["services"]["selected_options"]] == ["cart"]
    assert values["commander"]["commander"]["selected_user"] == MINA
    assert values["details"]["details"]["value"] is None


async def test_closing_a_modal_tells_whether_the_whole_stack_went(workspace: Workspace, inbox: Inbox) -> None:
    trigger = workspace.keys.exchange(workspace.keys.trigger(MINA, "A0OPSMON01"), "A0OPSMON01")
    view = modal() | {"notify_on_close": True, "clear_on_close": True}
    workspace.views.open(workspace.state.app, trigger, view)

    await workspace.close_view("mina")

    payload = inbox.named("view_closed")[0]
    assert complaint("InViewClosed", payload) == ""
    assert (payload["user"]["id"], payload["is_cleared"]) == (MINA, True)


async def test_an_external_select_in_a_modal_asks_for_options(workspace: Workspace, inbox: Inbox) -> None:
    trigger = workspace.keys.exchange(workspace.keys.trigger(MINA, "A0OPSMON01"), "A0OPSMON01")
    opened = workspace.views.open(workspace.state.app, trigger, modal())

    place = {"type": "view", "view_id": opened["id"]}
    await workspace.clicks.suggest(MINA, place, "runbook", "runbook", "data")

    payload = inbox.named("block_suggestion")[0]
    assert complaint("InBlockSuggestion", payload) == ""
    assert (payload["block_id"], payload["action_id"], payload["value"]) == ("runbook", "runbook", "data")


async def test_an_external_select_on_a_message_asks_for_options(workspace: Workspace, inbox: Inbox) -> None:
    message = card(workspace)

    place = {"type": "message", "channel": "C0GENERAL1", "ts": message["ts"]}
    await workspace.clicks.suggest(MINA, place, "b", "a", "x")

    payload = inbox.named("block_suggestion")[0]
    assert complaint("InBlockSuggestion", payload) == ""
    assert payload["message"]["ts"] == message["ts"]


async def test_shortcuts_come_in_two_kinds(workspace: Workspace, inbox: Inbox) -> None:
    message = card(workspace)

    await workspace.shortcut("mina", "open_incident")
    await workspace.shortcut("mina", "add_note", "general", message["ts"])

    on_nothing, on_message = inbox.named("shortcut")[0], inbox.named("message_action")[0]
    assert complaint("InGlobalShortcut", on_nothing) == ""
    assert complaint("InMessageShortcut", on_message) == ""
    assert on_message["message"]["ts"] == message["ts"]


async def test_a_private_message_is_sent_back_without_its_content(workspace: Workspace, inbox: Inbox) -> None:
    general = workspace.state.channel("general")
    content = {"text": "secret", "blocks": blocks.card()}
    whisper = workspace.messages.whisper(workspace.state.app, general, MINA, content)

    await workspace.click("mina", "general", whisper["ts"], "ack")

    payload = inbox.named("block_actions")[0]
    assert payload["container"]["is_ephemeral"] is True
    assert "blocks" not in payload["message"]


async def test_events_need_a_subscription_a_scope_and_membership(inbox: Inbox) -> None:
    from tests.support.workspace import seed

    async with running(seed(without_scopes=("reactions:read",))) as server:
        workspace = server.workspace
        workspace.courier.use(workspace.state.app.id, inbox)
        workspace.state.channel("incidents").members.remove("U0OPSBOT01")
        await workspace.say("mina", "incidents", "@ops-monitor nobody hears me")
        sent = await workspace.say("mina", "general", "one")
        await workspace.react("mina", "general", sent["ts"], "eyes")
        await workspace.say("mina", "general", "last")
        await workspace.wait_for(lambda _: len(inbox.named("message")) == 2)

        assert {delivery.name for delivery in inbox.got} == {"message"}


async def test_a_link_into_the_apps_domain_is_shared(inbox: Inbox) -> None:
    changed = subscribed("link_shared", scopes=("links:read",), unfurl_domains=["grafana.example"])
    async with running(changed) as server:
        workspace = server.workspace
        workspace.courier.use(workspace.state.app.id, inbox)
        await workspace.say("mina", "general", "see https://grafana.example/d/1 and https://example.com/")

        got = await event(workspace, inbox, "link_shared")

    assert complaint("InEvent", got, "LinkSharedEvent") == ""
    assert got["links"] == [{"url": "https://grafana.example/d/1", "domain": "grafana.example"}]


async def test_a_workflow_step_runs_and_completes_once(inbox: Inbox) -> None:
    async with running(subscribed("function_executed")) as server:
        workspace = server.workspace
        workspace.courier.use(workspace.state.app.id, inbox)
        execution = workspace.functions.run("open_incident", {"title": "x"})
        got = await event(workspace, inbox, "function_executed")
        client = client_of(server)
        await client.functions_completeSuccess(function_execution_id=execution, outputs={"id": "inc-1"})
        with pytest.raises(SlackApiError, match="function_execution_not_found"):
            await client.functions_completeError(function_execution_id=execution, error="late")

    assert complaint("InEvent", got, "FunctionExecutedEvent") == ""
    assert got["inputs"] == {"title": "x"}
    assert workspace.functions.results == {execution: {"outputs": {"id": "inc-1"}}}


async def test_a_person_stops_a_stream(inbox: Inbox) -> None:
    async with running(subscribed("agent_session_stopped")) as server:
        workspace, app = server.workspace, server.workspace.state.app
        workspace.courier.use(app.id, inbox)
        root = await workspace.say("mina", "general", "why?")
        general = workspace.state.channel("general")
        message = workspace.streams.start(app, general, root["ts"], "plan", [])
        await workspace.stop_stream("mina", "general", message["ts"])

        got = await event(workspace, inbox, "agent_session_stopped")

    assert complaint("InEvent", got, "AgentSessionStoppedEvent") == ""
    assert (got["thread_ts"], got["streaming_message_ts"]) == (root["ts"], [message["ts"]])


async def test_an_app_without_tokens_hears_that_it_is_gone(inbox: Inbox) -> None:
    async with running(subscribed("app_uninstalled")) as server:
        workspace = server.workspace
        workspace.courier.use(workspace.state.app.id, inbox)
        await client_of(server).auth_revoke()

        got = await event(workspace, inbox, "app_uninstalled")

    assert complaint("InEvent", got, "AppUninstalledEvent") == ""


def test_the_sample_manifest_is_one() -> None:
    assert complaint("Manifest", sample_manifest()) == ""


def test_a_typo_in_the_manifest_is_found() -> None:
    manifest = sample_manifest()
    manifest["oauth_config"]["scopes"]["bot"].append("chat:wriet")

    assert "chat:wriet" in complaint("Manifest", manifest)
