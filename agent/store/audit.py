"""The audit chain: entries are only added, and the chain's length and last digest are kept beside it."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select

from agent.domain.audit import AuditEvent, AuditKind, audit_digest
from agent.domain.noun import Json
from agent.domain.timeline import GENESIS
from agent.store.action_tables import audit, switches
from agent.store.connection import ThreadConnection

_HEAD = "audit-head"


class SqlAudit:
    """Entries in order of `seq`, which has no gaps."""

    def __init__(self, connection: ThreadConnection) -> None:
        self._connection = connection

    async def append(
        self,
        kind: AuditKind,
        actor: str,
        at: datetime,
        data: dict[str, Json],
        *,
        incident_id: str | None = None,
        action_id: str | None = None,
    ) -> AuditEvent:
        """Add an entry and return it with its digest."""
        last, previous = await self.head()
        plain = json.loads(json.dumps(data))
        draft = AuditEvent(
            seq=last + 1,
            at=at,
            kind=kind,
            # PostgreSQL keeps no NUL; it goes before the digest, or the chain would not hold on that engine.
            actor=actor.replace("\0", ""),
            incident_id=incident_id,
            action_id=action_id,
            data=plain,
            previous=previous,
            digest="",
        )
        event = draft.model_copy(update={"digest": digest_of(draft)})
        values = event.model_dump() | {"kind": kind.value, "data": json.dumps(plain, ensure_ascii=False)}
        await self._connection.create(insert(audit).values(**values))
        await self._connection.execute(delete(switches).where(switches.c.name == _HEAD))
        head = json.dumps({"seq": event.seq, "digest": event.digest})
        await self._connection.execute(insert(switches).values(name=_HEAD, body=head))
        return event

    async def page(self, after: int, limit: int) -> list[AuditEvent]:
        """Return entries with a greater `seq`, in order."""
        return await self._many(select(audit).where(audit.c.seq > after).order_by(audit.c.seq).limit(limit))

    async def of_incident(self, incident_id: str) -> list[AuditEvent]:
        """Return an incident's entries in order."""
        return await self._many(select(audit).where(audit.c.incident_id == incident_id).order_by(audit.c.seq))

    async def head(self) -> tuple[int, str]:
        """Return the remembered length and last digest, kept beside the chain so that a cut-off end shows."""
        body = await self._connection.scalar(select(switches.c.body).where(switches.c.name == _HEAD))
        if body is None:
            return 0, GENESIS
        found = json.loads(body)
        return int(found["seq"]), str(found["digest"])

    async def _many(self, query: Any) -> list[AuditEvent]:
        rows = await self._connection.execute(query)
        return [
            AuditEvent.model_validate({**row._mapping, "data": json.loads(row._mapping["data"])})
            for row in rows
        ]


def digest_of(event: AuditEvent) -> str:
    """Return the digest that an entry must have."""
    return audit_digest(
        event.previous,
        event.seq,
        event.at,
        event.kind.value,
        event.actor,
        event.incident_id,
        event.action_id,
        event.data,
    )
