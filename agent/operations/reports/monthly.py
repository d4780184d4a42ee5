"""The monthly operations report: availability, performance, resources, main incidents, improvements, success figures."""

from agent.domain.report import Figure
from agent.operations.reports.course import budget_chart, incident_chart, request_chart, resolution_chart
from agent.operations.reports.frame import framed, how_section
from agent.operations.reports.load import performance_figures, resource_figures, service_table, storage_note
from agent.operations.reports.model import Block, Report, Section, TextBlock
from agent.operations.reports.scribe import Scribe
from agent.operations.reports.standing import availabilities, availability_figures, daily, objective_table
from agent.operations.reports.success import (
    count,
    felt,
    none_words,
    priority_table,
    resolution,
    success_figures,
)
from agent.operations.reports.telling import cases_block, done_points, planned_points


def monthly_report(now: Scribe, before: Scribe | None) -> Report:
    """Build the report of a month beside the month before."""
    parts = (_availability, _performance, _resources, _incidents, _improvements, _success)
    sections = [part(now, before) for part in parts]
    return framed(now, headline(now), [*sections, how_section(now, sections)])


def headline(say: Scribe) -> tuple[str, ...]:
    """Return what a reader in a hurry must know, a sentence each."""
    availability, down, _ = availability_figures(say)
    figures = success_figures(say)
    measured = [one for one in figures if one.met is not None]
    told = [
        say.say("report-head-availability", value=say.shown(availability), down=say.shown(down))
        if availability.value is not None
        else say.say("report-head-unmeasured"),
        say.say("report-head-incidents", count=len(say.facts.cases), felt=int(felt(say).value or 0))
        if say.facts.recorded
        else say.say("report-no-record"),
        say.say(
            "report-head-targets",
            met=sum(one.met is True for one in measured),
            measured=len(measured),
            count=len(figures),
        ),
    ]
    return tuple(told)


def previous_of(before: Scribe | None) -> str:
    """Return the name of the period before, empty without one."""
    return before.facts.period.name if before is not None else ""


def _availability(now: Scribe, before: Scribe | None) -> Section:
    earlier = availability_figures(before) if before else ()
    blocks: list[Block] = [now.block(availability_figures(now), earlier, previous_of(before))]
    standings = now.facts.standings
    # Over a month, what is promised of each day would only repeat what is promised of the month.
    lasting = tuple(one for one in standings if not daily(one.slo))
    if lasting:
        blocks.append(objective_table(now, lasting))
    chart = budget_chart(now, availabilities(now.facts) or standings)
    if chart is not None:
        blocks.append(chart)
    return _section(now, "availability", blocks)


def _performance(now: Scribe, before: Scribe | None) -> Section:
    earlier = performance_figures(before) if before else ()
    blocks: list[Block] = [now.block(performance_figures(now), earlier, previous_of(before))]
    blocks += [one for one in (service_table(now), request_chart(now)) if one is not None]
    return _section(now, "performance", blocks)


def _resources(now: Scribe, before: Scribe | None) -> Section:
    earlier = resource_figures(before) if before else ()
    block = now.block(resource_figures(now), earlier, previous_of(before), storage_note(now))
    return _section(now, "resources", [block])


def _incidents(now: Scribe, before: Scribe | None) -> Section:
    blocks: list[Block] = [now.block(_counted(now), _counted(before) if before else (), previous_of(before))]
    if not now.facts.cases:
        return _section(now, "incidents", [*blocks, TextBlock(text=none_words(now))])
    blocks += [priority_table(now), incident_chart(now)]
    chart = resolution_chart(now)
    blocks += [chart] if chart is not None else []
    blocks.append(cases_block(now, now.facts.cases))
    if now.facts.cut:
        blocks.append(TextBlock(text=now.say("report-cut"), tone="note"))
    return _section(now, "incidents", blocks)


def _counted(say: Scribe) -> tuple[Figure, ...]:
    return count(say), felt(say), resolution(say)


def _improvements(now: Scribe, _before: Scribe | None) -> Section:
    return _section(now, "improvements", [done_points(now), planned_points(now)])


def _success(now: Scribe, before: Scribe | None) -> Section:
    earlier = success_figures(before) if before else ()
    return _section(now, "success", [now.block(success_figures(now), earlier, previous_of(before))])


def _section(say: Scribe, name: str, blocks: list[Block]) -> Section:
    return Section(name=name, title=say.say(f"report-part-{name}"), blocks=tuple(blocks))
