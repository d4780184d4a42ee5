"""A scripted Messages API: turns as server-sent events, cut and broken where a test wants it, in process or on a port."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
from aiohttp import web

from agent.brain.claude.prompts import prompt
from agent.domain.handoff import SubAgent

Json = dict[str, Any]
USAGE: Json = {"input_tokens": 100, "output_tokens": 1}


def sse(event: str, data: Json | str) -> bytes:
    """Return one server-sent event."""
    body = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return f"event: {event}\ndata: {body}\n\n".encode()


def text(words: str) -> Json:
    """A text block."""
    return {"type": "text", "text": words}


def tool_use(name: str, given: Json, number: int = 1) -> Json:
    """A wish for a tool."""
    return {"type": "tool_use", "id": f"toolu_{number:02d}", "name": name, "input": given}


def thinking(words: str = "hm", signature: str = "sig==") -> Json:
    """A thinking block."""
    return {"type": "thinking", "thinking": words, "signature": signature}


def turn(*blocks: Json, stop: str | None = None, usage: Json | None = None, out: int = 20) -> list[bytes]:
    """Return the events of one whole turn."""
    reason = stop or ("tool_use" if any(b["type"] == "tool_use" for b in blocks) else "end_turn")
    start: Json = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-test",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage or USAGE,
    }
    events = [sse("message_start", {"type": "message_start", "message": start})]
    for index, block in enumerate(blocks):
        events += block_events(index, block)
    ended = {"stop_reason": reason, "stop_sequence": None}
    events.append(
        sse("message_delta", {"type": "message_delta", "delta": ended, "usage": {"output_tokens": out}})
    )
    events.append(sse("message_stop", {"type": "message_stop"}))
    return events


def block_events(index: int, block: Json) -> list[bytes]:
    """Return the events of one block, its content in two pieces."""
    empty: Json = {
        "text": {"type": "text", "text": ""},
        "tool_use": {**block, "input": {}},
        "thinking": {"type": "thinking", "thinking": "", "signature": ""},
    }.get(block["type"], block)
    deltas: list[Json] = []
    if block["type"] == "text":
        deltas = [{"type": "text_delta", "text": part} for part in _halves(block["text"])]
    elif block["type"] == "tool_use":
        deltas = [
            {"type": "input_json_delta", "partial_json": part} for part in _halves(json.dumps(block["input"]))
        ]
    elif block["type"] == "thinking":
        deltas = [{"type": "thinking_delta", "thinking": part} for part in _halves(block["thinking"])]
        deltas.append({"type": "signature_delta", "signature": block["signature"]})
    return [
        sse("content_block_start", {"type": "content_block_start", "index": index, "content_block": empty}),
        *(
            sse("content_block_delta", {"type": "content_block_delta", "index": index, "delta": delta})
            for delta in deltas
        ),
        sse("content_block_stop", {"type": "content_block_stop", "index": index}),
    ]


def _halves(words: str) -> list[str]:
    middle = len(words) // 2
    return [part for part in (words[:middle], words[middle:]) if part]


def said(draft: Json, **more: Any) -> list[bytes]:
    """Return a turn whose text is this JSON."""
    return turn(text(json.dumps(draft, ensure_ascii=False)), **more)


@dataclass
class Reply:
    """What the wire answers once: events, then perhaps a cut; or another status."""

    events: Sequence[bytes] = ()
    status: int = 200
    body: Json | bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    pause: float = 0.0
    media: str = "text/event-stream"


def error(status: int, kind: str, **headers: str) -> Reply:
    """An error of the API."""
    body = {"type": "error", "error": {"type": kind, "message": "no"}}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status=status, body=body, headers=named)


Script = Reply | list[bytes] | Callable[[Json], "Reply | list[bytes]"]


def of_a_sub_agent(asked: Json) -> bool:
    """Say whether a sub-agent asks, by the prompt that it begins with."""
    begins = {prompt(agent.value)[:60] for agent in SubAgent}
    return any(str(block.get("text", ""))[:60] in begins for block in asked.get("system", []))


class ScriptedWire:
    """Answers calls in the order of its script, the last one for ever; remembers what was asked.

    With `counsel` what sub-agents ask gets that answer beside the script, whenever they come.
    """

    def __init__(
        self, *script: Script, models: dict[str, Json] | None = None, counsel: Reply | None = None
    ) -> None:
        self.script = list(script)
        self.counsel = counsel
        self.asked: list[Json] = []
        self.keys: list[str] = []
        self.models = models or {}

    def next(self, asked: Json) -> Reply:
        if self.counsel is not None and of_a_sub_agent(asked):
            return self.counsel
        number = min(len(self.asked), len(self.script) - 1)
        self.asked.append(asked)
        found = self.script[number]
        found = found(asked) if callable(found) else found
        return Reply(found) if isinstance(found, list) else found

    @property
    def transport(self) -> httpx2.MockTransport:
        """The wire in process."""
        return httpx2.MockTransport(self._handle)

    async def _handle(self, request: httpx2.Request) -> httpx2.Response:
        self.keys.append(request.headers.get("authorization", ""))
        if request.method == "GET":
            return self._model(request)
        reply = self.next(json.loads(request.content))
        if reply.body is not None:
            kind = {"content": reply.body} if isinstance(reply.body, bytes) else {"json": reply.body}
            return httpx2.Response(reply.status, headers=reply.headers, **kind)
        headers = {"content-type": reply.media, **reply.headers}
        return httpx2.Response(reply.status, headers=headers, stream=_Stream(reply))

    def _model(self, request: httpx2.Request) -> httpx2.Response:
        found = self.models.get(request.url.path.rpartition("/")[2])
        if found is None:
            missing = {"type": "error", "error": {"type": "not_found_error", "message": "no such model"}}
            return httpx2.Response(404, json=missing)
        return httpx2.Response(200, json=found)


class _Stream(httpx2.AsyncByteStream):
    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for event in self._reply.events:
            if self._reply.pause:
                await asyncio.sleep(self._reply.pause)
            yield event
        if self._reply.cut:
            raise httpx2.RemoteProtocolError("peer closed connection without sending complete message body")

    async def aclose(self) -> None:
        return None


@dataclass
class ServedWire:
    """The same script on a port of this machine; `away` cuts every connection before it answers."""

    wire: ScriptedWire
    url: str = ""
    away: bool = False
    refused: int = 0

    async def messages(self, request: web.Request) -> web.StreamResponse:
        """Answer one call."""
        asked = await request.json()
        if self.away:
            self.refused += 1
            _abort(request)
            return web.Response()
        reply = self.wire.next(asked)
        if reply.body is not None:
            data = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            return web.Response(status=reply.status, body=data, headers=reply.headers)
        answer = web.StreamResponse(
            status=reply.status, headers={"Content-Type": reply.media, **reply.headers}
        )
        await answer.prepare(request)
        for event in reply.events:
            await asyncio.sleep(reply.pause)
            await answer.write(event)
        if reply.cut:
            _abort(request)
        return answer


def _abort(request: web.Request) -> None:
    assert request.transport is not None
    request.transport.abort()


@asynccontextmanager
async def served(wire: ScriptedWire) -> AsyncIterator[ServedWire]:
    """Serve a scripted wire on 127.0.0.1 until the block ends."""
    server = ServedWire(wire)
    app = web.Application()
    app.router.add_post("/v1/messages", server.messages)
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()
