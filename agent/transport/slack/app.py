"""Builds the Slack app: clients, listeners as one explicit list, and the door that starts and stops it."""

import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext, AsyncRespond
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient

from agent.errors import Misconfigured
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
from agent.transport.slack.mentions import Mentions
from agent.transport.slack.modals import ASK, DECLARE, PAGE
from agent.transport.slack.proposing import Proposing
from agent.transport.slack.reruns import Reruns
from agent.transport.slack.services import SlackServices
from agent.transport.slack.submissions import Submissions
from agent.transport.slack.tabs import Tabs

_TIMEOUT_SECONDS = 10
Body = dict[str, Any]
Click = Callable[[Body], Awaitable[None]]


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
    return SlackDoor(app=app, chat=kit.chat, clients=(client, once), app_token=app_token)


def listen(app: AsyncApp, kit: Kit) -> None:
    """Attach every listener; each acknowledges first and works afterwards."""
    commands, mentions, actions = Commands(kit), Mentions(kit), Actions(kit)
    submissions, tabs = Submissions(kit), Tabs(kit)

    async def on_command(ack: AsyncAck, body: Body, respond: AsyncRespond) -> None:
        await ack()
        await commands.on_command(body, respond)

    async def on_message(body: Body, context: AsyncBoltContext) -> None:
        await mentions.on_message(body, context.bot_user_id)

    async def on_shortcut(ack: AsyncAck, body: Body, respond: AsyncRespond) -> None:
        await ack()
        await actions.on_shortcut(body, respond)

    async def on_mention(body: Body) -> None:
        await mentions.on_mention(body)

    async def on_home(body: Body) -> None:
        await tabs.on_home(body)

    async def on_declare(ack: AsyncAck, body: Body) -> None:
        await submissions.on_declare(body, ack)

    async def on_question(ack: AsyncAck, body: Body) -> None:
        await submissions.on_ask(body, ack)

    async def on_services(ack: AsyncAck, body: Body) -> None:
        await submissions.on_service_options(body, ack)

    app.command("/ops")(on_command)
    app.event("app_mention")(on_mention)
    app.event("message")(on_message)
    app.event("app_home_opened")(on_home)
    for action in ("incident.acknowledge", "incident.resolve", "incident.reopen"):
        app.action(action)(_click(actions.on_change))
    app.action("incident.evidence")(_click(actions.on_evidence))
    app.action("incident.ask")(_click(actions.on_ask))
    _listen_to_actions(app, kit)
    _listen_to_readers(app, kit)
    app.action(re.compile(f"{re.escape(PAGE)}\\..+"))(_click(actions.on_page))
    app.action(re.compile(f"{re.escape(SHORTCUT)}\\..+"))(on_shortcut)
    app.view(DECLARE)(on_declare)
    app.view(ASK)(on_question)
    app.options("service")(on_services)


def _listen_to_actions(app: AsyncApp, kit: Kit) -> None:
    """Attach the buttons and dialogs of guarded recovery."""
    approvals, proposing = Approvals(kit), Proposing(kit)

    async def on_choose(ack: AsyncAck, body: Body) -> None:
        await proposing.on_choose(body, ack)

    async def on_propose(ack: AsyncAck, body: Body) -> None:
        await proposing.on_propose(body, ack)

    async def on_changed(ack: AsyncAck, body: Body) -> None:
        await proposing.on_change(body, ack)

    for action in buttons.VERBS:
        app.action(action)(_click(approvals.on_click))
    app.action(buttons.WHY)(_click(approvals.on_why))
    app.action(buttons.CHANGE)(_click(approvals.on_change))
    app.action("incident.act")(_click(approvals.on_act))
    app.view(action_modals.CHOOSE)(on_choose)
    app.view(action_modals.PROPOSE)(on_propose)
    app.view(action_modals.CHANGE)(on_changed)


def _listen_to_readers(app: AsyncApp, kit: Kit) -> None:
    """Attach what people say of a diagnosis, and the buttons that read its evidence again."""
    feedback, reruns = FeedbackClicks(kit), Reruns(kit)

    async def on_truth(ack: AsyncAck, body: Body) -> None:
        await feedback.on_submit(body, ack)

    app.action(judgement.RIGHT)(_click(feedback.on_right))
    app.action(judgement.WRONG)(_click(feedback.on_wrong))
    app.action(judgement.RERUN)(_click(reruns.on_rerun))
    app.action(rerun_view.AGAIN)(_click(reruns.on_again))
    app.view(FEEDBACK)(on_truth)


def _click(work: Click) -> Callable[..., Awaitable[None]]:
    async def on_click(ack: AsyncAck, body: Body) -> None:
        await ack()
        await work(body)

    return on_click


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
