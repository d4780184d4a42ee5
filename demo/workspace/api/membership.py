"""conversations.*: changing — create, invite, join, leave, rename, archive, topics, direct messages."""

import re
from typing import Any

from demo.workspace.api.call import Call
from demo.workspace.errors import SlackRefusal
from demo.workspace.shapes import channel_object
from demo.workspace.state import Channel

Json = dict[str, Any]
_NAME_LENGTH = 80


def _checked_name(call: Call, name: str) -> str:
    if not name:
        raise SlackRefusal("invalid_name_required")
    if len(name) > _NAME_LENGTH:
        raise SlackRefusal("invalid_name_maxlength")
    if not re.search(r"[^\W_]", name):
        raise SlackRefusal("invalid_name_punctuation")
    if re.search(r"[^\w-]", name) or name != name.lower():
        raise SlackRefusal("invalid_name_specials")
    if any(channel.name == name for channel in call.workspace.state.channels.values()):
        raise SlackRefusal("name_taken")
    return name


def _shown(call: Call, channel: Channel) -> Json:
    call.workspace.announcer.channel_changed(channel)
    return {"channel": channel_object(channel, call.grant.user_id)}


def create(call: Call) -> Json:
    """conversations.create."""
    name = _checked_name(call, call.text("name"))
    state = call.workspace.state
    channel = Channel(
        id=state.ids.new("C"),
        name=name,
        kind="private" if call.flag("is_private") else "public",
        creator=call.grant.user_id,
        created=int(call.workspace.clock.now()),
        members=[call.grant.user_id],
    )
    state.channels[channel.id] = channel
    call.workspace.announcer.to_apps(
        {
            "type": "channel_created",
            "channel": {
                "id": channel.id,
                "name": name,
                "created": channel.created,
                "creator": channel.creator,
            },
            "event_ts": state.ids.ts(),
        }
    )
    return _shown(call, channel)


def invite(call: Call) -> Json:
    """conversations.invite."""
    channel = call.channel(member=True)
    users = [call.workspace.state.user(user).id for user in call.ids("users")]
    if not users:
        raise SlackRefusal("no_user")
    if all(user in channel.members for user in users):
        raise SlackRefusal("already_in_channel")
    for user in users:
        if user not in channel.members:
            call.workspace.join(user, channel, inviter=call.grant.user_id)
    return _shown(call, channel)


def join(call: Call) -> Json:
    """conversations.join."""
    channel = call.channel()
    if channel.archived:
        raise SlackRefusal("is_archived")
    if channel.kind != "public":
        raise SlackRefusal("method_not_supported_for_channel_type")
    if call.grant.user_id not in channel.members:
        call.workspace.join(call.grant.user_id, channel)
    return _shown(call, channel)


def leave(call: Call) -> Json:
    """conversations.leave."""
    channel = call.channel()
    if call.grant.user_id not in channel.members:
        return {"not_in_channel": True}
    _remove(call, channel, call.grant.user_id)
    return {}


def kick(call: Call) -> Json:
    """conversations.kick."""
    channel = call.channel(member=True)
    user = call.workspace.state.user(call.need("user")).id
    if user == call.grant.user_id:
        raise SlackRefusal("cant_kick_self")
    if user not in channel.members:
        raise SlackRefusal("not_in_channel")
    _remove(call, channel, user)
    return {}


def _remove(call: Call, channel: Channel, user: str) -> None:
    call.workspace.announcer.membership(channel, user, joined=False)
    channel.members.remove(user)
    _shown(call, channel)


def open_direct(call: Call) -> Json:
    """conversations.open."""
    state = call.workspace.state
    if call.text("channel"):
        channel, existed = call.channel(), True
    else:
        users = [state.user(user).id for user in call.ids("users")]
        if not users:
            raise SlackRefusal("users_list_not_supplied")
        channel, existed = state.direct([*users, call.grant.user_id])
    reply = (
        _shown(call, channel) if not existed or call.flag("return_im") else {"channel": {"id": channel.id}}
    )
    return {"no_op": existed, "already_open": existed, **reply}


def close_direct(call: Call) -> Json:
    """conversations.close."""
    channel = call.channel()
    if channel.kind not in ("im", "mpim"):
        raise SlackRefusal("method_not_supported_for_channel_type")
    return {}


def set_topic(call: Call) -> Json:
    """conversations.setTopic."""
    channel = _open_channel(call)
    channel.topic = call.text("topic")[:250]
    return _shown(call, channel)


def set_purpose(call: Call) -> Json:
    """conversations.setPurpose."""
    channel = _open_channel(call)
    channel.purpose = call.text("purpose")[:250]
    return _shown(call, channel) | {"purpose": channel.purpose}


def rename(call: Call) -> Json:
    """conversations.rename."""
    channel = _open_channel(call)
    channel.name = _checked_name(call, call.text("name"))
    return _shown(call, channel)


def _open_channel(call: Call) -> Channel:
    channel = call.channel(member=True)
    if channel.archived:
        raise SlackRefusal("is_archived")
    return channel


def archive(call: Call) -> Json:
    """conversations.archive."""
    channel = call.channel(member=True)
    if channel.archived:
        raise SlackRefusal("already_archived")
    channel.archived = True
    _shown(call, channel)
    return {}


def unarchive(call: Call) -> Json:
    """conversations.unarchive."""
    channel = call.channel()
    if not channel.archived:
        raise SlackRefusal("not_archived")
    channel.archived = False
    _shown(call, channel)
    return {}


def mark(call: Call) -> Json:
    """conversations.mark."""
    channel = call.channel(member=True)
    channel.last_read[call.grant.user_id] = call.need("ts")
    return {}
