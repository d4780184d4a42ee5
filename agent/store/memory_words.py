"""The index of words over past incidents: SQLite's FTS5, or on PostgreSQL a table of words ranked in the same way."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import ARRAY, Integer, Row, Text, bindparam, text

from agent.store.columns import Moment
from agent.store.connection import ThreadConnection

# An index entry of PostgreSQL holds at most 2,704 bytes.
_LONGEST_WORD = 100

_FTS5_PUT = text("INSERT OR REPLACE INTO memory_words(rowid, words) VALUES (:number, :words)")
_FTS5_FIND = text(
    "SELECT m.incident_id, m.number, m.title, m.resolved_at, m.cause, m.about, -bm25(memory_words) AS score "
    "FROM memory_words JOIN memory m ON m.number = memory_words.rowid "
    "WHERE memory_words MATCH :words AND m.incident_id != :exclude ORDER BY bm25(memory_words), m.number DESC LIMIT :limit"
).columns(resolved_at=Moment)

_TABLE_CLEAR = text("DELETE FROM memory_words WHERE number = :number")
_TABLE_PUT = text(
    "INSERT INTO memory_words (word, number, uses, length) "
    "SELECT found.word, :number, found.uses, :length FROM unnest(:words, :uses) AS found(word, uses)"
).bindparams(bindparam("words", type_=ARRAY(Text)), bindparam("uses", type_=ARRAY(Integer)))

# ts_rank knows no rare words; this is FTS5's bm25 with its constants, so that both engines rank alike.
_TABLE_FIND = (
    text(
        """
        WITH hits AS (SELECT * FROM memory_words WHERE word = ANY(:words)),
        documents AS (SELECT DISTINCT number, length FROM memory_words),
        everything AS (SELECT count(*) AS documents, avg(length) AS usual FROM documents),
        rarity AS (
            SELECT word, greatest(ln((max(documents) - count(*) + 0.5) / (count(*) + 0.5)), 1e-6) AS weight
            FROM hits CROSS JOIN everything GROUP BY word
        ),
        scores AS (
            SELECT number, sum(weight * uses * 2.2 / (uses + 1.2 * (0.25 + 0.75 * length / usual))) AS score
            FROM hits JOIN rarity USING (word) CROSS JOIN everything GROUP BY number
        )
        SELECT m.incident_id, m.number, m.title, m.resolved_at, m.cause, m.about, CAST(score AS double precision) AS score
        FROM scores JOIN memory m USING (number) WHERE m.incident_id != :exclude
        ORDER BY score DESC, m.number DESC LIMIT :limit
        """
    )
    .bindparams(bindparam("words", type_=ARRAY(Text)))
    .columns(resolved_at=Moment)
)


class WordsIndex(Protocol):
    """Finds rows of `memory` by their words."""

    async def put(self, number: int, words: Sequence[str]) -> None:
        """Store or replace the words of an incident."""
        ...

    async def find(self, words: Sequence[str], exclude: str, limit: int) -> Sequence[Row[Any]]:
        """Return incidents that have any of these words with their `score`, best first."""
        ...


class Fts5Words:
    """The virtual table of SQLite."""

    def __init__(self, connection: ThreadConnection) -> None:
        self._connection = connection

    async def put(self, number: int, words: Sequence[str]) -> None:
        """Store or replace the words of an incident."""
        await self._connection.execute(_FTS5_PUT, {"number": number, "words": " ".join(words)})

    async def find(self, words: Sequence[str], exclude: str, limit: int) -> Sequence[Row[Any]]:
        """Return incidents that have any of these words with their `score`, best first."""
        # Each word is quoted, so that AND, NEAR, * and the like are words and not operators.
        match = " OR ".join(f'"{word}"' for word in words)
        found = await self._connection.execute(
            _FTS5_FIND, {"words": match, "exclude": exclude, "limit": limit}
        )
        return found.all()


class TableWords:
    """A row per word and incident."""

    def __init__(self, connection: ThreadConnection) -> None:
        self._connection = connection

    async def put(self, number: int, words: Sequence[str]) -> None:
        """Store or replace the words of an incident."""
        uses = Counter(folded(word) for word in words)
        await self._connection.execute(_TABLE_CLEAR, {"number": number})
        values = {"words": list(uses), "uses": list(uses.values()), "number": number, "length": len(words)}
        await self._connection.execute(_TABLE_PUT, values)

    async def find(self, words: Sequence[str], exclude: str, limit: int) -> Sequence[Row[Any]]:
        """Return incidents that have any of these words with their `score`, best first."""
        wanted = list(dict.fromkeys(folded(word) for word in words))
        found = await self._connection.execute(
            _TABLE_FIND, {"words": wanted, "exclude": exclude, "limit": limit}
        )
        return found.all()


def folded(word: str) -> str:
    """Return a word without case and accents, as FTS5's unicode61 sees it."""
    apart = unicodedata.normalize("NFKD", word.casefold())
    plain = "".join(letter for letter in apart if not unicodedata.combining(letter))
    # Put together again, because Hangul comes apart as well.
    return unicodedata.normalize("NFC", plain)[:_LONGEST_WORD]


def words_index(connection: ThreadConnection) -> WordsIndex:
    """Return the index that the connection's engine has."""
    return Fts5Words(connection) if connection.dialect == "sqlite" else TableWords(connection)
