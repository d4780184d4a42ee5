"""Slack user groups, read live: who may vote, and the code that mentions a group."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from agent.errors import BadAnswer, NotFound
from agent.ports.clock import Clock
from agent.settings import Settings
from agent.transport.slack.faults import BACKEND, speaking

KEEPS = timedelta(seconds=15)
_TIMEOUT_SECONDS = 5
_MOST_KEPT = 200


@dataclass(frozen=True, slots=True)
class _Kept:
    at: datetime
    members: frozenset[str]


@dataclass(slots=True)
class SlackGroups:
    """Keeps each answer for 15 seconds and asks once for several who wait; a failure is never kept and never hidden,
    so that with Slack down nobody is in any group."""

    client: AsyncWebClient
    clock: Clock
    _ids: dict[str, str] = field(default_factory=dict)
    _learnt_at: datetime | None = None
    _kept: dict[str, _Kept] = field(default_factory=dict)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def members(self, group: str) -> frozenset[str]:
        """Return the user ids of a group by its handle; raises NotFound for an unknown or disabled one, Unavailable,
        Refused or BadAnswer when Slack does not tell."""
        handle = group.removeprefix("@").lower()
        async with self._lock:
            kept = self._kept.get(handle)
            if kept is None or not self._fresh(kept.at):
                self._kept.pop(handle, None)
                kept = _Kept(self.clock.now(), await self._asked(handle))
                self._kept[handle] = kept
                while len(self._kept) > _MOST_KEPT:
                    del self._kept[next(iter(self._kept))]
            return kept.members

    async def mention(self, group: str) -> str:
        """Return the code that notifies a group; raises as `members` does."""
        async with self._lock:
            return f"<!subteam^{await self._id(group.removeprefix('@').lower())}>"

    def _fresh(self, at: datetime | None) -> bool:
        return at is not None and timedelta(0) <= self.clock.now() - at < KEEPS

    async def _asked(self, handle: str) -> frozenset[str]:
        found = await self._id(handle)
        answer = await _told(
            "reading a user group", lambda: self.client.usergroups_users_list(usergroup=found)
        )
        users = answer.get("users")
        if not isinstance(users, list):
            raise BadAnswer("Slack answered a user group without its people.", backend=BACKEND)
        return frozenset(str(user) for user in users)

    async def _id(self, handle: str) -> str:
        if not self._fresh(self._learnt_at) or handle not in self._ids:
            # Asked for without disabled groups: one that was switched off must not go on to approve.
            answer = await _told(
                "listing user groups", lambda: self.client.usergroups_list(include_disabled=False)
            )
            listed = answer.get("usergroups")
            if not isinstance(listed, list):
                raise BadAnswer("Slack answered no list of user groups.", backend=BACKEND)
            self._ids = {str(one["handle"]).lower(): str(one["id"]) for one in listed if _usable(one)}
            self._learnt_at = self.clock.now()
        if handle not in self._ids:
            raise NotFound(f"There is no user group @{handle} in Slack, or it is switched off.")
        return self._ids[handle]


def build_groups(settings: Settings, clock: Clock) -> SlackGroups | None:
    """Return the workspace's groups with a client of their own, or None without a token."""
    token = settings.slack_bot_token
    if token is None:
        return None
    client = AsyncWebClient(token.get_secret_value(), settings.slack_api_url, timeout=_TIMEOUT_SECONDS)
    return SlackGroups(client, clock)


async def _told(doing: str, call: Callable[[], Awaitable[Any]]) -> Any:
    with speaking(doing):
        return await call()


def _usable(one: Any) -> bool:
    return (
        isinstance(one, dict)
        and bool(one.get("handle"))
        and bool(one.get("id"))
        and not one.get("date_delete")
    )
