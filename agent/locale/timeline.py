"""What happened in an incident, in words: the stored facts of a timeline event, told in the reader's language."""

from collections.abc import Callable, Mapping
from datetime import datetime

from agent.domain.alert import Reason
from agent.domain.evidence import EvidenceStatus
from agent.domain.noun import Json
from agent.domain.timeline import TimelineEvent, TimelineKind
from agent.locale.claims import worded
from agent.locale.messages import known, text
from agent.locale.reasons import reason_words
from agent.locale.retold import retold

Shown = Callable[[str], str]
"""How a surface shows a person, or text that came from outside."""

INCONCLUSIVE = "inconclusive"
"""What a diagnosis that names no cause is kept as."""
_TELLING = ("text", "note", "question", "alert", "name", "to", "priority", "sentence", "summary")
_OF_UPDATES = frozenset(
    {
        TimelineKind.UPDATE_WRITTEN,
        TimelineKind.UPDATE_SENT,
        TimelineKind.UPDATE_WITHDRAWN,
        TimelineKind.UPDATE_UNLIKE,
    }
)
_OF_TASKS = frozenset(
    {
        TimelineKind.TASK_ADDED,
        TimelineKind.TASK_ASSIGNED,
        TimelineKind.TASK_DONE,
        TimelineKind.TASK_DROPPED,
        TimelineKind.TASK_FILED,
    }
)


def happened(lang: str, event: TimelineEvent, *, person: Shown, foreign: Shown) -> str:
    """Return one line about an event; `person` shows an actor, `foreign` everything that people or programs wrote."""
    message = f"timeline-{event.kind.value}"
    if not known(message):
        # A kind that a newer version wrote is still told, by what it holds.
        message = "timeline-note"
    if event.kind is TimelineKind.COMMAND_TAKEN and event.data.get("to") not in (None, event.actor):
        message = "timeline-command_given"
    return text(
        lang, message, actor=person(event.actor), what=_matter(lang, event, person=person, foreign=foreign)
    )


def _matter(lang: str, event: TimelineEvent, *, person: Shown, foreign: Shown) -> str:
    data = event.data
    match event.kind:
        case TimelineKind.DEEPENED if data.get("findings") == 0:
            return text(lang, "deepened-nothing")
        case TimelineKind.DIAGNOSED:
            return _diagnosed(lang, data, foreign)
        case TimelineKind.INVESTIGATED if _read(lang, data):
            return _read(lang, data)
        case TimelineKind.PRIORITY_CHANGED:
            return foreign(f"{data.get('before', '')} → {data.get('after', '')}: {_because(lang, data)}")
        case TimelineKind.COMMAND_TAKEN:
            return person(str(data.get("to") or event.actor))
        case TimelineKind.NOTE if data.get("until") and data.get("mutes"):
            told = {"until": _hour(str(data["until"])), "why": str(data.get("reason") or "–")}
            return foreign(text(lang, "timeline-muted", **told))
        case TimelineKind.NOTE if data.get("pinned_from"):
            said = foreign(_words(lang, data))
            return text(lang, "timeline-pinned", who=person(str(data["pinned_from"])), what=said)
        case TimelineKind.PAGER_SAID:
            return _pager(lang, event, person=person, foreign=foreign)
        case TimelineKind.HANDOFF_ASKED | TimelineKind.HANDOFF_ACCEPTED | TimelineKind.HANDOFF_ENDED:
            return _handoff(lang, data, foreign)
        case kind if kind in _OF_UPDATES:
            return _update(lang, data, foreign)
        case kind if kind in _OF_TASKS:
            return _task(lang, data, person=person, foreign=foreign)
        case _:
            return foreign(_words(lang, data))


def _handoff(lang: str, data: Mapping[str, Json], foreign: Shown) -> str:
    """Return to whom it went, what was asked and how it ended, as far as the event tells."""
    message, outcome = f"timeline-asks-{data.get('question')}", f"timeline-outcome-{data.get('outcome')}"
    asked = text(lang, message) if known(message) else foreign(str(data.get("question") or ""))
    ended = text(lang, outcome) if known(outcome) else foreign(str(data.get("outcome") or ""))
    why = foreign(retold(lang, str(data.get("why") or "")))
    parts = (foreign(str(data.get("to") or "")), asked, ended, why)
    return " · ".join(part for part in parts if part)


def _update(lang: str, data: Mapping[str, Json], foreign: Shown) -> str:
    """Return for which audiences it was, how many wait for somebody's word, and where one reads differently."""
    several = data.get("audiences")
    names = several if isinstance(several, list) else [data.get("audience")]
    said = ", ".join(foreign(str(name)) for name in names if name) or foreign(_words(lang, data))
    waiting = data.get("waiting")
    if isinstance(waiting, int) and waiting > 0:
        return text(lang, "timeline-waiting", what=said, count=waiting)
    read = f"timeline-reads-{data.get('reading')}"
    return text(lang, read, what=said, to=foreign(str(data.get("to") or ""))) if known(read) else said


def _diagnosed(lang: str, data: Mapping[str, Json], foreign: Shown) -> str:
    if data.get("summary") == INCONCLUSIVE:
        return text(lang, "timeline-inconclusive")
    return foreign(worded(lang, data.get("message"), data.get("spans")) or _words(lang, data))


def _read(lang: str, data: Mapping[str, Json]) -> str:
    """Return how the reads ended, such as `12 with data, 1 failed`; empty where that was not counted."""
    counts = {status.value: data.get(status.value) for status in EvidenceStatus}
    return ", ".join(
        text(lang, f"timeline-read-{name}", count=str(count)) for name, count in counts.items() if count
    )


def _because(lang: str, data: Mapping[str, Json]) -> str:
    kept = data.get("reason")
    if isinstance(kept, dict):
        return reason_words(lang, Reason.model_validate(kept))
    return retold(lang, str(data.get("because", "")))


def _hour(moment: str) -> str:
    return f"{datetime.fromisoformat(moment):%Y-%m-%d %H:%M} UTC"


def _task(lang: str, data: Mapping[str, Json], *, person: Shown, foreign: Shown) -> str:
    name, words = f"T-{data.get('task', '?')}", foreign(str(data.get("ticket") or data.get("text") or ""))
    said = f"{name} {words}".strip()
    owner = data.get("owner")
    return text(lang, "timeline-task-for", task=said, who=person(str(owner))) if owner else said


def _pager(lang: str, event: TimelineEvent, *, person: Shown, foreign: Shown) -> str:
    message = f"pager-said-{event.data.get('event')}"
    said = foreign(str(event.data.get("text") or "–"))
    return text(lang, message, who=person(event.actor), what=said) if known(message) else said


def _words(lang: str, data: Mapping[str, Json]) -> str:
    for name in _TELLING:
        value = data.get(name)
        if isinstance(value, str) and value:
            return retold(lang, value)
    return ", ".join(f"{k} {v}" for k, v in sorted(data.items()) if isinstance(v, str | int | float))
