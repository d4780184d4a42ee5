"""What was seen in a matter that is kept apart: there the words of an alert are the evidence, which no metric has."""

from agent.domain.alert import AlertRecord, Severity
from agent.domain.view import IncidentView
from agent.locale.messages import text
from agent.transport.slack import blocks
from agent.transport.slack.blocks import Block
from agent.transport.slack.markup import code, foreign

_MOST = 4
_LOUDEST = tuple(Severity)
_SAID = ("summary", "description", "message")


def sightings(view: IncidentView, lang: str) -> tuple[Block, ...]:
    """Return one line for each alert of a security matter, the worst first, in the words of whoever saw it."""
    if not view.incident.category:
        return ()
    told: dict[str, str] = {}
    for record in sorted(view.alerts, key=_weight):
        said = _said(record)
        if said and said not in told:
            told[said] = f"• {foreign(record.alert.name, 80)}: {code(said, 200)}"
    if not told:
        return ()
    lines = [text(lang, "card-seen"), *list(told.values())[:_MOST]]
    if len(told) > _MOST:
        lines.append(text(lang, "details-more", count=str(len(told) - _MOST)))
    return (blocks.section("\n".join(lines)),)


def _said(record: AlertRecord) -> str:
    found = (record.alert.annotations.get(name, "").strip() for name in _SAID)
    # One line tells enough; the whole text is with the alert.
    return next((words.splitlines()[0] for words in found if words), "")


def _weight(record: AlertRecord) -> tuple[bool, int, str]:
    return not record.alert.firing, _LOUDEST.index(record.severity), record.alert.fingerprint
