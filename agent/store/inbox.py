"""Every delivery that was answered with 2xx."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, insert, select, update

from agent.domain.alert import AlertGroup
from agent.ports.store import InboxItem
from agent.store.connection import ThreadConnection
from agent.store.tables import inbox


class SqlInbox:
    """Deliveries in the order in which they came."""

    def __init__(self, connection: ThreadConnection) -> None:
        self._connection = connection

    async def add(self, group: AlertGroup) -> int:
        """Store a delivery and return its id."""
        row = insert(inbox).values(received_at=group.received_at, body=group.model_dump_json())
        return int(await self._connection.scalar(row.returning(inbox.c.id)) or 0)

    async def get(self, item_id: int) -> InboxItem | None:
        """Return a delivery."""
        query = select(inbox.c.id, inbox.c.body, inbox.c.processed_at).where(inbox.c.id == item_id)
        row = (await self._connection.execute(query)).first()
        if row is None:
            return None
        return InboxItem(
            id=row.id, group=AlertGroup.model_validate_json(row.body), processed_at=row.processed_at
        )

    async def oldest_waiting(self, limit: int, *, skip: Sequence[int] = ()) -> list[InboxItem]:
        """Return the first deliveries whose stages have not run."""
        query = select(inbox.c.id, inbox.c.body).where(
            inbox.c.processed_at.is_(None), inbox.c.id.not_in(skip)
        )
        rows = await self._connection.execute(query.order_by(inbox.c.id).limit(limit))
        return [
            InboxItem(id=row.id, group=AlertGroup.model_validate_json(row.body), processed_at=None)
            for row in rows
        ]

    async def mark_processed(self, item_id: int, at: datetime) -> None:
        """Record that its stages have run."""
        await self._connection.execute(update(inbox).where(inbox.c.id == item_id).values(processed_at=at))

    async def waiting(self) -> int:
        """Count deliveries whose stages have not run."""
        query = select(func.count()).select_from(inbox).where(inbox.c.processed_at.is_(None))
        return int(await self._connection.scalar(query) or 0)
