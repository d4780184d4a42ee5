"""When the threshold rules of deploy/ would have noticed a fault: the other side of the comparison."""

import numpy as np
from numpy.typing import NDArray

from agent.diagnosis.watch import Key
from bench.detection_faults import Fault
from bench.detection_world import World

# Signal, threshold, whether above it, minutes of its window, minutes that it must hold; the quickest rule of each.
RULES: tuple[tuple[str, float, bool, int, int], ...] = (
    ("server_error_ratio", 0.05, True, 5, 2),
    ("latency_p95", 1.0, True, 5, 10),
    ("latency_p95", 2.0, True, 5, 5),
    ("up", 0.999, False, 1, 1),
    ("pool_utilization", 0.9, True, 1, 1),
    ("container_memory_ratio", 0.85, True, 1, 2),
    ("cache_hit_ratio", 0.5, False, 5, 2),
    ("cpu_utilization", 0.8, True, 5, 5),
)


def first_rule(world: World, fault: Fault) -> int | None:
    """Return the minute at which the first rule fires during a fault; rules are evaluated once a minute."""
    found = [at for rule in RULES if (at := _fires(world, fault, rule)) is not None]
    return min(found) if found else None


def _fires(world: World, fault: Fault, rule: tuple[str, float, bool, int, int]) -> int | None:
    signal, threshold, above, window, hold = rule
    values = world.series[Key(signal, fault.service)]
    held = 0
    for minute in range(int(np.ceil(fault.start)), min(int(fault.end) + 2, len(values))):
        value = _mean(values[max(0, minute - window + 1) : minute + 1])
        beyond = value > threshold if above else value < threshold
        held = held + 1 if beyond else 0
        if held > hold:
            return minute
    return None


def _mean(values: NDArray[np.float64]) -> float:
    measured = values[np.isfinite(values)]
    return float(measured.mean()) if len(measured) else float("nan")
