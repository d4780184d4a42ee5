"""Says in words what the statements of a draft rest on, so that anybody can look at it again."""

from collections.abc import Callable, Iterable, Mapping

from agent.domain.record import Statement
from agent.locale.readings import reading_words
from agent.locale.timeline import happened
from agent.operations.postmortem_model import Desk, Source
from agent.operations.postmortem_timeline import deed, ways


def sources_of(desk: Desk, statements: Iterable[Statement]) -> tuple[Source, ...]:
    """Return everything that the statements name, once, in the order of the first mention."""
    names = dict.fromkeys(name for statement in statements for name in statement.sources)
    return tuple(_source(desk, name) for name in names)


def _source(desk: Desk, name: str) -> Source:
    evidence = next((one for one in desk.view.evidence if one.id == name), None)
    if evidence is not None:
        what = desk.say("pm-source-evidence", summary=reading_words(desk.language, evidence))
        at = desk.moment(evidence.observed_at)
        return Source(
            id=name,
            what=f"{what} ({evidence.request.tool}, {at})",
            query=evidence.reading.query,
            link=evidence.reading.link or "",
        )
    kind, _, rest = name.partition(":")
    return Source(id=name, what=_record(desk, kind, rest))


def _record(desk: Desk, kind: str, rest: str) -> str:
    told = _FOUND[kind](desk, rest) if kind in _FOUND else None
    return told if told is not None else _other(desk, kind, rest)


def _event(desk: Desk, rest: str) -> str | None:
    event = next((one for one in desk.view.timeline if str(one.seq) == rest), None)
    if event is None:
        return None
    told = happened(desk.language, event, person=desk.named, foreign=lambda words: " ".join(words.split()))
    return desk.say("pm-source-event", number=rest, at=desk.clock(event.at), what=told.strip()[:200])


def _action(desk: Desk, rest: str) -> str | None:
    action = next((one for one in desk.view.actions if one.id == rest), None)
    if action is None:
        return None
    return desk.say("pm-source-action", action=action.handle, deed=deed(desk, action))


def _page(desk: Desk, rest: str) -> str | None:
    page = next((one for one in desk.view.pages if one.id == rest), None)
    if page is None:
        return None
    who = desk.named(page.person)
    return desk.say("pm-source-page", who=who, way=page.way.value, at=desk.clock(page.at))


def _update(desk: Desk, rest: str) -> str | None:
    update = next((one for one in desk.view.updates if one.id == rest), None)
    if update is None:
        return None
    audience = desk.audience(update.audience)
    return desk.say(
        "pm-source-update", number=str(update.number), audience=audience, ways=ways(update) or "–"
    )


def _task(desk: Desk, rest: str) -> str | None:
    task = next((one for one in desk.view.tasks if one.id == rest), None)
    if task is None:
        return None
    return desk.say("pm-source-task", task=task.name, who=desk.named(task.by))


def _handoff(desk: Desk, rest: str) -> str | None:
    handoff = next((one for one in desk.view.handoffs if one.id == rest), None)
    if handoff is None:
        return None
    return desk.say("pm-source-handoff", number=str(handoff.number), agent=handoff.to.value)


_FOUND: Mapping[str, Callable[[Desk, str], str | None]] = {
    "event": _event,
    "action": _action,
    "page": _page,
    "update": _update,
    "task": _task,
    "handoff": _handoff,
}


def _other(desk: Desk, kind: str, rest: str) -> str:
    match kind:
        case "policy":
            return desk.say("pm-source-policy", file=rest)
        case "doc":
            return desk.say("pm-source-doc", file=rest)
        case "person":
            return desk.say("pm-source-person", who=desk.named(rest))
        case "incident":
            return desk.say("pm-source-incident", name=desk.view.incident.name)
        case "notification":
            return desk.say("pm-source-notification", key=rest)
        case _:
            return f"{kind}:{rest}".rstrip(":")
