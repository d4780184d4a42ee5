"""The door to Slack: connects over Socket Mode, or answers signed HTTP, and lets go cleanly."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from agent.errors import BackendError
from agent.ports.jobs import Handler
from agent.telemetry.logs import LogEvent
from agent.transport.slack.chat import SlackChat
from agent.transport.slack.faults import speaking

log = structlog.get_logger(__name__)
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0


@dataclass(slots=True)
class SlackDoor:
    """Start it and the bot hears; `chat` works from `start()` on, whether or not the socket is connected yet; `handlers`
    do the jobs that need Slack."""

    app: AsyncApp
    chat: SlackChat
    clients: tuple[AsyncWebClient, ...]
    app_token: str | None
    handlers: Mapping[str, Handler] = field(default_factory=dict)
    _session: aiohttp.ClientSession | None = field(init=False, default=None)
    _socket: Any = field(init=False, default=None)
    _connecting: asyncio.Task[None] | None = field(init=False, default=None)

    async def start(self) -> None:
        """Open the connections; with Slack unreachable, go on trying in the background."""
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))
        for client in self.clients:
            client.session = self._session
        if self.app_token is not None:
            self._connecting = asyncio.create_task(self._connect(self.app_token), name="slack socket")

    async def stop(self) -> None:
        """Hear nothing new and close the connections."""
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        if self._socket is not None:
            await self._socket.close_async()
        if self._session is not None:
            await self._session.close()

    async def team(self) -> str:
        """Return the id of the workspace that the token belongs to; raises as every call to Slack does."""
        with speaking("asking for the own workspace"):
            answer = await self.clients[0].auth_test()
        return str(answer["team_id"])

    async def connected(self) -> bool:
        """Say whether events can arrive."""
        if self.app_token is None:
            return self._session is not None
        return self._socket is not None and bool(await self._socket.client.is_connected())

    async def handle_http(self, request: web.Request) -> web.Response:
        """Answer a signed request of Slack's HTTP mode; mount it at `/slack/events`."""
        answer: web.Response = await to_aiohttp_response(
            await self.app.async_dispatch(await to_bolt_request(request))
        )
        return answer

    async def _connect(self, app_token: str) -> None:
        from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

        pause = _FIRST_PAUSE
        self._socket = AsyncSocketModeHandler(self.app, app_token, ping_interval=5)
        while True:
            try:
                with speaking("connecting"):
                    await self._socket.connect_async()
            except BackendError as error:
                log.warning(LogEvent.SLACK_FAILED, doing="connect", reason=error.user_message, again_in=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                log.info(LogEvent.SLACK, event_note="connected")
                return
