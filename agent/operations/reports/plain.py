"""A report as plain text for a mail: what matters first, figures a line each, incidents in a sentence."""

from collections.abc import Iterator, Sequence

from agent.operations.reports.layout import judgement, shown, target_words
from agent.operations.reports.model import (
    Block,
    CasesBlock,
    FigureBlock,
    FigureLine,
    PointsBlock,
    Report,
    TextBlock,
)


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


def _figure(lang: str, line: FigureLine, previous: str) -> str:
    goal = ": ".join(part for part in (target_words(lang, line.figure), judgement(lang, line.figure)) if part)
    before = f"{previous}: {shown(lang, line.before)}" if previous and line.before is not None else ""
    more = "; ".join(part for part in (goal, before) if part)
    value = shown(lang, line.figure) + (
        f", {line.note}" if line.note and line.figure.value is not None else ""
    )
    return f"- {line.label}: {value}" + (f" ({more})" if more else "")


def _block(lang: str, block: Block) -> Iterator[str]:
    match block:
        case FigureBlock():
            yield from (_figure(lang, line, block.previous) for line in block.lines)
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
