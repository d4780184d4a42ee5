"""The ledger of effects: a row is reserved before an effect begins, and limits are counted in the same transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, update

from agent.domain.decision import Limit
from agent.errors import Conflict, NotPermitted
from agent.ports.actions import LedgerEntry, LedgerState
from agent.store.action_tables import ledger
from agent.store.connection import ThreadConnection

_SPANS = {"hour": timedelta(hours=1), "day": timedelta(days=1)}


class SqlLedger:
    """Entries by key; write transactions are alone, so that counting and inserting cannot be split."""

    def __init__(self, connection: ThreadConnection) -> None:
        self._connection = connection

    async def reserve(self, entry: LedgerEntry, limits: Sequence[Limit]) -> LedgerEntry:
        """Insert a new entry, or return the one that has this key already; raises NotPermitted when a limit is used up
        and Conflict when another effect holds the target."""
        known = await self.get(entry.key)
        if known is not None:
            return known
        await self._refuse_a_held_target(entry)
        for limit in limits:
            used = await self._count(entry, limit)
            if used >= limit.most:
                raise NotPermitted(_spent(limit, used))
        await self._connection.create(insert(ledger).values(**_columns(entry)))
        return entry

    async def take_over(
        self, key: str, owner: str, now: datetime, lease_until: datetime
    ) -> LedgerEntry | None:
        """Take an `executing` entry whose lease is over (or that is ours already) by compare-and-set; None when
        somebody else holds it or it has ended. `attempt` grows by one."""
        free = (ledger.c.lease_until < now) | (ledger.c.owner == owner)
        done = await self._connection.execute(
            update(ledger)
            .where(ledger.c.key == key, ledger.c.state == LedgerState.EXECUTING.value, free)
            .values(owner=owner, lease_until=lease_until, attempt=ledger.c.attempt + 1)
        )
        return await self.get(key) if done.rowcount == 1 else None

    async def extend(self, key: str, owner: str, lease_until: datetime) -> bool:
        """Lengthen our lease; False when it is no longer ours."""
        return await self._ours(key, owner, {"lease_until": lease_until})

    async def finish(self, key: str, owner: str, state: LedgerState, at: datetime, result: str) -> bool:
        """Record the end if the lease is still ours; False when it is not."""
        return await self._ours(key, owner, {"state": state.value, "ended_at": at, "result": result[:1000]})

    async def get(self, key: str) -> LedgerEntry | None:
        """Return an entry."""
        row = (await self._connection.execute(select(ledger).where(ledger.c.key == key))).first()
        return None if row is None else LedgerEntry.model_validate(dict(row._mapping))

    async def settle(self, key: str, state: LedgerState, at: datetime, result: str) -> bool:
        """Record what a person said of an `unknown` entry."""
        done = await self._connection.execute(
            update(ledger)
            .where(ledger.c.key == key, ledger.c.state == LedgerState.UNKNOWN.value)
            .values(state=state.value, ended_at=at, result=result[:1000])
        )
        return done.rowcount == 1

    async def _ours(self, key: str, owner: str, values: dict[str, Any]) -> bool:
        done = await self._connection.execute(
            update(ledger)
            .where(
                ledger.c.key == key, ledger.c.owner == owner, ledger.c.state == LedgerState.EXECUTING.value
            )
            .values(**values)
        )
        return done.rowcount == 1

    async def _refuse_a_held_target(self, entry: LedgerEntry) -> None:
        held = (LedgerState.EXECUTING.value, LedgerState.UNKNOWN.value)
        query = select(ledger.c.action).where(ledger.c.target == entry.target, ledger.c.state.in_(held))
        other = await self._connection.scalar(query.limit(1))
        if other is not None:
            raise Conflict(f"Another action ({other}) has hold of {entry.target}; wait until it is over.")

    async def _count(self, entry: LedgerEntry, limit: Limit) -> int:
        query = select(func.count()).select_from(ledger).where(ledger.c.action == entry.action)
        # An effect that provably did not happen uses up nothing.
        query = query.where(ledger.c.state != LedgerState.FAILED.value)
        if limit.scope == "incident":
            query = query.where(ledger.c.incident_id == entry.incident_id)
        elif limit.scope == "target":
            query = query.where(ledger.c.target == entry.target)
        else:
            query = query.where(ledger.c.reserved_at > entry.reserved_at - _SPANS[limit.scope])
        return int(await self._connection.scalar(query) or 0)


def _spent(limit: Limit, used: int) -> str:
    scope = {"incident": "in this incident", "target": "on this target"}.get(
        limit.scope, f"within a {limit.scope}"
    )
    return (
        f"This action may run {limit.most} times {scope} (rule “{limit.rule}”), and it has run {used} times."
    )


def _columns(entry: LedgerEntry) -> dict[str, Any]:
    return {**entry.model_dump(), "state": entry.state.value}
