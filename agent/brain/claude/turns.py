"""What goes to the model and what comes back, as plain values that know nothing of the vendor's SDK."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

Block = dict[str, Any]
Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call; `input` leaves out what came from the cache or went into it."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0

    @property
    def total_input(self) -> int:
        """Return everything that the model had to read."""
        return self.input + self.cache_read + self.cache_write


@dataclass(frozen=True, slots=True)
class Call:
    """One request; `schema` asks for an answer in exactly that JSON shape, and then there are no tools."""

    model: str
    system: str
    messages: Sequence[Message]
    max_tokens: int
    tools: Sequence[Block] = ()
    schema: Block | None = None
    effort: str | None = None


@dataclass(frozen=True, slots=True)
class ToolUse:
    """The model's wish for one read; `input` is what it wrote, unchecked."""

    id: str
    name: str
    input: object


@dataclass(frozen=True, slots=True)
class Turn:
    """One whole answer; `blocks` are kept exactly as they came, because they must go back unchanged."""

    blocks: tuple[Block, ...]
    stop_reason: str
    usage: Usage = field(default_factory=Usage)

    @property
    def text(self) -> str:
        """Return everything that the model said aloud."""
        said = (block.get("text") for block in self.blocks if block.get("type") == "text")
        return "\n".join(words for words in said if isinstance(words, str)).strip()

    @property
    def tool_uses(self) -> tuple[ToolUse, ...]:
        """Return the reads it asks for; none unless it stopped for exactly that, since cut input looks whole."""
        if self.stop_reason != "tool_use":
            return ()
        return tuple(
            ToolUse(str(block.get("id", "")), str(block.get("name", "")), block.get("input"))
            for block in self.blocks
            if block.get("type") == "tool_use"
        )


class Wire(Protocol):
    """Carries calls to the model; implemented by `wire.ClaudeWire`."""

    async def send(self, call: Call, within_seconds: float, note: Callable[[Usage], None]) -> Turn:
        """Return the whole turn; raises Unavailable, Refused or BadAnswer.

        `note` is told once what the call used, also when it failed after the model had begun.
        """
        ...

    async def close(self) -> None:
        """Let go of the connections."""
        ...
