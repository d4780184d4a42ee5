"""The reads of log_analyzer: search, errors by service, and patterns against the time before."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import ClassVar, Literal

from pydantic import Field

from agent.domain.evidence import EvidenceStatus, Reading, Window
from agent.domain.noun import Utc
from agent.domain.results import LogLine, LogLinesResult, LogPattern, PatternsResult, Quantity, TableResult
from tools.base import DAY_MINUTES, Name, Params, SearchText, nothing, window_of
from tools.base import WindowParams as _WindowParams
from tools.connectors.readers import LogHits, LogQuery, LogReader, LogType
from tools.log_analyzer.templates import mine, surging

BACKEND = "elasticsearch"
MAX_LINES = 5000
SLICES = 6
SHOWN_PATTERNS = 12
Level = Literal["fatal", "error", "warn", "info", "debug"]


class WindowParams(_WindowParams):
    """Logs are searched over a day at most."""

    minutes: int = Field(default=30, ge=1, le=DAY_MINUTES, description="how far to look back")


class SearchParams(WindowParams):
    """Which lines to find; `error` includes fatal ones."""

    service: Name | None = None
    level: Level | None = None
    text: SearchText | None = Field(default=None, description="words that stand in the line, as a phrase")
    log_type: LogType | None = None
    limit: int = Field(default=20, ge=1, le=200)


class ErrorsParams(WindowParams):
    """How far back to count errors."""

    minutes: int = Field(default=60, ge=1, le=DAY_MINUTES)


class PatternsParams(WindowParams):
    """Whose lines to mine, and how long before them to compare with."""

    service: Name
    minutes: int = Field(default=10, ge=1, le=DAY_MINUTES)
    compare_minutes: int = Field(default=60, ge=1, le=DAY_MINUTES)
    level: Level | None = None


@dataclass(frozen=True, slots=True)
class SearchRead:
    """Log lines, newest first."""

    name: ClassVar[str] = "log_analyzer.search"
    backend: ClassVar[str] = BACKEND
    description: ClassVar[str] = (
        "Log lines of the last minutes, newest first, by service, level, phrase and type "
        "(application, access, error, security, audit)."
    )
    params: ClassVar[type[Params]] = SearchParams
    logs: LogReader

    async def run(self, params: SearchParams, now: datetime) -> Reading:
        """Search."""
        window = window_of(params, now)
        wanted = LogQuery(
            window.start, window.end, params.service, params.level, params.text, params.log_type, params.limit
        )
        hits = await self.logs.search(wanted)
        what = _described(params)
        if not hits.lines:
            return nothing(hits.query, f"No {what} in {params.minutes} minutes.", window, hits.link)
        shown = f", {len(hits.lines)} shown" if len(hits.lines) < hits.total else ""
        return Reading(
            status=EvidenceStatus.SUCCESS,
            query=hits.query,
            summary=f"{hits.total} {what} in {params.minutes} minutes{shown}",
            window=window,
            value=Quantity(value=hits.total),
            result=LogLinesResult(lines=hits.lines, total=hits.total),
            link=hits.link,
        )


def _described(params: SearchParams) -> str:
    kinds = " ".join(word for word in (params.log_type, params.level) if word)
    whose = f" of {params.service}" if params.service else ""
    with_text = f" with “{params.text}”" if params.text else ""
    return f"{kinds} log lines".strip() + whose + with_text


@dataclass(frozen=True, slots=True)
class ErrorsByServiceRead:
    """Errors per service."""

    name: ClassVar[str] = "log_analyzer.errors_by_service"
    backend: ClassVar[str] = BACKEND
    description: ClassVar[str] = "How many error lines each service wrote, the ten largest."
    params: ClassVar[type[Params]] = ErrorsParams
    logs: LogReader

    async def run(self, params: ErrorsParams, now: datetime) -> Reading:
        """Count."""
        window = window_of(params, now)
        wanted = LogQuery(window.start, window.end, level="error")
        found = await self.logs.count_by_service(wanted, now=now)
        if not found.counts:
            return nothing(
                found.query, f"No service logged an error in {params.minutes} minutes.", window, found.link
            )
        total = sum(count for _, count in found.counts)
        return Reading(
            status=EvidenceStatus.SUCCESS,
            query=found.query,
            summary="errors logged: " + ", ".join(f"{name} {count:,}" for name, count in found.counts[:5]),
            window=window,
            value=Quantity(value=total),
            result=TableResult(
                columns=("service", "errors"),
                rows=tuple((name, f"{count:,}") for name, count in found.counts),
            ),
            link=found.link,
        )


@dataclass(frozen=True, slots=True)
class PatternsRead:
    """What a service's log says that it did not say before."""

    name: ClassVar[str] = "log_analyzer.patterns"
    backend: ClassVar[str] = BACKEND
    description: ClassVar[str] = (
        "A service's log lines as patterns with counts, compared with the time before: what is new, what surges."
    )
    params: ClassVar[type[Params]] = PatternsParams
    logs: LogReader

    async def run(self, params: PatternsParams, now: datetime) -> Reading:
        """Fetch both windows, mine them in a thread, and rank."""
        window = window_of(params, now)
        start = window.start - timedelta(minutes=params.compare_minutes)
        wanted = LogQuery(window.start, window.end, params.service, params.level, limit=MAX_LINES)
        hits, earlier = await asyncio.gather(
            self.logs.search(wanted),
            self._spread(replace(wanted, start=start, end=window.start)),
        )
        if not hits.lines:
            return nothing(
                hits.query, f"{params.service} logged nothing in {params.minutes} minutes.", window, hits.link
            )
        before, total_before = earlier
        ratio = _ratio(params, hits, len(before), total_before)
        patterns = await asyncio.to_thread(mine, hits.lines, before, ratio=ratio, limit=SHOWN_PATTERNS)
        cut = len(hits.lines) < hits.total or len(before) < total_before
        return Reading(
            status=EvidenceStatus.SUCCESS,
            query=hits.query,
            summary=_found(patterns, ratio, hits.total)
            + ("; only a part of the lines was read" if cut else ""),
            window=Window(start=start, end=window.end),
            value=Quantity(value=sum(1 for p in patterns if p.new)),
            result=PatternsResult(patterns=patterns, total=hits.total, total_before=total_before),
            link=hits.link,
        )

    async def _spread(self, wanted: LogQuery) -> tuple[list[LogLine], int]:
        """Return lines from all over the window, not only its end, and the count of all."""
        length = (wanted.end - wanted.start) / SLICES
        edges: list[Utc] = [wanted.start + length * i for i in range(SLICES)] + [wanted.end]
        # The slices must not share their edges, or a line there would count twice.
        just_before = timedelta(microseconds=1)
        parts = [
            replace(wanted, start=a, end=b - just_before, limit=MAX_LINES // SLICES)
            for a, b in pairwise(edges)
        ]
        found = await asyncio.gather(*(self.logs.search(part) for part in reversed(parts)))
        return [line for hits in found for line in hits.lines], sum(hits.total for hits in found)


def _ratio(params: PatternsParams, hits: LogHits, read_before: int, total_before: int) -> float:
    """Return how many read lines of before would match one read line of now, were nothing to change."""
    by_time = params.compare_minutes / params.minutes
    part_before = read_before / total_before if total_before else 1.0
    part_now = len(hits.lines) / hits.total if hits.total else 1.0
    return by_time * part_before / part_now if part_now else by_time


def _found(patterns: tuple[LogPattern, ...], ratio: float, total: int) -> str:
    fresh = [p for p in patterns if p.new]
    more = [p for p in patterns if surging(p, ratio)]
    parts = [f"{total:,} lines, {len(fresh)} new patterns, {len(more)} surging"]
    if fresh or more:
        first = (fresh or more)[0]
        parts.append(f"{'new' if fresh else 'surging'}: “{first.template[:200]}” {first.count} times")
    return "; ".join(parts)
