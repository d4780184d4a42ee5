"""Messages to the world outside chat, one row each."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select, update

from agent.domain.notification import Notification, NotificationState
from agent.store.connection import ThreadConnection
from agent.store.record_tables import notifications
from agent.store.upsert import insert

_MOVING = (NotificationState.WAITING.value, NotificationState.SENDING.value)


class SqlNotifications:
    """Messages by key, state and incident."""

    def __init__(self, connection: ThreadConnection) -> None:
        self._connection = connection

    async def add(self, notification: Notification) -> bool:
        """Store a message unless its key is there already; say whether it is new."""
        row = insert(notifications).values(key=notification.key, **_columns(notification))
        once = row.on_conflict_do_nothing(index_elements=["key"]).returning(notifications.c.key)
        return (await self._connection.execute(once)).first() is not None

    async def get(self, key: str) -> Notification | None:
        """Return a message."""
        found = await self._many(select(notifications.c.body).where(notifications.c.key == key))
        return found[0] if found else None

    async def due(self, now: datetime, limit: int) -> list[Notification]:
        """Return the messages that wait, or whose sending was cut off, and may go now: urgent first, then oldest."""
        query = select(notifications.c.body).where(
            notifications.c.state.in_(_MOVING),
            or_(notifications.c.not_before.is_(None), notifications.c.not_before <= now),
        )
        return await self._many(query.order_by(notifications.c.priority, notifications.c.at).limit(limit))

    async def put(self, notification: Notification) -> None:
        """Store how far a message has come."""
        await self._connection.execute(
            update(notifications)
            .where(notifications.c.key == notification.key)
            .values(**_columns(notification))
        )

    async def in_state(self, state: NotificationState, limit: int = 100) -> list[Notification]:
        """Return messages in a state, newest first."""
        query = select(notifications.c.body).where(notifications.c.state == state.value)
        return await self._many(query.order_by(notifications.c.at.desc()).limit(limit))

    async def of_incident(self, incident_id: str) -> list[Notification]:
        """Return an incident's messages, oldest first."""
        query = select(notifications.c.body).where(notifications.c.incident_id == incident_id)
        return await self._many(query.order_by(notifications.c.at, notifications.c.key))

    async def counts(self) -> dict[str, int]:
        """Count messages by state."""
        query = select(notifications.c.state, func.count().label("many")).group_by(notifications.c.state)
        return {str(row.state): int(row.many) for row in await self._connection.execute(query)}

    async def _many(self, query: Any) -> list[Notification]:
        return [Notification.model_validate_json(body) for body in await self._connection.scalars(query)]


def _columns(notification: Notification) -> dict[str, Any]:
    return {
        "incident_id": notification.incident_id,
        "state": notification.state.value,
        "priority": notification.priority,
        "at": notification.at,
        "not_before": notification.not_before,
        "body": notification.model_dump_json(),
    }
