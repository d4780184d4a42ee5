"""A made-up incident of any number of services, with every kind of evidence, for timing alone."""

import numpy as np

from agent.diagnosis.cases.model import Case, LogLine, MetricSeries, SpanRecord, Target

START = 1_767_225_600.0
NORMAL = (START, START + 3000.0)
INCIDENT = (START + 3000.0, START + 3600.0)
_EVERY = 30.0
_METRICS = ("cpu", "memory", "latency_p99", "errors", "requests", "network_in", "network_out", "threads")
_MESSAGES = ("request {} done in {} ms", "cache miss for key {} after {} tries", "user {} opened page {}")


def incident(services: int, lines: int, traces: int) -> Case:
    """Return a case in which one service slows down all that call it; the same one for the same numbers."""
    rng = np.random.default_rng(41)
    names = tuple(f"service-{number}" for number in range(services))
    parents = [int(rng.integers(0, number)) if number else 0 for number in range(services)]
    victim = services // 2
    return Case(
        entities=names,
        target=Target(names[0], "latency_p99", INCIDENT[0]),
        normal=NORMAL,
        incident=INCIDENT,
        topology=tuple((names[parents[number]], names[number]) for number in range(1, services)),
        metrics=_metrics(rng, names, _ancestors(parents, victim)),
        logs=_logs(rng, names, lines, names[victim]),
        spans=_spans(rng, names, parents, traces, victim),
    )


def _ancestors(parents: list[int], service: int) -> set[int]:
    found = {service}
    while service:
        service = parents[service]
        found.add(service)
    return found


def _metrics(rng: np.random.Generator, names: tuple[str, ...], touched: set[int]) -> tuple[MetricSeries, ...]:
    at = np.arange(NORMAL[0], INCIDENT[1], _EVERY)
    series = []
    for number, name in enumerate(names):
        for metric in _METRICS:
            values = rng.normal(100.0, 5.0, len(at))
            if number in touched and metric in {"latency_p99", "errors"}:
                values[at >= INCIDENT[0]] *= 4.0
            series.append(MetricSeries(name, metric, at, values))
    return tuple(series)


def _logs(rng: np.random.Generator, names: tuple[str, ...], lines: int, victim: str) -> tuple[LogLine, ...]:
    times = np.sort(rng.uniform(NORMAL[0], INCIDENT[1], lines))
    who = rng.integers(0, len(names), lines)
    what = rng.integers(0, 10_000, (lines, 2))
    found = []
    for at, service, (first, second) in zip(times.tolist(), who.tolist(), what.tolist(), strict=True):
        name = names[service]
        message = _MESSAGES[first % len(_MESSAGES)].format(first, second)
        if at >= INCIDENT[0] and name == victim:
            message = f"pool exhausted after {second} ms, request {first} refused"
        found.append(LogLine(at, name, message, "INFO"))
    return tuple(found)


def _spans(
    rng: np.random.Generator, names: tuple[str, ...], parents: list[int], traces: int, victim: int
) -> tuple[SpanRecord, ...]:
    """Return traces that run from the entry down to some service, each span waiting for the one below it."""
    found = []
    for trace, at in enumerate(np.sort(rng.uniform(NORMAL[0], INCIDENT[1], traces)).tolist()):
        service = int(rng.integers(0, len(names)))
        seconds = 0.0
        while True:
            seconds += float(rng.exponential(0.01))
            if service == victim and at >= INCIDENT[0]:
                seconds += 2.0
            parent = f"{trace}-{parents[service]}" if service else ""
            name = names[service]
            found.append(
                SpanRecord(str(trace), f"{trace}-{service}", parent, name, "GET /", at, seconds, "ok")
            )
            if not service:
                break
            service = parents[service]
    return tuple(found)
