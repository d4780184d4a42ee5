"""conversations.*: reading."""

from typing import Any

from demo.workspace.api.call import Call, cursor_part, page_of
from demo.workspace.errors import SlackRefusal
from demo.workspace.shapes import channel_object, outward
from demo.workspace.state import Channel

Json = dict[str, Any]
_KINDS = {"public_channel": "public", "private_channel": "private", "im": "im", "mpim": "mpim"}


def listed(call: Call) -> Json:
    """conversations.list."""
    return _listing(call, only_member=False)


def of_user(call: Call) -> Json:
    """users.conversations."""
    return _listing(call, only_member=True)


def _listing(call: Call, *, only_member: bool) -> Json:
    wanted = {_KINDS.get(kind, "") for kind in call.ids("types") or ["public_channel"]}
    if "" in wanted:
        raise SlackRefusal("invalid_types")
    viewer = call.text("user") or call.grant.user_id
    shown = [
        channel_object(channel, call.grant.user_id)
        for channel in call.workspace.state.visible(viewer)
        if channel.kind in wanted
        and not (call.flag("exclude_archived") and channel.archived)
        and (not only_member or viewer in channel.members)
    ]
    chosen, cursor = page_of(shown, call)
    return {"channels": chosen, **cursor_part(cursor)}


def info(call: Call) -> Json:
    """conversations.info."""
    return {"channel": channel_object(call.channel(), call.grant.user_id)}


def members(call: Call) -> Json:
    """conversations.members."""
    ids: list[Any] = list(call.channel().members)
    chosen, cursor = page_of(ids, call)
    return {"members": chosen, **cursor_part(cursor)}


def history(call: Call) -> Json:
    """conversations.history: top-level messages, newest first."""
    channel = call.channel(member=True)
    shown = [m for ts, m in channel.messages.items() if _top_level(m) and _inside(call, ts)]
    return _messages(call, channel, list(reversed(shown)))


def replies(call: Call) -> Json:
    """conversations.replies: the root and its replies, oldest first."""
    channel = call.channel(member=True)
    root = channel.messages.get(call.need("ts"))
    if root is None:
        raise SlackRefusal("thread_not_found")
    root = channel.messages[str(root.get("thread_ts") or root["ts"])]
    thread = [channel.messages[ts] for ts in channel.threads.get(root["ts"], []) if _inside(call, ts)]
    return _messages(call, channel, [root, *thread])


def _messages(call: Call, channel: Channel, shown: list[Json]) -> Json:
    chosen, cursor = page_of(shown, call)
    metadata = call.flag("include_all_metadata")
    reply: Json = {
        "messages": [outward(message, metadata=metadata) for message in chosen],
        "has_more": bool(cursor),
        "pin_count": len(channel.pins),
    }
    return reply | (cursor_part(cursor) if cursor else {})


def _top_level(message: Json) -> bool:
    return bool(message.get("thread_ts", message["ts"]) == message["ts"]) or (
        message.get("subtype") == "thread_broadcast"
    )


def _inside(call: Call, ts: str) -> bool:
    oldest, latest = call.text("oldest"), call.text("latest")
    inclusive = call.flag("inclusive")
    if oldest and (ts < _as_ts(oldest) or (ts == _as_ts(oldest) and not inclusive)):
        return False
    return not (latest and (ts > _as_ts(latest) or (ts == _as_ts(latest) and not inclusive)))


def _as_ts(value: str) -> str:
    try:
        return f"{float(value):.6f}" if "." not in value else value
    except ValueError:
        raise SlackRefusal("invalid_ts_oldest") from None
