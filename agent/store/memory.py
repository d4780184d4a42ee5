"""Past incidents, found again by the words they share with a new one."""

import re

from sqlalchemy import text
from sqlalchemy.dialects.sqlite import insert

from agent.domain.incident import Incident
from agent.domain.view import PastIncident
from agent.store.columns import Moment
from agent.store.connection import ThreadConnection
from agent.store.tables import memory

_WORD = re.compile(r"[^\W_]+")
_MOST_WORDS = 48
_FIND = text(
    "SELECT m.incident_id, m.number, m.title, m.resolved_at, m.cause, bm25(memory_words) AS rank "
    "FROM memory_words JOIN memory m ON m.number = memory_words.rowid "
    "WHERE memory_words MATCH :words AND m.incident_id != :exclude ORDER BY rank LIMIT :limit"
).columns(resolved_at=Moment)


class SqlMemory:
    """Full-text memory on SQLite's FTS5."""

    def __init__(self, connection: ThreadConnection) -> None:
        self._connection = connection

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
        await self._connection.execute(
            text("INSERT OR REPLACE INTO memory_words(rowid, words) VALUES (:number, :words)"),
            {
                "number": incident.number,
                "words": " ".join(_WORD.findall(f"{incident.title} {cause or ''} {words}")),
            },
        )

    async def similar(self, words: str, *, exclude: str | None, limit: int) -> list[PastIncident]:
        """Return past incidents that share words, best first; hostile words never break the search."""
        distinct = list(dict.fromkeys(_WORD.findall(words.casefold())))[:_MOST_WORDS]
        if not distinct or limit < 1:
            return []
        # Each word is quoted, so that AND, NEAR, * and the like are words and not operators.
        match = " OR ".join(f'"{word}"' for word in distinct)
        rows = await self._connection.execute(
            _FIND, {"words": match, "exclude": exclude or "", "limit": limit}
        )
        return [
            PastIncident(
                incident_id=row.incident_id,
                number=row.number,
                title=row.title,
                resolved_at=row.resolved_at,
                cause=row.cause,
                score=round(-row.rank, 6),
            )
            for row in rows
        ]
