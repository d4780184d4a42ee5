"""People's own mutes."""

import json
from datetime import datetime

from sqlalchemy import insert, select

from agent.ports.store import Mute
from agent.store.connection import ThreadConnection
from agent.store.tables import mutes


class SqlMutes:
    """Mutes by their end."""

    def __init__(self, connection: ThreadConnection) -> None:
        self._connection = connection

    async def add(self, mute: Mute) -> None:
        """Store a mute."""
        await self._connection.execute(
            insert(mutes).values(
                id=mute.id,
                labels=json.dumps(mute.labels, sort_keys=True, ensure_ascii=False),
                until=mute.until,
                by=mute.by,
                reason=mute.reason,
            )
        )

    async def active(self, now: datetime) -> list[Mute]:
        """Return the mutes that hold now."""
        rows = await self._connection.execute(
            select(mutes).where(mutes.c.until > now).order_by(mutes.c.until)
        )
        return [
            Mute(id=row.id, labels=json.loads(row.labels), until=row.until, by=row.by, reason=row.reason)
            for row in rows
        ]
