"""A small shop whose requests, logs and metrics can be made up for tests of the ranking of causes."""

import random
from dataclasses import dataclass, field

import numpy as np

from agent.diagnosis.cases.model import Case, LogLine, MetricSeries, SpanRecord, Target

NORMAL, INCIDENT = (0.0, 600.0), (660.0, 960.0)
TOPOLOGY = (
    ("web", "orders"),
    ("orders", "stock"),
    ("orders", "mail"),
    ("web", "search"),
    ("search", "stock"),
)
ENTITIES = ("mail", "orders", "search", "stock", "web")


@dataclass
class Shop:
    """What goes wrong in the incident: a slow entity (seconds), slow ways to it, and a statement that changes."""

    slow: dict[str, float] = field(default_factory=dict)
    far: dict[str, float] = field(default_factory=dict)
    instead: dict[str, tuple[str, str]] = field(default_factory=dict)
    seed: int = 1

    def spans_and_logs(self) -> tuple[list[SpanRecord], list[LogLine]]:
        """Return six requests a minute to each of two pages, one at a time, before and in the incident."""
        self._random = random.Random(self.seed)
        self._spans: list[SpanRecord] = []
        self._logs: list[LogLine] = []
        for start, end in (NORMAL, INCIDENT):
            at = start
            while at < end - 10:
                for page in ("orders", "search"):
                    self._trace = f"t{len(self._spans)}"
                    self._visit("web", "", at, start == INCIDENT[0], (page,))
                    at += 5
        return self._spans, self._logs

    def _visit(self, name: str, parent: str, at: float, bad: bool, only: tuple[str, ...] = ()) -> float:
        span = f"s{len(self._spans)}-{self._trace}"
        place = len(self._spans)
        now = at + 0.002 * self._random.uniform(0.8, 1.2) + (self.slow.get(name, 0.0) if bad else 0.0)
        self._log(name, span, now, "INFO", f"asked for {self._random.randrange(10**6)}")
        self._spans.append(SpanRecord(self._trace, span, parent, name, f"GET /{name}", at, 0.0))
        for callee in only or [b for a, b in TOPOLOGY if a == name]:
            way = 0.001 * self._random.uniform(0.8, 1.2) + (self.far.get(callee, 0.0) if bad else 0.0)
            client = f"c{len(self._spans)}-{self._trace}"
            slot = len(self._spans)
            self._spans.append(SpanRecord(self._trace, client, span, name, f"call {callee}", now, 0.0))
            answered = self._visit(callee, client, now + way / 2, bad) + way / 2
            self._spans[slot] = SpanRecord(
                self._trace, client, span, name, f"call {callee}", now, answered - now
            )
            now = answered
        level, message = self.instead.get(name, ("", "")) if bad else ("", "")
        self._log(name, span, now, level or "INFO", message or f"{name} answered in full")
        now += 0.0005
        self._spans[place] = SpanRecord(self._trace, span, parent, name, f"GET /{name}", at, now - at)
        return now

    def _log(self, name: str, span: str, at: float, level: str, message: str) -> None:
        self._logs.append(LogLine(at, name, message, level, self._trace, span))


def traced(shop: Shop) -> Case:
    """Return the incident of a shop as traces and logs."""
    spans, logs = shop.spans_and_logs()
    return Case(ENTITIES, None, NORMAL, INCIDENT, topology=TOPOLOGY, spans=spans, logs=logs)


def measured(
    worse: dict[tuple[str, str], float],
    *,
    seed: int = 1,
    target: str = "web",
    metric: str = "latency.Average",
) -> Case:
    """Return an incident as metrics; `worse` adds to (entity, metric) in the second half of the incident."""
    noise = np.random.default_rng(seed)
    at = np.arange(0.0, 30000.0, 60.0)
    usual = {"latency.Average": 0.1, "error_rate": 0.01, "requests.Sum": 100.0, "cpu_percent": 20.0}
    series = []
    for entity in ENTITIES:
        for name, level in usual.items():
            values = level * (1 + 0.05 * noise.standard_normal(len(at)))
            values[at >= 29820] += worse.get((entity, name), 0.0)
            series.append(MetricSeries(entity, name, at, values, "percent" if name == "cpu_percent" else ""))
    return Case(
        ENTITIES,
        Target(target, metric),
        (0.0, 29640.0),
        (29650.0, 30000.0),
        topology=TOPOLOGY,
        metrics=series,
    )
