"""The Home tab's lines about today's checks."""

from datetime import timedelta

from agent.domain.checklist import ChecklistState
from agent.locale.messages import text
from agent.transport.slack import blocks
from agent.transport.slack.limits import Part
from agent.transport.slack.services import SlackServices
from agent.transport.slack.standing.checklist_card import headline, summary_line

_TODAY = timedelta(hours=24)
_MOST = 4


async def check_parts(services: SlackServices) -> list[Part]:
    """Return how the checks of the last day went, newest first; nothing where there were none."""
    since = services.clock.now() - _TODAY
    async with services.store.read() as tx:
        recent = await tx.checklists.since(since, 200)
    shown = [one for one in reversed(recent) if one.state not in (ChecklistState.MISSED, ChecklistState.LEFT)]
    if not shown:
        return []
    lang = services.language
    lines = [f"• {headline(one, lang)} — {summary_line(one, lang)}" for one in shown[:_MOST]]
    return [Part(2, (blocks.section("\n".join([text(lang, "home-checks"), *lines])),))]
