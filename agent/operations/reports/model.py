"""What a report is made of: sections of figures, tables, charts, incidents and words, in one language."""

from typing import Annotated, Literal

from pydantic import Field

from agent.domain.noun import Noun, Utc
from agent.domain.report import Figure, ReportKind


class FigureLine(Noun):
    """A figure under its name, with what it was in the period before; `note` says whose it is, or what it leaves out."""

    label: str
    figure: Figure
    before: Figure | None = None
    note: str = ""


class FigureBlock(Noun):
    """Figures beside those of the period before; `previous` names that period, empty when there is nothing to compare."""

    form: Literal["figures"] = "figures"
    lines: tuple[FigureLine, ...]
    previous: str = ""


class TableBlock(Noun):
    """Rows of cells that are formatted already; `numeric` are the places of the columns that stand to the right.

    `left_out` counts rows that did not fit in.
    """

    form: Literal["table"] = "table"
    title: str = ""
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[int, ...] = ()
    left_out: int = 0


class Curve(Noun):
    """One line or row of bars; None is a gap, which is drawn as one."""

    name: str
    values: tuple[float | None, ...]


class ChartBlock(Noun):
    """A chart over places that are named below it; `ticks` are (value, words) of the value axis, `limit` a line across.

    `alt` says in words what it shows.
    """

    form: Literal["chart"] = "chart"
    title: str
    style: Literal["line", "bar"]
    places: tuple[str, ...]
    curves: tuple[Curve, ...]
    ticks: tuple[tuple[float, str], ...]
    limit: float | None = None
    limit_words: str = ""
    alt: str


class CaseBlock(Noun):
    """One incident: a line of facts (name and value), then sentences under short names."""

    name: str
    title: str
    priority: str
    facts: tuple[tuple[str, str], ...]
    sentences: tuple[tuple[str, str], ...]


class CasesBlock(Noun):
    """Incidents, the worst first; `left_out` counts those that stand only in the numbers."""

    form: Literal["cases"] = "cases"
    cases: tuple[CaseBlock, ...]
    left_out: int = 0


class PointsBlock(Noun):
    """A list under a short title."""

    form: Literal["points"] = "points"
    title: str = ""
    points: tuple[str, ...]


class TextBlock(Noun):
    """Running text; `tone` is `note` for what explains."""

    form: Literal["text"] = "text"
    text: str
    tone: Literal["plain", "note"] = "plain"


Block = Annotated[
    FigureBlock | TableBlock | ChartBlock | CasesBlock | PointsBlock | TextBlock, Field(discriminator="form")
]


class Section(Noun):
    """One part under its title."""

    name: str
    title: str
    blocks: tuple[Block, ...]


class Report(Noun):
    """A whole report; `period` is its name such as `2026-10`, `headline` is what a reader in a hurry must know."""

    kind: ReportKind
    period: str
    title: str
    subtitle: str
    language: Literal["en", "ko"]
    zone: str
    start: Utc
    end: Utc
    so_far: bool
    headline: tuple[str, ...]
    sections: tuple[Section, ...]
    written_at: Utc

    def figures(self) -> tuple[FigureLine, ...]:
        """Return every figure of the report in its order."""
        blocks = (block for section in self.sections for block in section.blocks)
        return tuple(line for block in blocks if isinstance(block, FigureBlock) for line in block.lines)

    def figure(self, name: str) -> Figure | None:
        """Return a figure by its name."""
        return next((line.figure for line in self.figures() if line.figure.name == name), None)
