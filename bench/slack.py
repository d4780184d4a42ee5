"""The local Slack workspace as benchmarks use it: its settings for the bot, and the cards that stand in its channels."""

from pathlib import Path
from typing import Any

import yaml

from demo.workspace.seed import demo_seed
from demo.workspace.server import WorkspaceServer

MANIFEST = Path(__file__).resolve().parent.parent / "deploy" / "slack-manifest.yaml"
CHANNELS = ("alerts-critical", "alerts-warning", "alerts")


def new_workspace(**options: Any) -> WorkspaceServer:
    """Return a workspace that is not started yet."""
    return WorkspaceServer(demo_seed(yaml.safe_load(MANIFEST.read_text())), **options)


def settings_for(server: WorkspaceServer) -> dict[str, str]:
    """Return the settings that point the bot at a started workspace."""
    app = server.workspace.state.app.seed
    return {
        "slack_api_url": server.api_url,
        "slack_bot_token": app.bot_token,
        "slack_app_token": app.app_token,
        "slack_signing_secret": app.signing_secret,
    }


def roots(server: WorkspaceServer) -> list[dict[str, Any]]:
    """Return the root messages that carry a card, over all alert channels."""
    ids = {c.name: c.id for c in server.workspace.state.channels.values()}
    found = []
    for name in CHANNELS:
        for message in server.workspace.history(ids[name]):
            key = str((message.get("metadata") or {}).get("event_payload", {}).get("key", ""))
            if key.startswith("card:"):
                found.append({**message, "channel_name": name})
    return found
