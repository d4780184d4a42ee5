"""The last call: a new conversation without tools, from the evidence and the notes, that ends in a checked shape.

It is a conversation of its own because the API wants the tools named wherever a tool was used, and because the evidence in
short, with its ids, is a smaller and better ground than everything that was said on the way.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel

from agent.brain.claude.conversation import Conversation
from agent.brain.claude.drafts import read, schema_of
from agent.brain.claude.material import encoded
from agent.brain.claude.turns import Call
from agent.errors import BadAnswer

T = TypeVar("T", bound=BaseModel)
BACKEND = "claude"
_TRIES = 2


async def write_down(
    conversation: Conversation,
    kind: type[T],
    *,
    model: str,
    system: str,
    material: Mapping[str, Any] | Sequence[Any] | str,
    max_tokens: int = 8192,
    effort: str | None = None,
) -> T:
    """Return the model's answer in the shape of `kind`; raises Unavailable, Refused, OverBudget or BadAnswer."""
    said = material if isinstance(material, str) else encoded(material)
    call = Call(
        model=model,
        system=system,
        messages=[{"role": "user", "content": [{"type": "text", "text": said}]}],
        max_tokens=max_tokens,
        schema=schema_of(kind),
        effort=effort,
    )
    for attempt in range(_TRIES):
        turn = await conversation.ask(call)
        try:
            if turn.stop_reason != "end_turn":
                raise BadAnswer("Claude did not come to an end.", backend=BACKEND)
            return read(kind, turn.text)
        except BadAnswer:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("every attempt returns or raises")
