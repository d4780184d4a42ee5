"""The calls to Slack that a channel of its own needs, each in our words and forgiving what is as wanted already."""

from dataclasses import dataclass, field
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from agent.errors import Refused
from agent.transport.slack.faults import code_of, speaking

_THERE = frozenset(
    {"already_in_channel", "cant_invite_self", "user_is_restricted", "cant_invite", "user_not_found"}
)


@dataclass(slots=True)
class RoomCalls:
    """Speaks as the bot."""

    client: AsyncWebClient
    _self: str = field(default="")

    async def create(self, name: str) -> str | None:
        """Create a public channel and return its id; None when the name is taken."""
        try:
            with speaking("opening a channel"):
                answer = await self.client.conversations_create(name=name, is_private=False)
        except Refused as error:
            if code_of(error) == "name_taken":
                return None
            raise
        return str(answer["channel"]["id"])

    async def ours(self, room: str, since: float) -> bool:
        """Say whether the bot itself created a channel at or after a time, and it still stands."""
        found = await self.info(room)
        mine = found.get("creator") == await self._own_id()
        return mine and float(found.get("created") or 0) >= since and not found.get("is_archived")

    async def info(self, room: str) -> dict[str, Any]:
        """Return what Slack knows of a channel."""
        with speaking("looking at a channel"):
            answer = await self.client.conversations_info(channel=room)
        found = answer.get("channel")
        return dict(found) if isinstance(found, dict) else {}

    async def topic(self, room: str, words: str) -> None:
        """Set a channel's topic."""
        with speaking("setting a topic"):
            await self.client.conversations_setTopic(channel=room, topic=words)

    async def invite(self, room: str, user: str) -> None:
        """Ask somebody into a channel; who is there, or cannot be asked, is no trouble."""
        try:
            with speaking("inviting somebody"):
                await self.client.conversations_invite(channel=room, users=user)
        except Refused as error:
            if code_of(error) not in _THERE:
                raise

    async def archive(self, room: str) -> None:
        """Archive a channel; one that is archived stays so."""
        try:
            with speaking("archiving a channel"):
                await self.client.conversations_archive(channel=room)
        except Refused as error:
            if code_of(error) != "already_archived":
                raise

    async def bookmarks(self, room: str) -> dict[str, str]:
        """Return a channel's bookmarks: the link of each by its title."""
        with speaking("reading bookmarks"):
            answer = await self.client.bookmarks_list(channel_id=room)
        found = answer.get("bookmarks") or []
        return {str(one.get("title")): str(one.get("link")) for one in found}

    async def bookmark(self, room: str, title: str, link: str) -> None:
        """Add a bookmark."""
        with speaking("adding a bookmark"):
            await self.client.bookmarks_add(channel_id=room, title=title, type="link", link=link)

    async def link(self, channel: str, ts: str) -> str:
        """Return the link to a message."""
        with speaking("asking for a link"):
            answer = await self.client.chat_getPermalink(channel=channel, message_ts=ts)
        return str(answer.get("permalink") or "")

    async def name_of(self, user: str) -> str:
        """Return how somebody is called."""
        with speaking("asking for a name"):
            answer = await self.client.users_info(user=user)
        found = answer.get("user") or {}
        return str(found.get("real_name") or found.get("name") or user)

    async def _own_id(self) -> str:
        if not self._self:
            with speaking("asking who the bot is"):
                answer = await self.client.auth_test()
            self._self = str(answer.get("user_id") or "")
        return self._self
