"""What the deployment-manager needs from its neighbours; whoever builds it passes it in."""

from collections.abc import Sequence
from typing import Protocol

from agent.domain.incident import Incident
from agent.domain.noun import Json


class Observe(Protocol):
    """Resolves what a recovery's file would write as `$service.NAME`, from what is observed now."""

    async def __call__(self, service: str, incident: Incident, names: Sequence[str]) -> dict[str, Json]:
        """Return each name's value; raises BadInput with a sentence for what nobody saw, or what must not be gone back to."""
        ...
