"""Records of every kind in one table, each kind behind rows of its own type."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, func, select, update
from sqlalchemy import insert as plain_insert

from agent.domain.record import Record
from agent.errors import Conflict
from agent.store.connection import ThreadConnection
from agent.store.record_tables import records
from agent.store.upsert import insert

R = TypeVar("R", bound=Record)


class SqlRecords(Generic[R]):
    """The rows of one kind of record."""

    def __init__(self, connection: ThreadConnection, kind: str, noun: type[R]) -> None:
        self._connection = connection
        self._kind = kind
        self._noun = noun

    async def next_number(self) -> int:
        """Return the next free number of this kind."""
        highest = select(func.max(records.c.number)).where(records.c.kind == self._kind)
        return int(await self._connection.scalar(highest) or 0) + 1

    async def create(self, record: R) -> None:
        """Store a new record; raises Conflict when its id or number is taken."""
        await self._connection.create(plain_insert(records).values(**self._columns(record)))

    async def add_once(self, record: R) -> bool:
        """Store a record unless its id is there already; say whether it is new. Its number is given here."""
        if await self.get(record.id) is not None:
            return False
        numbered = record.model_copy(update={"number": await self.next_number()})
        row = insert(records).values(**self._columns(numbered))
        once = row.on_conflict_do_nothing(index_elements=["kind", "id"]).returning(records.c.id)
        return (await self._connection.execute(once)).first() is not None

    async def get(self, record_id: str) -> R | None:
        """Return a record by id."""
        return await self._one(self._all().where(records.c.id == record_id))

    async def by_number(self, number: int) -> R | None:
        """Return a record by its number."""
        return await self._one(self._all().where(records.c.number == number))

    async def of_incident(self, incident_id: str) -> list[R]:
        """Return an incident's records, oldest first."""
        return await self._many(
            self._all().where(records.c.incident_id == incident_id).order_by(records.c.number)
        )

    async def of_subject(self, subject: str, limit: int) -> list[R]:
        """Return the newest records about a service, person or audience."""
        query = self._all().where(records.c.subject == subject).order_by(records.c.number.desc())
        return await self._many(query.limit(limit))

    async def in_states(
        self, states: Sequence[str], limit: int = 200, *, since: datetime | None = None
    ) -> list[R]:
        """Return the records in these states, oldest first; with `since` only those that began at or after it."""
        query = self._all().where(records.c.state.in_([str(state) for state in states]))
        if since is not None:
            query = query.where(records.c.at >= since)
        return await self._many(query.order_by(records.c.number).limit(limit))

    async def since(self, at: datetime, limit: int = 10_000) -> list[R]:
        """Return the records that began at or after a time, oldest first."""
        query = self._all().where(records.c.at >= at).order_by(records.c.at, records.c.number)
        return await self._many(query.limit(limit))

    async def save(self, record: R) -> R:
        """Store a change if `version` is still current and return it with the next version; else Conflict."""
        saved = record.model_copy(update={"version": record.version + 1})
        done = await self._connection.execute(
            update(records)
            .where(
                records.c.kind == self._kind,
                records.c.id == record.id,
                records.c.version == record.version,
            )
            .values(**self._columns(saved))
        )
        if done.rowcount != 1:
            raise Conflict("It was changed by somebody else in between. Look again and repeat.")
        return saved

    def _all(self) -> Select[tuple[str]]:
        return select(records.c.body).where(records.c.kind == self._kind)

    async def _one(self, query: Select[tuple[str]]) -> R | None:
        body = await self._connection.scalar(query.limit(1))
        return None if body is None else self._noun.model_validate_json(body)

    async def _many(self, query: Select[tuple[str]]) -> list[R]:
        return [self._noun.model_validate_json(body) for body in await self._connection.scalars(query)]

    def _columns(self, record: R) -> dict[str, Any]:
        return {
            "kind": self._kind,
            "id": record.id,
            "number": record.number,
            "incident_id": record.incident_id,
            "subject": record.subject,
            "state": str(getattr(record, "state", "")),
            "at": record.at,
            "version": record.version,
            "body": record.model_dump_json(),
        }
