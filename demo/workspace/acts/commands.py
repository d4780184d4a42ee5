"""Slash commands and shortcuts."""

import re
from typing import Any

from demo.workspace.acts.clicks import failure_name
from demo.workspace.acts.outcome import Outcome
from demo.workspace.acts.payloads import Payloads
from demo.workspace.delivery.courier import Courier
from demo.workspace.errors import DeliveryFailed, SlackRefusal
from demo.workspace.gatekeeper import Gatekeeper
from demo.workspace.messages import Messages
from demo.workspace.shapes import outward
from demo.workspace.state import App, Channel, State

Json = dict[str, Any]
_NAMED = re.compile(r"(?<!\S)[@#][A-Za-z0-9][\w.-]*")


class Commands:
    """Run what a person typed behind a slash, or chose from a shortcut menu."""

    def __init__(
        self,
        state: State,
        messages: Messages,
        payloads: Payloads,
        courier: Courier,
        gatekeeper: Gatekeeper,
    ) -> None:
        self._state = state
        self._messages = messages
        self._payloads = payloads
        self._courier = courier
        self._gatekeeper = gatekeeper

    async def slash(self, user: str, channel: Channel, typed: str) -> Outcome:
        """Send a slash command and show what the ack says."""
        command, _, text = typed.strip().partition(" ")
        app, escaped = self._command(command)
        if escaped:
            text = self._escape(text)
        payload = self._payloads.slash(app, user, channel, command, text.strip())
        try:
            reply = await self._courier.interact(app.id, "slash_commands", command, payload)
            self._show(app, user, channel, reply)
        except DeliveryFailed as failure:
            return Outcome(False, failure_name(failure), payload=payload)
        except SlackRefusal as refusal:
            return Outcome(False, refusal.code, payload=payload)
        return Outcome(True, payload=payload, reply=reply)

    async def shortcut(
        self, user: str, callback_id: str, channel: Channel | None = None, ts: str = ""
    ) -> Outcome:
        """Run a global shortcut, or a message shortcut when a message is given."""
        kind = "message" if channel is not None else "global"
        app = self._shortcut_app(callback_id, kind)
        name = "message_action" if channel is not None else "shortcut"
        payload = self._payloads.interaction(app, name, user)
        payload |= {"callback_id": callback_id, "action_ts": self._state.ids.ts()}
        if channel is not None:
            message = self._state.message(channel, ts)
            part = self._payloads.message_part(app, user, channel, message)
            part.pop("container")
            payload |= part | {"message_ts": ts, "message": outward(message, metadata=True)}
        try:
            await self._courier.interact(app.id, "interactive", name, payload)
        except DeliveryFailed as failure:
            return Outcome(False, failure_name(failure), payload=payload)
        return Outcome(True, payload=payload)

    def _command(self, command: str) -> tuple[App, bool]:
        for app in self._state.apps.values():
            for spec in app.manifest.commands:
                if spec.command == command:
                    return app, spec.should_escape
        raise SlackRefusal("invalid_command")

    def _shortcut_app(self, callback_id: str, kind: str) -> App:
        for app in self._state.apps.values():
            if any(s.callback_id == callback_id and s.kind == kind for s in app.manifest.shortcuts):
                return app
        raise SlackRefusal("shortcut_not_found")

    def _escape(self, text: str) -> str:
        return _NAMED.sub(lambda match: self._named(match.group()), text)

    def _named(self, word: str) -> str:
        try:
            if word.startswith("@"):
                user = self._state.user(word)
                return f"<@{user.id}|{user.name}>"
            channel = self._state.channel(word)
        except SlackRefusal:
            return word
        return f"<#{channel.id}|{channel.name}>"

    def _show(self, app: App, user: str, channel: Channel, reply: Json) -> None:
        if not reply.get("text") and not reply.get("blocks"):
            return
        self._gatekeeper.content(reply)
        if reply.get("response_type") == "in_channel":
            self._messages.from_app(app, channel, reply)
        else:
            self._messages.whisper(app, channel, user, reply)
