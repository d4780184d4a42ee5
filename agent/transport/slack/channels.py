"""From a channel's name in the routing policy to its id, and into the channel if need be."""

import re
from dataclasses import dataclass, field
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from agent.domain.noun import Json
from agent.errors import BackendError, Refused
from agent.transport.slack.faults import BACKEND, speaking

_MOST_PAGES = 50
_BY_NAME = re.compile(r"<#([a-z0-9_-]{1,80})>")
_KINDS = "public_channel,private_channel"


@dataclass(slots=True)
class Channels:
    """Remembers ids by name; a name that Slack does not know any more is looked up again."""

    client: AsyncWebClient
    _ids: dict[str, str] = field(default_factory=dict)

    async def id_of(self, channel: str) -> str:
        """Return a channel's id; ids pass through, names start with `#`; raises Refused when there is none."""
        if not channel.startswith("#"):
            return channel
        name = channel[1:].lower()
        if name not in self._ids:
            await self._learn(name)
        if name not in self._ids:
            raise Refused(
                f"There is no channel {channel} that the bot can see. Create it, or run /invite @ops-monitor there"
                " if it is private.",
                backend=BACKEND,
            )
        return self._ids[name]

    async def linked(self, shown: Json) -> Json:
        """Return blocks in which a channel that is linked by its name (`<#alerts>`) is linked by its id."""
        if isinstance(shown, list):
            return [await self.linked(one) for one in shown]
        if not isinstance(shown, dict):
            return shown
        if shown.get("type") != "mrkdwn":
            return {key: await self.linked(value) for key, value in shown.items()}
        words = str(shown.get("text", ""))
        for name in dict.fromkeys(_BY_NAME.findall(words)):
            words = words.replace(f"<#{name}>", await self._link(name))
        return shown | {"text": words}

    async def _link(self, name: str) -> str:
        try:
            return f"<#{await self.id_of(f'#{name}')}>"
        except BackendError:
            # A name that leads nowhere still tells where cards should go.
            return f"#{name}"

    def forget(self, channel: str) -> None:
        """Forget a name, because its id stopped working."""
        self._ids.pop(channel.removeprefix("#").lower(), None)

    async def join(self, channel_id: str) -> None:
        """Join a public channel."""
        with speaking("joining a channel"):
            await self.client.conversations_join(channel=channel_id)

    async def _learn(self, wanted: str) -> None:
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            with speaking("listing channels"):
                answer = await self.client.conversations_list(
                    types=_KINDS, exclude_archived=True, limit=999, cursor=cursor
                )
            found: list[dict[str, Any]] = answer.get("channels") or []
            self._ids.update({str(one["name"]).lower(): str(one["id"]) for one in found if "name" in one})
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or None
            if cursor is None or wanted in self._ids:
                return
