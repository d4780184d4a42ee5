"""The common parts of every interaction payload."""

from typing import Any

from demo.workspace.shapes import outward
from demo.workspace.state import App, Channel, State
from demo.workspace.triggers import Keys, ResponseUrl

Json = dict[str, Any]


class Payloads:
    """Build what Slack sends when somebody interacts with an app."""

    def __init__(self, state: State, keys: Keys) -> None:
        self._state = state
        self._keys = keys

    def interaction(self, app: App, kind: str, user_id: str, *, view_id: str = "") -> Json:
        """Return the frame of an interaction: who, where, token and trigger."""
        user = self._state.user(user_id)
        team = self._state.team
        return {
            "type": kind,
            "team": {"id": team.id, "domain": team.domain},
            "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": team.id},
            "api_app_id": app.id,
            "token": app.seed.verification_token,
            "trigger_id": self._keys.trigger(user.id, app.id, view_id),
            "is_enterprise_install": False,
        }

    def channel(self, channel: Channel) -> Json:
        """Return the short form of a channel in interactions."""
        names = {"im": "directmessage", "private": "privategroup", "mpim": "privategroup"}
        return {"id": channel.id, "name": names.get(channel.kind, channel.name)}

    def message_part(self, app: App, user: str, channel: Channel, message: Json) -> Json:
        """Return what an interaction on a message adds: container, channel, message, response url."""
        ephemeral = bool(message.get("is_ephemeral"))
        thread = str(message.get("thread_ts", ""))
        container: Json = {
            "type": "message",
            "message_ts": message["ts"],
            "channel_id": channel.id,
            "is_ephemeral": ephemeral,
        }
        if thread:
            container["thread_ts"] = thread
        url = ResponseUrl(
            user=user,
            app_id=app.id,
            channel=channel.id,
            born=self._state.clock.now(),
            message_ts=str(message["ts"]),
            ephemeral=ephemeral,
            thread_ts=thread,
        )
        return {
            "container": container,
            "channel": self.channel(channel),
            # Slack sends no content of messages that only one person sees.
            "message": outward(message, metadata=True) if not ephemeral else _bare(message),
            "response_url": self._keys.response_url(url),
        }

    def slash(self, app: App, user_id: str, channel: Channel, command: str, text: str) -> Json:
        """Return the form fields of a slash command."""
        user = self._state.user(user_id)
        url = ResponseUrl(user.id, app.id, channel.id, self._state.clock.now())
        return {
            "token": app.seed.verification_token,
            "team_id": self._state.team.id,
            "team_domain": self._state.team.domain,
            "channel_id": channel.id,
            "channel_name": self.channel(channel)["name"],
            "user_id": user.id,
            "user_name": user.name,
            "command": command,
            "text": text,
            "api_app_id": app.id,
            "is_enterprise_install": "false",
            "response_url": self._keys.response_url(url),
            "trigger_id": self._keys.trigger(user.id, app.id),
        }


def _bare(message: Json) -> Json:
    return {"type": "message", "ts": message["ts"], "text": message.get("text", "")}
