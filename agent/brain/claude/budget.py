"""What the model may spend, per incident and day, in tokens and in money; the store counts, so no restart forgets."""

import json
import math
from dataclasses import dataclass

from agent.brain.claude.turns import Call, Usage
from agent.brain.prices import micro_usd
from agent.errors import OverBudget
from agent.ports.clock import Clock
from agent.ports.model import Spent
from agent.ports.store import Store
from agent.telemetry.metrics import Metrics

# English takes about four bytes a token, JSON and identifiers fewer; Hangul has three bytes a syllable.
BYTES_PER_TOKEN = 3.5


@dataclass(frozen=True, slots=True)
class Ceilings:
    """The limits; 0 forbids every call."""

    incident_tokens: int = 60_000
    day_tokens: int = 2_000_000
    incident_usd: float = 0.5
    day_usd: float = 20.0


class Budget:
    """Lets a call pass only if its worst case still fits; two calls at once may overrun by one of them."""

    def __init__(
        self, store: Store, clock: Clock, ceilings: Ceilings, incident_id: str, metrics: Metrics | None = None
    ) -> None:
        self._store = store
        self._clock = clock
        self._ceilings = ceilings
        self._incident_id = incident_id
        self._metrics = metrics

    async def demand(self, call: Call) -> None:
        """Raise OverBudget when the call may not be made."""
        read = estimated_tokens(call)
        cost = micro_usd(call.model, plain=read, output=call.max_tokens)
        async with self._store.read() as tx:
            day = await tx.model.of_day(self._clock.now().date())
            own = await tx.model.of_incident(self._incident_id) if self._incident_id else Spent()
        most = self._ceilings
        self._hold("the day", day, read + call.max_tokens, cost, most.day_tokens, most.day_usd)
        self._hold(
            "this incident", own, read + call.max_tokens, cost, most.incident_tokens, most.incident_usd
        )

    def _hold(
        self, what: str, spent: Spent, tokens: int, cost: int | None, most_tokens: int, most_usd: float
    ) -> None:
        # Without a known price only the tokens can be held; doctor says that the price is unknown.
        dear = cost is not None and spent.micro_usd + cost > most_usd * 1_000_000
        if dear or spent.tokens + tokens > most_tokens:
            raise OverBudget(f"The model's budget for {what} is used up.")

    async def spend(self, model: str, usage: Usage) -> None:
        """Remember what a call used."""
        cost = micro_usd(
            model,
            plain=usage.input,
            output=usage.output,
            cache_read=usage.cache_read,
            cache_write=usage.cache_write,
        )
        spent = Spent(
            calls=1,
            input_tokens=usage.total_input,
            output_tokens=usage.output,
            micro_usd=cost or 0,
            unpriced=1 if cost is None else 0,
        )
        async with self._store.write() as tx:
            await tx.model.add(self._clock.now().date(), self._incident_id, model, spent)
        if self._metrics is not None:
            for kind, count in (
                ("input", usage.input),
                ("output", usage.output),
                ("cache_read", usage.cache_read),
                ("cache_write", usage.cache_write),
            ):
                self._metrics.model_tokens.labels(kind).inc(count)
            self._metrics.model_cost.inc((cost or 0) / 1_000_000)


def estimated_tokens(call: Call) -> int:
    """Return how many tokens a call has at most, by its bytes, since no tokenizer runs here."""
    body = [call.system, list(call.messages), list(call.tools), call.schema]
    return math.ceil(len(json.dumps(body, ensure_ascii=False).encode()) / BYTES_PER_TOKEN)
