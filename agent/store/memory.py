"""Past incidents, found again by the words they share with a new one."""

import re
from typing import Any

from agent.domain.incident import Incident
from agent.domain.view import PastIncident
from agent.store.connection import ThreadConnection
from agent.store.memory_words import words_index
from agent.store.tables import memory
from agent.store.upsert import insert

_WORD = re.compile(r"[^\W_]+")
_MOST_WORDS = 48


class SqlMemory:
    """What incidents were about, ranked by the words they share (BM25, on either engine)."""

    def __init__(self, connection: ThreadConnection) -> None:
        self._connection = connection
        self._words = words_index(connection)

    async def remember(self, incident: Incident, cause: str | None, words: str) -> None:
        """Store or replace what an incident was about."""
        row = insert(memory).values(
            number=incident.number,
            incident_id=incident.id,
            title=incident.title,
            resolved_at=incident.times.resolved_at,
            cause=cause,
        )
        put = row.on_conflict_do_update(
            index_elements=["number"],
            set_={
                "title": row.excluded.title,
                "resolved_at": row.excluded.resolved_at,
                "cause": row.excluded.cause,
            },
        )
        await self._connection.execute(put)
        await self._words.put(incident.number, _WORD.findall(f"{incident.title} {cause or ''} {words}"))

    async def similar(self, words: str, *, exclude: str | None, limit: int) -> list[PastIncident]:
        """Return past incidents that share words, best first; hostile words never break the search."""
        distinct = list(dict.fromkeys(_WORD.findall(words.casefold())))[:_MOST_WORDS]
        if not distinct or limit < 1:
            return []
        return [_past(row) for row in await self._words.find(distinct, exclude or "", limit)]


def _past(row: Any) -> PastIncident:
    return PastIncident(
        incident_id=row.incident_id,
        number=row.number,
        title=row.title,
        resolved_at=row.resolved_at,
        cause=row.cause,
        score=round(row.score, 6),
    )
