"""reactions.*, pins.*: small marks on messages."""

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
