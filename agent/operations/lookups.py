"""The answers to plain look-ups: each reads, and says what it read with the queries behind it."""

import asyncio

from agent.domain.answer import Answer
from agent.domain.evidence import Evidence, EvidenceStatus, ReadRequest
from agent.domain.noun import Json
from agent.domain.results import (
    ChangesResult,
    LogLinesResult,
    PatternsResult,
    PictureResult,
    PodsResult,
    TableResult,
)
from agent.locale.format import duration, quantity
from agent.locale.messages import text
from agent.operations import tables
from agent.operations.health import health_of, sentence
from agent.operations.wording import Wish
from agent.ports.clock import Clock
from agent.ports.reads import Reads

FOLDED_LINES = 100
OVERVIEW: tuple[Json, ...] = ("server_error_ratio", "latency_p95", "request_rate", "availability")


async def known_services(reads: Reads) -> tuple[tuple[str, ...], Evidence]:
    """Return the services that have metrics, else those that have pods, and the evidence about metrics."""
    seen = await read(reads, "metrics_collector.services")
    result = seen.reading.result
    if isinstance(result, TableResult):
        return tuple(row[0] for row in result.rows), seen
    pods = (await read(reads, "incident_responder.pods")).reading.result
    named = pods.pods if isinstance(pods, PodsResult) else ()
    return tuple(sorted({p.service for p in named if p.service})), seen


async def signal_answer(reads: Reads, wish: Wish, lang: str) -> Answer:
    """Show one signal with its chart, or the main signals of a service beside their normal values."""
    minutes = wish.minutes or 30
    if wish.signal is None:
        return await _overview(reads, wish, lang)
    about: dict[str, Json] = {"signal": wish.signal, **({"service": wish.service} if wish.service else {})}
    seen, drawn = await asyncio.gather(
        read(reads, "metrics_collector.signal", **about, minutes=minutes),
        _drawn(reads, wish.signal, wish.service, minutes),
    )
    picture = drawn.reading.result if drawn and isinstance(drawn.reading.result, PictureResult) else None
    title = " · ".join(x for x in (wish.service, text(lang, f"signal-{wish.signal}")) if x)
    span = duration(lang, minutes * 60)
    if not seen.ok or seen.reading.value is None:
        return Answer(text=_corrected(_failure(seen, title, lang), wish, lang), evidence=(seen,))
    now = quantity(lang, seen.reading.value)
    normal = quantity(lang, seen.reading.normal) if seen.reading.normal else None
    words = (
        text(lang, "answer-signal", title=title, now=now, normal=normal, span=span)
        if normal
        else text(lang, "answer-signal-alone", title=title, now=now, span=span)
    )
    return Answer(
        text=_corrected(words, wish, lang),
        table=tables.series_table(lang, seen),
        picture=picture,
        evidence=(seen,),
    )


async def _drawn(reads: Reads, signal: str, service: str | None, minutes: int) -> Evidence | None:
    """Return the chart's evidence; a chart is always of one service."""
    if service is None:
        return None
    return await read(reads, "metrics_collector.chart", signal=signal, service=service, minutes=minutes)


async def _overview(reads: Reads, wish: Wish, lang: str) -> Answer:
    if wish.service is None:
        return await services_answer(reads, lang)
    seen = await read(
        reads,
        "metrics_collector.compare",
        service=wish.service,
        signals=list(OVERVIEW),
        minutes=wish.minutes or 5,
    )
    table = tables.compared_table(lang, seen)
    words = (
        text(lang, "answer-overview", service=wish.service) if table else _failure(seen, wish.service, lang)
    )
    return Answer(text=_corrected(words, wish, lang), table=table, evidence=(seen,))


async def services_answer(reads: Reads, lang: str) -> Answer:
    """List the services with their health, as far as their numbers tell."""
    _, seen = await known_services(reads)
    health = health_of(seen, (), lang)
    if health is None:
        return Answer(text=_failure(seen, text(lang, "answer-services-title"), lang), evidence=(seen,))
    return Answer(text=sentence(health, lang), table=health.table, evidence=(seen,))


