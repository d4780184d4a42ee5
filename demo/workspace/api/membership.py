"""conversations.*: changing — create, invite, join, leave, rename, archive, topics, direct messages."""

import re
from typing import Any

from demo.workspace.api.call import Call
from demo.workspace.errors import SlackRefusal
from demo.workspace.shapes import channel_object
from demo.workspace.state import Channel

Json = dict[str, Any]
_NAME_LENGTH = 80
_TOPIC_LENGTH = 250
_GENERAL = "general"


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
    if channel.kind == "public":
        _tell(call, "channel_created", _announced(call, channel))
    return _shown(call, channel)


def _announced(call: Call, channel: Channel) -> Json:
    """Return the conversation as `channel_created` shows it: without its members' view."""
    shape = channel_object(channel, call.grant.user_id)
    hidden = ("is_member", "num_members", "topic", "purpose", "properties")
    kept = {key: value for key, value in shape.items() if key not in hidden}
    team = call.workspace.state.team.id
    return kept | {"context_team_id": team, "is_frozen": False, "is_pending_ext_shared": False}


def _renamed(channel: Channel) -> Json:
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "created": channel.created,
        "is_channel": True,
        "is_mpim": False,
    }


def _tell(call: Call, kind: str, channel: Json | str, **more: str) -> None:
    event = {"type": kind, "channel": channel, **more, "event_ts": call.workspace.state.ids.ts()}
    call.workspace.announcer.to_apps(event)


def _say(call: Call, channel: Channel, subtype: str, words: str, user: str = "", **more: str) -> None:
    """Post what Slack itself says about a channel."""
    who = user or call.grant.user_id
    said: Json = {"type": "message", "subtype": subtype, "user": who, "text": f"<@{who}> {words}", **more}
    call.workspace.messages.post(channel, said)


def invite(call: Call) -> Json:
    """conversations.invite: all or, without `force`, nobody when one of them cannot come."""
    channel = _open_channel(call)
    if channel.kind not in ("public", "private"):
        raise SlackRefusal("method_not_supported_for_channel_type")
    users = call.ids("users")
    if not users:
        raise SlackRefusal("no_user")
    wrong = {user: error for user in users if (error := _cannot_come(call, channel, user))}
    errors = [{"user": user, "ok": False, "error": error} for user, error in wrong.items()]
    invited = [user for user in users if user not in wrong]
    if errors and not (call.flag("force") and invited):
        raise SlackRefusal(str(errors[0]["error"]), errors=errors)
    for user in invited:
        call.workspace.join(user, channel, inviter=call.grant.user_id)
        _say(call, channel, "channel_join", f"has joined {_kind(channel)}", user, inviter=call.grant.user_id)
    return _shown(call, channel) | ({"errors": errors} if errors else {})


def _kind(channel: Channel) -> str:
    return "the channel" if channel.kind == "public" else "the group"


def _cannot_come(call: Call, channel: Channel, user: str) -> str:
    if user not in call.workspace.state.users:
        return "user_not_found"
    if user == call.grant.user_id:
        return "cant_invite_self"
    return "already_in_channel" if user in channel.members else ""


def join(call: Call) -> Json:
    """conversations.join: being there already is only a warning."""
    channel = call.channel()
    if channel.archived:
        raise SlackRefusal("is_archived")
    if channel.kind != "public":
        raise SlackRefusal("method_not_supported_for_channel_type")
    if call.grant.user_id in channel.members:
        warning = "already_in_channel"
        return _shown(call, channel) | {
            "warning": warning,
            "response_metadata": {"warnings": [warning]},
        }
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
    topic = _short(call.text("topic"))
    if topic != channel.topic:
        channel.topic = topic
        _say(call, channel, "channel_topic", f"set the channel topic: {topic}", topic=topic)
    return _shown(call, channel)


def set_purpose(call: Call) -> Json:
    """conversations.setPurpose."""
    channel = _open_channel(call)
    purpose = _short(call.text("purpose"))
    if purpose != channel.purpose:
        channel.purpose = purpose
        _say(call, channel, "channel_purpose", f"set the channel description: {purpose}", purpose=purpose)
    return _shown(call, channel) | {"purpose": channel.purpose}


def _short(text: str) -> str:
    if len(text) > _TOPIC_LENGTH:
        raise SlackRefusal("too_long")
    return text


def rename(call: Call) -> Json:
    """conversations.rename."""
    channel = _open_channel(call)
    name, before = call.text("name"), channel.name
    if name == before:
        return _shown(call, channel)
    channel.name = _checked_name(call, name)
    said = f'has renamed the channel from "{before}" to "{name}"'
    _say(call, channel, "channel_name", said, old_name=before, name=name)
    if channel.kind == "public":
        _tell(call, "channel_rename", _renamed(channel))
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
    if channel.name == _GENERAL:
        raise SlackRefusal("cant_archive_general")
    if channel.kind not in ("public", "private"):
        raise SlackRefusal("method_not_supported_for_channel_type")
    _say(call, channel, "channel_archive", "archived the channel")
    channel.archived = True
    if channel.kind == "public":
        _tell(call, "channel_archive", channel.id, user=call.grant.user_id)
    _shown(call, channel)
    return {}


def unarchive(call: Call) -> Json:
    """conversations.unarchive."""
    channel = call.channel()
    if not channel.archived:
        raise SlackRefusal("not_archived")
    channel.archived = False
    if channel.kind == "public":
        _tell(call, "channel_unarchive", channel.id, user=call.grant.user_id)
    _shown(call, channel)
    return {}


def mark(call: Call) -> Json:
    """conversations.mark."""
    channel = call.channel(member=True)
    channel.last_read[call.grant.user_id] = call.need("ts")
    return {}
