"""Runs of recoveries, the freezes that people declared, and the stop switch."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from agent.domain.recovery import Freeze, RecoveryRun, StopSwitch
from agent.errors import Conflict
from agent.store.action_tables import freezes, recoveries, switches
from agent.store.connection import ThreadConnection

_STOP = "stop"


class SqlRecoveries:
    """Runs by id and incident."""

    def __init__(self, connection: ThreadConnection) -> None:
        self._connection = connection

    async def create(self, run: RecoveryRun) -> None:
        """Store a new run; raises Conflict when this opening of the incident has a run of this recovery already."""
        twin = select(recoveries.c.id).where(
            recoveries.c.incident_id == run.incident_id, recoveries.c.recovery == _once(run)
        )
        if await self._connection.scalar(twin) is not None:
            raise Conflict(f"The recovery “{run.recovery}” has begun for this incident already.")
        await self._connection.create(insert(recoveries).values(id=run.id, **_columns(run)))

    async def get(self, run_id: str) -> RecoveryRun | None:
        """Return a run."""
        found = await self._many(select(recoveries.c.body).where(recoveries.c.id == run_id))
        return found[0] if found else None

    async def of_incident(self, incident_id: str) -> list[RecoveryRun]:
        """Return an incident's runs, oldest first."""
        return await self._many(
            select(recoveries.c.body)
            .where(recoveries.c.incident_id == incident_id)
            .order_by(recoveries.c.started_at, recoveries.c.id)
        )

    async def running(self) -> list[RecoveryRun]:
        """Return the runs that have not ended."""
        query = select(recoveries.c.body).where(recoveries.c.ended.is_(False))
        return await self._many(query.order_by(recoveries.c.started_at, recoveries.c.id))

    async def save(self, run: RecoveryRun) -> RecoveryRun:
        """Store a change if `version` is still current and return it with the next version; else Conflict."""
        saved = run.model_copy(update={"version": run.version + 1})
        done = await self._connection.execute(
            update(recoveries)
            .where(recoveries.c.id == run.id, recoveries.c.version == run.version)
            .values(**_columns(saved))
        )
        if done.rowcount != 1:
            raise Conflict(f"The recovery “{run.recovery}” was moved on by somebody else in between.")
        return saved

    async def _many(self, query: Any) -> list[RecoveryRun]:
        return [RecoveryRun.model_validate_json(body) for body in await self._connection.scalars(query)]


class SqlBrakes:
    """Freezes by their end, and the one stop switch."""

    def __init__(self, connection: ThreadConnection) -> None:
        self._connection = connection

    async def freeze(self, freeze: Freeze) -> None:
        """Store a freeze (replaces the same id)."""
        await self._connection.execute(delete(freezes).where(freezes.c.id == freeze.id))
        values = {"until": freeze.until, "lifted": freeze.lifted_at is not None}
        await self._connection.execute(
            insert(freezes).values(id=freeze.id, **values, body=freeze.model_dump_json())
        )

    async def freezes(self, now: datetime) -> list[Freeze]:
        """Return the freezes that hold now, not lifted."""
        query = select(freezes.c.body).where(freezes.c.until > now, freezes.c.lifted.is_(False))
        bodies = await self._connection.scalars(query.order_by(freezes.c.until, freezes.c.id))
        found = [Freeze.model_validate_json(body) for body in bodies]
        return [freeze for freeze in found if freeze.since <= now]

    async def switch(self) -> StopSwitch:
        """Return the stop switch."""
        body = await self._connection.scalar(select(switches.c.body).where(switches.c.name == _STOP))
        return StopSwitch() if body is None else StopSwitch.model_validate_json(body)

    async def throw(self, switch: StopSwitch) -> None:
        """Store the stop switch."""
        await self._connection.execute(delete(switches).where(switches.c.name == _STOP))
        await self._connection.execute(insert(switches).values(name=_STOP, body=switch.model_dump_json()))


def _columns(run: RecoveryRun) -> dict[str, Any]:
    return {
        "incident_id": run.incident_id,
        "recovery": _once(run),
        "ended": run.state.ended,
        "started_at": run.started_at,
        "version": run.version,
        "body": run.model_dump_json(),
    }


def _once(run: RecoveryRun) -> str:
    """Return what may be there once per incident: a recovery, and again for each time that it was reopened."""
    return run.recovery if run.opening == 1 else f"{run.recovery}#{run.opening}"
