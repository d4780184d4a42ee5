"""How the services are: one sentence that says it plainly, and a row with a coloured dot for each."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from agent.domain.evidence import Evidence
from agent.domain.results import TableResult
from agent.locale.messages import known, text

WELL, WATCH, BAD, UNKNOWN = "🟢", "🟡", "🔴", "⚪"
# A share of failed requests from which a dot is no longer green, and from which it is red.
WATCH_ERRORS, BAD_ERRORS = 1.0, 5.0
MOST_NAMED = 8
_NAMES = {
    "service": "service",
    "up": "up",
    "rps": "requests",
    "error_ratio": "errors",
    "p95_seconds": "latency",
}
_CELL = re.compile(r"([\d.,]+) ?(%|req/s|ms|s|min)")
_UNITS = {"req/s": "requests", "s": "second", "min": "minute"}


@dataclass(frozen=True, slots=True)
class Health:
    """What the numbers and the firing alerts say of each service, worst first."""

    dots: dict[str, str]
    table: TableResult

    def named(self, *dots: str) -> list[str]:
        """Return the services with one of these dots."""
        return [name for name, dot in self.dots.items() if dot in dots]


def health_of(seen: Evidence, alerting: Iterable[str], lang: str) -> Health | None:
    """Judge the rows of `metrics_collector.services`; None when there are none."""
    result = seen.reading.result
    if not isinstance(result, TableResult) or not result.rows:
        return None
    troubled = frozenset(alerting)
    judged = [(row, _dot(dict(zip(result.columns, row, strict=False)), troubled)) for row in result.rows]
    judged.sort(key=lambda pair: (BAD, WATCH, UNKNOWN, WELL).index(pair[1]))
    columns = tuple(text(lang, f"column-{_NAMES[c]}") if c in _NAMES else c for c in result.columns)
    rows = tuple((f"{dot} {row[0]}", *(in_words(lang, cell) for cell in row[1:])) for row, dot in judged)
    return Health({row[0]: dot for row, dot in judged}, TableResult(columns=columns, rows=rows))


def sentence(health: Health, lang: str) -> str:
    """Return one sentence on all services, which says plainly what is healthy."""
    bad, unseen = health.named(BAD, WATCH), health.named(UNKNOWN)
    well, total = len(health.named(WELL)), len(health.dots)
    if well == total:
        return text(lang, "health-good", count=total)
    words = []
    if bad:
        words.append(text(lang, "health-bad", count=str(len(bad)), total=str(total), names=_few(bad)))
    if unseen:
        words.append(text(lang, "health-unseen", names=_few(unseen)))
    if well:
        words.append(text(lang, "health-rest", count=well))
    return " ".join(words)


def unknown(names: tuple[str, ...], seen: Evidence, lang: str) -> str:
    """Say that no metric tells how the services are, and which are known all the same."""
    if names:
        return text(lang, "status-services", count=str(len(names)), names=", ".join(names[:12]))
    reason = (seen.error or seen.reading.summary).rstrip(".")
    return text(lang, "status-services-unknown", reason=reason)


def in_words(lang: str, cell: str) -> str:
    """Return a table cell of a read (`48 %`, `2.4 req/s`) as the other numbers are written in a language."""
    match = _CELL.fullmatch(cell)
    if match is None:
        return cell or "–"
    count, unit = match.groups()
    if unit == "%":
        return f"{count}%"
    name = f"unit-{_UNITS.get(unit, unit)}"
    return text(lang, name, count=count) if known(name) else cell


def _dot(row: dict[str, str], troubled: frozenset[str]) -> str:
    up, errors = _percent(row.get("up", "")), _percent(row.get("error_ratio", ""))
    if up == 0 or (errors is not None and errors >= BAD_ERRORS):
        return BAD
    if row.get("service") in troubled or (up is not None and up < 100) or (errors or 0) >= WATCH_ERRORS:
        return WATCH
    return UNKNOWN if up is None and errors is None else WELL


def _percent(cell: str) -> float | None:
    match = _CELL.fullmatch(cell)
    if match is None or match[2] != "%":
        return None
    try:
        return float(match[1].replace(",", ""))
    except ValueError:
        return None


def _few(names: list[str]) -> str:
    shown = ", ".join(names[:MOST_NAMED])
    return shown if len(names) <= MOST_NAMED else f"{shown}, …"
