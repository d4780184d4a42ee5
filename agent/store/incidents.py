"""Incidents, saved with optimistic versions."""

from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import func, insert, select, update

from agent.domain.incident import Incident
from agent.errors import Conflict
from agent.store.connection import ThreadConnection
from agent.store.tables import incidents


class SqlIncidents:
    """Incidents by id, number, conversation and status."""

    def __init__(self, connection: ThreadConnection) -> None:
        self._connection = connection

    async def next_number(self) -> int:
        """Return the next free incident number."""
        return int(await self._connection.scalar(select(func.max(incidents.c.number))) or 0) + 1

    async def create(self, incident: Incident) -> None:
        """Store a new incident."""
        await self._connection.create(insert(incidents).values(id=incident.id, **_columns(incident)))

    async def get(self, incident_id: str) -> Incident | None:
        """Return an incident by id."""
        return await self._one(incidents.c.id == incident_id)

    async def by_number(self, number: int) -> Incident | None:
        """Return an incident by its number."""
        return await self._one(incidents.c.number == number)

    async def by_conversation(self, channel: str, ts: str) -> Incident | None:
        """Return the incident whose root message this is."""
        return await self._one((incidents.c.channel == channel) & (incidents.c.ts == ts))

    async def by_room(self, room: str) -> Incident | None:
        """Return the incident that has this channel for its own."""
        return await self._one(incidents.c.room == room)

    async def open(self) -> list[Incident]:
        """Return open incidents, worst first."""
        return await self._many(
            select(incidents.c.body)
            .where(incidents.c.open)
            .order_by(incidents.c.priority, incidents.c.number.desc())
        )

    async def resolved_since(self, since: datetime) -> list[Incident]:
        """Return the resolved incidents that ended after a time, newest first."""
        return await self._many(
            select(incidents.c.body)
            .where(incidents.c.resolved_at >= since, incidents.c.status == "resolved")
            .order_by(incidents.c.resolved_at.desc())
        )

    async def ended_since(self, since: datetime, limit: int = 1000) -> list[Incident]:
        """Return the incidents that ended at or after a time and are over, closed ones too, newest first."""
        over = incidents.c.status.in_(("resolved", "closed"))
        query = select(incidents.c.body).where(incidents.c.resolved_at >= since, over)
        return await self._many(query.order_by(incidents.c.resolved_at.desc()).limit(limit))

    async def recent(self, limit: int) -> list[Incident]:
        """Return the newest incidents whatever their status."""
        return await self._many(select(incidents.c.body).order_by(incidents.c.number.desc()).limit(limit))

    async def save(self, incident: Incident) -> Incident:
        """Store a change if `version` is still current and return it with the next version; else Conflict."""
        saved = incident.model_copy(update={"version": incident.version + 1})
        done = await self._connection.execute(
            update(incidents)
            .where(incidents.c.id == incident.id, incidents.c.version == incident.version)
            .values(**_columns(saved))
        )
        if done.rowcount != 1:
            said = f"{incident.name} was changed by somebody else in between. Look again and repeat."
            raise Conflict(said, code="changed", facts={"name": incident.name})
        return saved

    async def _one(self, condition: Any) -> Incident | None:
        body = await self._connection.scalar(select(incidents.c.body).where(condition).limit(1))
        return None if body is None else _parsed(body)

    async def _many(self, query: Any) -> list[Incident]:
        return [_parsed(body) for body in await self._connection.scalars(query)]


@lru_cache(maxsize=1024)
def _parsed(body: str) -> Incident:
    """Parse a stored incident; every delivery looks at all open ones, and equal text is the same frozen noun."""
    return Incident.model_validate_json(body)


def _columns(incident: Incident) -> dict[str, Any]:
    return {
        "number": incident.number,
        "status": incident.status.value,
        "open": incident.status.open,
        "priority": incident.priority.value,
        "channel": incident.conversation.channel,
        "ts": incident.conversation.ts,
        "room": incident.room,
        "opened_at": incident.times.opened_at,
        "resolved_at": incident.times.resolved_at,
        "version": incident.version,
        "body": incident.model_dump_json(),
    }
