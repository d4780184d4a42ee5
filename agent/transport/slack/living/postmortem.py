"""The message in the thread that tells of a post-mortem draft which was written by itself."""

from agent.domain.incident import Incident
from agent.locale.messages import text
from agent.operations.postmortem_desk import Told
from agent.ports.chat import Rendered
from agent.transport.slack import blocks
from agent.transport.slack.markup import channel, foreign

BUTTON = "more.postmortem"
"""The same button as behind a card's *More…*."""

_LONGEST = 1_500


def render_told(incident: Incident, told: Told, lang: str) -> Rendered:
    """Draw the summary, how many follow-ups there are, where the draft is, and the button that shows it."""
    said = text(lang, "pm-told", name=incident.name, summary=foreign(told.summary, _LONGEST))
    lines = [text(lang, "pm-told-follow", count=told.follow_ups)]
    if incident.room is not None:
        lines.append(text(lang, "pm-told-where", room=channel(incident.room)))
    show = blocks.button(text(lang, "pm-button"), BUTTON, incident.id)
    return Rendered(
        text=text(lang, "pm-told-plain", name=incident.name, summary=foreign(told.summary, 250)),
        blocks=(blocks.section(said), blocks.context(" ".join(lines)), blocks.actions(show)),
    )
