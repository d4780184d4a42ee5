"""What a model used, summed by day, incident and model, and its unfinished talks."""

import json
from datetime import date, datetime

from sqlalchemy import ColumnElement, delete, func, select

from agent.domain.noun import Json
from agent.ports.model import Spent
from agent.store.connection import ThreadConnection
from agent.store.model_tables import model_spend, model_talks
from agent.store.upsert import insert

_COUNTS = ("calls", "input_tokens", "output_tokens", "micro_usd", "unpriced")


class SqlModel:
    """The model's rows on either engine."""

    def __init__(self, connection: ThreadConnection) -> None:
        self._connection = connection

    async def add(self, day: date, incident_id: str, model: str, spent: Spent) -> None:
        """Add what calls used."""
        counts = {name: getattr(spent, name) for name in _COUNTS}
        row = insert(model_spend).values(day=day.isoformat(), incident_id=incident_id, model=model, **counts)
        grown = {name: model_spend.c[name] + row.excluded[name] for name in _COUNTS}
        await self._connection.execute(
            row.on_conflict_do_update(index_elements=["day", "incident_id", "model"], set_=grown)
        )

    async def of_day(self, day: date) -> Spent:
        """Return what all calls of a day used."""
        return await self._sum(model_spend.c.day == day.isoformat())

    async def of_incident(self, incident_id: str) -> Spent:
        """Return what all calls for an incident used."""
        return await self._sum(model_spend.c.incident_id == incident_id)

    async def _sum(self, which: ColumnElement[bool]) -> Spent:
        sums = [func.coalesce(func.sum(model_spend.c[name]), 0).label(name) for name in _COUNTS]
        row = (await self._connection.execute(select(*sums).where(which))).all()[0]
        return Spent(**{name: int(getattr(row, name)) for name in _COUNTS})

    async def talk(self, key: str) -> dict[str, Json] | None:
        """Return how far a talk has come, or None when there is none."""
        body = await self._connection.scalar(select(model_talks.c.body).where(model_talks.c.key == key))
        found = None if body is None else json.loads(body)
        return found if isinstance(found, dict) else None

    async def keep(self, key: str, talk: dict[str, Json], at: datetime) -> None:
        """Store how far a talk has come."""
        # PostgreSQL keeps no NUL; JSON escapes it, so that what a model wrote comes back as it was.
        row = insert(model_talks).values(key=key, at=at, body=json.dumps(talk))
        put = row.on_conflict_do_update(
            index_elements=["key"], set_={"at": row.excluded.at, "body": row.excluded.body}
        )
        await self._connection.execute(put)

    async def drop(self, key: str) -> None:
        """Forget a talk that is over."""
        await self._connection.execute(delete(model_talks).where(model_talks.c.key == key))
