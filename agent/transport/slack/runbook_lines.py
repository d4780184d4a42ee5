"""The team's runbook for an incident: one line on the card, its steps in the thread.

Only the team's own file may bring a link; what an alert's annotations name is foreign text and never becomes one.
"""

from collections.abc import Sequence

from agent.domain.runbook import Runbook, runbook_about
from agent.domain.view import IncidentView
from agent.locale.messages import text
from agent.transport.slack import blocks
from agent.transport.slack.blocks import Block
from agent.transport.slack.markup import foreign, link

_MOST_STEPS = 8


def runbook_line(view: IncidentView, runbooks: Sequence[Runbook], lang: str) -> tuple[Block, ...]:
    """Return the line that names the runbook; nothing when the next step names it already and there is no link."""
    book = _book(view, runbooks)
    if book is None:
        return ()
    title = book.words(lang).title
    named = title in (view.diagnosis.next_step or "" if view.diagnosis else "")
    if book.url is None and named:
        return ()
    return (blocks.context(text(lang, "card-runbook", runbook=link(book.url, title))),)


def runbook_steps(view: IncidentView, runbooks: Sequence[Runbook], lang: str) -> tuple[Block, ...]:
    """Return title and steps, as long as the incident is open."""
    book = _book(view, runbooks)
    if book is None or not view.incident.status.open:
        return ()
    words = book.words(lang)
    lines = [f"{n}. {foreign(step, 300)}" for n, step in enumerate(words.steps[:_MOST_STEPS], start=1)]
    left = len(words.steps) - _MOST_STEPS
    more = [text(lang, "details-more", count=str(left))] if left > 0 else []
    title = text(lang, "details-runbook", runbook=link(book.url, words.title))
    return (blocks.section("\n".join([title, *lines, *more])),)


def _book(view: IncidentView, runbooks: Sequence[Runbook]) -> Runbook | None:
    cause = view.diagnosis.cause if view.diagnosis else None
    return runbook_about(runbooks, view.alerts, (cause.service or "") if cause else "")
