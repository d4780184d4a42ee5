"""What a metric is about: from general words in its name, from its unit, or else from the values it takes."""

import re
from typing import Literal

import numpy as np

from agent.diagnosis.cases.model import Floats

Kind = Literal["failure", "success", "latency", "resource", "load", "unknown"]

# First match wins: "success" before "error" before "load", since "request_success_rate" is about none but the first.
_WORDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("success", re.compile(r"succ|avail|(^|[^a-z])ok([^a-z]|$)|health|apdex|[^a-z]2xx")),
    (
        "failure",
        re.compile(
            r"err|fail|fault|exception|5xx|4xx|timeout|retr(y|ies)|reject|drop|loss|oom|restart|throttl|abort"
        ),
    ),
    ("resource", re.compile(r"cpu|memory|heap|(^|[^a-z])gc([^a-z]|$)")),
    ("load", re.compile(r"_count$|_total$|\.sum$|(request|response)_?(size|bytes)")),
    (
        "latency",
        re.compile(
            r"laten|duration|rtt|delay|elapsed|response.?time|wait|(^|[^a-z])p[59]\d|[_(]ms\)?$|_seconds$"
        ),
    ),
    ("resource", re.compile(r"mem|thread|disk|(^|[^a-z])fds?([^a-z]|$)|syscall|swap|socket")),
    (
        "load",
        re.compile(r"requ|qps|rps|tps|ops|throughput|count|call|traffic|workload|byte|network|packet|rate$"),
    ),
)
_LATENCY_UNITS = frozenset({"s", "ms", "us", "seconds", "milliseconds", "microseconds"})
_REQUESTS = re.compile(r"requ|qps|rps|tps|ops|workload|call|throughput|traffic")
_SHARE = re.compile(r"rate|ratio|percent|share|%")


def kind_of(metric: str, unit: str = "") -> Kind:
    """Tell what a metric is about from its name, or else from its unit."""
    name = metric.lower()
    for kind, words in _WORDS:
        if words.search(name):
            return kind
    return "latency" if unit.lower() in _LATENCY_UNITS else "unknown"


def kind_by_values(values: Floats) -> Kind:
    """Recognise a share that is nearly always whole or nearly always nil; else "unknown"."""
    if not values.size or values.min() < 0:
        return "unknown"
    top, middle = float(values.max()), float(np.median(values))
    # One half and nine tenths only separate shares of successes from shares of failures: any value between would do.
    if any(0.5 * whole < top <= whole and middle > 0.9 * whole for whole in (1.0, 100.0)):
        return "success"
    return "failure" if top <= 1.0 and middle < 0.1 else "unknown"


def counts_requests(metric: str, kind: Kind) -> bool:
    """Say whether a metric tells how many requests there were."""
    return kind == "load" and _REQUESTS.search(metric.lower()) is not None


def counts_failures(metric: str, kind: Kind) -> bool:
    """Say whether a metric counts failures, so that it has to be seen beside the number of requests."""
    return kind == "failure" and _SHARE.search(metric.lower()) is None
