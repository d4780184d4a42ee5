"""What tokens cost, as published in October 2026; a model that is not listed has an unknown cost, never a cost of nothing."""

import re
from dataclasses import dataclass
from datetime import date

AS_OF = date(2026, 10, 1)
# Writing to the cache costs a quarter more than reading plainly; where no price for cached reads is published, the plain one.
_CACHE_WRITE = 1.25
_LONG_PROMPT = 100_000
_DATED = re.compile(r"-\d{8}$")


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens, which is micro-dollars per token; `long_…` holds for prompts over 100,000."""

    input: float
    output: float
    cache_read: float | None = None
    long_input: float | None = None
    long_output: float | None = None


PRICES: dict[str, Price] = {
    "claude-haiku-5-5": Price(0.10, 0.50, long_input=0.50, long_output=2.50),
    "claude-sonnet-5-5": Price(2.0, 10.0, cache_read=0.10),
    "claude-opus-5-5": Price(4.0, 20.0),
}


def price_of(model: str) -> Price | None:
    """Return a model's price, that of a dated version by its name without the date; None when it is unknown."""
    return PRICES.get(_DATED.sub("", model))


def micro_usd(
    model: str, *, plain: int, output: int, cache_read: int = 0, cache_write: int = 0
) -> int | None:
    """Return the cost of a call in millionths of a dollar, rounded up, or None when it is unknown."""
    price = price_of(model)
    if price is None:
        return None
    long = plain + cache_read + cache_write > _LONG_PROMPT
    read = price.long_input if long and price.long_input is not None else price.input
    written = price.long_output if long and price.long_output is not None else price.output
    cached = price.cache_read if price.cache_read is not None else read
    cost = plain * read + cache_write * read * _CACHE_WRITE + cache_read * cached + output * written
    return -int(-cost // 1)
