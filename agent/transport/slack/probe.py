"""Checks the Slack app for `doctor`: the token works, every scope of the manifest is granted, Socket Mode opens."""

from slack_sdk.web.async_client import AsyncWebClient

from agent.domain.probe import Probe
from agent.errors import OpsError
from agent.settings import Settings
from agent.transport.slack.faults import speaking

# As in deploy/slack-manifest.yaml (a test compares them), each with what is lost without it.
SCOPES = {
    "app_mentions:read": "mentions are not heard",
    "bookmarks:read": "an incident's own channel has no bookmarks",
    "bookmarks:write": "an incident's own channel has no bookmarks",
    "canvases:write": "a post-mortem draft is a file in the thread alone",
    "channels:history": "a card cannot be found again after a crash, and no update can be read back",
    "channels:manage": "incidents get no channel of their own",
    "channels:join": "the bot must be invited to each channel by hand",
    "channels:read": "channel names cannot be resolved",
    "chat:write": "nothing can be posted",
    "commands": "/ops does not exist",
    "files:write": "cards come without charts",
    "groups:history": "in private channels no card is found again after a crash, and no update is read back",
    "groups:read": "private channels cannot be resolved",
    "im:history": "direct messages are not heard",
    "reactions:read": "a pin on a message keeps nothing",
    "reactions:write": "a kept message is not marked",
    "users:read": "answers come in the team's language, whatever a person's Slack speaks",
    "usergroups:read": "nobody can approve an action, because nobody is known to be in a group",
}


async def probe_slack(settings: Settings) -> list[Probe]:
    """Return one probe for the token, one for each missing scope, and one for Socket Mode."""
    token = settings.slack_bot_token
    if token is None:
        return []
    client = AsyncWebClient(token.get_secret_value(), settings.slack_api_url, timeout=10)
    try:
        with speaking("checking the token"):
            answer = await client.auth_test()
    except OpsError as error:
        fix = "Copy the bot token from the app's page again and set OPS_SLACK_BOT_TOKEN."
        return [Probe(name="Slack", ok=False, detail=error.user_message, fix=fix, required=True)]
    granted = {s.strip() for s in str(answer.headers.get("x-oauth-scopes", "")).split(",")}
    here = Probe(name="Slack", ok=True, detail=f"signed in as {answer.get('user')} of {answer.get('team')}")
    missing = [
        Probe(
            name=f"Slack scope {scope}",
            ok=False,
            detail=f"missing: {effect}",
            fix=f"Add {scope} under OAuth & Permissions and install the app again.",
            required=scope == "chat:write",
        )
        for scope, effect in SCOPES.items()
        if scope not in granted
    ]
    return [here, *missing, *await _probe_socket(settings)]


async def _probe_socket(settings: Settings) -> list[Probe]:
    if settings.slack_mode != "socket":
        return []
    fix = "Create an app-level token with connections:write and set OPS_SLACK_APP_TOKEN."
    if settings.slack_app_token is None:
        return [Probe(name="Slack Socket Mode", ok=False, detail="no app token", fix=fix, required=True)]
    client = AsyncWebClient(base_url=settings.slack_api_url, timeout=10)
    try:
        with speaking("opening a socket"):
            await client.apps_connections_open(app_token=settings.slack_app_token.get_secret_value())
    except OpsError as error:
        return [Probe(name="Slack Socket Mode", ok=False, detail=error.user_message, fix=fix, required=True)]
    return [Probe(name="Slack Socket Mode", ok=True, detail="the app token opens a socket")]
