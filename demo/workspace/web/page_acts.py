"""The page's acts: one small function per `act` of a POST."""

from collections.abc import Awaitable, Callable
from typing import Any

from demo.workspace.acts.outcome import Outcome
from demo.workspace.errors import SlackRefusal
from demo.workspace.page_shapes import channel_shape
from demo.workspace.workspace import Workspace

Json = dict[str, Any]
_CHOICE_KEYS = (
    "value", "selected_option", "selected_options", "selected_user", "selected_users", "selected_channel",
    "selected_channels", "selected_conversation", "selected_conversations", "selected_date", "selected_time",
    "selected_date_time", "rich_text_value", "files",
)  # fmt: skip


async def _post(w: Workspace, user: str, body: Json) -> Json:
    thread = str(body.get("thread_ts") or "")
    message = await w.say(user, _text(body, "channel"), _text(body, "text"), thread_ts=thread)
    return {"ok": True, "message": message}


async def _edit(w: Workspace, user: str, body: Json) -> Json:
    await w.edit(user, _text(body, "channel"), _text(body, "ts"), _text(body, "text"))
    return {"ok": True}


async def _delete(w: Workspace, user: str, body: Json) -> Json:
    await w.delete(user, _text(body, "channel"), _text(body, "ts"))
    return {"ok": True}


async def _react(w: Workspace, user: str, body: Json) -> Json:
    adds = body["act"] == "react"
    await w.react(user, _text(body, "channel"), _text(body, "ts"), _text(body, "name"), add=adds)
    return {"ok": True}


async def _slash(w: Workspace, user: str, body: Json) -> Json:
    return _told(await w.slash(user, _text(body, "channel"), _text(body, "text")))


async def _block_action(w: Workspace, user: str, body: Json) -> Json:
    container = body.get("container") or {}
    given = {key: body[key] for key in _CHOICE_KEYS if key in body}
    block_id, action_id = str(body.get("block_id") or ""), str(body.get("action_id") or "")
    state = body.get("state") or {}
    if container.get("type") == "view":
        view_id = _text(container, "view_id")
        outcome = await w.click_view(user, view_id, action_id, block_id=block_id, given=given, state=state)
    else:
        channel, ts = _text(container, "channel"), _text(container, "ts")
        outcome = await w.click(user, channel, ts, action_id, block_id=block_id, given=given, state=state)
    return _told(outcome)


async def _suggest(w: Workspace, user: str, body: Json) -> Json:
    person = w.state.user(user).id
    outcome = await w.clicks.suggest(
        person,
        body.get("container") or {},
        _text(body, "block_id"),
        _text(body, "action_id"),
        str(body.get("value") or ""),
    )
    choices = {key: outcome.reply[key] for key in ("options", "option_groups") if key in outcome.reply}
    return _told(outcome) | choices


async def _view_submit(w: Workspace, user: str, body: Json) -> Json:
    person = w.state.user(user).id
    return _told(await w.modals.submit(person, _text(body, "view_id"), body.get("state") or {}))


async def _view_close(w: Workspace, user: str, body: Json) -> Json:
    return _told(await w.close_view(user, _text(body, "view_id")))


async def _open_home(w: Workspace, user: str, body: Json) -> Json:
    view = await w.open_home(user, str(body.get("app_id") or ""), tab=str(body.get("tab") or "home"))
    return {"ok": True, "view": view}


async def _shortcut(w: Workspace, user: str, body: Json) -> Json:
    message = body.get("message") or {}
    channel, ts = str(message.get("channel") or ""), str(message.get("ts") or "")
    return _told(await w.shortcut(user, _text(body, "callback_id"), channel, ts))


async def _open_dm(w: Workspace, user: str, body: Json) -> Json:
    person = w.state.user(user).id
    channel = w.open_dm(person, _text(body, "user_id"))
    app = w.state.app_of_bot(channel.other(person))
    if app:
        await w.open_home(person, app.id, tab="messages")
        if app.manifest.prompts and not channel.messages:
            prompts = [{"title": title, "message": message} for title, message in app.manifest.prompts]
            w.threads.set_prompts(channel, "", "", prompts)
    return {"ok": True, "channel": channel_shape(w.state, channel, person)}


async def _read(w: Workspace, user: str, body: Json) -> Json:
    person, channel = w.place(user, _text(body, "channel"))
    if channel.messages:
        channel.last_read[person] = next(reversed(channel.messages))
    return {"ok": True}


async def _stop_stream(w: Workspace, user: str, body: Json) -> Json:
    await w.stop_stream(user, _text(body, "channel"), _text(body, "ts"))
    return {"ok": True}


def _text(body: Json, key: str) -> str:
    value = body.get(key)
    if not isinstance(value, str) or not value:
        raise SlackRefusal("invalid_arguments", missing=key)
    return value


def _told(outcome: Outcome) -> Json:
    told: Json = {"ok": outcome.ok}
    if outcome.error:
        told["error"] = outcome.error
    if outcome.errors:
        told["errors"] = outcome.errors
    if outcome.response_action:
        told["response_action"] = outcome.response_action
    return told


ACTS: dict[str, Callable[[Workspace, str, Json], Awaitable[Json]]] = {
    "post": _post,
    "edit": _edit,
    "delete": _delete,
    "react": _react,
    "unreact": _react,
    "slash": _slash,
    "block_action": _block_action,
    "suggest": _suggest,
    "view_submit": _view_submit,
    "view_close": _view_close,
    "open_home": _open_home,
    "shortcut": _shortcut,
    "open_dm": _open_dm,
    "read": _read,
    "stop_stream": _stop_stream,
}
