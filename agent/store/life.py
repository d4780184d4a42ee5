"""When each incident has to be looked at again, what was done for it, and which language people chose."""

from datetime import datetime

from sqlalchemy import case, delete, select

from agent.store.connection import ThreadConnection
from agent.store.record_tables import life_clock, obligations, preferences
from agent.store.upsert import insert


class SqlLifeClock:
    """One row per incident that has to be looked at, and one per thing done."""

    def __init__(self, connection: ThreadConnection) -> None:
        self._connection = connection

    async def wake(self, incident_id: str, at: datetime) -> None:
        """Look at an incident at a time, or earlier if that is wanted already."""
        row = insert(life_clock).values(incident_id=incident_id, due_at=at)
        sooner = case(
            (row.excluded.due_at < life_clock.c.due_at, row.excluded.due_at), else_=life_clock.c.due_at
        )
        await self._connection.execute(
            row.on_conflict_do_update(index_elements=["incident_id"], set_={"due_at": sooner})
        )

    async def due(self, now: datetime, limit: int) -> list[str]:
        """Return the incidents that must be looked at, the longest due first."""
        query = select(life_clock.c.incident_id).where(life_clock.c.due_at <= now)
        return await self._connection.scalars(query.order_by(life_clock.c.due_at).limit(limit))

    async def settle(self, incident_id: str, next_at: datetime | None) -> None:
        """Replace what is wanted of an incident: the next look, or none."""
        await self._connection.execute(delete(life_clock).where(life_clock.c.incident_id == incident_id))
        if next_at is not None:
            await self.wake(incident_id, next_at)

    async def done(self, incident_id: str, key: str, at: datetime) -> bool:
        """Record that something was done; say False when it had been done before."""
        row = insert(obligations).values(incident_id=incident_id, key=key, at=at)
        once = row.on_conflict_do_nothing(index_elements=["incident_id", "key"])
        # Only what is returned tells: a count of inserted rows is not to be had from every driver.
        return (await self._connection.execute(once.returning(obligations.c.key))).first() is not None

    async def all_done(self, incident_id: str) -> dict[str, datetime]:
        """Return what was done for an incident, by key, and when."""
        query = select(obligations.c.key, obligations.c.at).where(obligations.c.incident_id == incident_id)
        return {str(row.key): row.at for row in await self._connection.execute(query)}


class SqlPreferences:
    """Which language a person or a channel wants."""

    def __init__(self, connection: ThreadConnection) -> None:
        self._connection = connection

    async def language(self, scope: str) -> str | None:
        """Return the language, or None when none was chosen."""
        query = select(preferences.c.language).where(preferences.c.scope == scope)
        found = await self._connection.scalar(query)
        return None if found is None else str(found)

    async def choose(self, scope: str, language: str | None) -> None:
        """Choose a language, or forget the choice."""
        if language is None:
            await self._connection.execute(delete(preferences).where(preferences.c.scope == scope))
            return
        row = insert(preferences).values(scope=scope, language=language)
        await self._connection.execute(
            row.on_conflict_do_update(index_elements=["scope"], set_={"language": row.excluded.language})
        )
