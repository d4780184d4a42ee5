"""The workspace as people use it: speak, edit, react, type commands, click, fill in modals."""

from typing import Any

from demo.workspace.acts.clicks import Clicks
from demo.workspace.acts.commands import Commands
from demo.workspace.acts.modals import Modals
from demo.workspace.acts.outcome import Outcome
from demo.workspace.announcer import Announcer
from demo.workspace.errors import SlackRefusal
from demo.workspace.messages import Messages
from demo.workspace.state import Channel, State
from demo.workspace.streams import Streams
from demo.workspace.views import Views

Json = dict[str, Any]


class People:
    """Acts of people; users and channels are named by id or by handle."""

    def __init__(
        self,
        state: State,
        messages: Messages,
        views: Views,
        streams: Streams,
        announcer: Announcer,
        clicks: Clicks,
        commands: Commands,
        modals: Modals,
    ) -> None:
        self._state = state
        self._messages = messages
        self._views = views
        self._streams = streams
        self._announcer = announcer
        self.clicks = clicks
        self.commands = commands
        self.modals = modals

    def place(self, user: str, channel: str) -> tuple[str, Channel]:
        """Resolve a user and a channel that this user may see."""
        person, found = self._state.user(user), self._state.channel(channel)
        if found.kind != "public" and person.id not in found.members:
            raise SlackRefusal("channel_not_found")
        return person.id, found

    async def say(self, user: str, channel: str, text: str, *, thread_ts: str = "") -> Json:
        """Post a typed message; `@name` and `#channel` become mentions. Return the message."""
        person, found = self.place(user, channel)
        if not text.strip():
            raise SlackRefusal("no_text")
        if person not in found.members:
            self.join(person, found)
        message = self._messages.from_person(found, person, text, thread_ts=thread_ts)
        found.last_read[person] = message["ts"]
        return message

    def join(self, user: str, channel: Channel, inviter: str = "") -> None:
        """Put a user into a channel."""
        channel.members.append(user)
        self._announcer.channel_changed(channel)
        self._announcer.membership(channel, user, joined=True, inviter=inviter)

    async def edit(self, user: str, channel: str, ts: str, text: str) -> Json:
        """Edit an own message."""
        person, found = self.place(user, channel)
        return self._messages.edit_typed(found, ts, person, text)

    async def delete(self, user: str, channel: str, ts: str) -> None:
        """Delete an own message, or hide a private one."""
        person, found = self.place(user, channel)
        if ts in found.ephemerals.get(person, {}):
            self._messages.rewrite_whisper(found, person, ts, None)
            return
        self._messages.delete(found, ts, person)

    async def react(self, user: str, channel: str, ts: str, name: str, *, add: bool = True) -> None:
        """Add or remove a reaction."""
        person, found = self.place(user, channel)
        self._messages.react(found, ts, person, name.strip(":"), add=add)

    async def slash(self, user: str, channel: str, text: str) -> Outcome:
        """Type a slash command, such as `/ops status`."""
        person, found = self.place(user, channel)
        return await self.commands.slash(person, found, text)

    async def click(
        self,
        user: str,
        channel: str,
        ts: str,
        action_id: str,
        *,
        block_id: str = "",
        given: Json | None = None,
        state: Json | None = None,
    ) -> Outcome:
        """Use an element of a message; `given` holds the choice, e.g. `{"selected_option": {…}}`."""
        person, found = self.place(user, channel)
        return await self.clicks.on_message(person, found, ts, block_id, action_id, given or {}, state or {})

    async def click_view(
        self,
        user: str,
        view_id: str,
        action_id: str,
        *,
        block_id: str = "",
        given: Json | None = None,
        state: Json | None = None,
    ) -> Outcome:
        """Use an element of a modal or Home tab."""
        person = self._state.user(user).id
        if self._views.get(view_id) and self._views.owner(view_id) != person:
            raise SlackRefusal("view_not_found")
        return await self.clicks.on_view(person, view_id, block_id, action_id, given or {}, state or {})

    async def submit(self, user: str, values: Json | None = None, *, view_id: str = "") -> Outcome:
        """Submit the top modal; `values` maps block ids to plain values (option values for selects)."""
        person = self._state.user(user).id
        view = self._top(person, view_id)
        return await self.modals.submit(person, view["id"], self.modals.fill(view, values or {}))

    async def close_view(self, user: str, view_id: str = "") -> Outcome:
        """Close the top modal by hand."""
        person = self._state.user(user).id
        return await self.modals.close(person, self._top(person, view_id)["id"])

    def _top(self, user: str, view_id: str) -> Json:
        stack = self._views.stack(user)
        found = [view for view in stack if view_id in ("", view["id"])]
        if not found:
            raise SlackRefusal("view_not_found")
        return found[-1]

    async def shortcut(self, user: str, callback_id: str, channel: str = "", ts: str = "") -> Outcome:
        """Run a global shortcut, or a message shortcut on a message."""
        if not channel:
            return await self.commands.shortcut(self._state.user(user).id, callback_id)
        person, found = self.place(user, channel)
        return await self.commands.shortcut(person, callback_id, found, ts)

    async def open_home(self, user: str, app_id: str = "", *, tab: str = "home") -> Json | None:
        """Open an app's Home (or its messages tab); return the view that is published so far."""
        person = self._state.user(user).id
        app = self._state.apps.get(app_id or self._state.app.id)
        if app is None:
            raise SlackRefusal("app_not_found")
        channel = self.open_dm(person, app.seed.bot_user_id)
        view = self._views.home(app.id, person)
        event: Json = {
            "type": "app_home_opened",
            "user": person,
            "channel": channel.id,
            "tab": tab,
            "event_ts": self._state.ids.ts(),
        }
        if view and tab == "home":
            event["view"] = view
        self._announcer.to_apps(event, channel)
        return view

    def open_dm(self, user: str, other: str) -> Channel:
        """Find or open the direct conversation of two users."""
        channel, existed = self._state.direct([user, self._state.user(other).id])
        if not existed:
            self._announcer.channel_changed(channel)
        return channel

    async def stop_stream(self, user: str, channel: str, ts: str) -> None:
        """Stop a message that an app is still writing."""
        person, found = self.place(user, channel)
        self._streams.interrupt(found, ts)
        root = str(found.messages[ts].get("thread_ts", ts))
        event = {
            "type": "agent_session_stopped",
            "user": person,
            "channel": found.id,
            "thread_ts": root,
            "streaming_message_ts": [ts],
            "event_ts": self._state.ids.ts(),
        }
        self._announcer.to_apps(event, found)
