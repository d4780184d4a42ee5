"""Results of reads as tables for people; cells stay text, escaping is the renderer's."""

from collections.abc import Mapping
from datetime import datetime

from agent.domain.alert import Alert
from agent.domain.evidence import Evidence
from agent.domain.results import (
    AlertsResult,
    ChangesResult,
    LogLinesResult,
    PatternsResult,
    PodsResult,
    Quantity,
    SeriesResult,
    TableResult,
)
from agent.locale.format import NOTHING, bytes_size, duration, number, quantity
from agent.locale.messages import known, text
from agent.operations.health import BAD, UNKNOWN, WELL, in_words

MOST_ROWS = 100
MOST_PATTERNS = 3
LONGEST_CELL = 200
_UNSEEN = frozenset({"", "no value", "no data", "not answered", "unknown"})


def series_table(lang: str, evidence: Evidence) -> TableResult | None:
    """Return one row per series: what it is, now, lowest and highest in the window."""
    result = evidence.reading.result
    if not isinstance(result, SeriesResult) or not any(s.points for s in result.series):
        return None
    asked, signal = evidence.request.params.get("service"), f"signal-{result.signal}"
    about = str(asked or (text(lang, signal) if known(signal) else text(lang, "column-signal")))
    rows = []
    for series in [s for s in result.series if s.points][:MOST_ROWS]:
        values = [value for _, value in series.points]
        cells = (values[-1], min(values), max(values))
        name = cell(_series(series.labels) or about)
        rows.append((name, *(_with_unit(lang, value, result.unit) for value in cells)))
    return TableResult(columns=_columns(lang, "series", "now", "lowest", "highest"), rows=tuple(rows))


def compared_table(lang: str, evidence: Evidence) -> TableResult | None:
    """Return one row per compared signal: now, normally, its threshold, and a dot that says whether it is beyond it."""
    result, names = evidence.reading.result, evidence.request.params.get("signals")
    if not isinstance(result, TableResult):
        return None
    asked = [str(name) for name in names] if isinstance(names, list) else []
    rows = []
    for index, (title, *cells) in enumerate(result.rows):
        signal = f"signal-{asked[index]}" if index < len(asked) else ""
        named = text(lang, signal) if known(signal) else title
        seen = [NOTHING if one in _UNSEEN else in_words(lang, one) for one in cells[:3]]
        dot = UNKNOWN if seen[0] == NOTHING else BAD if cells[-1] == "beyond" else WELL
        rows.append((f"{dot} {cell(named)}", *seen))
    return TableResult(columns=_columns(lang, "signal", "now", "normal", "threshold"), rows=tuple(rows))


def pods_table(lang: str, result: PodsResult, now: datetime) -> TableResult:
    """Return one row per pod, unready ones first."""
    pods = sorted(result.pods, key=lambda p: (p.ready, -p.restarts, p.name))[:MOST_ROWS]
    rows = tuple(
        (
            cell(p.name),
            text(lang, "answer-yes" if p.ready else "answer-no"),
            number(p.restarts),
            cell(p.reason or p.last_exit or p.phase),
            cell(p.node),
            cell(p.image.rsplit("/", 1)[-1]),
            duration(lang, now - p.started_at) if p.started_at else "–",
            number(p.cpu_cores) if p.cpu_cores is not None else "–",
            bytes_size(p.memory_bytes) if p.memory_bytes is not None else "–",
        )
        for p in pods
    )
    names = ("pod", "ready", "restarts", "state", "node", "image", "age", "cpu", "memory")
    return TableResult(columns=_columns(lang, *names), rows=rows)


def lines_table(lang: str, result: LogLinesResult) -> TableResult:
    """Return one row per different log line with its count, newest first."""
    times: dict[tuple[str, str, str], list[datetime]] = {}
    for line in result.lines:
        times.setdefault((line.level, line.service, line.message), []).append(line.at)
    rows = tuple(
        (max(at).strftime("%H:%M:%S"), str(len(at)), cell(level), cell(service), cell(message))
        for (level, service, message), at in times.items()
    )
    return TableResult(
        columns=_columns(lang, "last", "count", "level", "service", "message"), rows=rows[:MOST_ROWS]
    )


def pattern_lines(lang: str, result: PatternsResult) -> list[str]:
    """Return what is new or far more frequent in the logs, new ones first, as a list with a head line."""
    telling = [p for p in result.patterns if p.new or p.count > 2 * p.count_before]
    telling.sort(key=lambda p: (not p.new, -p.count))
    lines = [
        text(
            lang,
            "answer-pattern-new" if p.new else "answer-pattern-more",
            count=str(p.count),
            sample=cell(p.sample).replace("`", "ˋ"),
            **({} if p.new else {"before": str(p.count_before)}),
        )
        for p in telling[:MOST_PATTERNS]
    ]
    return [text(lang, "answer-patterns"), *(f"- {line}" for line in lines)] if lines else []


def alerts_table(lang: str, alerts: tuple[Alert, ...], now: datetime) -> TableResult:
    """Return one row per alert, oldest first."""
    ordered = sorted(alerts, key=lambda a: a.starts_at)[:MOST_ROWS]
    rows = tuple(
        (
            cell(a.name),
            cell(a.labels.get("service") or a.labels.get("instance", "–")),
            cell(a.labels.get("severity", "–")),
            duration(lang, now - a.starts_at),
            cell(a.annotations.get("summary", "")),
        )
        for a in ordered
    )
    return TableResult(columns=_columns(lang, "alert", "where", "severity", "since", "summary"), rows=rows)


def changes_table(lang: str, result: ChangesResult, now: datetime) -> TableResult:
    """Return one row per change, newest first."""
    rows = tuple(
        (
            text(lang, "answer-ago", span=duration(lang, now - c.at)),
            cell(c.service),
            text(lang, f"answer-change-{c.change}"),
            cell(c.description),
        )
        for c in result.changes[:MOST_ROWS]
    )
    return TableResult(columns=_columns(lang, "when", "service", "kind", "what"), rows=rows)


def alerts_of(evidence: Evidence) -> tuple[Alert, ...]:
    """Return the alerts that a read brought."""
    result = evidence.reading.result
    return result.alerts if isinstance(result, AlertsResult) else ()


def cell(words: str) -> str:
    """Return text on one line and short enough for a cell."""
    line = " ".join(words.split())
    return line if len(line) <= LONGEST_CELL else line[: LONGEST_CELL - 1] + "…"


def _series(labels: Mapping[str, str]) -> str:
    """Return what tells a series from others: the bare name of its service, other labels with theirs."""
    return ", ".join(v if k == "service" else f"{k}={v}" for k, v in sorted(labels.items()))


def _with_unit(lang: str, value: float, unit: str) -> str:
    return quantity(lang, Quantity(value=value, unit=unit))


def _columns(lang: str, *names: str) -> tuple[str, ...]:
    return tuple(text(lang, f"column-{name}") for name in names)
