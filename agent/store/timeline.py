"""Append-only, hash-chained events of each incident, and the check of that chain."""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, insert, select

from agent.domain.noun import Json
from agent.domain.timeline import GENESIS, TimelineEvent, TimelineKind, chain_digest
from agent.store.connection import ThreadConnection
from agent.store.tables import timeline

# Built once: putting a statement together costs more than running it.
_LAST = (
    select(timeline.c.seq, timeline.c.digest)
    .where(timeline.c.incident_id == bindparam("of"))
    .order_by(timeline.c.seq.desc())
    .limit(1)
)
_ADD = insert(timeline)


class SqlTimeline:
    """Events in order; an append is the only change there is."""

    def __init__(self, connection: ThreadConnection) -> None:
        self._connection = connection

    async def append(
        self, incident_id: str, kind: TimelineKind, actor: str, at: datetime, data: dict[str, Json]
    ) -> TimelineEvent:
        """Add an event and return it with its digest."""
        last = (await self._connection.execute(_LAST, {"of": incident_id})).first()
        seq, previous = (last.seq + 1, last.digest) if last is not None else (1, GENESIS)
        plain = json.loads(json.dumps(data))
        # PostgreSQL keeps no NUL; it goes before the digest, or the chain would not hold on that engine.
        actor = actor.replace("\0", "")
        event = TimelineEvent(
            incident_id=incident_id,
            seq=seq,
            at=at,
            kind=kind,
            actor=actor,
            data=plain,
            previous=previous,
            digest="",
        )
        digest = _digest(event)
        await self._connection.execute(
            _ADD,
            {
                "incident_id": incident_id,
                "seq": seq,
                "at": event.at,
                "kind": kind.value,
                "actor": actor,
                "data": json.dumps(plain, ensure_ascii=False),
                "previous": previous,
                "digest": digest,
            },
        )
        return event.model_copy(update={"digest": digest})

    async def of(self, incident_id: str) -> list[TimelineEvent]:
        """Return an incident's events in order."""
        query = select(timeline).where(timeline.c.incident_id == incident_id).order_by(timeline.c.seq)
        return [
            TimelineEvent(
                incident_id=row.incident_id,
                seq=row.seq,
                at=row.at,
                kind=TimelineKind(row.kind),
                actor=row.actor,
                data=json.loads(row.data),
                previous=row.previous,
                digest=row.digest,
            )
            for row in await self._connection.execute(query)
        ]


def verify_chain(events: Sequence[TimelineEvent]) -> int | None:
    """Return the number of the first event that was changed, moved or left out, or None when the chain holds."""
    previous = GENESIS
    for expected, event in enumerate(events, start=1):
        if event.seq != expected or event.previous != previous or event.digest != _digest(event):
            return expected
        previous = event.digest
    return None


def _digest(event: TimelineEvent) -> str:
    return chain_digest(
        event.previous, event.incident_id, event.seq, event.at, event.kind.value, event.actor, event.data
    )
