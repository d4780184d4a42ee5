"""The answer to which endpoints are slow: by histograms, and by a table of requests where one is configured."""

from collections.abc import Sequence

from agent.domain.answer import Answer
from agent.domain.evidence import Evidence, EvidenceStatus
from agent.domain.noun import Json
from agent.domain.results import TableResult
from agent.locale.format import duration
from agent.locale.messages import text
from agent.operations.lookups import read
from agent.operations.tables import cell
from agent.operations.wording import Wish
from agent.ports.reads import Reads

HISTOGRAMS, TABLE = "metrics_collector.slow_endpoints", "metrics_collector.slow_requests"
_MINUTES = 60
_COLUMNS = ("service", "endpoint", "requests", "mean", "p95", "slowest")


async def slow_answer(reads: Reads, wish: Wish, lang: str) -> Answer:
    """Say which endpoints are slow, with the queries behind it; what could not be looked at is said too."""
    minutes = wish.minutes or _MINUTES
    about: dict[str, Json] = {"minutes": minutes, **({"service": wish.service} if wish.service else {})}
    seen = [await read(reads, HISTOGRAMS, **about)]
    if reads.configured("requests"):
        seen.append(await read(reads, TABLE, minutes=minutes))
    span = duration(lang, minutes * 60)
    lines = [_line(one, span, lang) for one in seen]
    rows = [row for one in seen for row in _rows(one)]
    columns = tuple(text(lang, f"slow-column-{name}") for name in _COLUMNS)
    table = TableResult(columns=columns, rows=tuple(rows)) if rows else None
    return Answer(text="\n".join(lines), table=table, evidence=tuple(seen))


def _line(one: Evidence, span: str, lang: str) -> str:
    source = text(lang, "slow-by-table" if one.request.tool == TABLE else "slow-by-histograms")
    if one.error is not None:
        return text(lang, "slow-failed", source=source, reason=cell(one.error))
    if one.status is EvidenceStatus.NO_DATA or one.reading.value is None:
        return text(lang, "slow-nothing", source=source, span=span)
    count = round(one.reading.value.value)
    return text(lang, "slow-found" if count else "slow-none", source=source, span=span, count=count)


def _rows(one: Evidence) -> Sequence[tuple[str, ...]]:
    result = one.reading.result
    if not isinstance(result, TableResult):
        return ()
    return [(cell(row[0] or "–"), *map(cell, row[1:])) for row in result.rows]
