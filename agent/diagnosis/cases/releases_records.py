"""What log lines and spans of pods tell of failures and durations, minute by minute, as metrics of those pods."""

from collections import defaultdict
from collections.abc import Container, Iterator, Sequence

import numpy as np

from agent.diagnosis.cases.model import LogLine, MetricSeries, SpanRecord

LOG_FAILURES = "error line share"
SPAN_FAILURES = "span error share"
SPAN_SECONDS = "span duration"
_BAD_LEVELS = frozenset({"error", "fatal", "critical", "severe", "panic"})
_GOOD_STATUS = frozenset({"", "0", "ok", "unset", "200", "success", "status_code_unset", "status_code_ok"})

Found = dict[str, list[tuple[float, float]]]


def from_logs(lines: Sequence[LogLine], pods: Container[str]) -> Iterator[MetricSeries]:
    """Yield, for each pod that logs, the share of lines that tell of a failure."""
    found: Found = defaultdict(list)
    for line in lines:
        if line.entity in pods:
            bad = line.level.lower() in _BAD_LEVELS or "xception" in line.message
            found[line.entity].append((line.at, float(bad)))
    yield from _by_minute(LOG_FAILURES, found)


def from_spans(spans: Sequence[SpanRecord], pods: Container[str]) -> Iterator[MetricSeries]:
    """Yield, for each pod that is traced, the share of failed spans and their mean duration in seconds."""
    failed: Found = defaultdict(list)
    lasted: Found = defaultdict(list)
    for span in spans:
        if span.entity in pods:
            failed[span.entity].append((span.start, float(span.status.lower() not in _GOOD_STATUS)))
            lasted[span.entity].append((span.start, span.seconds))
    yield from _by_minute(SPAN_FAILURES, failed)
    yield from _by_minute(SPAN_SECONDS, lasted)


def _by_minute(metric: str, found: Found) -> Iterator[MetricSeries]:
    for pod, rows in found.items():
        minutes: dict[int, list[float]] = defaultdict(list)
        for at, value in rows:
            minutes[int(at // 60)].append(value)
        order = sorted(minutes)
        values = np.array([sum(minutes[m]) / len(minutes[m]) for m in order])
        yield MetricSeries(pod, metric, 60.0 * np.array(order, dtype=np.float64), values)
