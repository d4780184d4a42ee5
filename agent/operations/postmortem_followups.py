"""What could be done so that it does not come back: suggestions by fixed rules, each from what it follows from.

They are suggestions: people drop what does not fit and add what they know.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from agent.domain.record import Statement
from agent.operations.postmortem_lessons import Lesson
from agent.operations.postmortem_marks import Marks
from agent.operations.postmortem_model import Desk

MOST = 5
# An incident that nobody noticed for longer than this asks for an earlier alert.
SLOW_DETECTION = timedelta(minutes=5)
REVIEW = "review"
_BY_CAUSE = (
    ("change.", "release"),
    ("memory.", "memory"),
    ("pool.", "pool"),
    ("dependency.", "dependency"),
    ("load.", "load"),
    ("cache.", "cache"),
    ("node.", "node"),
    ("certificate.", "certificate"),
    ("container.", "container"),
    ("service.", "service"),
    ("logs.", "logs"),
)
_BY_LESSON = {
    "no-cause": "cause",
    "cause-denied": "cause",
    "answered-late": "answer",
    "answered-never": "answer",
    "calls-failed": "calls",
    "updates-unapproved": "approval",
    "undelivered": "delivery",
    "blind": "blind",
    "action-failed": "action",
    "reopened": "reopened",
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something to do, by the name of its rule, and what it follows from."""

    name: str
    statement: Statement


def suggestions(desk: Desk, marks: Marks, learnt: Sequence[Lesson]) -> list[Suggestion]:
    """Return what to do about the cause first, then about how the incident went, at last to talk about it."""
    incident = desk.view.incident
    cause = desk.view.diagnosis.cause if desk.view.diagnosis else None
    found: dict[str, Suggestion] = {}

    def add(name: str, *sources: str, service: str = "") -> None:
        words = {"name": incident.name, "service": service or incident.service}
        found.setdefault(name, Suggestion(name, desk.state(f"pm-follow-{name}", *sources, **words)))

    if cause is not None:
        kind = next((name for prefix, name in _BY_CAUSE if cause.rule.startswith(prefix)), "fault")
        add(kind, *cause.evidence_ids, service=cause.service or "")
    for lesson in learnt:
        if lesson.name in _BY_LESSON:
            add(_BY_LESSON[lesson.name], *lesson.statement.sources)
    detected = marks.span(marks.began, marks.opened)
    if detected is not None and detected > SLOW_DETECTION:
        add("detection", marks.opened.source)
    kept = list(found.values())[: MOST - 1]
    review = desk.state("pm-follow-review", marks.opened.source, name=incident.name, service=incident.service)
    return [*kept, Suggestion(REVIEW, review)]
