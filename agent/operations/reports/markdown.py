"""A report as Markdown: tables that no cell can break, and text that is never markup."""

from collections.abc import Iterator

from agent.locale.messages import text
from agent.operations.postmortem_markdown import escaped
from agent.operations.reports.layout import columns_of, row_of
from agent.operations.reports.model import (
    Block,
    CaseBlock,
    CasesBlock,
    ChartBlock,
    FigureBlock,
    PointsBlock,
    Report,
    TableBlock,
    TextBlock,
)


def markdown(report: Report) -> str:
    """Return the report as a Markdown file; charts are told in words."""
    lines = [f"# {_text(report.title)}", "", _text(report.subtitle), ""]
    lines += [f"- {_text(one)}" for one in report.headline]
    for section in report.sections:
        lines += ["", f"## {_text(section.title)}"]
        for block in section.blocks:
            lines += ["", *_block(report.language, block)]
    return "\n".join(lines).rstrip() + "\n"


def _text(words: str) -> str:
    """Return text as data in a line or a cell; it cannot begin a list, a heading or a quotation either."""
    plain = escaped(words).replace("|", "\\|")
    return f"\\{plain}" if plain[:1] in ("#", "-", "+", ">", "=") else plain


def _block(lang: str, block: Block) -> Iterator[str]:
    match block:
        case FigureBlock():
            rows = [row_of(lang, line, block.previous) for line in block.lines]
            yield from _table(
                columns_of(lang, block), rows, tuple(range(1, len(columns_of(lang, block)) - 1))
            )
        case TableBlock():
            yield from _titled(block.title)
            yield from _table(block.columns, block.rows, block.numeric)
            if block.left_out:
                yield from ("", text(lang, "report-rows-left", count=block.left_out))
        case ChartBlock():
            yield f"*{_text(block.title)}*: {_text(block.alt)}"
        case CasesBlock():
            yield from _cases(lang, block)
        case PointsBlock():
            yield from _titled(block.title)
            yield from (f"- {_text(one)}" for one in block.points)
        case TextBlock():
            yield _text(block.text)


def _titled(title: str) -> Iterator[str]:
    if title:
        yield from (f"**{_text(title)}**", "")


def _table(
    columns: tuple[str, ...],
    rows: list[tuple[str, ...]] | tuple[tuple[str, ...], ...],
    numeric: tuple[int, ...],
) -> Iterator[str]:
    yield _cells(columns)
    yield "|" + "|".join("---:" if place in numeric else "---" for place in range(len(columns))) + "|"
    yield from (_cells(row) for row in rows)


def _cells(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(_text(cell) or ' ' for cell in cells)} |"


def _cases(lang: str, block: CasesBlock) -> Iterator[str]:
    for place, case in enumerate(block.cases):
        if place:
            yield ""
        yield from _case(case)
    if block.left_out:
        yield from ("", text(lang, "report-cases-left", count=block.left_out))


def _case(case: CaseBlock) -> Iterator[str]:
    yield f"**{_text(case.name)} ({_text(case.priority)})** {_text(case.title)}"
    yield ""
    yield f"- {' · '.join(f'{_text(name)} {_text(value)}' for name, value in case.facts)}"
    yield from (f"- {_text(name)}: {_text(words)}" for name, words in case.sentences)
