"""What is remembered of a model's work: what it used, day by day, and how far a talk that was cut short had come."""

from datetime import date, datetime
from typing import Protocol

from agent.domain.noun import Json, Noun


class Spent(Noun):
    """What calls used; `input_tokens` count what came from the cache too, `unpriced` are calls of unknown cost."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    micro_usd: int = 0
    unpriced: int = 0

    @property
    def tokens(self) -> int:
        """Return everything that was read and written."""
        return self.input_tokens + self.output_tokens

    @property
    def usd(self) -> float:
        """Return the cost of the calls whose price is known, in US dollars."""
        return self.micro_usd / 1_000_000


class ModelRows(Protocol):
    """Use and unfinished talks; `incident_id` is empty for questions that are about no incident."""

    async def add(self, day: date, incident_id: str, model: str, spent: Spent) -> None:
        """Add what calls used."""
        ...

    async def of_day(self, day: date) -> Spent:
        """Return what all calls of a day used."""
        ...

    async def of_incident(self, incident_id: str) -> Spent:
        """Return what all calls for an incident used."""
        ...

    async def talk(self, key: str) -> dict[str, Json] | None:
        """Return how far a talk has come, or None when there is none."""
        ...

    async def keep(self, key: str, talk: dict[str, Json], at: datetime) -> None:
        """Store how far a talk has come."""
        ...

    async def drop(self, key: str) -> None:
        """Forget a talk that is over."""
        ...
