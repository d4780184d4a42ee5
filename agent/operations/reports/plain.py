"""A report as plain text for a mail: what matters first, figures a line each, incidents in a sentence."""

from collections.abc import Iterator, Sequence

from agent.operations.reports.layout import columns_of, row_of
from agent.operations.reports.model import Block, CasesBlock, FigureBlock, PointsBlock, Report, TextBlock


def plain_text(report: Report, notices: Sequence[str] = ()) -> str:
    """Return the text of a mail; tables and charts are left to the files."""
    lines = [report.title, report.subtitle, "", *(f"- {one}" for one in report.headline)]
    for section in report.sections:
        if section.name == "how":
            continue
        body = [line for block in section.blocks for line in _block(report.language, block)]
        lines += ["", section.title, *body] if body else []
    lines += ["", *notices] if notices else []
    return "\n".join(lines) + "\n"


def _block(lang: str, block: Block) -> Iterator[str]:
    match block:
        case FigureBlock():
            columns = columns_of(lang, block)
            for line in block.lines:
                label, value, *rest = row_of(lang, line, block.previous)
                named = zip(columns[2:], rest, strict=True)
                more = [f"{name} {cell}" for name, cell in named if cell]
                yield f"- {label}: {value}" + (f" ({', '.join(more)})" if more else "")
        case CasesBlock():
            for case in block.cases:
                said = "; ".join(f"{name} {words}" for name, words in (*case.facts, *case.sentences))
                yield f"- {case.name} ({case.priority}) {case.title}: {said}"
        case PointsBlock():
            if block.title:
                yield block.title
            yield from (f"- {one}" for one in block.points)
        case TextBlock():
            yield block.text
