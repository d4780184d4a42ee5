"""The live line of a card: who leads, who was called and answered, when people are told again, what is left to do."""

from datetime import datetime

from agent.domain.page import Page, PageState
from agent.domain.task import TaskState
from agent.domain.update import UpdateState
from agent.domain.view import IncidentView
from agent.locale.messages import text
from agent.policy.oncall import SERVICE
from agent.transport.slack.directory import Named
from agent.transport.slack.markup import channel, moment

_MOST_PEOPLE = 3


def live_line(view: IncidentView, lang: str, named: Named, next_update: datetime | None) -> str:
    """Return one short line, or nothing while there is nothing to tell."""
    incident = view.incident
    parts = [text(lang, "live-commander", who=named(incident.commander))] if incident.commander else []
    if incident.status.open:
        parts += _called(view, lang, named)
        if next_update is not None:
            late = "live-update-late" if next_update < view.as_of else "live-update"
            parts.append(text(lang, late, time=moment(next_update, "{time}")))
    waiting = sum(one.state is UpdateState.WAITING for one in view.updates)
    if waiting:
        parts.append(text(lang, "live-approvals", count=waiting))
    todo = sum(one.state is TaskState.OPEN for one in view.tasks)
    if todo:
        parts.append(text(lang, "live-tasks", count=todo))
    if incident.room:
        parts.append(channel(incident.room))
    return " · ".join(parts)


def _called(view: IncidentView, lang: str, named: Named) -> list[str]:
    """Return the newest call of each of the people who were called last."""
    newest: dict[str, Page] = {}
    for page in view.pages:
        if page.state is not PageState.WITHDRAWN:
            newest.pop(page.person, None)
            newest[page.person] = page
    return [_call(page, lang, named) for page in list(newest.values())[-_MOST_PEOPLE:]]


def _call(page: Page, lang: str, named: Named) -> str:
    who = text(lang, "page-anybody") if page.person == SERVICE else named(page.person)
    time = moment(page.at, "{time}")
    if page.state is PageState.FAILED:
        return text(lang, "live-call-failed", who=who, time=time)
    if page.answered_at is None:
        return text(lang, "live-called", who=who, time=time)
    return text(lang, "live-answered", who=who, time=time, answered=moment(page.answered_at, "{time}"))
