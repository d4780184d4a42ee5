"""The rules of correlation that people made."""

from typing import Protocol

from agent.domain.correlation import CorrelationRule


class CorrelationRules(Protocol):
    """Rules by number; a number is never given twice."""

    async def next_number(self) -> int:
        """Return the next free number."""
        ...

    async def add(self, rule: CorrelationRule) -> None:
        """Store a rule."""
        ...

    async def standing(self) -> list[CorrelationRule]:
        """Return the rules that hold, oldest first."""
        ...

    async def remove(self, number: int) -> CorrelationRule | None:
        """End a rule and return it, or None when none of that number holds."""
        ...
