"""How the workspace's things look in replies and events: Slack's own objects."""

from typing import Any

from demo.workspace.seed import UserSeed
from demo.workspace.state import App, Channel, State

Json = dict[str, Any]
# Fields that only the workspace's own page reads.
_PAGE_ONLY = ("streaming", "chunks", "ephemeral")


def outward(message: Json, *, metadata: bool = False) -> Json:
    """Return a message as apps see it."""
    hidden = _PAGE_ONLY if metadata else (*_PAGE_ONLY, "metadata")
    return {key: value for key, value in message.items() if key not in hidden}


def channel_object(channel: Channel, viewer: str) -> Json:
    """Return Slack's conversation object as one user sees it."""
    shape: Json = {
        "id": channel.id,
        "created": channel.created,
        "creator": channel.creator,
        "is_archived": channel.archived,
        "is_im": channel.kind == "im",
        "is_mpim": channel.kind == "mpim",
        "is_channel": channel.kind == "public",
        "is_group": channel.kind == "private",
        "is_private": channel.kind != "public",
        "is_general": channel.name == "general",
        "is_shared": False,
        "is_ext_shared": False,
        "is_org_shared": False,
        "is_member": viewer in channel.members,
    }
    if channel.kind == "im":
        return shape | {"user": channel.other(viewer), "is_open": True}
    return shape | {
        "name": channel.name,
        "name_normalized": channel.name,
        "num_members": len(channel.members),
        "topic": {"value": channel.topic, "creator": channel.creator, "last_set": channel.created},
        "purpose": {"value": channel.purpose, "creator": channel.creator, "last_set": channel.created},
        "properties": _properties(channel),
    }


def _properties(channel: Channel) -> Json:
    tabs = [
        {"id": f"Ct{canvas}", "label": title, "type": "canvas", "data": {"file_id": canvas}}
        for canvas, title in channel.canvases.items()
    ]
    own = {"canvas": {"file_id": channel.canvas, "is_empty": False}} if channel.canvas else {}
    return own | ({"tabs": tabs} if tabs else {})


def user_object(state: State, user: UserSeed, *, locale: bool = False) -> Json:
    """Return Slack's user object; the locale is in it only for who asks."""
    app = state.app_of_bot(user.id)
    profile: Json = {
        "real_name": user.real_name,
        "real_name_normalized": user.real_name,
        "display_name": user.real_name if not user.is_bot else user.name,
        "display_name_normalized": user.real_name,
        "title": user.title,
        "status_text": "",
        "status_emoji": "",
        "phone": user.phone,
        "team": state.team.id,
    }
    if user.email:
        profile["email"] = user.email
    if app:
        profile |= {"bot_id": app.seed.bot_id, "api_app_id": app.id}
    shape: Json = {
        "id": user.id,
        "team_id": state.team.id,
        "name": user.name,
        "real_name": user.real_name,
        "deleted": False,
        "color": user.color,
        "tz": user.tz,
        "tz_label": user.tz,
        "tz_offset": user.tz_offset,
        "is_admin": user.is_admin,
        "is_owner": False,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "updated": 0,
        "profile": profile,
    }
    return shape | {"locale": user.locale} if locale else shape


def bot_object(app: App) -> Json:
    """Return Slack's bot object."""
    return {
        "id": app.seed.bot_id,
        "app_id": app.id,
        "user_id": app.seed.bot_user_id,
        "name": app.seed.name,
        "deleted": False,
        "updated": 0,
        "icons": {},
    }
