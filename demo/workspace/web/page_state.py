"""What the page draws: the whole state for one user, and the messages of one channel."""

from typing import Any

from demo.workspace.page_shapes import channel_shape, user_shape
from demo.workspace.panel import Panel
from demo.workspace.state import Channel
from demo.workspace.workspace import Workspace

Json = dict[str, Any]


async def whole_state(workspace: Workspace, viewer: str, panel: Panel | None) -> Json:
    """Return everything the page needs to start, as one user."""
    state = workspace.state
    me = state.user(viewer)
    described = (await panel.describe()).model_dump(mode="json") if panel else None
    return {
        "team": {"id": state.team.id, "name": state.team.name},
        "me": user_shape(me),
        "users": [user_shape(user) for user in state.users.values()],
        "channels": [channel_shape(state, channel, me.id) for channel in state.visible(me.id)],
        "apps": [
            {
                "id": app.id,
                "name": app.seed.name,
                "bot_user_id": app.seed.bot_user_id,
                "icon_emoji": app.seed.icon_emoji,
            }
            for app in state.apps.values()
        ],
        "commands": [
            {
                "command": spec.command,
                "description": spec.description,
                "usage_hint": spec.usage_hint,
                "app_id": app.id,
            }
            for app in state.apps.values()
            for spec in app.manifest.commands
        ],
        "shortcuts": [
            {"callback_id": spec.callback_id, "name": spec.name, "type": spec.kind, "app_id": app.id}
            for app in state.apps.values()
            for spec in app.manifest.shortcuts
        ],
        "usergroups": [{"id": g.id, "handle": g.handle} for g in state.usergroups.values()],
        "home": {app_id: workspace.views.home(app_id, me.id) for app_id in state.apps},
        "views": workspace.views.stack(me.id),
        "threads": _threads(workspace),
        "panel": described,
        "links": [{"title": title, "url": url} for title, url in workspace.links.items()],
    }


def _threads(workspace: Workspace) -> list[Json]:
    threads: dict[tuple[str, str], Json] = {}
    for place, status in workspace.threads.status.items():
        threads.setdefault(place, {})["status"] = status
    for place, prompts in workspace.threads.prompts.items():
        threads.setdefault(place, {})["prompts"] = prompts
    return [{"channel": place[0], "thread_ts": place[1], **shown} for place, shown in threads.items()]


def messages(workspace: Workspace, viewer: str, channel: Channel, thread_ts: str) -> list[Json]:
    """List a channel's top-level messages or one thread, with the viewer's private ones, oldest first."""
    private = list(channel.ephemerals.get(viewer, {}).values())
    if thread_ts:
        root = workspace.state.message(channel, thread_ts)
        replies = [channel.messages[ts] for ts in channel.threads.get(thread_ts, [])]
        own = [m for m in private if m.get("thread_ts") == thread_ts]
        return [root, *sorted(replies + own, key=_ts)]
    shown = [
        m
        for m in channel.messages.values()
        if m.get("thread_ts", m["ts"]) == m["ts"] or m.get("subtype") == "thread_broadcast"
    ]
    return sorted(shown + [m for m in private if not m.get("thread_ts")], key=_ts)


def _ts(message: Json) -> str:
    return str(message["ts"])
