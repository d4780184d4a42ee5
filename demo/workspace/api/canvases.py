"""canvases.* and conversations.canvases.*: documents in Markdown beside the conversation."""

from typing import Any

from demo.workspace.api.call import Call
from demo.workspace.canvases import MOST_CHARACTERS, Canvas
from demo.workspace.errors import SlackRefusal

Json = dict[str, Any]
_BESIDE = ("insert_after", "insert_before")
_AT_AN_END = ("insert_at_start", "insert_at_end")
_SECTION_TYPES = ("any_header", "h1", "h2", "h3")


def _wrong(line: str) -> SlackRefusal:
    return SlackRefusal("invalid_arguments", response_metadata={"messages": [f"[ERROR] {line}"]})


def _content(holder: Json, key: str = "document_content", *, needed: bool = False) -> str:
    content = holder.get(key)
    if content is None and not needed:
        return ""
    if not isinstance(content, dict) or content.get("type") != "markdown":
        raise _wrong(f"must be an object of type markdown [json-pointer:/{key}]")
    markdown = content.get("markdown")
    if not isinstance(markdown, str):
        raise _wrong(f"missing required field: markdown [json-pointer:/{key}]")
    if len(markdown) > MOST_CHARACTERS:
        raise _wrong(f"must be less than {MOST_CHARACTERS + 1} characters [json-pointer:/{key}/markdown]")
    return markdown


def create(call: Call) -> Json:
    """canvases.create: a document of the app's own, in a tab when a channel is named."""
    channel = call.channel("channel_id", member=True) if call.text("channel_id") else None
    canvas = call.workspace.canvases.create(
        call.grant.user_id, call.text("title"), _content(call.args), channel
    )
    return {"canvas_id": canvas.id}


def create_in_channel(call: Call) -> Json:
    """conversations.canvases.create: the one canvas that belongs to a channel."""
    channel = call.channel("channel_id", member=True)
    if channel.canvas:
        raise SlackRefusal("channel_canvas_already_exists")
    title = call.text("title") or channel.name
    canvas = call.workspace.canvases.create(call.grant.user_id, title, _content(call.args), channel)
    channel.canvas = canvas.id
    return {"canvas_id": canvas.id}


def _own(call: Call) -> Canvas:
    canvas = call.workspace.canvases.get(call.need("canvas_id"))
    user = call.grant.user_id
    members = (call.workspace.state.channel(name).members for name in canvas.channels)
    if user not in (canvas.owner, *canvas.people) and not any(user in inside for inside in members):
        raise SlackRefusal("canvas_not_found")
    return canvas


def edit(call: Call) -> Json:
    """canvases.edit: one change a call, as Slack takes them today."""
    canvas, changes = _own(call), call.list("changes")
    if len(changes) != 1:
        raise _wrong("only one operation is supported [json-pointer:/changes]")
    _apply(call, canvas, changes[0])
    return {}


def _apply(call: Call, canvas: Canvas, change: Json) -> None:
    canvases, operation = call.workspace.canvases, str(change.get("operation") or "")
    section = str(change.get("section_id") or "")
    if operation in _BESIDE or operation == "delete":
        if not section:
            raise _wrong("missing required field: section_id [json-pointer:/changes/0]")
        at = canvases.index(canvas, section)
        if operation == "delete":
            canvases.replace(canvas, section, "")
        else:
            canvases.insert(canvas, at + (operation == "insert_after"), _content(change, needed=True))
    elif operation in _AT_AN_END:
        at = 0 if operation == "insert_at_start" else len(canvas.sections)
        canvases.insert(canvas, at, _content(change, needed=True))
    elif operation == "replace":
        canvases.replace(canvas, section, _content(change, needed=True))
    elif operation == "rename":
        canvases.rename(canvas, _content(change, "title_content", needed=True))
    else:
        raise _wrong("must be a valid enum value [json-pointer:/changes/0/operation]")


def delete(call: Call) -> Json:
    """canvases.delete: only an own one."""
    canvas = _own(call)
    if canvas.owner != call.grant.user_id:
        raise SlackRefusal("restricted_action")
    call.workspace.canvases.delete(canvas)
    return {}


def sections(call: Call) -> Json:
    """canvases.sections.lookup: find the ids of sections by heading and by words."""
    canvas, criteria = _own(call), call.object("criteria")
    kinds, words = criteria.get("section_types") or [], criteria.get("contains_text")
    if not (kinds or words) or not set(map(str, kinds)) <= set(_SECTION_TYPES):
        raise _wrong("section_types or contains_text is needed [json-pointer:/criteria]")
    found = [
        {"id": section.id}
        for section in canvas.sections
        if (not kinds or (section.heading and ("any_header" in kinds or section.heading in kinds)))
        and (not words or str(words).lower() in section.markdown.lower())
    ]
    return {"sections": found}


def share(call: Call) -> Json:
    """canvases.access.set: let a channel's members, or single people, read (or write) a canvas."""
    canvas = _own(call)
    if call.need("access_level") not in ("read", "write", "owner"):
        raise _wrong("must be a valid enum value [json-pointer:/access_level]")
    channels, users = call.ids("channel_ids"), call.ids("user_ids")
    if bool(channels) == bool(users):
        raise _wrong("either channel_ids or user_ids is needed")
    for name in channels:
        call.workspace.canvases.show_in(canvas, call.workspace.state.channel(name))
    canvas.people += [call.workspace.state.user(user).id for user in users]
    return {}
