"""What an app does with a response url: answer, replace or delete."""

from typing import Any

from demo.workspace.errors import SlackRefusal
from demo.workspace.gatekeeper import Gatekeeper
from demo.workspace.messages import Messages
from demo.workspace.state import State
from demo.workspace.triggers import Keys, ResponseUrl

Json = dict[str, Any]


class Responses:
    """Apply one post to a response url."""

    def __init__(self, state: State, messages: Messages, keys: Keys, gatekeeper: Gatekeeper) -> None:
        self._state = state
        self._messages = messages
        self._keys = keys
        self._gatekeeper = gatekeeper

    def answer(self, key: str, body: Json) -> None:
        """Do what the body asks; refuses when the url is used up, expired or the content invalid."""
        url = self._keys.answer(key)
        channel = self._state.channel(url.channel)
        if body.get("delete_original"):
            self._replace(url, None)
            return
        if not any(body.get(part) for part in ("text", "blocks", "attachments")):
            raise SlackRefusal("no_text")
        self._gatekeeper.content(body)
        if body.get("replace_original") and url.message_ts:
            self._replace(url, body)
            return
        app = self._state.apps[url.app_id]
        thread = str(body.get("thread_ts") or "")
        if body.get("response_type") == "in_channel":
            self._messages.from_app(app, channel, body, thread_ts=thread)
        else:
            self._messages.whisper(app, channel, url.user, body, thread_ts=thread or url.thread_ts)

    def _replace(self, url: ResponseUrl, body: Json | None) -> None:
        channel = self._state.channel(url.channel)
        app = self._state.apps[url.app_id]
        if not url.message_ts:
            raise SlackRefusal("message_not_found")
        if url.ephemeral:
            self._messages.rewrite_whisper(channel, url.user, url.message_ts, body)
        elif body is None:
            self._messages.delete(channel, url.message_ts, app.seed.bot_user_id)
        else:
            parts: Json = {key: body[key] for key in ("text", "blocks", "attachments") if key in body}
            self._messages.edit(channel, url.message_ts, app.seed.bot_user_id, parts)
