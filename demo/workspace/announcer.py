"""Tell the world what changed: event envelopes to subscribed apps, page events to people."""

import re
from collections.abc import Collection
from typing import Any

from demo.workspace.delivery.courier import Courier
from demo.workspace.page_bus import PageBus
from demo.workspace.page_shapes import channel_shape
from demo.workspace.recorder import Recorder
from demo.workspace.shapes import outward
from demo.workspace.state import App, Channel, State

Json = dict[str, Any]
CHANNEL_TYPE = {"public": "channel", "private": "group", "im": "im", "mpim": "mpim"}
_LINK = re.compile(r"<(https?://[^<>|]+)")
_MESSAGE_EVENT = {
    "public": "message.channels",
    "private": "message.groups",
    "im": "message.im",
    "mpim": "message.mpim",
}


class Announcer:
    """Fan one change out to apps and pages."""

    def __init__(self, state: State, bus: PageBus, courier: Courier, recorder: Recorder) -> None:
        self._state = state
        self._bus = bus
        self._courier = courier
        self._recorder = recorder

    def envelope(self, app: App, event: Json) -> Json:
        """Wrap an event the way Slack's Events API does."""
        team = self._state.team.id
        return {
            "token": app.seed.verification_token,
            "team_id": team,
            "context_team_id": team,
            "api_app_id": app.id,
            "event": event,
            "type": "event_callback",
            "event_id": self._state.ids.new("Ev"),
            "event_time": int(self._state.clock.now()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": team,
                    "user_id": app.seed.bot_user_id,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": False,
            "event_context": f"4-{self._state.ids.secret()}",
        }

    def to_apps(self, event: Json, channel: Channel | None = None, name: str | None = None) -> None:
        """Send an event to each app that subscribes to it and sits in its channel."""
        heard = name or str(event["type"])
        for app in self._state.apps.values():
            if channel is not None and app.seed.bot_user_id not in channel.members:
                continue
            self.to_app(app, event, heard)

    def to_app(self, app: App, event: Json, name: str | None = None) -> None:
        """Send an event to one app, if it is installed and subscribes to it."""
        if app.installed and app.manifest.hears(name or str(event["type"])):
            self._courier.event(app.id, self.envelope(app, event))

    def to_pages(self, event: Json, users: Collection[str] | None = None) -> None:
        """Send an event to open pages, and wake those who wait in tests."""
        self._bus.publish(event, users)
        self._recorder.touch()

    def audience(self, channel: Channel) -> Collection[str] | None:
        """Return who may see a channel; None stands for everybody."""
        return None if channel.kind == "public" else channel.members

    def channel_changed(self, channel: Channel) -> None:
        """A channel is new, or looks different: each person gets it with an own unread count."""
        for user in self._state.users.values():
            if not user.is_bot and (channel.kind == "public" or user.id in channel.members):
                shape = channel_shape(self._state, channel, user.id)
                self._bus.publish({"type": "channel", "channel": shape}, [user.id])
        self._recorder.touch()

    def posted(self, channel: Channel, message: Json) -> None:
        """A message was posted: `message` and, for people's mentions in channels, `app_mention`."""
        self.to_pages({"type": "message", "channel": channel.id, "message": message}, self.audience(channel))
        event = self._message_event(channel, message)
        self.to_apps(event, channel, _MESSAGE_EVENT[channel.kind])
        if channel.kind != "im" and not message.get("subtype"):
            self._mentions(channel, event)
        self._links(channel, event)

    def _message_event(self, channel: Channel, message: Json) -> Json:
        return outward(message) | {
            "channel": channel.id,
            "event_ts": message["ts"],
            "channel_type": CHANNEL_TYPE[channel.kind],
        }

    def _mentions(self, channel: Channel, event: Json) -> None:
        for app in self._state.apps.values():
            bot = app.seed.bot_user_id
            named = f"<@{bot}>" in str(event.get("text", "")) and event.get("user") != bot
            if named and bot in channel.members:
                kept = {k: v for k, v in event.items() if k != "channel_type"}
                self.to_app(app, kept | {"type": "app_mention"})

    def _links(self, channel: Channel, event: Json) -> None:
        if event.get("bot_id"):
            return
        found = [
            {"url": url, "domain": url.split("/")[2]} for url in _LINK.findall(str(event.get("text", "")))
        ]
        for app in self._state.apps.values():
            domains = app.manifest.unfurl_domains
            links = [link for link in found if link["domain"].endswith(domains)] if domains else []
            if links:
                shared = {
                    "type": "link_shared",
                    "channel": channel.id,
                    "is_bot_user_member": app.seed.bot_user_id in channel.members,
                    "user": event["user"],
                    "message_ts": event["ts"],
                    "links": links,
                    "event_ts": self._state.ids.ts(),
                }
                self.to_app(app, shared)

    def changed(
        self, channel: Channel, message: Json, previous: Json, *, kind: str = "message_changed"
    ) -> None:
        """A message was edited."""
        self.shown(channel, message, kind)
        now = self._state.ids.ts()
        event = {
            "type": "message",
            "subtype": "message_changed",
            "hidden": True,
            "channel": channel.id,
            "channel_type": CHANNEL_TYPE[channel.kind],
            "ts": now,
            "event_ts": now,
            "message": self._message_event(channel, message),
            "previous_message": self._message_event(channel, previous),
        }
        self.to_apps(event, channel, _MESSAGE_EVENT[channel.kind])

    def shown(self, channel: Channel, message: Json, kind: str = "message_changed") -> None:
        """A message looks different now, without an event for apps."""
        self.to_pages({"type": kind, "channel": channel.id, "message": message}, self.audience(channel))

    def deleted(self, channel: Channel, message: Json) -> None:
        """A message is gone."""
        ts = message["ts"]
        self.to_pages({"type": "message_deleted", "channel": channel.id, "ts": ts}, self.audience(channel))
        now = self._state.ids.ts()
        event = {
            "type": "message",
            "subtype": "message_deleted",
            "hidden": True,
            "channel": channel.id,
            "channel_type": CHANNEL_TYPE[channel.kind],
            "ts": now,
            "event_ts": now,
            "deleted_ts": ts,
            "previous_message": self._message_event(channel, message),
        }
        self.to_apps(event, channel, _MESSAGE_EVENT[channel.kind])

    def reacted(self, channel: Channel, message: Json, user: str, name: str, *, added: bool) -> None:
        """A reaction came or went."""
        self.shown(channel, message)
        event = {
            "type": "reaction_added" if added else "reaction_removed",
            "user": user,
            "reaction": name,
            "item_user": message.get("user", ""),
            "item": {"type": "message", "channel": channel.id, "ts": message["ts"]},
            "event_ts": self._state.ids.ts(),
        }
        self.to_apps(event, channel)

    def membership(self, channel: Channel, user: str, *, joined: bool, inviter: str = "") -> None:
        """Somebody joined or left a channel."""
        event = {
            "type": "member_joined_channel" if joined else "member_left_channel",
            "user": user,
            "channel": channel.id,
            "channel_type": "C" if channel.kind == "public" else "G",
            "team": self._state.team.id,
            "event_ts": self._state.ids.ts(),
        }
        self.to_apps(event | ({"inviter": inviter} if inviter else {}), channel)
