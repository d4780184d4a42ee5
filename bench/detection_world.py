"""A made-up day of forty services as a metrics store would show it each minute, with faults of known times in it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from agent.analysis.anomaly.counters import rates
from agent.diagnosis.watch import Key
from bench.detection_faults import Fault, Load, planned

Floats = NDArray[np.float64]

SERVICES = 40
# What the bot reads anew after a restart, and then the day that counts.
PAST, DAY = 26 * 60, 24 * 60
MINUTES = PAST + DAY
BEGIN = 1_780_000_200.0 - 1_780_000_200.0 % 86_400
# Points that a scrape lost, and minutes during which nothing was scraped at all, each once a day.
LOST = 0.003
OUTAGES = (3, 8)


@dataclass(frozen=True, slots=True)
class World:
    """Every series by key, one value a minute with NaN where nothing was measured, and the faults of the last day."""

    at: Floats
    series: dict[Key, Floats]
    faults: tuple[Fault, ...]

    def minutes(self) -> Iterator[tuple[int, float, dict[Key, float]]]:
        """Go through the minutes as the bot sees them: number, time, and what was measured."""
        keys = list(self.series)
        table = np.stack([self.series[key] for key in keys])
        for minute in range(MINUTES):
            column = table[:, minute]
            yield (
                minute,
                float(self.at[minute]),
                {keys[i]: float(column[i]) for i in np.flatnonzero(np.isfinite(column))},
            )


@dataclass(slots=True)
class _Service:
    """What a service is like; shares and ratios from 0 to 1."""

    name: str
    rng: Generator
    load: Load = field(default_factory=lambda: Load(MINUTES))

    def series(self, faults: tuple[Fault, ...]) -> dict[str, Floats]:
        """Return its signals, faults included."""
        rng, load = self.rng, self.load
        self._traffic()
        self._ordinary()
        for fault in faults:
            fault.happen(load, rng)
        return self._measured()

    def _traffic(self) -> None:
        """A quarter of the services hardly have any; people come by day, and never twice the same way."""
        rng, load = self.rng, self.load
        quiet = rng.random() < 0.25
        usual = rng.uniform(0.03, 0.3) if quiet else 10 ** rng.uniform(0.3, 2.3)
        hour = (np.arange(MINUTES) / 60 + rng.normal(0, 1)) % 24
        season = 1 + rng.uniform(0.2, 0.8) * np.sin((hour - 9) / 24 * 2 * np.pi)
        load.requests *= usual * season * np.exp(_wander(rng, MINUTES, 0.08)) * 60
        load.errors += 10 ** rng.uniform(-5, -2.3) * np.exp(_wander(rng, MINUTES, 0.4))
        load.latency *= rng.uniform(0.04, 0.6) * season ** rng.uniform(0, 0.4)
        load.latency *= np.exp(_wander(rng, MINUTES, 0.06))
        load.cpu += rng.uniform(0.1, 0.4) * season * np.exp(_wander(rng, MINUTES, 0.1))
        load.memory += rng.uniform(0.3, 0.65) + 0.02 * _wander(rng, MINUTES, 1)
        load.pool += rng.uniform(0.05, 0.35) * season * np.exp(_wander(rng, MINUTES, 0.15))
        load.hits += rng.uniform(0.75, 0.98) + 0.01 * _wander(rng, MINUTES, 1)

    def _ordinary(self) -> None:
        """What no one should be woken for: batch jobs, releases that go well, a restart, a slow minute."""
        rng, load = self.rng, self.load
        if rng.random() < 0.3:
            first, long = int(rng.integers(60)), int(rng.integers(2, 6))
            for start in range(first, MINUTES, 60):
                load.requests[start : start + long] *= rng.uniform(1.2, 2)
                load.latency[start : start + long] *= rng.uniform(1.1, 1.8)
                load.cpu[start : start + long] += rng.uniform(0.05, 0.3)
        for _ in range(rng.poisson(2 * MINUTES / 1440)):
            self._release(int(rng.integers(MINUTES - 10)))
        for _ in range(rng.poisson(3 * MINUTES / 1440)):
            load.latency *= 1 + rng.uniform(0.2, 3) * self._moment(rng.uniform(0.3, 1.2))
        for _ in range(rng.poisson(1 * MINUTES / 1440)):
            load.errors += rng.uniform(0.005, 0.1) * self._moment(rng.uniform(0.3, 1.2))

    def _moment(self, minutes: float, start: float | None = None) -> Floats:
        """Return the share of each minute that something takes which begins whenever it likes."""
        begun = self.rng.uniform(0, MINUTES - 5) if start is None else start
        at = np.arange(MINUTES, dtype=float)
        share: Floats = np.clip(np.minimum(at, begun + minutes) - np.maximum(at - 1, begun), 0, 1)
        return share

    def _release(self, start: int) -> None:
        """One instance after the other restarts, which callers hardly notice; the counters begin at zero."""
        rng, load = self.rng, self.load
        load.resets.add(start)
        begun = start + rng.uniform(-1, 0)
        busy = self._moment(rng.uniform(1, 4), begun)
        load.latency *= 1 + rng.uniform(0, 0.7) * busy
        load.cpu += rng.uniform(0, 0.3) * busy
        load.hits -= rng.uniform(0, 0.15) * self._moment(4, begun)
        load.memory[start:] += rng.uniform(-0.04, 0.04)
        load.latency[start:] *= rng.uniform(0.92, 1.08)
        if rng.random() < 0.3:
            load.errors += rng.uniform(0.005, 0.06) * self._moment(rng.uniform(0.3, 1.5), begun)
        if rng.random() < 0.3:
            load.up[start] -= 0.34

    def _measured(self) -> dict[str, Floats]:
        """Return what would be scraped: whole requests, percentiles of a few, counters that begin again, gaps."""
        rng, load = self.rng, self.load
        requests = rng.poisson(np.clip(load.requests, 0, None)).astype(float)
        failed = rng.binomial(requests.astype(int), np.clip(load.errors, 0, 1)).astype(float)
        served, broken = (self._rate(x) for x in (requests, failed))
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = np.where(served > 0, broken / served, np.nan)
            spread = np.clip(0.6 / np.sqrt(np.clip(requests * 0.05, 0.2, None)), 0.03, 0.6)
            latency = np.where(requests > 0, load.latency * np.exp(rng.normal(0, spread)), np.nan)
        found = {
            "request_rate": served,
            "server_error_ratio": ratio,
            "latency_p95": latency,
            "up": np.clip(load.up, 0, 1),
            "cpu_utilization": np.clip(load.cpu, 0, 1),
            "container_memory_ratio": np.clip(load.memory, 0, 1),
            "pool_utilization": np.clip(load.pool, 0, 1),
            "cache_hit_ratio": np.clip(load.hits, 0, 1),
        }
        for series in found.values():
            series[rng.random(MINUTES) < LOST] = np.nan
        return found

    def _rate(self, count: Floats) -> Floats:
        counter = np.cumsum(count)
        for reset in self.load.resets:
            counter[reset:] -= counter[reset - 1] if reset else 0.0
        return np.maximum(rates(np.arange(0.0, 60.0 * MINUTES, 60.0), counter), 0.0)


def _wander(rng: Generator, count: int, width: float) -> Floats:
    """Return noise that remembers the minute before, half of it at least."""
    keep = rng.uniform(0.5, 0.95)
    steps = rng.normal(0, width * np.sqrt(1 - keep**2), count)
    value, found = 0.0, np.zeros(count)
    for i, step in enumerate(steps):
        value = keep * value + step
        found[i] = value
    return found


def build(seed: int) -> World:
    """Return the world of a seed."""
    rng = np.random.default_rng(seed)
    series: dict[Key, Floats] = {}
    faults: list[Fault] = []
    for number in range(SERVICES):
        name = f"service-{number}"
        mine = planned(name, number, PAST, rng)
        faults += mine
        for signal, values in _Service(name, np.random.default_rng([seed, number])).series(mine).items():
            series[Key(signal, name)] = values
    for _ in range(2):
        start, long = int(rng.integers(PAST, MINUTES - 20)), int(rng.integers(*OUTAGES))
        for values in series.values():
            values[start : start + long] = np.nan
    at: Floats = BEGIN + 60.0 * np.arange(0.0, MINUTES)
    return World(at, series, tuple(faults))
