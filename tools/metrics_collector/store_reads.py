"""The read of metrics_collector that tells how the metrics store itself is."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from agent.domain.evidence import EvidenceStatus, Reading, Window
from agent.domain.results import Quantity, TableResult
from agent.errors import BackendError
from tools.base import Params, nothing
from tools.connectors.readers import MetricsStore, StoreStatus
from tools.metrics_collector.reads import BACKEND, NoParams
from tools.quantities import number, words

COLUMNS = ("what", "value", "judgement", "detail")
ATTENTION, FINE, UNTOLD = "attention", "fine", "not measured"
# What a Prometheus that scrapes itself says of its own storage and rules; the last entry: is any of it too much.
QUERIES: tuple[tuple[str, str, str, bool], ...] = (
    (
        "failed compactions in a day",
        "sum(increase(prometheus_tsdb_compactions_failed_total[1d]))",
        "count",
        True,
    ),
    ("corruptions of the write-ahead log", "sum(prometheus_tsdb_wal_corruptions_total)", "count", True),
    (
        "failed rule evaluations in a day",
        "sum(increase(prometheus_rule_evaluation_failures_total[1d]))",
        "count",
        True,
    ),
    (
        "notifications dropped in a day",
        "sum(increase(prometheus_notifications_dropped_total[1d]))",
        "count",
        True,
    ),
    ("bytes in blocks", "sum(prometheus_tsdb_storage_blocks_bytes)", "bytes", False),
    ("oldest sample", "(time() - min(prometheus_tsdb_lowest_timestamp_seconds)) / 86400", "days", False),
)

Row = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class StoreHealthRead:
    """Storage, compaction, write-ahead log, rules and targets of the metrics store."""

    name: ClassVar[str] = "metrics_collector.store_health"
    backend: ClassVar[str] = BACKEND
    description: ClassVar[str] = (
        "How the metrics store itself is: series, retention, compaction and write-ahead log, failing rules, targets down."
    )
    params: ClassVar[type[Params]] = NoParams
    store: MetricsStore

    async def run(self, params: NoParams, now: datetime) -> Reading:
        """Ask the store for its status and for its metrics about itself."""
        status = await self.store.status()
        values = await asyncio.gather(*(self._value(query, now) for _, query, _, _ in QUERIES))
        measured = [
            _measured(title, value, unit, bad_above_zero=bad)
            for (title, _, unit, bad), value in zip(QUERIES, values, strict=True)
        ]
        rows = (*_told(status), *measured)
        asked = "GET /api/v1/status/tsdb, runtimeinfo, targets, rules"
        query = " ; ".join((asked, *(promql for _, promql, _, _ in QUERIES)))
        if all(row[2] == UNTOLD for row in rows):
            return nothing(query, "The metrics store tells nothing about itself.", Window(start=now, end=now))
        bad = [row for row in rows if row[2] == ATTENTION]
        return Reading(
            status=EvidenceStatus.SUCCESS,
            query=query,
            summary="; ".join(f"{row[0]}: {row[1]}" for row in (bad or rows)[:6]),
            window=Window(start=now, end=now),
            value=Quantity(value=len(bad)),
            result=TableResult(columns=COLUMNS, rows=rows),
        )

    async def _value(self, query: str, now: datetime) -> float | None:
        try:
            series = await self.store.instant(query, now)
        except BackendError:
            # One measure that cannot be had must not hide the others; its row says so.
            return None
        return series[0].points[-1][1] if series and series[0].points else None


def _measured(title: str, value: float | None, unit: str, *, bad_above_zero: bool) -> Row:
    if value is None:
        return title, "", UNTOLD, "the store does not scrape itself"
    shown = number(round(value)) if unit == "count" else words(value, unit)
    # An increase over a scrape or two is extrapolated, so less than a half is none.
    return title, shown, ATTENTION if bad_above_zero and value >= 0.5 else FINE, ""


def _told(status: StoreStatus) -> tuple[Row, ...]:
    largest = ", ".join(f"{name} {count:,}" for name, count in status.largest[:3])
    return (
        _known(
            "series in memory", None if status.head_series is None else f"{status.head_series:,}", largest
        ),
        _known("retention", status.retention, ""),
        _flag("write-ahead log", status.corruptions, "corruptions since the start"),
        _reload(status.reloaded),
        _counted("targets down", status.targets, [f"{t.job} {t.instance}: {t.said}" for t in status.down]),
        _counted("rules failing", status.rules, [f"{r.name}: {r.said}" for r in status.failing]),
    )


def _known(title: str, value: str | None, detail: str) -> Row:
    return (title, "", UNTOLD, "") if value is None else (title, value, FINE, detail)


def _flag(title: str, count: int | None, what: str) -> Row:
    if count is None:
        return title, "", UNTOLD, ""
    return title, f"{count} {what}", ATTENTION if count else FINE, ""


def _reload(done: bool | None) -> Row:
    if done is None:
        return "configuration", "", UNTOLD, ""
    return ("configuration", "loaded", FINE, "") if done else ("configuration", "not loaded", ATTENTION, "")


def _counted(title: str, of: int | None, bad: list[str]) -> Row:
    if of is None:
        return title, "", UNTOLD, ""
    return title, f"{len(bad)} of {of}", ATTENTION if bad else FINE, "; ".join(bad[:5])
