"""What the terminal command about post-mortems does."""

import sys

from agent.app.terminal import named, opened
from agent.settings import Settings

ASKER = "terminal"


async def postmortem(settings: Settings, name: str, language: str | None) -> int:
    """Print the draft of an incident; raises NotFound, and BadInput while there is nothing to learn from."""
    async with opened(settings) as core:
        incident = await named(core, name)
        learning = core.wings.learning
        assert learning is not None
        draft = await learning.postmortem(incident.id, by=ASKER, language=language or settings.language)
    sys.stdout.write(draft.markdown)
    return 0
