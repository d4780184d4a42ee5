"""The reply in an incident's thread that asks people for their votes, and what it becomes when nobody need vote."""

from collections.abc import Sequence

from agent.domain.action import Action
from agent.domain.incident import Incident
from agent.locale.messages import text
from agent.ports.chat import Rendered
from agent.transport import proposals
from agent.transport.slack import blocks
from agent.transport.slack.markup import foreign


def render_approval_asked(incident: Incident, action: Action, mentions: Sequence[str], lang: str) -> Rendered:
    """Draw the one reply in the thread that asks people for their votes; `mentions` are ready codes."""
    words = text(
        lang,
        "deed-approval-asked",
        mentions=" ".join(mentions),
        name=incident.name,
        title=foreign(proposals.title(lang, action), 300),
        handle=action.handle,
    ).strip()
    return Rendered(text=words, blocks=(blocks.section(words),))


def render_no_longer_asked(action: Action, lang: str) -> Rendered:
    """Draw what stands in the thread in place of a question that people need not answer any more."""
    words = text(
        lang,
        "deed-approval-over",
        title=foreign(proposals.title(lang, action), 300),
        handle=action.handle,
        where=text(lang, f"action-outcome-{action.outcome}"),
    )
    return Rendered(text=words, blocks=(blocks.context(words),))
