"""The loop: the model wishes for reads, gets what they saw, and says in the end what it thinks; every turn can be kept."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.brain.claude.conversation import Conversation, Limits
from agent.brain.claude.hands import Hands
from agent.brain.claude.turns import Block, Call, Message, Turn
from agent.errors import BadAnswer

Keep = Callable[["Talk"], Awaitable[None]]


@dataclass(slots=True)
class Talk:
    """How far a talk has come; plain JSON, so that another process can go on with it."""

    messages: list[Message] = field(default_factory=list)
    iteration: int = 0
    notes: str = ""
    done: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the talk as it is kept."""
        return {
            "messages": self.messages,
            "iteration": self.iteration,
            "notes": self.notes,
            "done": self.done,
        }


def resumed(kept: Mapping[str, Any] | None) -> Talk:
    """Return a talk as it was kept; one that cannot be read begins anew."""
    messages, iteration = ((kept or {}).get(name) for name in ("messages", "iteration"))
    if kept is None or not isinstance(messages, list) or not isinstance(iteration, int):
        return Talk()
    return Talk(messages, iteration, str(kept.get("notes") or ""), bool(kept.get("done")))


@dataclass(frozen=True, slots=True)
class Setting:
    """What stays the same through a talk."""

    model: str
    system: str
    tools: Sequence[Block]
    effort: str | None = None


async def explore(
    conversation: Conversation, setting: Setting, hands: Hands, limits: Limits, talk: Talk, keep: Keep
) -> str:
    """Let the model read until it has enough or has had its iterations; return its last words.

    Raises Unavailable, Refused or OverBudget; an answer that cannot be read only ends the reading.
    """
    while not talk.done and talk.iteration < limits.iterations:
        call = Call(
            model=setting.model,
            system=setting.system,
            messages=talk.messages,
            max_tokens=limits.max_tokens,
            tools=setting.tools,
            effort=setting.effort,
        )
        try:
            turn = await conversation.ask(call)
        except BadAnswer:
            # What was read so far still carries findings.
            break
        await _next(turn, hands, talk)
        await keep(talk)
    return talk.notes


async def _next(turn: Turn, hands: Hands, talk: Talk) -> None:
    wishes = turn.tool_uses
    talk.notes = turn.text or talk.notes
    if not wishes:
        # A reason to stop that we do not know is a reason to stop; input that may have been cut off is never run.
        talk.done = True
        return
    results = await hands.run(wishes)
    talk.messages = [
        *talk.messages,
        {"role": "assistant", "content": list(turn.blocks)},
        {"role": "user", "content": results},
    ]
    talk.iteration += 1
