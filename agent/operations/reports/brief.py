"""The short reports: a week on one page for executives, and a day for e-mail."""

from agent.domain.report import Figure
from agent.operations.reports.frame import framed, how_section
from agent.operations.reports.load import performance_figures
from agent.operations.reports.model import Block, PointsBlock, Report, Section, TextBlock
from agent.operations.reports.monthly import headline, previous_of
from agent.operations.reports.scribe import Scribe
from agent.operations.reports.standing import availability_figures, budget_figure
from agent.operations.reports.success import count, felt, none_words, resolution
from agent.operations.reports.telling import cases_block, planned_points

# More would not fit on the one page that a week has.
_WEEK_CASES, _WEEK_POINTS, _DAY_CASES = 3, 5, 5


def weekly_report(now: Scribe, before: Scribe | None) -> Report:
    """Build the digest of a week: where we stand, what customers felt, and what comes next."""
    earlier = _week(before) if before else ()
    standing: list[Block] = [now.block(_week(now), earlier, previous_of(before))]
    sections = (
        _section(now, "standing", standing),
        _section(now, "week-incidents", [_events(now, _WEEK_CASES)]),
        _section(now, "next-week", [planned_points(now, _WEEK_POINTS)]),
    )
    return framed(now, headline(now)[:2], [*sections, how_section(now, sections)])


def daily_report(now: Scribe, before: Scribe | None) -> Report:
    """Build the report of a day, short enough for a mail."""
    earlier = _day(before) if before else ()
    sections = (
        _section(now, "standing", [now.block(_day(now), earlier, previous_of(before))]),
        _section(now, "day-incidents", [_events(now, _DAY_CASES), *_still_open(now)]),
    )
    return framed(now, headline(now)[:2], [*sections, how_section(now, sections)])


def _week(say: Scribe) -> tuple[Figure, ...]:
    available, down, _ = availability_figures(say)
    return available, down, count(say), felt(say), budget_figure(say), resolution(say)


def _day(say: Scribe) -> tuple[Figure, ...]:
    available, down, _ = availability_figures(say)
    return available, down, *performance_figures(say), count(say), felt(say), resolution(say)


def _events(say: Scribe, most: int) -> Block:
    if not say.facts.cases:
        return TextBlock(text=none_words(say))
    return cases_block(say, say.facts.cases, most)


def _still_open(say: Scribe) -> list[Block]:
    shown = [one for one in say.facts.cases if one.incident.status.open and not one.over]
    if not shown:
        return []
    names = [f"{one.incident.name} ({one.incident.priority.value}): {one.incident.title}" for one in shown]
    return [PointsBlock(title=say.say("report-title-open"), points=tuple(names))]


def _section(say: Scribe, name: str, blocks: list[Block]) -> Section:
    return Section(name=name, title=say.say(f"report-part-{name}"), blocks=tuple(blocks))
