"""How users and channels look to the workspace's own page."""

from typing import Any

from demo.workspace.seed import UserSeed
from demo.workspace.state import Channel, State

Json = dict[str, Any]
_USER_KEYS = {"id", "name", "real_name", "title", "tz", "locale", "color", "avatar_emoji", "is_bot"}
_BOOKMARK_KEYS = ("id", "title", "link", "emoji")
# What Slack itself says in a channel makes nobody curious.
QUIET = frozenset({"channel_join", "channel_topic", "channel_purpose", "channel_name", "channel_archive"})


def user_shape(user: UserSeed) -> Json:
    """Return a user as the page knows it."""
    return user.model_dump(include=_USER_KEYS)


def channel_shape(state: State, channel: Channel, viewer: str) -> Json:
    """Return a channel as the page knows it, with the viewer's unread count."""
    direct = channel.kind == "im"
    partner = channel.other(viewer) if direct else ""
    return {
        "id": channel.id,
        "name": state.users[partner].name if direct else channel.name,
        "is_im": direct,
        "is_private": channel.kind != "public",
        "is_archived": channel.archived,
        "topic": channel.topic,
        "purpose": channel.purpose,
        "bookmarks": [{k: b[k] for k in _BOOKMARK_KEYS} for b in channel.bookmarks.values()],
        "canvases": [{"id": id_, "title": title} for id_, title in channel.canvases.items()],
        "members": list(channel.members),
        "unread": unread(channel, viewer),
        "user": partner,
    }


def unread(channel: Channel, viewer: str) -> int:
    """Count the top-level messages of others that came after what the viewer read."""
    seen = channel.last_read.get(viewer, "")
    count = 0
    for ts in reversed(channel.messages):
        if ts <= seen:
            break
        message = channel.messages[ts]
        own = message.get("user") == viewer or message.get("subtype") in QUIET
        if message.get("thread_ts", ts) == ts and not own:
            count += 1
    return count
