"""files.*: the two-step upload, and looking at files."""

from typing import Any

from demo.workspace.api.call import Call
from demo.workspace.errors import SlackRefusal
from demo.workspace.files import StoredFile

Json = dict[str, Any]


def upload_url(call: Call) -> Json:
    """files.getUploadURLExternal."""
    files = call.workspace.files
    length = call.number("length", 0)
    if length <= 0:
        raise SlackRefusal("invalid_arguments")
    alt = call.text("alt_txt") or call.text("alt_text")
    stored = files.promise(call.need("filename"), length, call.grant.user_id, alt)
    return {"upload_url": f"{files.base_url}/upload/{stored.ticket}", "file_id": stored.id}


def complete(call: Call) -> Json:
    """files.completeUploadExternal: finish the files and share them in one message."""
    files = call.workspace.files
    done = [files.complete(str(f.get("id", "")), str(f.get("title") or "")) for f in call.list("files")]
    if not done:
        raise SlackRefusal("invalid_arguments")
    channels = call.ids("channels") or call.ids("channel_id")
    for name in channels:
        _share(call, name, done)
    return {"files": [files.describe(stored) for stored in done]}


def _share(call: Call, name: str, done: list[StoredFile]) -> None:
    workspace = call.workspace
    channel = workspace.state.channel(name)
    if call.grant.user_id not in channel.members:
        raise SlackRefusal("not_in_channel")
    for stored in done:
        stored.channels.append(channel.id)
    content: Json = {
        "text": call.text("initial_comment"),
        "files": [workspace.files.describe(stored) for stored in done],
        "upload": True,
    }
    blocks = call.list("blocks")
    if blocks:
        workspace.gatekeeper.content({"blocks": blocks})
        content["blocks"] = blocks
    workspace.messages.from_app(call.app, channel, content, thread_ts=call.text("thread_ts"))


def info(call: Call) -> Json:
    """files.info."""
    files = call.workspace.files
    return {"file": files.describe(files.get(call.need("file"))), "comments": []}


def listed(call: Call) -> Json:
    """files.list."""
    files = call.workspace.files
    channel = call.text("channel")
    shown = [files.describe(f) for f in files.all() if not channel or channel in f.channels]
    return {"files": shown, "paging": {"count": 100, "total": len(shown), "page": 1, "pages": 1}}


def delete(call: Call) -> Json:
    """files.delete: only an own file."""
    files = call.workspace.files
    stored = files.get(call.need("file"))
    if stored.user != call.grant.user_id:
        raise SlackRefusal("cant_delete_file")
    files.delete(stored.id)
    for name in stored.channels:
        channel = call.workspace.state.channel(name)
        for message in channel.messages.values():
            kept = [f for f in message.get("files", []) if f["id"] != stored.id]
            if len(kept) != len(message.get("files", [])):
                message["files"] = kept
                call.workspace.announcer.shown(channel, message)
    return {}
