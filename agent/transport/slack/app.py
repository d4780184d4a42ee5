"""Builds the Slack app: clients, listeners as one explicit list, and the door that starts and stops it."""

import logging
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext, AsyncRespond
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient

from agent.errors import Misconfigured
from agent.lifecycle.updates_back import READ_SLACK, ReadBack
from agent.operations.postmortem_desk import SHOW
from agent.settings import Settings
from agent.transport.slack import action_buttons as buttons
from agent.transport.slack import action_modals, judgement, rerun_view
from agent.transport.slack.actions import Actions
from agent.transport.slack.approvals import Approvals
from agent.transport.slack.chat import SlackChat
from agent.transport.slack.commands import Commands
from agent.transport.slack.door import SlackDoor
from agent.transport.slack.feedback import VIEW as FEEDBACK
from agent.transport.slack.feedback import FeedbackClicks
from agent.transport.slack.gate import Gate, HomeTeam
from agent.transport.slack.help import SHORTCUT
from agent.transport.slack.kit import Kit
from agent.transport.slack.listening import Ears, anything_below, spoken
from agent.transport.slack.mentions import Mentions
from agent.transport.slack.modals import ASK, DECLARE, PAGE
from agent.transport.slack.people.learning import DraftShower
from agent.transport.slack.people.listen import listen_to_people
from agent.transport.slack.people.rereading import SlackReading
from agent.transport.slack.proposing import Proposing
from agent.transport.slack.reruns import Reruns
from agent.transport.slack.rooms.calls import RoomCalls
from agent.transport.slack.rooms.jobs import KEEP
from agent.transport.slack.rooms.keeper import RoomKeeper
from agent.transport.slack.services import SlackServices
from agent.transport.slack.standing.checklist_clicks import listen_to_checklists
from agent.transport.slack.submissions import Submissions
from agent.transport.slack.tabs import Tabs

_TIMEOUT_SECONDS = 10
Body = dict[str, Any]


def build_slack(settings: Settings, services: SlackServices) -> SlackDoor:
    """Build the app; raises Misconfigured that names the missing setting. Nothing is sent before `start()`."""
    token = _required(settings, "slack_bot_token")
    logger = _quiet_logger()
    # Two clients: answers to people may be retried by the SDK, posts of the outbox may not, because a retried
    # post whose first answer was lost is a second message.
    client = AsyncWebClient(token, settings.slack_api_url, timeout=_TIMEOUT_SECONDS, logger=logger)
    client.retry_handlers = [
        AsyncConnectionErrorRetryHandler(),
        AsyncRateLimitErrorRetryHandler(max_retry_count=2),
        AsyncServerErrorRetryHandler(max_retry_count=1),
    ]
    once = AsyncWebClient(
        token, settings.slack_api_url, timeout=_TIMEOUT_SECONDS, logger=logger, retry_handlers=[]
    )
    socket = settings.slack_mode == "socket"
    signing = "" if socket else _required(settings, "slack_signing_secret")
    app = AsyncApp(client=client, signing_secret=signing, name="ops-monitor", logger=logger)
    kit = Kit(services, client, SlackChat(once), Gate(services, HomeTeam(client)))
    listen(app, kit)
    app_token = _required(settings, "slack_app_token") if socket else None
    handlers = {KEEP: RoomKeeper(kit, RoomCalls(client)).keep, SHOW: DraftShower(kit).show}
    if services.jobs is not None:
        look = SlackReading(services.store, kit.chat).look
        handlers[READ_SLACK] = ReadBack(services.store, services.jobs, services.clock, look).read
    return SlackDoor(
        app=app,
        chat=kit.chat,
        clients=(client, once),
        app_token=app_token,
        handlers=handlers,
    )


def listen(app: AsyncApp, kit: Kit) -> None:
    """Attach every listener; each acknowledges first and works afterwards."""
    mentions, ears = Mentions(kit), Ears(app, kit)

    async def on_command(ack: AsyncAck, body: Body, respond: AsyncRespond) -> None:
        await ack()
        await Commands(await spoken(kit, body)).on_command(body, respond)

    async def on_message(body: Body, context: AsyncBoltContext) -> None:
        await mentions.on_message(body, context.bot_user_id)

    async def on_shortcut(ack: AsyncAck, body: Body, respond: AsyncRespond) -> None:
        await ack()
        await Actions(await spoken(kit, body)).on_shortcut(body, respond)

    async def on_mention(body: Body) -> None:
        await mentions.on_mention(body)

    async def on_home(body: Body) -> None:
        await Tabs(await spoken(kit, body)).on_home(body)

    app.command("/ops")(on_command)
    app.event("app_mention")(on_mention)
    app.event("message")(on_message)
    app.event("app_home_opened")(on_home)
    app.action(anything_below(SHORTCUT))(on_shortcut)
    for action in ("incident.acknowledge", "incident.resolve", "incident.reopen"):
        ears.click(action, lambda k: Actions(k).on_change)
    ears.click("incident.evidence", lambda k: Actions(k).on_evidence)
    ears.click("incident.ask", lambda k: Actions(k).on_ask)
    ears.click(anything_below(PAGE), lambda k: Actions(k).on_page)
    ears.sent(DECLARE, lambda k: Submissions(k).on_declare)
    ears.sent(ASK, lambda k: Submissions(k).on_ask)
    ears.options("service", lambda k: Submissions(k).on_service_options)
    _listen_to_actions(ears)
    _listen_to_readers(ears)
    listen_to_people(ears, kit)
    listen_to_checklists(ears)


def _listen_to_actions(ears: Ears) -> None:
    """Attach the buttons and dialogs of guarded recovery."""
    for action in buttons.VERBS:
        ears.click(action, lambda k: Approvals(k).on_click)
    ears.click(buttons.WHY, lambda k: Approvals(k).on_why)
    ears.click(buttons.CHANGE, lambda k: Approvals(k).on_change)
    ears.click("incident.act", lambda k: Approvals(k).on_act)
    ears.sent(action_modals.CHOOSE, lambda k: Proposing(k).on_choose)
    ears.sent(action_modals.PROPOSE, lambda k: Proposing(k).on_propose)
    ears.sent(action_modals.CHANGE, lambda k: Proposing(k).on_change)


def _listen_to_readers(ears: Ears) -> None:
    """Attach what people say of a diagnosis, and the buttons that read its evidence again."""
    ears.click(judgement.RIGHT, lambda k: FeedbackClicks(k).on_right)
    ears.click(judgement.WRONG, lambda k: FeedbackClicks(k).on_wrong)
    ears.click(judgement.RERUN, lambda k: Reruns(k).on_rerun)
    ears.click(rerun_view.AGAIN, lambda k: Reruns(k).on_again)
    ears.sent(FEEDBACK, lambda k: FeedbackClicks(k).on_submit)


def _required(settings: Settings, name: str) -> str:
    secret = getattr(settings, name)
    if secret is None:
        raise Misconfigured(f"OPS_{name.upper()} is not set; Slack cannot be used without it.")
    return str(secret.get_secret_value())


def _quiet_logger() -> logging.Logger:
    logger = logging.getLogger("ops_monitor.slack")
    # At DEBUG the SDK writes whole requests, with what people wrote; so DEBUG is not for it.
    logger.setLevel(logging.INFO)
    return logger
