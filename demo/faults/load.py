"""Faults that nothing in the shop is to blame for: more visitors than it can serve."""

from dataclasses import dataclass
from typing import ClassVar

from demo.faults.fault import Stage

# Visitors who wait for longer than this are not served well.
PATIENCE_SECONDS = 0.75


@dataclass(frozen=True, slots=True)
class FrontPageRush:
    """A crowd opens the front page, faster than storefront's two Pods can render it; more Pods serve it well."""

    name: ClassVar[str] = "front-page-rush"
    title: ClassVar[str] = "Rush on the front page"
    description: ClassVar[str] = (
        "A crowd opens the front page again and again: storefront's Pods are too few, answers are slow, none fails."
    )

    async def inject(self, stage: Stage) -> None:
        """Let the crowd come."""
        await stage.rush.start()

    async def clear(self, stage: Stage) -> None:
        """Send it home."""
        await stage.rush.stop()

    async def active(self, stage: Stage) -> bool:
        """Tell whether a crowd is there that waits; one that is served well hurts nobody."""
        return stage.rush.wait > PATIENCE_SECONDS
