"""Keys of deliveries already handled."""

from datetime import datetime

from agent.store.connection import ThreadConnection
from agent.store.tables import seen
from agent.store.upsert import insert


class SqlSeen:
    """Remembers keys, so that repeats do nothing."""

    def __init__(self, connection: ThreadConnection) -> None:
        self._connection = connection

    async def first_time(self, key: str, at: datetime) -> bool:
        """Record a key; say False when it was there already."""
        row = insert(seen).values(key=key, at=at).on_conflict_do_nothing()
        return (await self._connection.execute(row.returning(seen.c.key))).first() is not None
