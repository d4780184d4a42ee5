"""Messages: post, edit, delete, react, and the private ones that only one person sees."""

import copy
import uuid
from typing import Any

from demo.workspace.announcer import Announcer
from demo.workspace.errors import SlackRefusal
from demo.workspace.state import App, Channel, State
from demo.workspace.text import Typist, rich_text

Json = dict[str, Any]
TEXT_CUT = 40_000


class Messages:
    """Change conversations and announce each change."""

    def __init__(self, state: State, announcer: Announcer) -> None:
        self._state = state
        self._announcer = announcer
        self._typist = Typist(state)

    # --- posting

    def from_person(self, channel: Channel, user: str, typed: str, *, thread_ts: str = "") -> Json:
        """Post what a person typed."""
        text = self._typist.stored(typed)
        message: Json = {
            "type": "message",
            "user": user,
            "text": text,
            "team": self._state.team.id,
            "client_msg_id": str(uuid.uuid4()),
            "blocks": [rich_text(text, self._state.ids.new("b"))],
        }
        return self.post(channel, message, thread_ts=thread_ts)

    def from_app(self, app: App, channel: Channel, content: Json, *, thread_ts: str = "") -> Json:
        """Post content (`text, blocks, attachments, metadata, files …`) in the name of an app's bot."""
        return self.post(channel, self.app_message(app, content), thread_ts=thread_ts)

    def app_message(self, app: App, content: Json) -> Json:
        """Return a message object of an app, without a timestamp."""
        message: Json = {
            "type": "message",
            "user": app.seed.bot_user_id,
            "bot_id": app.seed.bot_id,
            "app_id": app.id,
            "team": self._state.team.id,
            "bot_profile": {
                "id": app.seed.bot_id,
                "app_id": app.id,
                "name": app.seed.name,
                "deleted": False,
                "updated": 0,
                "team_id": self._state.team.id,
                "icons": {"emoji": app.seed.icon_emoji},
            },
            "text": str(content.get("text") or "")[:TEXT_CUT],
        }
        for key in ("blocks", "attachments", "metadata", "files", "username", "icons", "upload"):
            if content.get(key):
                message[key] = copy.deepcopy(content[key])
        self.name_blocks(message)
        return message

    def post(self, channel: Channel, message: Json, *, thread_ts: str = "", broadcast: bool = False) -> Json:
        """Put a message into a channel or a thread; refuses with `thread_not_found`."""
        if channel.archived:
            raise SlackRefusal("is_archived")
        if thread_ts:
            thread_ts = self._root_of(channel, thread_ts)
        message["ts"] = self._state.ids.ts()
        channel.messages[message["ts"]] = message
        if thread_ts:
            message["thread_ts"] = thread_ts
            if broadcast:
                message["subtype"] = "thread_broadcast"
            self._count_reply(channel, thread_ts, message)
        self._announcer.posted(channel, message)
        if thread_ts:
            self._announcer.shown(channel, channel.messages[thread_ts])
        return message

    def _root_of(self, channel: Channel, thread_ts: str) -> str:
        root = channel.messages.get(thread_ts)
        if root is None:
            raise SlackRefusal("thread_not_found")
        return str(root.get("thread_ts") or thread_ts)

    def _count_reply(self, channel: Channel, root_ts: str, reply: Json) -> None:
        root = channel.messages[root_ts]
        channel.threads.setdefault(root_ts, []).append(reply["ts"])
        reply["parent_user_id"] = root.get("user", "")
        self._recount(channel, root)

    def _recount(self, channel: Channel, root: Json) -> None:
        replies = channel.threads.get(root["ts"], [])
        if not replies:
            for key in ("thread_ts", "reply_count", "reply_users", "reply_users_count", "latest_reply"):
                root.pop(key, None)
            return
        users = list(dict.fromkeys(str(channel.messages[ts].get("user", "")) for ts in replies))
        root.update(
            thread_ts=root["ts"],
            reply_count=len(replies),
            reply_users=users[:5],
            reply_users_count=len(users),
            latest_reply=replies[-1],
        )

    def name_blocks(self, message: Json) -> None:
        """Give each block without a `block_id` one."""
        lists = [message.get("blocks") or []]
        lists += [attachment.get("blocks") or [] for attachment in message.get("attachments") or []]
        for blocks in lists:
            for block in blocks:
                block.setdefault("block_id", self._state.ids.new("b"))

    # --- changing

    def edit(self, channel: Channel, ts: str, user: str, changes: Json) -> Json:
        """Replace the given parts of a user's own message; refuses with `cant_update_message`."""
        message = self._state.message(channel, ts)
        if message.get("user") != user:
            raise SlackRefusal("cant_update_message")
        previous = dict(message)
        for key, value in changes.items():
            if value or key == "text":
                message[key] = copy.deepcopy(value)
            else:
                message.pop(key, None)
        self.name_blocks(message)
        message["edited"] = {"user": user, "ts": self._state.ids.ts()}
        self._announcer.changed(channel, message, previous)
        return message

    def edit_typed(self, channel: Channel, ts: str, user: str, typed: str) -> Json:
        """Replace a person's own message with what they typed."""
        text = self._typist.stored(typed)
        block = rich_text(text, self._state.ids.new("b"))
        return self.edit(channel, ts, user, {"text": text, "blocks": [block]})

    def delete(self, channel: Channel, ts: str, user: str) -> None:
        """Delete a user's own message; refuses with `cant_delete_message`."""
        message = self._state.message(channel, ts)
        if message.get("user") != user:
            raise SlackRefusal("cant_delete_message")
        if channel.threads.get(ts):
            # Slack keeps a marker so that the replies stay reachable.
            previous = dict(message)
            for key in ("blocks", "attachments", "files", "metadata", "reactions", "bot_id", "edited"):
                message.pop(key, None)
            message.update(subtype="tombstone", user="USLACKBOT", text="This message was deleted.")
            self._announcer.changed(channel, message, previous)
            return
        del channel.messages[ts]
        root = channel.messages.get(str(message.get("thread_ts", "")))
        if root is not None:
            channel.threads[root["ts"]].remove(ts)
            self._recount(channel, root)
            self._announcer.shown(channel, root)
        self._announcer.deleted(channel, message)

    def react(self, channel: Channel, ts: str, user: str, name: str, *, add: bool) -> None:
        """Add or remove a reaction; refuses with `already_reacted` or `no_reaction`."""
        message = self._state.message(channel, ts)
        reactions: list[Json] = message.setdefault("reactions", [])
        found = next((reaction for reaction in reactions if reaction["name"] == name), None)
        if add and found and user in found["users"]:
            raise SlackRefusal("already_reacted")
        if not add and (found is None or user not in found["users"]):
            raise SlackRefusal("no_reaction")
        if found is None:
            found = {"name": name, "users": [], "count": 0}
            reactions.append(found)
        (found["users"].append if add else found["users"].remove)(user)
        found["count"] = len(found["users"])
        message["reactions"] = [reaction for reaction in reactions if reaction["users"]]
        if not message["reactions"]:
            del message["reactions"]
        self._announcer.reacted(channel, message, user, name, added=add)

    # --- only visible to you

    def whisper(self, app: App, channel: Channel, user: str, content: Json, *, thread_ts: str = "") -> Json:
        """Show an app's message to one person only."""
        message = self.app_message(app, content)
        message.update(ts=self._state.ids.ts(), ephemeral=True, is_ephemeral=True)
        if thread_ts:
            message["thread_ts"] = thread_ts
        channel.ephemerals.setdefault(user, {})[message["ts"]] = message
        self._announcer.to_pages({"type": "ephemeral", "channel": channel.id, "message": message}, [user])
        return message

    def rewrite_whisper(self, channel: Channel, user: str, ts: str, content: Json | None) -> None:
        """Replace a private message, or remove it when there is no content."""
        own = channel.ephemerals.get(user, {})
        message = own.get(ts)
        if message is None:
            raise SlackRefusal("message_not_found")
        if content is None:
            del own[ts]
            self._announcer.to_pages({"type": "message_deleted", "channel": channel.id, "ts": ts}, [user])
            return
        fresh: Json = {key: content[key] for key in ("text", "blocks", "attachments") if key in content}
        message.update(copy.deepcopy(fresh))
        self.name_blocks(message)
        self._announcer.to_pages(
            {"type": "message_changed", "channel": channel.id, "message": message}, [user]
        )
