"""What counts as abnormal for each named signal: which way is bad, how far matters, and where bad begins at once."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Profile:
    """`floor` and `share` (of normal) are the smallest departures that matter; `limit` is bad whatever normal says."""

    direction: Literal["up", "down"]
    floor: float
    limit: float | None = None
    share: float = 0.5


PROFILES: dict[str, Profile] = {
    "server_error_ratio": Profile("up", floor=0.01, limit=0.05),
    "client_error_ratio": Profile("up", floor=0.10),
    "latency_p50": Profile("up", floor=0.05),
    "latency_p95": Profile("up", floor=0.10, limit=5.0),
    "latency_p99": Profile("up", floor=0.20),
    "latency_average": Profile("up", floor=0.05),
    "availability": Profile("down", floor=0.01, limit=0.95, share=0.0),
    "request_rate": Profile("down", floor=1.0),
    "up": Profile("down", floor=0.5, limit=0.0),
    "cpu_utilization": Profile("up", floor=0.20, limit=0.80, share=0.3),
    "memory_utilization": Profile("up", floor=0.15, limit=0.90, share=0.3),
    "container_memory_ratio": Profile("up", floor=0.20, limit=0.85, share=0.3),
    "disk_utilization": Profile("up", floor=0.20, limit=0.85, share=0.3),
    "pool_utilization": Profile("up", floor=0.30, limit=0.90, share=0.3),
    "cache_hit_ratio": Profile("down", floor=0.15, share=0.2),
    "certificate_days_left": Profile("down", floor=1e9, limit=7.0),
}

FAILING_SIGNALS = ("server_error_ratio", "latency_p95", "up")
"""The signals whose departure makes a service a failing one; the others explain why."""


def beyond_limit(signal: str, value: float) -> bool:
    """Say whether a value is bad whatever normal is."""
    profile = PROFILES.get(signal)
    if profile is None or profile.limit is None:
        return False
    return value >= profile.limit if profile.direction == "up" else value <= profile.limit


def departed(signal: str, value: float, normal: float) -> bool:
    """Say whether a value is far from its normal in the bad direction."""
    profile = PROFILES.get(signal)
    if profile is None:
        return False
    gap = value - normal if profile.direction == "up" else normal - value
    return gap > max(profile.floor, profile.share * abs(normal))
