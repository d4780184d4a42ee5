"""Writes a post-mortem draft from an incident's records: every sentence names what it rests on, and gaps are told."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from agent.domain.evidence import Evidence
from agent.domain.record import Statement
from agent.domain.task import TaskState
from agent.domain.titles import spoken_title
from agent.domain.view import IncidentView
from agent.operations import postmortem_findings as parts
from agent.operations.postmortem_followups import Suggestion, suggestions
from agent.operations.postmortem_lessons import lessons
from agent.operations.postmortem_marks import marks_of
from agent.operations.postmortem_model import Desk, Postmortem, Section
from agent.operations.postmortem_sources import sources_of
from agent.operations.postmortem_timeline import course

__all__ = ["Desk", "Postmortem", "suggested", "write"]


def write(desk: Desk) -> Postmortem:
    """Return the draft in the desk's language."""
    view, marks = desk.view, marks_of(desk.view)
    learnt = lessons(desk, marks)
    well = [one.statement for one in learnt if one.well]
    badly = [one.statement for one in learnt if not one.well]
    sections = [
        _section(desk, "summary", parts.summary(desk, marks), plain=True),
        _section(desk, "impact", parts.impact(desk, marks)),
        _section(desk, "spans", parts.spans(desk, marks)),
        _section(desk, "causes", parts.causes(desk, marks)),
        _section(desk, "actions", parts.actions(desk)),
        _section(desk, "well", well),
        _section(desk, "badly", badly),
        _section(desk, "follow", follow_ups(desk)),
        _section(desk, "open", parts.open_questions(desk, marks)),
        _section(desk, "timeline", course(desk)),
    ]
    shown = tuple(one for one in sections if one.statements)
    header = tuple(parts.header(desk, marks))
    cited = [*header, *(statement for section in shown for statement in section.statements)]
    return Postmortem(
        incident_id=view.incident.id,
        name=view.incident.name,
        title=desk.say("pm-title", name=view.incident.name, title=spoken_title(view.incident.title)),
        language=desk.language,
        header=header,
        sections=shown,
        sources=sources_of(desk, cited),
        written_at=view.as_of,
    )


def suggested(desk: Desk) -> list[Suggestion]:
    """Return what follows from the incident by fixed rules, as things to do."""
    marks = marks_of(desk.view)
    return suggestions(desk, marks, lessons(desk, marks))


def follow_ups(desk: Desk) -> list[Statement]:
    """Return what is to be done: tasks that outlive the incident as they stand, else what the rules suggest."""
    tasks = [one for one in desk.view.tasks if one.kind == "follow_up" and one.state is not TaskState.DROPPED]
    if not tasks:
        return [
            desk.state("pm-follow-suggested", *one.statement.sources, words=one.statement.text)
            for one in suggested(desk)
        ]
    return [
        desk.state(
            "pm-follow-task",
            f"task:{task.id}",
            task=task.name,
            words=task.text,
            owner=desk.named(task.owner) if task.owner else desk.say("pm-nobody"),
            state=desk.say(f"pm-task-{task.state.value}"),
            ticket=task.ticket or "–",
        )
        for task in tasks
    ]


def _section(desk: Desk, name: str, statements: Iterable[Statement], *, plain: bool = False) -> Section:
    return Section(name=name, title=desk.say(f"pm-part-{name}"), statements=tuple(statements), plain=plain)


def with_evidence(view: IncidentView, more: Sequence[Evidence], at: datetime) -> IncidentView:
    """Return an incident with what was read of it just now."""
    known = {one.id for one in view.evidence}
    fresh = tuple(one for one in more if one.id not in known)
    return view.model_copy(update={"evidence": (*view.evidence, *fresh), "as_of": at})
