"""chat.*: post, edit, delete, whisper, schedule, and messages written bit by bit."""

from typing import Any

from demo.workspace.api.call import Call
from demo.workspace.errors import SlackRefusal
from demo.workspace.messages import TEXT_CUT
from demo.workspace.shapes import outward
from demo.workspace.state import Channel

Json = dict[str, Any]
UPDATE_TEXT = 4_000
_CONTENT = ("text", "blocks", "attachments", "metadata", "username")


def place_to_post(call: Call) -> Channel:
    """Find the channel to post in; a user id opens the direct conversation first."""
    wanted = call.need("channel")
    state = call.workspace.state
    if wanted[:1] in ("U", "W") and wanted in state.users:
        return call.workspace.open_dm(wanted, call.grant.user_id)
    channel = state.channel(wanted)
    if call.grant.user_id in channel.members:
        return channel
    if channel.kind != "public":
        raise SlackRefusal("channel_not_found")
    if "chat:write.public" not in call.grant.scopes:
        raise SlackRefusal("not_in_channel")
    return channel


def content_of(call: Call) -> Json:
    """Return what a call wants to say, judged; refuses with `no_text` or Slack's block errors."""
    content = {key: call.args[key] for key in _CONTENT if call.args.get(key)}
    markdown = call.text("markdown_text")
    if markdown:
        if content.get("blocks") or content.get("text"):
            raise SlackRefusal("markdown_text_conflict")
        content["blocks"] = [{"type": "markdown", "text": markdown}]
        content["text"] = markdown
    if not any(content.get(key) for key in ("text", "blocks", "attachments")):
        raise SlackRefusal("no_text")
    call.workspace.gatekeeper.content(content)
    return content


def post_message(call: Call) -> Json:
    """chat.postMessage."""
    channel, content = place_to_post(call), content_of(call)
    messages, thread = call.workspace.messages, call.text("thread_ts")
    message = messages.post(
        channel,
        messages.app_message(call.app, content),
        thread_ts=thread,
        broadcast=bool(thread) and call.flag("reply_broadcast"),
    )
    settle_status(call, channel, message)
    reply: Json = {
        "channel": channel.id,
        "ts": message["ts"],
        "message": outward(message, metadata=True),
    }
    if len(str(content.get("text") or "")) > TEXT_CUT:
        reply["response_metadata"] = {"warnings": ["message_truncated"]}
    return reply


def settle_status(call: Call, channel: Channel, message: Json) -> None:
    """Clear "is thinking…" once the app has spoken in the thread."""
    call.workspace.threads.set_status(channel, str(message.get("thread_ts") or message["ts"]), "", [])


def update(call: Call) -> Json:
    """chat.update: fields that are not given stay, empty ones go."""
    channel, ts = call.channel(), call.need("ts")
    if len(call.text("text")) > UPDATE_TEXT:
        raise SlackRefusal("msg_too_long")
    given = {
        key: call.args[key]
        for key in ("text", "blocks", "attachments", "metadata")
        if call.args.get(key) is not None
    }
    if not given:
        raise SlackRefusal("no_text")
    call.workspace.gatekeeper.content(given)
    message = call.workspace.messages.edit(channel, ts, call.grant.user_id, given)
    return {
        "channel": channel.id,
        "ts": ts,
        "text": message["text"],
        "message": outward(message, metadata=True),
    }


def delete(call: Call) -> Json:
    """chat.delete."""
    channel, ts = call.channel(), call.need("ts")
    call.workspace.messages.delete(channel, ts, call.grant.user_id)
    return {"channel": channel.id, "ts": ts}


def post_ephemeral(call: Call) -> Json:
    """chat.postEphemeral."""
    channel = place_to_post(call)
    user = call.workspace.state.user(call.need("user")).id
    if user not in channel.members:
        raise SlackRefusal("user_not_in_channel")
    content = content_of(call)
    thread = call.text("thread_ts")
    message = call.workspace.messages.whisper(call.app, channel, user, content, thread_ts=thread)
    return {"message_ts": message["ts"]}


def me_message(call: Call) -> Json:
    """chat.meMessage."""
    channel = call.channel(member=True)
    message = call.workspace.messages.app_message(call.app, {"text": f"_{call.need('text')}_"})
    message["subtype"] = "me_message"
    call.workspace.messages.post(channel, message)
    return {"channel": channel.id, "ts": message["ts"]}


def permalink(call: Call) -> Json:
    """chat.getPermalink: a link into the workspace's own page."""
    channel, ts = call.channel(), call.need("message_ts")
    message = call.workspace.state.message(channel, ts)
    link = f"{call.workspace.files.base_url}/#/{channel.id}/p{ts.replace('.', '')}"
    if message.get("thread_ts", ts) != ts:
        link += f"?thread_ts={message['thread_ts']}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def unfurl(call: Call) -> Json:
    """chat.unfurl: attach the app's previews to a person's message."""
    channel, ts = call.channel(), call.need("ts")
    message = call.workspace.state.message(channel, ts)
    previews = [
        preview | {"from_url": url, "app_unfurl_url": url, "is_app_unfurl": True}
        for url, preview in call.object("unfurls").items()
        if isinstance(preview, dict)
    ]
    call.workspace.gatekeeper.content({"attachments": previews})
    previous = dict(message)
    message["attachments"] = list(message.get("attachments") or []) + previews
    call.workspace.announcer.changed(channel, message, previous)
    return {}
