"""The rules of correlation that people made, with their table."""

from sqlalchemy import BigInteger, Boolean, Column, Table, Text, func, insert, select, update

from agent.domain.correlation import CorrelationRule
from agent.store.connection import ThreadConnection
from agent.store.tables import metadata

correlation_rules = Table(
    "correlation_rules",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("standing", Boolean, nullable=False),
    Column("body", Text, nullable=False),
)


class SqlCorrelation:
    """Rules by number; ended ones stay, so that their numbers and who made them stay known."""

    def __init__(self, connection: ThreadConnection) -> None:
        self._connection = connection

    async def next_number(self) -> int:
        """Return the next free number."""
        (newest,) = await self._connection.scalars(select(func.max(correlation_rules.c.number)))
        return int(newest or 0) + 1

    async def add(self, rule: CorrelationRule) -> None:
        """Store a rule."""
        body = rule.model_dump_json()
        await self._connection.execute(
            insert(correlation_rules).values(number=rule.number, standing=True, body=body)
        )

    async def standing(self) -> list[CorrelationRule]:
        """Return the rules that hold, oldest first."""
        query = select(correlation_rules.c.body).where(correlation_rules.c.standing)
        bodies = await self._connection.scalars(query.order_by(correlation_rules.c.number))
        return [CorrelationRule.model_validate_json(body) for body in bodies]

    async def remove(self, number: int) -> CorrelationRule | None:
        """End a rule and return it, or None when none of that number holds."""
        held = next((rule for rule in await self.standing() if rule.number == number), None)
        if held is not None:
            ended = update(correlation_rules).where(correlation_rules.c.number == number)
            await self._connection.execute(ended.values(standing=False))
        return held
