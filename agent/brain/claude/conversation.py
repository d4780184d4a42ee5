"""Asks the model and gets whole turns back: within a deadline and a budget, tried again as a whole when that may help."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from agent.brain.claude.turns import Call, Turn, Usage, Wire
from agent.errors import BadAnswer, Refused, TimedOut, Unavailable

BACKEND = "claude"
# A turn has no side effects, so that the whole of it may be asked for again.
MOST_TRIES = 4
MOST_UNREADABLE = 2
FIRST_PAUSE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Limits:
    """How long one conversation may take, and how much it may read and write."""

    iterations: int = 5
    seconds: float = 120.0
    call_seconds: float = 60.0
    max_tokens: int = 8192
    result_bytes: int = 8 * 1024
    turn_bytes: int = 40 * 1024
    reads_per_turn: int = 6


class Purse(Protocol):
    """What a conversation may spend; implemented by `budget.Budget`."""

    async def demand(self, call: Call) -> None:
        """Raise OverBudget when the call may not be made."""
        ...

    async def spend(self, model: str, usage: Usage) -> None:
        """Remember what a call used."""
        ...


class Conversation:
    """One line to the model with a deadline of its own, in seconds of the monotonic clock."""

    def __init__(
        self,
        wire: Wire,
        limits: Limits,
        purse: Purse,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wire = wire
        self._limits = limits
        self._purse = purse
        self._sleep = sleep
        self._monotonic = monotonic
        self._deadline = monotonic() + limits.seconds

    @property
    def seconds_left(self) -> float:
        """Return how long this conversation may still last."""
        return self._deadline - self._monotonic()

    async def ask(self, call: Call) -> Turn:
        """Return the model's whole turn; raises Unavailable, BadAnswer, Refused or OverBudget."""
        unreadable = 0
        for attempt in range(1, MOST_TRIES + 1):
            try:
                return _accepted(await self._once(call))
            except Unavailable as error:
                pause = error.retry_after_seconds or FIRST_PAUSE_SECONDS * 2 ** (attempt - 1)
                if attempt == MOST_TRIES or pause >= self.seconds_left:
                    raise
                await self._sleep(pause)
            except BadAnswer:
                unreadable += 1
                if unreadable >= MOST_UNREADABLE or attempt == MOST_TRIES:
                    raise
        raise AssertionError("every attempt returns or raises")

    async def _once(self, call: Call) -> Turn:
        left = min(self._limits.call_seconds, self.seconds_left)
        if left <= 0:
            raise TimedOut("Claude took too long.", backend=BACKEND)
        await self._purse.demand(call)
        used: list[Usage] = []
        try:
            return await self._wire.send(call, left, used.append)
        finally:
            for usage in used:
                await self._purse.spend(call.model, usage)


def _accepted(turn: Turn) -> Turn:
    if turn.stop_reason == "refusal":
        # Asking the same again would be declined again; the rules answer instead.
        raise Refused("Claude declined to answer.", backend=BACKEND)
    return turn
