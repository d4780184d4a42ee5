"""Socket Mode's server side: one-time urls, hello, envelopes to one of several sockets, acks, disconnects."""

import asyncio
import contextlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from demo.workspace.clock import Clock
from demo.workspace.delivery.transport import ACK_SECONDS, Delivery, Json
from demo.workspace.errors import DeliveryFailed, SlackRefusal
from demo.workspace.recorder import Recorder

MAX_SOCKETS = 10
_CLOSE_AFTER_NOTICE = 0.5


@dataclass(slots=True, eq=False)
class _Link:
    socket: web.WebSocketResponse
    wire: asyncio.WriteTransport | None = None
    waiting: dict[str, asyncio.Future[Json]] = field(default_factory=dict)


class SocketGate:
    """All Socket Mode connections of one app."""

    def __init__(
        self, app_id: str, clock: Clock, recorder: Recorder, ack_seconds: float = ACK_SECONDS
    ) -> None:
        self._ack_seconds = ack_seconds
        self._disabled = False
        self._app_id = app_id
        self._clock = clock
        self._recorder = recorder
        self._tickets: set[str] = set()
        self._links: list[_Link] = []
        self._arrived = asyncio.Event()

    @property
    def connected(self) -> int:
        """Return how many sockets are open."""
        return len(self._links)

    def ticket(self) -> str:
        """Return a ticket that opens one socket, once; refuses with `link_disabled`."""
        if self._disabled:
            raise SlackRefusal("link_disabled")
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        return ticket

    def accepts(self, ticket: str) -> bool:
        """Use a ticket up; tell whether it was good."""
        good = ticket in self._tickets
        self._tickets.discard(ticket)
        return good

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Run one socket until it closes."""
        socket = web.WebSocketResponse(heartbeat=15, max_msg_size=8_000_000)
        await socket.prepare(request)
        if len(self._links) >= MAX_SOCKETS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        wire = request.transport
        link = _Link(socket, wire if isinstance(wire, asyncio.WriteTransport) else None)
        await socket.send_json(self._hello())
        self._links.append(link)
        self._arrived.set()
        self._recorder.touch()
        try:
            # Whoever goes away while a pong is on its way to it is gone, which is no error of ours.
            with contextlib.suppress(ConnectionResetError):
                async for message in socket:
                    if message.type is WSMsgType.TEXT:
                        self._acked(link, message.data)
        finally:
            self._gone(link)
        return socket

    async def send(self, delivery: Delivery) -> Json:
        """Send one envelope over one socket and await its ack."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._ack_seconds
        link = await self._pick()
        envelope_id = secrets.token_hex(16)
        future: asyncio.Future[Json] = loop.create_future()
        link.waiting[envelope_id] = future
        try:
            await link.socket.send_str(json.dumps(_envelope(envelope_id, delivery)))
            async with asyncio.timeout(max(0.05, deadline - loop.time())):
                return await future
        except TimeoutError:
            raise DeliveryFailed("timeout") from None
        except (ConnectionError, RuntimeError) as error:
            raise DeliveryFailed("connection_failed") from error
        finally:
            link.waiting.pop(envelope_id, None)

    async def disconnect(self, reason: str) -> None:
        """Tell every socket to reconnect (`warning`, `refresh_requested`) or stay away (`link_disabled`)."""
        self._disabled = reason == "link_disabled"
        links = list(self._links)
        for link in links:
            if reason != "warning":
                self._links.remove(link)
            await link.socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {}})
        if not self._links:
            self._arrived.clear()
        if reason != "warning":
            await self._clock.sleep(_CLOSE_AFTER_NOTICE)
            for link in links:
                await link.socket.close()

    async def drop(self) -> None:
        """Cut every socket without a word."""
        for link in list(self._links):
            if link.wire is not None:
                link.wire.abort()
            self._gone(link)

    async def close(self) -> None:
        """Close every socket in good order."""
        for link in list(self._links):
            await link.socket.close()

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._links) + 1,
            "debug_info": {"host": "applink-local", "build_number": 1, "approximate_connection_time": 18_060},
            "connection_info": {"app_id": self._app_id},
        }

    async def _pick(self) -> _Link:
        if not self._links:
            # A client between two sockets gets the same seconds as one that is slow to ack.
            try:
                async with asyncio.timeout(self._ack_seconds):
                    await self._arrived.wait()
            except TimeoutError:
                raise DeliveryFailed("no_connection") from None
        if not self._links:
            raise DeliveryFailed("no_connection")
        # Round robin, so that a retry meets another socket when there is one.
        self._links.append(self._links.pop(0))
        return self._links[-1]

    def _acked(self, link: _Link, data: Any) -> None:
        try:
            body = json.loads(data)
        except ValueError:
            return
        if not isinstance(body, dict):
            return
        future = link.waiting.get(str(body.get("envelope_id", "")))
        if future is not None and not future.done():
            payload = body.get("payload")
            future.set_result(payload if isinstance(payload, dict) else {})

    def _gone(self, link: _Link) -> None:
        if link in self._links:
            self._links.remove(link)
        if not self._links:
            self._arrived.clear()
        for future in link.waiting.values():
            if not future.done():
                future.set_exception(DeliveryFailed("connection_failed"))
        self._recorder.touch()


def _envelope(envelope_id: str, delivery: Delivery) -> Json:
    envelope: Json = {
        "envelope_id": envelope_id,
        "type": delivery.kind,
        "payload": delivery.payload,
        "accepts_response_payload": delivery.kind != "events_api",
    }
    if delivery.kind == "events_api":
        envelope |= {"retry_attempt": delivery.retry_num, "retry_reason": delivery.retry_reason}
    return envelope
