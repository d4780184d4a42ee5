"""What a monitoring system records of a made production: metrics under varying names, with gaps, and log lines."""

import numpy as np

from agent.diagnosis.cases.model import LogLine, MetricSeries
from tests.support.releases_world import Floats, Service, World, blend

_KEYS = ("rate", "p50", "p99", "bad", "good", "count", "cpu", "memory")
_NAMES = tuple(
    {key: name for key, name in zip(_KEYS, names.split("|"), strict=True) if name}
    for names in (
        "requests|latency_p50|latency_p99|error_rate|||cpu|memory",
        "qps|rtt_avg(ms)|rtt_max(ms)||success_rate||CpuUsage(m)|MemoryUsage(Mi)",
        "PodWorkload(Ops)|LatencyP50(s)|LatencyP99(s)|||5xx|node_x|m2",
        "f0|f1|f2|f3|||f4|f5",
        "|duration||failures|||cpu_seconds|",
        "throughput||latency.p99||availability|||",
    )
)


def observe(
    random: np.random.Generator, world: World, edges: str, missing: float, logs: float
) -> tuple[list[MetricSeries], list[LogLine]]:
    """Measure a world; `edges` says on whose side call edges are measured: none, server, client, both or mixed."""
    names = dict(_NAMES[random.choice(len(_NAMES), p=[0.25, 0.2, 0.2, 0.1, 0.1, 0.15])])
    if edges == "mixed":
        edges = str(random.choice(["none", "server", "both", "client"], p=[0.25, 0.3, 0.3, 0.15]))
    if edges in ("none", "server", "both") and random.random() < 0.15:
        names.pop("cpu", None)
        names.pop("memory", None)
    recorder = _Recorder(random, world, names, missing)
    for index, service in enumerate(world.services):
        recorder.resources(service)
        if edges == "none":
            recorder.calls(service, service, "", service.rate, service.latency, service.errors)
        entered = not any(index in s.calls for s in world.services)
        if edges in ("server", "both") or (edges == "client" and entered):
            recorder.served(index, service)
        if edges in ("client", "both"):
            recorder.called(service)
    lines = _logs(random, world) if random.random() < logs else []
    return recorder.found, lines


class _Recorder:
    def __init__(
        self, random: np.random.Generator, world: World, names: dict[str, str], missing: float
    ) -> None:
        self.random, self.world, self.names, self.missing = random, world, names, missing
        self.found: list[MetricSeries] = []

    def resources(self, service: Service) -> None:
        for key, values in (("cpu", service.cpu), ("memory", service.memory)):
            width = 0.5 * self.world.noise if key == "cpu" else 0.02
            self._write(service, key, "", values * np.exp(self.random.normal(0, width, values.shape)))

    def served(self, index: int, service: Service) -> None:
        callers = [s.name for s in self.world.services if index in s.calls] or ["users"]
        for caller in callers:
            edge = f"{caller}>{service.name}"
            self.calls(service, service, edge, service.rate / len(callers), service.latency, service.errors)

    def called(self, service: Service) -> None:
        for index in service.calls:
            callee = self.world.services[index]
            # An exception before the call means fewer calls.
            rate = service.rate * (1 - 0.5 * service.raised)
            slow = blend(callee, callee.latency, "") * np.ones(service.rate.shape) + service.hop
            bad = blend(callee, callee.errors, "") * np.ones(service.rate.shape)
            self.calls(service, callee, f"{service.name}>{callee.name}", rate, slow, bad)

    def calls(
        self, at: Service, of: Service, edge: str, rate: Floats, latency: Floats, errors: Floats
    ) -> None:
        random, noise = self.random, self.world.noise
        seen = np.maximum(random.poisson(np.nan_to_num(rate) * self._span()), 0)
        counted = random.binomial(seen, np.clip(np.nan_to_num(errors), 0, 1))
        share = np.where(seen > 0, counted / np.maximum(seen, 1), np.nan)
        shape = rate.shape
        self._write(at, "rate", edge, seen / self._span())
        self._write(at, "p50", edge, latency * np.exp(random.normal(0, noise, shape)))
        self._write(at, "p99", edge, latency * 2.5 * np.exp(np.abs(random.normal(0, 2 * noise, shape))))
        self._write(at, "bad", edge, share)
        self._write(at, "good", edge, 100 * (1 - share))
        self._write(at, "count", edge, counted.astype(float))

    def _span(self) -> float:
        return float(self.world.at[1] - self.world.at[0])

    def _write(self, service: Service, key: str, edge: str, values: Floats) -> None:
        if key not in self.names:
            return
        for row, pod in enumerate(service.pods):
            kept = service.alive[row] & (self.random.random(values.shape[1]) >= self.missing)
            kept &= np.isfinite(values[row])
            if kept.any():
                self.found.append(
                    MetricSeries(pod, self.names[key], self.world.at[kept], values[row, kept], "", edge)
                )


def _logs(random: np.random.Generator, world: World) -> list[LogLine]:
    lines: list[LogLine] = []
    for service in world.services:
        for row, pod in enumerate(service.pods):
            for column in np.flatnonzero(service.alive[row])[::2]:
                at = float(world.at[column])
                lines.append(LogLine(at, pod, f"handled request {random.integers(10**6)}", "INFO"))
                if random.random() < service.errors[row, column]:
                    lines.append(LogLine(at, pod, "request failed: upstream said 500", "ERROR"))
                if service.raised[row, column]:
                    lines.append(LogLine(at, pod, f"java.lang.IllegalState: key {column}", "ERROR"))
    return lines
