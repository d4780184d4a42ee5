"""bookmarks.*: the links at the head of a channel."""

from typing import Any

from demo.workspace.api.call import Call
from demo.workspace.errors import SlackRefusal
from demo.workspace.state import Channel

Json = dict[str, Any]
MOST = 100
_CHANGEABLE = ("title", "link", "emoji")


def _checked_link(link: str) -> str:
    if not link.startswith(("https://", "http://")):
        raise SlackRefusal("invalid_link")
    return link


def _shown(call: Call, channel: Channel, bookmark: Json) -> Json:
    call.workspace.announcer.channel_changed(channel)
    return {"bookmark": bookmark}


def add(call: Call) -> Json:
    """bookmarks.add: links only, as Slack takes them today, and at most a hundred."""
    channel = call.channel("channel_id", member=True)
    title = call.need("title")
    if call.need("type") != "link":
        raise SlackRefusal("invalid_bookmark_type")
    link = _checked_link(call.text("link"))
    if len(channel.bookmarks) >= MOST:
        raise SlackRefusal("too_many_bookmarks")
    now = int(call.workspace.clock.now())
    bookmark: Json = {
        "id": call.workspace.state.ids.new("Bk"),
        "channel_id": channel.id,
        "title": title,
        "link": link,
        "emoji": call.text("emoji"),
        "icon_url": None,
        "type": "link",
        "entity_id": None,
        "date_created": now,
        "date_updated": 0,
        "rank": _rank(len(channel.bookmarks)),
        "last_updated_by_user_id": call.grant.user_id,
        "last_updated_by_team_id": call.workspace.state.team.id,
        "shortcut_id": None,
        "app_id": None,
    }
    channel.bookmarks[bookmark["id"]] = bookmark
    return _shown(call, channel, bookmark)


def _rank(number: int) -> str:
    return chr(ord("a") + number // 26) + chr(ord("a") + number % 26)


def edit(call: Call) -> Json:
    """bookmarks.edit."""
    channel, bookmark = _found(call)
    changes = {key: call.text(key) for key in _CHANGEABLE if call.text(key)}
    if "link" in changes:
        _checked_link(changes["link"])
    bookmark |= changes
    bookmark["date_updated"] = int(call.workspace.clock.now())
    bookmark["last_updated_by_user_id"] = call.grant.user_id
    return _shown(call, channel, bookmark)


def remove(call: Call) -> Json:
    """bookmarks.remove."""
    channel, bookmark = _found(call)
    del channel.bookmarks[bookmark["id"]]
    call.workspace.announcer.channel_changed(channel)
    return {}


def _found(call: Call) -> tuple[Channel, Json]:
    channel = call.channel("channel_id", member=True)
    bookmark = channel.bookmarks.get(call.need("bookmark_id"))
    if bookmark is None:
        raise SlackRefusal("not_found")
    return channel, bookmark


def listed(call: Call) -> Json:
    """bookmarks.list."""
    return {"bookmarks": list(call.channel("channel_id").bookmarks.values())}
