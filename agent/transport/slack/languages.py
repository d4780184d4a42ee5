"""Which language a person or a channel reads: what they chose, else what Slack knows of a person, else the team's."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from agent.errors import OpsError
from agent.locale.messages import LANGUAGES
from agent.ports.clock import Clock
from agent.ports.store import Store
from agent.settings import Settings
from agent.telemetry.logs import LogEvent
from agent.transport.slack.faults import speaking

log = structlog.get_logger(__name__)
_TIMEOUT_SECONDS = 5
# A dialog has to be open within three seconds of the click; whoever reads another language waits no longer than this.
_PATIENCE = 0.8
_KEEPS = timedelta(minutes=1)
_LOCALE_KEEPS = timedelta(hours=6)
_MOST_KEPT = 2_000


@dataclass(slots=True)
class Languages:
    """Answers from memory for a minute; whatever fails means the team's language."""

    store: Store
    clock: Clock
    team: str
    client: AsyncWebClient | None = None
    _chosen: dict[str, tuple[datetime, str | None]] = field(default_factory=dict)
    _locales: dict[str, tuple[datetime, str | None]] = field(default_factory=dict)

    async def of_person(self, user: str) -> str:
        """Return the language in which to answer one person alone."""
        return await self._choice(f"user:{user}") or await self._locale(user) or self.team

    async def of_channel(self, names: Collection[str]) -> str:
        """Return the language of a channel that is known by these names (its id, `#name`, or both)."""
        for name in sorted(names):
            chosen = await self._choice(f"channel:{name}")
            if chosen is not None:
                return chosen
        return self.team

    async def choose_for_person(self, user: str, language: str | None) -> None:
        """Remember a person's choice, or forget it."""
        await self._choose([f"user:{user}"], language)

    async def choose_for_channel(self, names: Collection[str], language: str | None) -> None:
        """Remember a channel's choice under each of its names, or forget it."""
        await self._choose([f"channel:{name}" for name in sorted(names)], language)

    async def _choose(self, scopes: list[str], language: str | None) -> None:
        async with self.store.write() as tx:
            for scope in scopes:
                await tx.preferences.choose(scope, language)
        for scope in scopes:
            self._chosen.pop(scope, None)

    async def _choice(self, scope: str) -> str | None:
        kept = self._fresh(self._chosen, scope, _KEEPS)
        if kept is not None:
            return kept[1]
        try:
            async with self.store.read() as tx:
                found = await tx.preferences.language(scope)
        except OpsError as error:
            log.warning(LogEvent.SLACK_FAILED, doing="reading a language", reason=error.user_message)
            return None
        return self._keep(self._chosen, scope, found if found in LANGUAGES else None)

    async def _locale(self, user: str) -> str | None:
        kept = self._fresh(self._locales, user, _LOCALE_KEEPS)
        if kept is not None or self.client is None:
            return kept[1] if kept is not None else None
        try:
            with speaking("asking for a person's language"):
                answer = await asyncio.wait_for(
                    self.client.users_info(user=user, include_locale=True), _PATIENCE
                )
        except OpsError as error:
            log.info(LogEvent.SLACK_FAILED, doing="asking for a language", reason=error.user_message)
            # Asked again in a minute: Slack may only have been slow.
            self._locales[user] = (self.clock.now() - _LOCALE_KEEPS + _KEEPS, None)
            return None
        return self._keep(self._locales, user, _language(answer.get("user") or {}))

    def _fresh(
        self, kept: dict[str, tuple[datetime, str | None]], key: str, keeps: timedelta
    ) -> tuple[datetime, str | None] | None:
        found = kept.get(key)
        fresh = found is not None and timedelta(0) <= self.clock.now() - found[0] < keeps
        return found if fresh else None

    def _keep(
        self, kept: dict[str, tuple[datetime, str | None]], key: str, language: str | None
    ) -> str | None:
        kept.pop(key, None)
        kept[key] = (self.clock.now(), language)
        while len(kept) > _MOST_KEPT:
            del kept[next(iter(kept))]
        return language


def build_languages(settings: Settings, store: Store, clock: Clock) -> Languages:
    """Return the workspace's languages with a client of their own; without a token, only what people chose."""
    token = settings.slack_bot_token
    client = None
    if token is not None:
        client = AsyncWebClient(token.get_secret_value(), settings.slack_api_url, timeout=_TIMEOUT_SECONDS)
    return Languages(store, clock, settings.language, client)


def _language(user: Any) -> str | None:
    """Return the language of a locale such as `ko-KR`, if the bot speaks it."""
    spoken = str(user.get("locale") or "").partition("-")[0].lower() if isinstance(user, dict) else ""
    return spoken if spoken in LANGUAGES else None