async def logs_answer(reads: Reads, wish: Wish, lang: str) -> Answer:
    """Show a service's telling log patterns, new ones first, and the newest matching lines, equal ones folded."""
    minutes = wish.minutes or 30
    params: dict[str, Json] = {"minutes": minutes, "limit": FOLDED_LINES}
    for name in ("service", "level", "text", "log_type"):
        value = getattr(wish, name)
        if value is not None:
            params[name] = value
    seen, mined = await asyncio.gather(
        read(reads, "log_analyzer.search", **params), _patterns(reads, wish, minutes)
    )
    result = seen.reading.result
    title = " · ".join(
        str(params[name]) for name in ("service", "level", "log_type", "text") if name in params
    )
    title = title or text(lang, "answer-all-logs")
    if not isinstance(result, LogLinesResult) or not result.lines:
        return Answer(text=_corrected(_failure(seen, title, lang), wish, lang), evidence=(seen,))
    words = text(
        lang,
        "answer-logs",
        title=title,
        total=str(result.total),
        shown=str(len(result.lines)),
        span=duration(lang, minutes * 60),
    )
    found = mined.reading.result if mined is not None and mined.ok else None
    lines = tables.pattern_lines(lang, found) if isinstance(found, PatternsResult) else []
    return Answer(
        text=_corrected("\n".join([*lines, words]), wish, lang),
        table=tables.lines_table(lang, result),
        evidence=(seen, mined) if mined is not None and lines else (seen,),
    )


async def _patterns(reads: Reads, wish: Wish, minutes: int) -> Evidence | None:
    """Return the patterns of a service's lines; words of one's own look for lines, not for patterns."""
    if wish.service is None or wish.text or wish.log_type:
        return None
    level: dict[str, Json] = {"level": wish.level} if wish.level else {}
    return await read(reads, "log_analyzer.patterns", service=wish.service, minutes=min(minutes, 60), **level)


async def pods_answer(reads: Reads, clock: Clock, wish: Wish, lang: str) -> Answer:
    """Show the pods of a service, or all."""
    about: dict[str, Json] = {"service": wish.service} if wish.service else {}
    seen = await read(reads, "incident_responder.pods", **about)
    result = seen.reading.result
    title = wish.service or text(lang, "answer-all-services")
    if not isinstance(result, PodsResult) or not result.pods:
        return Answer(text=_corrected(_failure(seen, title, lang), wish, lang), evidence=(seen,))
    ready = sum(1 for p in result.pods if p.ready)
    words = text(lang, "answer-pods", title=title, ready=str(ready), total=str(len(result.pods)))
    return Answer(
        text=_corrected(words, wish, lang),
        table=tables.pods_table(lang, result, clock.now()),
        evidence=(seen,),
    )


async def changes_answer(reads: Reads, clock: Clock, service: str | None, minutes: int, lang: str) -> Answer:
    """Show what changed lately."""
    about: dict[str, Json] = {"service": service} if service else {}
    seen = await read(reads, "incident_responder.rollouts", **about, minutes=minutes)
    result = seen.reading.result
    title = service or text(lang, "answer-all-services")
    span = duration(lang, minutes * 60)
    if not isinstance(result, ChangesResult) or not result.changes:
        if seen.status is EvidenceStatus.ERROR:
            return Answer(text=_failure(seen, title, lang), evidence=(seen,))
        return Answer(text=text(lang, "answer-no-changes", title=title, span=span), evidence=(seen,))
    words = text(lang, "answer-changes", title=title, count=len(result.changes), span=span)
    return Answer(text=words, table=tables.changes_table(lang, result, clock.now()), evidence=(seen,))


async def read(reads: Reads, tool: str, **params: Json) -> Evidence:
    """Run one read."""
    return await reads.run(ReadRequest(tool=tool, params=params))


def _failure(seen: Evidence, title: str, lang: str) -> str:
    if seen.status is EvidenceStatus.ERROR:
        return text(lang, "answer-failed", title=title, reason=seen.error or seen.reading.summary)
    return text(lang, "answer-nothing", title=title)


def _corrected(words: str, wish: Wish, lang: str) -> str:
    if wish.meant is None:
        return words
    written, meant = wish.meant
    return f"{words}\n{text(lang, 'answer-read-as', written=written, meant=meant)}"
