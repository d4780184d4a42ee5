"""Past incidents, found again by the words they share with a new one."""

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from agent.domain.incident import Incident
from agent.domain.memory import PastIncident, Recollection
from agent.store.connection import ThreadConnection
from agent.store.memory_words import words_index
from agent.store.tables import memory
from agent.store.upsert import insert

_WORD = re.compile(r"[^\W_]+")
_HANGUL = re.compile(r"[\uac00-\ud7a3]{3,}")
_MOST_WORDS = 96


class SqlMemory:
    """What incidents were about, ranked by the words they share (BM25, on either engine)."""

    def __init__(self, connection: ThreadConnection) -> None:
        self._connection = connection
        self._words = words_index(connection)

    async def remember(
        self, incident: Incident, cause: str | None, words: str, about: Recollection | None = None
    ) -> None:
        """Store or replace what an incident was about."""
        row = insert(memory).values(
            number=incident.number,
            incident_id=incident.id,
            title=incident.title,
            resolved_at=incident.times.resolved_at,
            cause=cause,
            about=(about or Recollection()).model_dump_json(),
        )
        kept = ("title", "resolved_at", "cause", "about")
        put = row.on_conflict_do_update(
            index_elements=["number"], set_={name: row.excluded[name] for name in kept}
        )
        await self._connection.execute(put)
        await self._words.put(incident.number, [*_words(f"{incident.title} {cause or ''} {words}")])

    async def recall(self, incident_id: str) -> PastIncident | None:
        """Return what is remembered of an incident, or None when it has not ended yet."""
        mine = select(memory).where(memory.c.incident_id == incident_id)
        row = (await self._connection.execute(mine)).first()
        return _past(row, 0.0) if row is not None else None

    async def similar(self, words: str, *, exclude: str | None, limit: int) -> list[PastIncident]:
        """Return past incidents that share words, best first; hostile words never break the search."""
        distinct = list(dict.fromkeys(word.casefold() for word in _words(words)))[:_MOST_WORDS]
        if not distinct or limit < 1:
            return []
        found = await self._words.find(distinct, exclude or "", limit)
        return [_past(row, round(row.score, 6)) for row in found]


def _words(text: str) -> Iterator[str]:
    """Yield each word, and pairs of Hangul syllables, because a Korean word changes its end with its place."""
    for found in _WORD.finditer(text):
        word = found.group()
        yield word
        for run in _HANGUL.findall(word):
            yield from (run[at : at + 2] for at in range(len(run) - 1))


def _past(row: Any, score: float) -> PastIncident:
    return PastIncident(
        incident_id=row.incident_id,
        number=row.number,
        title=row.title,
        resolved_at=row.resolved_at,
        cause=row.cause,
        score=score,
        about=Recollection.model_validate_json(row.about) if row.about else Recollection(),
    )
