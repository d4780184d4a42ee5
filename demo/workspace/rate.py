"""Slack's rate limits as token buckets, with a burst that a demo can live with."""

import math
from dataclasses import dataclass
from enum import Enum

from demo.workspace.clock import Clock


class Tier(Enum):
    """Calls a minute, as Slack publishes them; posting counts per channel."""

    ONE = 1
    ONE_BURST = 30
    TWO = 20
    THREE = 50
    FOUR = 100
    POSTING = 60
    FREE = 0


@dataclass(frozen=True, slots=True)
class RateLimits:
    """How strict the buckets are: `scale` multiplies the rates, `burst` is in minutes of a tier's rate."""

    scale: float = 1.0
    burst: float = 2.0
    posting_burst: float = 20.0


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Buckets:
    """Count calls per method, token and, for posting, channel."""

    def __init__(self, limits: RateLimits | None, clock: Clock) -> None:
        self.limits = limits
        self._clock = clock
        self._buckets: dict[tuple[str, str], _Bucket] = {}

    def wait(self, method: str, tier: Tier, key: str) -> int:
        """Take one call; return 0, or the seconds for `Retry-After` when there is none left."""
        if self.limits is None or tier is Tier.FREE:
            return 0
        per_minute: int = tier.value
        rate = per_minute / 60 * self.limits.scale
        full = self.limits.posting_burst if tier is Tier.POSTING else per_minute * self.limits.burst
        now = self._clock.now()
        bucket = self._buckets.setdefault((method, key), _Bucket(full, now))
        bucket.tokens = min(full, bucket.tokens + (now - bucket.at) * rate)
        bucket.at = now
        if bucket.tokens >= 1:
            bucket.tokens -= 1
            return 0
        return max(1, math.ceil((1 - bucket.tokens) / rate))
