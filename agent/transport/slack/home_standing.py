"""The part of the Home tab about objectives: the least budgets first."""

import asyncio
from collections.abc import Sequence

from agent.errors import OpsError
from agent.locale.messages import text
from agent.transport.slack import blocks
from agent.transport.slack.limits import Part
from agent.transport.slack.markup import foreign
from agent.transport.slack.services import SlackServices

MOST = 5
_PATIENCE = 4.0


async def standing_lines(services: SlackServices) -> Sequence[str]:
    """Return the worst budgets as plain lines; none while they cannot be measured in time."""
    standing = services.doors.standing
    if standing is None:
        return ()
    try:
        async with asyncio.timeout(_PATIENCE):
            return await standing.worst(services.language, MOST)
    except (OpsError, TimeoutError):
        # What was read so far is kept, so the next look finds more.
        return ()


def standing_part(lines: Sequence[str], lang: str) -> Part:
    """Draw the part; it is left out where nothing was measured."""
    if not lines:
        return Part(2, ())
    shown = "\n".join([text(lang, "home-objectives"), *(foreign(line, 300) for line in lines[:MOST])])
    return Part(2, (blocks.section(shown), blocks.context(text(lang, "home-objectives-more"))))
