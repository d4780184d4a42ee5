"""The demo's eight kinds of faults as they show in a service's numbers, of many strengths and speeds."""

from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Floats = NDArray[np.float64]

KINDS = (
    "bad-deployment",
    "slow-dependency",
    "memory-leak",
    "crash-loop",
    "pool-exhaustion",
    "cache-stampede",
    "expired-certificate",
    "noisy-neighbour",
)


class Load:
    """What happens in a service each minute before anybody measures it; requests a minute, seconds, shares."""

    def __init__(self, minutes: int) -> None:
        self.requests: Floats = np.ones(minutes)
        self.errors: Floats = np.zeros(minutes)
        self.latency: Floats = np.ones(minutes)
        self.up: Floats = np.ones(minutes)
        self.cpu: Floats = np.zeros(minutes)
        self.memory: Floats = np.zeros(minutes)
        self.pool: Floats = np.zeros(minutes)
        self.hits: Floats = np.zeros(minutes)
        self.resets: set[int] = set()


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of a service: `start` in minutes with its fraction, how long, how strong (0 to 1), how long until full."""

    kind: str
    service: str
    start: float
    minutes: int
    strength: float
    ramp: float

    @property
    def end(self) -> float:
        """Return when it was over, in minutes."""
        return self.start + self.minutes

    def happen(self, load: Load, rng: Generator) -> None:
        """Put the fault into the numbers."""
        how = _How(self, load, rng)
        {
            "bad-deployment": how.bad_deployment,
            "slow-dependency": how.slow_dependency,
            "memory-leak": how.memory_leak,
            "crash-loop": how.crash_loop,
            "pool-exhaustion": how.pool_exhaustion,
            "cache-stampede": how.cache_stampede,
            "expired-certificate": how.expired_certificate,
            "noisy-neighbour": how.noisy_neighbour,
        }[self.kind]()


@dataclass(slots=True)
class _How:
    """One fault at work."""

    fault: Fault
    load: Load
    rng: Generator
    shape: Floats = field(init=False)

    def __post_init__(self) -> None:
        """Work out how much of the fault each minute shows: its first minute counts only what is left of it."""
        # What is shown at minute t was measured during the minute before it.
        at = np.arange(len(self.load.up), dtype=float)
        since, fault = at - self.fault.start, self.fault
        share = np.clip(since, 0, 1) * np.clip(fault.minutes - since + 1, 0, 1)
        self.shape = share * (np.clip(since / fault.ramp, 0.05, 1) if fault.ramp else 1.0)

    def _errors(self, share: float) -> None:
        self.load.errors += (1 - self.load.errors) * share * self.shape

    def _slower(self, times: float) -> None:
        self.load.latency *= 1 + (times - 1) * self.shape

    def bad_deployment(self) -> None:
        """Fail a part of the requests at once, and restart."""
        self.load.resets.add(int(self.fault.start))
        self._errors(0.06 + 0.54 * self.fault.strength)

    def slow_dependency(self) -> None:
        """Answer several times as slowly."""
        self._slower(2 + 8 * self.fault.strength)
        self.load.pool += 0.3 * self.shape

    def memory_leak(self) -> None:
        """Fill the memory slowly; near its limit collecting garbage costs time, and requests fail when it dies."""
        first, last = int(self.fault.start), int(self.fault.end)
        grown = np.linspace(0, 1, last - first) * (1.02 - self.load.memory[first])
        self.load.memory[first:last] += grown
        late = np.clip((self.load.memory[first:last] - 0.85) / 0.1, 0, 1)
        self.load.latency[first:last] *= 1 + (1 + 2 * self.fault.strength) * late
        self.load.errors[first:last] += 0.3 * (self.load.memory[first:last] > 0.97)
        self.load.resets.add(last)

    def crash_loop(self) -> None:
        """Let the new instances die again and again; the rest carries the load, if there is a rest."""
        gone = 0.34 if self.fault.strength < 0.5 else 1.0
        flaps = np.where(self.rng.random(len(self.shape)) < 0.75, 1.0, 0.3)
        self.load.up -= gone * np.minimum(self.shape, flaps)
        self._errors(0.1 + 0.7 * self.fault.strength)
        self.load.requests *= 1 - 0.5 * self.fault.strength * self.shape

    def pool_exhaustion(self) -> None:
        """Wait for connections, then time out."""
        self.load.pool += np.clip(1 - self.load.pool, 0, 1) * self.shape
        self._slower(2 + 6 * self.fault.strength)
        self._errors(0.03 + 0.4 * self.fault.strength)

    def cache_stampede(self) -> None:
        """Miss the cache, so that the work is done again for everybody."""
        self.load.hits -= (0.4 + 0.5 * self.fault.strength) * self.shape
        self._slower(1.7 + 4 * self.fault.strength)
        self.load.cpu += 0.4 * self.shape

    def expired_certificate(self) -> None:
        """Turn callers away before they can ask, and fail what needs the other side."""
        self.load.requests *= 1 - (0.5 + 0.5 * self.fault.strength) * self.shape
        self._errors(0.3 + 0.7 * self.fault.strength)

    def noisy_neighbour(self) -> None:
        """Take processor time from a service that did nothing wrong."""
        self.load.cpu += (0.2 + 0.3 * self.fault.strength) * self.shape
        self._slower(1.6 + 2 * self.fault.strength)


def planned(service: str, number: int, begin: int, rng: Generator) -> tuple[Fault, ...]:
    """Return two faults of a service, hours apart, in the day from minute `begin` on."""
    found = []
    for turn in range(2):
        kind = KINDS[(number + turn * 3) % len(KINDS)]
        start = begin + 60 + turn * 720 + rng.uniform(0, 540)
        minutes = int(rng.integers(40, 80)) if kind == "memory-leak" else int(rng.integers(12, 45))
        ramp = float(rng.choice([0.0, 0.0, 1.0, 3.0]))
        found.append(Fault(kind, service, float(start), minutes, float(rng.uniform(0, 1)), ramp))
    return tuple(found)
