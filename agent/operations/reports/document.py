"""A report as plain data for whoever sets it on pages: every cell is text already, and charts are numbers."""

import re
from typing import Any

from agent.analysis.redaction import clean_text
from agent.locale.messages import text
from agent.operations.reports.layout import columns_of, row_of
from agent.operations.reports.model import (
    Block,
    CasesBlock,
    ChartBlock,
    FigureBlock,
    Report,
    Section,
    TableBlock,
)

_LONGEST = 1_200
MOST_CHARTS = 4
_MARK = "\u241f"
_CELL, _NAME = 160, 48
_WORD, _PIECE = re.compile(r"\S{25,}"), re.compile(r".{12}")


def document(report: Report, *, written: str) -> dict[str, Any]:
    """Return what a template needs; `written` says when the report was written."""
    lang = report.language
    pages = text(lang, "report-page", page=_MARK, pages=_MARK).split(_MARK)
    footer = f"{report.title} · {report.subtitle} · {text(lang, 'report-written', at=written)}"
    data = {
        "title": report.title,
        "subtitle": report.subtitle,
        "language": lang,
        "headline": list(report.headline),
        "footer": footer,
        "pages": pages,
        "sections": [
            {
                "name": section.name,
                "title": section.title,
                "blocks": [_block(lang, block) for block in section.blocks],
            }
            for section in report.sections
        ],
    }
    cleaned = _cleaned(data)
    assert isinstance(cleaned, dict)
    return cleaned


def strip(report: Report) -> tuple[dict[str, Any], str] | None:
    """Return the charts alone, for one picture, and what it shows in words; None for a report without any."""
    charts = [
        block for section in report.sections for block in section.blocks if isinstance(block, ChartBlock)
    ]
    if not charts:
        return None
    whole = Section(name="charts", title="", blocks=tuple(charts[:MOST_CHARTS]))
    alone = report.model_copy(update={"sections": (whole,), "headline": ()})
    alt = " ".join(f"{chart.title}: {chart.alt}" for chart in charts[:MOST_CHARTS])
    return document(alone, written="") | {"strip": True}, alt


def _block(lang: str, block: Block) -> dict[str, Any]:
    match block:
        case FigureBlock():
            return {
                "form": block.form,
                "columns": columns_of(lang, block),
                "rows": [_cells(row_of(lang, line, block.previous)) for line in block.lines],
                "met": [line.figure.met for line in block.lines],
            }
        case TableBlock():
            left = text(lang, "report-rows-left", count=block.left_out) if block.left_out else ""
            rows = [_cells(row) for row in block.rows]
            return block.model_dump(include={"form", "title", "columns", "numeric"}) | {
                "rows": rows,
                "left": left,
            }
        case ChartBlock():
            curves = [{"name": _short(one.name, _NAME), "values": one.values} for one in block.curves]
            ticks = [(value, _short(words, 16)) for value, words in block.ticks]
            places = [_short(words, 12) for words in block.places]
            return block.model_dump() | {"curves": curves, "ticks": ticks, "places": places}
        case CasesBlock():
            left = text(lang, "report-cases-left", count=block.left_out) if block.left_out else ""
            return block.model_dump(include={"form", "cases"}) | {"left": left}
        case _:
            return block.model_dump()


def _cells(row: tuple[str, ...]) -> list[str]:
    return [_short(cell, _CELL) for cell in row]


def _breakable(words: str) -> str:
    """Let a line end within a word that is wider than any column."""
    return _WORD.sub(lambda word: _PIECE.sub("\\g<0>\u200b", word[0]), words)


def _short(words: str, most: int) -> str:
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"


def _cleaned(value: Any) -> Any:
    """Take what cannot be seen out of every text, and cut what would fill a page."""
    if isinstance(value, str):
        return _breakable(re.sub(r"\s+", " ", clean_text(value[:_LONGEST]))) if value.strip() else value
    if isinstance(value, dict):
        return {key: _cleaned(one) for key, one in value.items()}
    return [_cleaned(one) for one in value] if isinstance(value, list | tuple) else value
