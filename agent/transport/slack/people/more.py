"""What stands behind a card's *More…*: everything that people may do with an incident, each with a line that explains it."""

from agent.domain.incident import Incident
from agent.locale.messages import text
from agent.transport.slack import blocks
from agent.transport.slack.blocks import Block
from agent.transport.slack.modals import View, modal

VIEW = "modal.more"
PREFIX = "more"
OPEN = ("command", "escalate", "priority", "mute", "tasks", "update", "handoff", "channel", "merge", "split")
ENDED = ("postmortem", "tasks", "update", "handoff", "archive")
"""The last one only where the incident has a channel of its own."""


def more_view(incident: Incident, lang: str) -> View:
    """Return the dialog; what is chosen shows its own dialog in the same place."""
    verbs = [verb for verb in (OPEN if incident.status.open else ENDED) if _fits(incident, verb)]
    body: list[Block] = [_row(incident, verb, lang) for verb in verbs]
    return modal(VIEW, text(lang, "dialog-more", name=incident.name), body, lang)


def _fits(incident: Incident, verb: str) -> bool:
    match verb:
        case "channel":
            return incident.room is None
        case "archive":
            return incident.room is not None
        case _:
            return True


def _row(incident: Incident, verb: str, lang: str) -> Block:
    button = blocks.button(text(lang, f"more-{verb}"), f"{PREFIX}.{verb}", incident.id)
    return blocks.section_with(text(lang, f"more-{verb}-what"), button)
