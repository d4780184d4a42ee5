"""What sets a report on pages."""

from collections.abc import Mapping
from typing import Any, Protocol


class Printer(Protocol):
    """Sets documents; raises Misconfigured where a font that the language needs is missing."""

    async def pdf(self, document: Mapping[str, Any]) -> bytes:
        """Return the document as PDF; raises Unavailable when it cannot be set."""
        ...

    async def pictures(self, document: Mapping[str, Any], *, density: int = 110) -> list[bytes]:
        """Return each page as PNG, with so many pixels an inch."""
        ...
