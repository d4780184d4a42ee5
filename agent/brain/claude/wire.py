"""Carries one call to Claude and brings one whole turn back; the only user of the SDK's client."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import httpx2
from anthropic import AsyncAnthropic

from agent.analysis.redaction import Redactor
from agent.brain.claude.assembly import Assembly
from agent.brain.claude.faults import WIRE_ERRORS, cut_off, translated
from agent.brain.claude.turns import Block, Call, Message, Turn, Usage


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What the API says of a model; `structured` is None where it does not say."""

    name: str
    lifecycle: str
    retires_at: datetime | None
    structured: bool | None


CACHE: Block = {"type": "ephemeral"}


class ClaudeWire:
    """One client for the life of the process; retries are the conversation's, so that they keep its deadline."""

    def __init__(
        self,
        api_key: str,
        *,
        base_url: str,
        read_timeout_seconds: float = 60.0,
        transport: httpx2.AsyncBaseTransport | None = None,
        redactor: Redactor | None = None,
    ) -> None:
        self._redactor = redactor
        timeout = httpx2.Timeout(read_timeout_seconds, connect=5.0)
        http = httpx2.AsyncClient(transport=transport, timeout=timeout) if transport is not None else None
        # An explicit key keeps the SDK from looking for credentials in the environment and on disk.
        self._client = AsyncAnthropic(
            api_key=api_key, base_url=base_url, max_retries=0, timeout=timeout, http_client=http
        )

    async def send(self, call: Call, within_seconds: float, note: Callable[[Usage], None]) -> Turn:
        """Return the whole turn; raises Unavailable, Refused or BadAnswer of agent/errors.py."""
        assembly = Assembly()
        try:
            async with asyncio.timeout(within_seconds):
                await self._stream(call, assembly)
        except WIRE_ERRORS as error:
            raise translated(error) from error
        finally:
            if assembly.usage is not None:
                note(assembly.usage)
        turn = assembly.turn()
        if turn is None:
            # A stream that closes in the middle raises nothing by itself.
            raise cut_off()
        return turn

    async def model(self, name: str, within_seconds: float) -> ModelFacts:
        """Return what the API says of a model; raises as `send` does."""
        try:
            async with asyncio.timeout(within_seconds):
                found = await self._client.models.retrieve(name)
            able = found.capabilities.structured_outputs.supported if found.capabilities else None
            ends = found.retires_at.astimezone(UTC) if found.retires_at else None
            return ModelFacts(name=found.id, lifecycle=found.lifecycle, retires_at=ends, structured=able)
        except WIRE_ERRORS as error:
            raise translated(error) from error

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.close()

    def _request(self, call: Call) -> dict[str, Any]:
        """Return the SDK's arguments with one last look for secrets: whatever was overlooked before ends here."""
        if self._redactor is None:
            return request(call)
        messages = [
            # The model's own blocks must go back exactly as they came.
            {**one, "content": _without_secrets(one["content"], self._redactor)}
            if one["role"] == "user"
            else one
            for one in call.messages
        ]
        return request(replace(call, messages=messages))

    async def _stream(self, call: Call, assembly: Assembly) -> None:
        async with await self._client.messages.create(**self._request(call), stream=True) as stream:
            async for event in stream:
                # The SDK's own assembling takes half of a tool's input for a whole one, so only its events are used.
                assembly.feed(event.to_dict(mode="json", warnings=False))


def request(call: Call) -> dict[str, Any]:
    """Return the SDK's arguments: no sampling, no forced tool, no prefill, no thinking budget, all of which are refused."""
    body: dict[str, Any] = {
        "model": call.model,
        "max_tokens": call.max_tokens,
        "system": [{"type": "text", "text": call.system, "cache_control": CACHE}],
        "messages": _cached(call.messages),
    }
    if call.tools:
        # Tools stand before the system prompt in the cached prefix, so that the system's mark covers them too.
        body["tools"] = list(call.tools)
    config: dict[str, Any] = {}
    if call.schema is not None:
        config["format"] = {"type": "json_schema", "schema": call.schema}
    if call.effort:
        config["effort"] = call.effort
    if config:
        body["output_config"] = config
    return body


def _without_secrets(node: Any, redactor: Redactor) -> Any:
    """Return content blocks with every text redacted; ids and types are no text."""
    if isinstance(node, list):
        return [_without_secrets(one, redactor) for one in node]
    if not isinstance(node, dict):
        return redactor.text(node) if isinstance(node, str) else node
    return {
        name: _without_secrets(value, redactor) if name in ("text", "content") else value
        for name, value in node.items()
    }


def _cached(messages: Sequence[Message]) -> list[Message]:
    """Mark the last block of the last message of ours, so that the next call reads what this one wrote."""
    shown = list(messages)
    if not shown or not isinstance(shown[-1].get("content"), list) or not shown[-1]["content"]:
        return shown
    *before, last = shown[-1]["content"]
    shown[-1] = {**shown[-1], "content": [*before, {**last, "cache_control": CACHE}]}
    return shown
