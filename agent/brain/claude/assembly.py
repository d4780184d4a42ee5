"""Puts a streamed turn together, strictly: what is not whole is not there, and what is not known is kept as it came."""

import json
from collections.abc import Mapping
from typing import Any

from agent.brain.claude.turns import Block, Turn, Usage

# How each kind of piece grows a block: the piece's field, and the block's.
_GROWS = {
    "text_delta": ("text", "text"),
    "thinking_delta": ("thinking", "thinking"),
    "input_json_delta": ("partial_json", "input"),
}


class Assembly:
    """One turn in the making; raises ValueError, TypeError or LookupError for events that fit no turn."""

    def __init__(self) -> None:
        self._started = False
        self._ended = False
        self._blocks: dict[int, Block] = {}
        self._open: dict[int, dict[str, str]] = {}
        self._stop_reason: str | None = None
        self._usage: dict[str, Any] = {}

    @property
    def usage(self) -> Usage | None:
        """Return what the call has used so far, or None before the model began."""
        return _usage(self._usage) if self._started else None

    def turn(self) -> Turn | None:
        """Return the turn, or None as long as its end was not announced."""
        if not self._ended or self._stop_reason is None or self._open:
            return None
        blocks = tuple(self._blocks[index] for index in sorted(self._blocks))
        return Turn(blocks=blocks, stop_reason=self._stop_reason, usage=_usage(self._usage))

    def feed(self, event: Mapping[str, Any]) -> None:
        """Take the next event; unknown kinds are passed over."""
        kind = event.get("type")
        if kind == "message_start":
            self._started = True
            self._usage.update(_mapping(_mapping(event["message"]).get("usage") or {}))
        elif kind == "message_delta":
            delta = _mapping(event["delta"])
            self._stop_reason = str(delta["stop_reason"]) if delta.get("stop_reason") else self._stop_reason
            # These are totals, and what a later event leaves out still holds.
            later = _mapping(event.get("usage") or {})
            self._usage.update({name: count for name, count in later.items() if count is not None})
        elif kind == "message_stop":
            self._ended = self._started
        elif kind == "content_block_start":
            self._begin(_index(event), _mapping(event["content_block"]))
        elif kind == "content_block_delta":
            self._grow(_index(event), _mapping(event["delta"]))
        elif kind == "content_block_stop":
            self._finish(_index(event))

    def _begin(self, index: int, block: Mapping[str, Any]) -> None:
        if not self._started or index in self._blocks:
            raise ValueError("a block out of order")
        self._blocks[index] = dict(block)
        self._open[index] = {}

    def _grow(self, index: int, delta: Mapping[str, Any]) -> None:
        pieces, block = self._open[index], self._blocks[index]
        kind = str(delta.get("type"))
        if kind in _GROWS:
            source, name = _GROWS[kind]
            pieces[name] = pieces.get(name, "") + _words(delta[source])
        elif kind == "signature_delta":
            block["signature"] = _words(delta["signature"])
        elif kind == "citations_delta":
            block["citations"] = [*(block.get("citations") or []), delta["citation"]]

    def _finish(self, index: int) -> None:
        block = self._blocks[index]
        for name, words in self._open.pop(index).items():
            # The whole input, read strictly: half of an object is an error here, and no smaller object.
            block[name] = json.loads(words or "{}") if name == "input" else str(block.get(name) or "") + words


def _index(event: Mapping[str, Any]) -> int:
    index = event["index"]
    if not isinstance(index, int):
        raise TypeError("a block without a number")
    return index


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError("no object where one belongs")
    return value


def _words(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text where one belongs")
    return value


def _usage(raw: Mapping[str, Any]) -> Usage:
    """Return the counts that are whole numbers; anything else counts as nothing."""

    def count(name: str) -> int:
        value = raw.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0

    return Usage(
        input=count("input_tokens"),
        output=count("output_tokens"),
        cache_read=count("cache_read_input_tokens"),
        cache_write=count("cache_creation_input_tokens"),
    )
