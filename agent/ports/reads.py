"""How everybody but the tools themselves looks at the world: by named reads that come back as evidence."""

from typing import Protocol

from agent.domain.evidence import Evidence, ReadRequest
from agent.domain.noun import Json, Noun


class ReadSpec(Noun):
    """What a read is called, what it is for and which parameters it takes (JSON Schema)."""

    name: str
    description: str
    backend: str
    params_schema: dict[str, Json]


class Reads(Protocol):
    """The list of reads; a backend's failure comes back as evidence with status `error`, never as an exception."""

    def catalogue(self) -> tuple[ReadSpec, ...]:
        """List every read."""
        ...

    async def run(self, request: ReadRequest, *, incident_id: str | None = None) -> Evidence:
        """Run one read within its deadline; raises BadInput for an unknown tool or bad parameters."""
        ...

    def configured(self, backend: str) -> bool:
        """Say whether a backend is set up."""
        ...

    async def blob(self, digest: str) -> bytes | None:
        """Return a picture that a read drew, by its SHA-256, or None when it is gone from memory."""
        ...
