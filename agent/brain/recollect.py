"""What answers say from experience: incidents like this one and what cured them, and the team's runbook; as data."""

from collections.abc import Sequence
from datetime import datetime

from agent.brain.standing import standing_view
from agent.domain.answer import Answer
from agent.domain.memory import PastIncident
from agent.domain.runbook import Runbook, runbook_about
from agent.domain.view import IncidentView
from agent.lifecycle.memory import similar_incidents
from agent.locale import past as words
from agent.locale.messages import text
from agent.ports.store import Store

MOST_SIMILAR = 5
_MOST_STEPS = 8


async def similar_answer(
    store: Store, view: IncidentView | None, now: datetime, lang: str, *, whole: bool = True
) -> Answer:
    """Say which past incidents are like this one; without one, like the worst that is open."""
    about = view or await standing_view(store, None, now, whole=whole)
    past = await _recalled(store, about) if about is not None else ()
    if not past:
        return Answer(text=text(lang, "answer-similar-none"))
    lines = [f"- {_line(one, lang)}" for one in past]
    return Answer(
        text="\n".join([text(lang, "answer-similar"), *lines, "", text(lang, "answer-memory-data")])
    )


def next_answer(view: IncidentView, runbooks: Sequence[Runbook], lang: str) -> Answer:
    """Say what to do next, and what the team's runbook says, if there is one for this incident."""
    diagnosis = view.diagnosis
    step = diagnosis.next_step if diagnosis else None
    lines = [text(lang, "answer-next", step=step)] if step else []
    culprit = diagnosis.cause.service if diagnosis and diagnosis.cause else None
    book = runbook_about(runbooks, view.alerts, culprit or "")
    if book is not None:
        told = book.words(lang)
        steps = (f"{number}. {one}" for number, one in enumerate(told.steps[:_MOST_STEPS], start=1))
        lines.append("\n".join([text(lang, "answer-runbook", title=told.title), *steps]))
    return Answer(text="\n\n".join(lines) or text(lang, "answer-next-none"))


async def with_lookalike(
    store: Store, answer: Answer, view: IncidentView, now: datetime, lang: str
) -> Answer:
    """Add one sentence on the past incident that is most like this one, if any is alike in more than words."""
    found = next((one for one in await _recalled(store, view) if one.alike), None)
    if found is None:
        return answer
    said = words.looks_like(lang, found, now)
    line = text(lang, "answer-looks-like" if "ago" in said else "answer-looks-like-now", **said)
    return answer.model_copy(update={"text": f"{answer.text}\n\n{line}"})


async def _recalled(store: Store, view: IncidentView) -> tuple[PastIncident, ...]:
    if view.similar:
        return view.similar
    async with store.read() as tx:
        return await similar_incidents(tx, view, MOST_SIMILAR)


def _line(one: PastIncident, lang: str) -> str:
    known = words.cause(lang, one) or text(lang, "answer-cause-unknown")
    said = text(lang, "answer-similar-one", name=one.name, title=one.title, cause=known)
    how = words.how(lang, one)
    return f"{said} · {how}" if how else said
