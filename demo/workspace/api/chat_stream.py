"""chat.startStream, appendStream and stopStream."""

from typing import Any

from demo.workspace.api.call import Call
from demo.workspace.api.chat import place_to_post, settle_status
from demo.workspace.errors import SlackRefusal
from demo.workspace.shapes import outward
from demo.workspace.streams import MARKDOWN_LIMIT

Json = dict[str, Any]


def _chunks(call: Call) -> list[Json]:
    chunks = call.list("chunks")
    markdown = call.text("markdown_text")
    if markdown:
        chunks = [{"type": "markdown_text", "text": markdown}, *chunks]
    for chunk in chunks:
        if len(str(chunk.get("text", ""))) > MARKDOWN_LIMIT:
            raise SlackRefusal("msg_too_long")
        if chunk.get("type") == "blocks":
            call.workspace.gatekeeper.content({"blocks": chunk.get("blocks") or []})
    return chunks


def start(call: Call) -> Json:
    """chat.startStream: in channels the recipient must be named."""
    channel = place_to_post(call)
    thread = call.need("thread_ts")
    if channel.kind != "im":
        for name in ("recipient_team_id", "recipient_user_id"):
            if not call.text(name):
                raise SlackRefusal(f"missing_{name}")
    mode = call.text("task_display_mode", "timeline")
    message = call.workspace.streams.start(call.app, channel, thread, mode, _chunks(call))
    settle_status(call, channel, message)
    return {"channel": channel.id, "ts": message["ts"]}


def append(call: Call) -> Json:
    """chat.appendStream."""
    channel, ts = call.channel(), call.need("ts")
    chunks = _chunks(call)
    if not chunks:
        raise SlackRefusal("no_text")
    call.workspace.streams.append(channel, ts, chunks)
    return {"channel": channel.id, "ts": ts}


def stop(call: Call) -> Json:
    """chat.stopStream."""
    channel, ts = call.channel(), call.need("ts")
    blocks, metadata = call.list("blocks"), call.object("metadata")
    call.workspace.gatekeeper.content({"blocks": blocks, "metadata": metadata})
    message = call.workspace.streams.stop(channel, ts, _chunks(call), blocks, metadata)
    return {"channel": channel.id, "ts": ts, "message": outward(message, metadata=True)}
