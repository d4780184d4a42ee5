"""Changes of a PostgreSQL server: long queries and resting connections are ended, a connection limit is raised."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from agent.domain.action import BlastRadius, FieldChange, Plan, Risk, Target
from agent.errors import BadInput, Conflict, NotFound
from tools.base import Applied, Check, CheckState, Happened, Params
from tools.connectors.writers import DatabaseWriter, RunningQuery
from tools.incident_responder.writes.one_way import OneWay
from tools.incident_responder.writes.session_list import planned, sessions_plan, version_of

BACKEND = "postgresql"
DAY_SECONDS = 24 * 3600
MAX_LIMIT = 1000
MAX_FACTOR = 4
_RESTING = ("idle", "idle in transaction", "idle in transaction (aborted)")


def _exact(value: str) -> str:
    if not value.isprintable() or value != value.strip():
        raise ValueError("a name has no control characters and no space at its ends")
    return value


# PostgreSQL cuts names at 63 bytes; nothing is trimmed, because another name is another role.
PgName = Annotated[str, Field(min_length=1, max_length=63), AfterValidator(_exact)]


class LongQueries(Params):
    """Which queries: those that have run longer than this, of one application or of all."""

    longer_than_seconds: int = Field(ge=1, le=DAY_SECONDS)
    application: Annotated[str, Field(max_length=63), AfterValidator(_exact)] = ""


class Application(Params):
    """Whose connections, by the name that the application gives to the server."""

    application: PgName


class RoleLimit(Params):
    """Whose limit, and how many connections the role may have at once."""

    role: PgName
    limit: int = Field(ge=1, le=MAX_LIMIT)


@dataclass(frozen=True, slots=True)
class _Ends(OneWay):
    """What the actions share that end sessions."""

    why: ClassVar[str] = "a session that was ended is gone"
    backend: ClassVar[str] = BACKEND
    timeout_seconds: ClassVar[float] = 30.0
    database: DatabaseWriter

    async def _left(self, plan: Plan) -> list[RunningQuery]:
        """Return those of the planned sessions that still exist."""
        wanted = set(planned(plan))
        return [s for s in await self.database.sessions() if (s.pid, s.backend_start) in wanted]


@dataclass(frozen=True, slots=True)
class EndQueries(_Ends):
    """End long queries by ending their sessions."""

    name: ClassVar[str] = "end_queries"
    description: ClassVar[str] = "End the database queries that have run longer than a given time."
    params: ClassVar[type[Params]] = LongQueries
    risk: ClassVar[Risk] = Risk.MEDIUM

    async def plan(self, params: LongQueries, now: datetime) -> Plan:
        """List them; the list is what gets approved, a query more or less makes it another one."""
        chosen = [s for s in await self.database.sessions() if _long(s, params)]
        if not chosen:
            whose = f" of {params.application}" if params.application else ""
            raise NotFound(f"No query{whose} runs longer than {params.longer_than_seconds} s.")
        target = Target(kind="Database", name=BACKEND, version=version_of(chosen))
        args = {"seconds": str(params.longer_than_seconds), "application": params.application}
        return sessions_plan(chosen, target, args, "queries")

    async def apply(self, params: LongQueries, plan: Plan, key: str) -> Applied:
        """End those of the listed sessions that still run long; what became long since then is not touched."""
        left = await self._running(params, plan)
        ended = await self.database.end([(s.pid, s.backend_start) for s in left])
        return Applied(detail=f"{ended} sessions ended", facts={"ended": ended})

    async def happened(self, params: LongQueries, plan: Plan, key: str) -> Happened:
        """Say yes when none of them is left; whether we or they themselves ended it makes no difference.

        When some are left the answer is no, never unknown: a session is named by process and start time, so to end
        them again reaches those that are left and nobody else.
        """
        return Happened.NO if await self._running(params, plan) else Happened.YES

    async def check(self, params: LongQueries, plan: Plan, key: str) -> Check:
        """Count those that are gone."""
        of = len(planned(plan))
        left = len(await self._running(params, plan))
        state = CheckState.PENDING if left else CheckState.DONE
        return Check(state=state, detail=f"{of - left} of {of} queries are gone", progress=(of - left, of))

    async def _running(self, params: LongQueries, plan: Plan) -> list[RunningQuery]:
        # A session of a pool may have gone on to other, short work, which nobody agreed to end.
        return [session for session in await self._left(plan) if _long(session, params)]


def _long(session: RunningQuery, params: LongQueries) -> bool:
    busy = session.state not in ("", "idle", "disabled")
    named = params.application in ("", session.application)
    return busy and named and session.seconds > params.longer_than_seconds


@dataclass(frozen=True, slots=True)
class RestartDatabaseConnections(_Ends):
    """End the resting connections of an application, so that its pool opens new ones."""

    name: ClassVar[str] = "restart_database_connections"
    description: ClassVar[str] = "End an application's resting database connections; its pool opens new ones."
    params: ClassVar[type[Params]] = Application
    risk: ClassVar[Risk] = Risk.MEDIUM

    async def plan(self, params: Application, now: datetime) -> Plan:
        """List its connections.

        Which of them rest changes with every request, so it is no part of the version: only connections that were
        seen here, and rest when it is done, are ended.
        """
        chosen = await self.database.sessions(application=params.application)
        if not chosen:
            raise NotFound(f"{params.application} has no connection to the database.")
        target = Target(kind="Database", name=BACKEND, version=params.application)
        return sessions_plan(chosen, target, {"application": params.application}, "connections")

    async def apply(self, params: Application, plan: Plan, key: str) -> Applied:
        """End those of them that rest now; one that works at this moment keeps its work."""
        left = await self._left(plan)
        resting = [(s.pid, s.backend_start) for s in left if s.state in _RESTING]
        if not resting:
            raise Conflict(f"None of the connections of {params.application} that were seen rests now.")
        ended = await self.database.end(resting)
        return Applied(detail=f"{ended} connections ended", facts={"ended": ended, "busy": len(left) - ended})

    async def happened(self, params: Application, plan: Plan, key: str) -> Happened:
        """Say no while none is gone or one rests that could be ended; to end it again harms nobody else."""
        left = await self._left(plan)
        untouched = len(left) == len(planned(plan))
        return Happened.NO if untouched or any(s.state in _RESTING for s in left) else Happened.YES

    async def check(self, params: Application, plan: Plan, key: str) -> Check:
        """It is done as soon as the first is gone; those that were busy come to rest later and stay."""
        of = len(planned(plan))
        gone = of - len(await self._left(plan))
        state = CheckState.DONE if gone else CheckState.PENDING
        return Check(state=state, detail=f"{gone} of {of} connections are gone", progress=(gone, of))


@dataclass(frozen=True, slots=True)
class RaiseConnectionLimit:
    """Raise how many connections a role may have; never lowers, and never by more than four times."""

    name: ClassVar[str] = "raise_connection_limit"
    backend: ClassVar[str] = BACKEND
    description: ClassVar[str] = "Raise the number of connections that a database role may have."
    params: ClassVar[type[Params]] = RoleLimit
    risk: ClassVar[Risk] = Risk.MEDIUM
    reversible: ClassVar[bool] = True
    timeout_seconds: ClassVar[float] = 20.0
    database: DatabaseWriter

    async def plan(self, params: RoleLimit, now: datetime) -> Plan:
        """Compare it with the limit of now."""
        limit = await self.database.connection_limit(params.role)
        _raised(params, limit)
        return Plan(
            target=Target(kind="DatabaseRole", name=params.role, version=str(limit)),
            changes=(FieldChange(path="connection limit", before=str(limit), after=str(params.limit)),),
            radius=BlastRadius(count=params.limit - limit, unit="connections"),
            reversible=True,
            seconds=1,
            args={"role": params.role, "before": str(limit), "limit": str(params.limit)},
            facts={"limit_before": limit, "limit_after": params.limit},
            before={"limit": limit},
        )

    async def apply(self, params: RoleLimit, plan: Plan, key: str) -> Applied:
        """Set it, if it still is what it was."""
        return await self._set(params.role, params.limit, _before(plan))

    async def happened(self, params: RoleLimit, plan: Plan, key: str) -> Happened:
        """Read it; a third value is somebody else's work."""
        return await self._is(params.role, params.limit, _before(plan))

    async def check(self, params: RoleLimit, plan: Plan, key: str) -> Check:
        """A limit holds as soon as it is set."""
        return _settled(await self.happened(params, plan, key))

    async def undo(self, params: RoleLimit, plan: Plan, key: str) -> Applied:
        """Restore the old limit, if nobody has set another one since."""
        return await self._set(params.role, _before(plan), params.limit)

    async def undone(self, params: RoleLimit, plan: Plan, key: str) -> Happened:
        """Read it."""
        return await self._is(params.role, _before(plan), params.limit)

    async def undo_check(self, params: RoleLimit, plan: Plan, key: str) -> Check:
        """A limit holds as soon as it is set."""
        return _settled(await self.undone(params, plan, key))

    async def _set(self, role: str, limit: int, only_if: int) -> Applied:
        if not await self.database.set_connection_limit(role, limit, only_if=only_if):
            raise Conflict(f"Somebody changed the connection limit of {role} in between.")
        return Applied(detail=f"connection limit of {role} set from {only_if} to {limit}")

    async def _is(self, role: str, wanted: int, before: int) -> Happened:
        limit = await self.database.connection_limit(role)
        return {wanted: Happened.YES, before: Happened.NO}.get(limit, Happened.UNKNOWN)


def _before(plan: Plan) -> int:
    return int(str(plan.before["limit"]))


def _settled(happened: Happened) -> Check:
    states = {Happened.YES: CheckState.DONE, Happened.NO: CheckState.PENDING}
    return Check(state=states.get(happened, CheckState.FAILED))


def _raised(params: RoleLimit, limit: int) -> None:
    if limit < 0:
        raise BadInput(f"{params.role} has no connection limit that could be raised.", field="role")
    if params.limit <= limit:
        raise BadInput(f"limit: {params.limit} is not more than the {limit} of now.", field="limit")
    if params.limit > MAX_FACTOR * max(limit, 1):
        most = min(MAX_FACTOR * max(limit, 1), MAX_LIMIT)
        raise BadInput(f"limit: at most {most}, four times as many as now.", field="limit")
