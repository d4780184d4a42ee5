"""reactions.*, pins.*, bookmarks.*: small marks on messages and channels."""

import re
from typing import Any

from demo.workspace.api.call import Call
from demo.workspace.errors import SlackRefusal
from demo.workspace.shapes import outward

Json = dict[str, Any]
_EMOJI = re.compile(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?")


def _emoji_name(call: Call) -> str:
    name = call.need("name").strip(":")
    if not _EMOJI.fullmatch(name):
        raise SlackRefusal("invalid_name")
    return name


def add(call: Call) -> Json:
    """reactions.add."""
    channel = call.channel(member=True)
    name, ts = _emoji_name(call), call.need("timestamp")
    call.workspace.messages.react(channel, ts, call.grant.user_id, name, add=True)
    return {}


def remove(call: Call) -> Json:
    """reactions.remove."""
    channel = call.channel(member=True)
    name, ts = _emoji_name(call), call.need("timestamp")
    call.workspace.messages.react(channel, ts, call.grant.user_id, name, add=False)
    return {}


def get(call: Call) -> Json:
    """reactions.get."""
    channel = call.channel()
    message = call.workspace.state.message(channel, call.need("timestamp"))
    return {"type": "message", "channel": channel.id, "message": outward(message)}


def pin(call: Call) -> Json:
    """pins.add."""
    channel = call.channel(member=True)
    ts = call.need("timestamp")
    call.workspace.state.message(channel, ts)
    if ts in channel.pins:
        raise SlackRefusal("already_pinned")
    channel.pins.append(ts)
    return {}


def unpin(call: Call) -> Json:
    """pins.remove."""
    channel = call.channel(member=True)
    ts = call.need("timestamp")
    if ts not in channel.pins:
        raise SlackRefusal("no_pin")
    channel.pins.remove(ts)
    return {}


def pins(call: Call) -> Json:
    """pins.list."""
    channel = call.channel()
    items = [
        {"type": "message", "channel": channel.id, "message": outward(channel.messages[ts])}
        for ts in channel.pins
        if ts in channel.messages
    ]
    return {"items": items}


def bookmark_add(call: Call) -> Json:
    """bookmarks.add."""
    channel = call.channel("channel_id", member=True)
    bookmark: Json = {
        "id": call.workspace.state.ids.new("Bk"),
        "channel_id": channel.id,
        "title": call.need("title"),
        "type": call.need("type"),
        "link": call.text("link"),
        "emoji": call.text("emoji"),
    }
    channel.bookmarks[bookmark["id"]] = bookmark
    return {"bookmark": bookmark}


def bookmark_edit(call: Call) -> Json:
    """bookmarks.edit."""
    channel = call.channel("channel_id", member=True)
    bookmark = channel.bookmarks.get(call.need("bookmark_id"))
    if bookmark is None:
        raise SlackRefusal("not_found")
    bookmark |= {key: call.text(key) for key in ("title", "link", "emoji") if call.text(key)}
    return {"bookmark": bookmark}


def bookmark_remove(call: Call) -> Json:
    """bookmarks.remove."""
    channel = call.channel("channel_id", member=True)
    if channel.bookmarks.pop(call.need("bookmark_id"), None) is None:
        raise SlackRefusal("not_found")
    return {}


def bookmarks(call: Call) -> Json:
    """bookmarks.list."""
    return {"bookmarks": list(call.channel("channel_id").bookmarks.values())}
