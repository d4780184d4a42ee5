"""Reads what checks need out of evidence: rows of a table by column, and the newest value of each series."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.domain.evidence import Evidence, EvidenceStatus
from agent.domain.results import SeriesResult, TableResult

Row = dict[str, str]


def rows_of(evidence: Evidence) -> list[Row]:
    """Return a table's rows as cells by column; nothing where it brought no table."""
    result = evidence.reading.result
    if not isinstance(result, TableResult):
        return []
    return [dict(zip(result.columns, cells, strict=False)) for cells in result.rows]


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest value of one series, with what its labels call it."""

    name: str
    value: float
    at: float


def newest_of(evidence: Evidence) -> list[Newest]:
    """Return the newest value of every series that has one."""
    result = evidence.reading.result
    if not isinstance(result, SeriesResult):
        return []
    return [
        Newest(name_of(one.labels), one.points[-1][1], one.points[-1][0])
        for one in result.series
        if one.points
    ]


def name_of(labels: dict[str, str]) -> str:
    """Return what tells a series from others: its labels' values, without the metric's own name."""
    return " ".join(value for key, value in sorted(labels.items()) if value and key != "__name__") or "–"


def number(cell: str) -> float | None:
    """Return the number in a cell; None for an empty one."""
    try:
        return float(cell.replace(",", ""))
    except ValueError:
        return None


def failed(looks: Sequence[Evidence]) -> Evidence | None:
    """Return the first look that brought an error."""
    return next((one for one in looks if one.status is EvidenceStatus.ERROR), None)
