"""What frames every report: its title, its time, and the part that says how each figure was computed."""

from collections.abc import Sequence

from agent.domain.report import Figure, ReportKind
from agent.operations.reports.model import FigureBlock, PointsBlock, Report, Section, TextBlock
from agent.operations.reports.scribe import Scribe


def framed(say: Scribe, headline: Sequence[str], sections: Sequence[Section]) -> Report:
    """Return the whole report."""
    period, window = say.facts.period, say.facts.window
    so_far = window.end < period.end
    return Report(
        kind=period.kind,
        period=period.name,
        title=say.say(f"report-name-{period.kind.value}"),
        subtitle=subtitle(say, so_far=so_far),
        language=say.language,
        zone=period.zone,
        start=window.start,
        end=window.end,
        so_far=so_far,
        headline=tuple(headline),
        sections=tuple(sections),
        written_at=say.facts.gathered_at,
    )


def subtitle(say: Scribe, *, so_far: bool) -> str:
    """Return which time the report is about, and that it is not over yet."""
    period = say.facts.period
    name = {ReportKind.DAILY: "day", ReportKind.WEEKLY: "week"}.get(period.kind, "month")
    shown = say.say(
        f"report-time-{name}",
        year=str(period.first.year),
        month=period.first.month,
        day=period.first.day,
        week=str(period.first.isocalendar().week),
        first=period.days[0].isoformat(),
        last=period.days[-1].isoformat(),
        zone=period.zone,
    )
    return say.say("report-so-far", time=shown, until=say.moment(say.facts.window.end)) if so_far else shown


def how_section(say: Scribe, sections: Sequence[Section]) -> Section:
    """Return how each figure of the sections was computed, once each, and what could not be measured."""
    lines = (
        line
        for section in sections
        for block in section.blocks
        if isinstance(block, FigureBlock)
        for line in block.lines
    )
    points = dict.fromkeys(f"{line.label}: {_how(say, line.figure)}" for line in lines)
    start, end = say.moment(say.facts.window.start), say.moment(say.facts.window.end)
    window = say.say("report-window", start=start, end=end, zone=say.facts.period.zone)
    blocks = (TextBlock(text=window, tone="note"), PointsBlock(points=tuple(points)))
    return Section(name="how", title=say.say("report-part-how"), blocks=blocks)


def _how(say: Scribe, figure: Figure) -> str:
    if figure.value is not None or not figure.why_not:
        return figure.how
    return f"{figure.how} {say.say('report-not-measured', why=figure.why_not)}"
