"""Flushes of a Redis cache: the keys of a prefix, one database, or, as an action of its own, the whole server."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

from agent.domain.action import BlastRadius, FieldChange, Plan, Risk, Target
from agent.domain.noun import Json
from agent.errors import Conflict, NotFound
from tools.base import Applied, Check, CheckState, Happened, Params
from tools.connectors.writers import CacheServer, CacheWriter
from tools.incident_responder.writes.one_way import OneWay

BACKEND = "redis"
_MAX_DATABASE = 1023
_WARM = "Reads go to the origin until the cache is warm again."


def _literal(value: str) -> str:
    # Nothing is trimmed: a prefix that silently becomes shorter would match more than was approved.
    if not value.isprintable() or value != value.strip():
        raise ValueError("a prefix has no control characters and no space at its ends")
    return value


Prefix = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_literal)]
Database = Annotated[int, Field(ge=0, le=_MAX_DATABASE)]


class PrefixParams(Params):
    """Which keys: those of a database that begin with exactly this text; `*` and `?` stand for themselves."""

    database: Database = 0
    prefix: Prefix


class DatabaseParams(Params):
    """Which database, by number."""

    database: Database


class ServerParams(Params):
    """No parameters."""


@dataclass(frozen=True, slots=True)
class _Doomed:
    """What a flush would delete: how many keys, of how many, shown line by line."""

    keys: int
    of: int
    changes: tuple[FieldChange, ...]


def _plan(server: CacheServer, doomed: _Doomed, args: dict[str, str], facts: dict[str, Json]) -> Plan:
    return Plan(
        # One target for the whole server, so that no two flushes of it ever overlap.
        target=Target(kind="Cache", name=BACKEND, version=server.run_id),
        changes=doomed.changes,
        radius=BlastRadius(
            count=doomed.keys, unit="keys", share=doomed.keys / doomed.of if doomed.of else None
        ),
        reversible=False,
        seconds=2,
        args={"keys": str(doomed.keys), **args},
        facts={"keys": doomed.keys, **facts},
        warnings=(_WARM,),
    )


def _all(server: CacheServer) -> int:
    return sum(count for _, count in server.keys)


@dataclass(frozen=True, slots=True)
class _Flush(OneWay):
    """What the flushes share: they hold only for the run of the server that was looked at, and leave a marker."""

    why: ClassVar[str] = "the cache does not know what it held"
    backend: ClassVar[str] = BACKEND
    cache: CacheWriter

    async def happened(self, params: Any, plan: Plan, key: str) -> Happened:
        """Look for the marker, which only a restart of the server can have lost."""
        if await self.cache.marked(key):
            return Happened.YES
        same = (await self.cache.look()).run_id == plan.target.version
        return Happened.NO if same else Happened.UNKNOWN

    async def check(self, params: Any, plan: Plan, key: str) -> Check:
        """A flush is over when its marker is there."""
        done = await self.cache.marked(key)
        return Check(state=CheckState.DONE if done else CheckState.PENDING)

    async def _same_run(self, plan: Plan) -> None:
        if (await self.cache.look()).run_id != plan.target.version:
            raise Conflict("Redis was restarted since the plan was made.")


@dataclass(frozen=True, slots=True)
class FlushCacheKeys(_Flush):
    """Delete the keys of a prefix."""

    name: ClassVar[str] = "flush_cache_keys"
    description: ClassVar[str] = "Delete the keys of a Redis database that begin with a given text."
    params: ClassVar[type[Params]] = PrefixParams
    risk: ClassVar[Risk] = Risk.MEDIUM
    timeout_seconds: ClassVar[float] = 120.0

    async def plan(self, params: PrefixParams, now: datetime) -> Plan:
        """Count the keys."""
        server = await self.cache.look()
        count = await self.cache.count(params.database, params.prefix)
        if not count:
            raise NotFound(f"No key of database {params.database} begins with “{params.prefix}”.")
        path = f"database {params.database}: keys that begin with “{params.prefix}”"
        lines = (FieldChange(path=path, before=str(count), after="0"),)
        of = max(dict(server.keys).get(params.database, 0), count)
        args = {"database": str(params.database), "prefix": params.prefix}
        return _plan(server, _Doomed(count, of, lines), args, {"database": params.database})

    async def apply(self, params: PrefixParams, plan: Plan, key: str) -> Applied:
        """Delete them in batches."""
        await self._same_run(plan)
        count = await self.cache.delete_prefix(params.database, params.prefix, key)
        detail = f"{count} keys that begin with “{params.prefix}” deleted"
        return Applied(detail=detail, facts={"keys": count})


@dataclass(frozen=True, slots=True)
class FlushCacheDatabase(_Flush):
    """Empty one database."""

    name: ClassVar[str] = "flush_cache_database"
    description: ClassVar[str] = "Empty one database of a Redis server."
    params: ClassVar[type[Params]] = DatabaseParams
    risk: ClassVar[Risk] = Risk.HIGH
    timeout_seconds: ClassVar[float] = 60.0

    async def plan(self, params: DatabaseParams, now: datetime) -> Plan:
        """Count the keys."""
        server = await self.cache.look()
        count = dict(server.keys).get(params.database, 0)
        if not count:
            raise NotFound(f"Database {params.database} of the cache is empty already.")
        lines = (FieldChange(path=f"database {params.database}: keys", before=str(count), after="0"),)
        args = {"database": str(params.database)}
        return _plan(server, _Doomed(count, _all(server), lines), args, {"database": params.database})

    async def apply(self, params: DatabaseParams, plan: Plan, key: str) -> Applied:
        """Empty it."""
        await self._same_run(plan)
        await self.cache.flush_database(params.database, key)
        return Applied(detail=f"database {params.database} emptied")


@dataclass(frozen=True, slots=True)
class FlushCacheServer(_Flush):
    """Empty every database of a server."""

    name: ClassVar[str] = "flush_cache_server"
    description: ClassVar[str] = "Empty every database of a Redis server (FLUSHALL), whoever uses it."
    params: ClassVar[type[Params]] = ServerParams
    risk: ClassVar[Risk] = Risk.HIGH
    timeout_seconds: ClassVar[float] = 60.0

    async def plan(self, params: ServerParams, now: datetime) -> Plan:
        """Count the keys of every database."""
        server = await self.cache.look()
        count = _all(server)
        if not count:
            raise NotFound("The cache is empty already.")
        lines = tuple(
            FieldChange(path=f"database {number}: keys", before=str(keys), after="0")
            for number, keys in server.keys
        )
        databases = len(server.keys)
        args = {"databases": str(databases)}
        return _plan(server, _Doomed(count, count, lines), args, {"databases": databases})

    async def apply(self, params: ServerParams, plan: Plan, key: str) -> Applied:
        """Empty all of them."""
        await self._same_run(plan)
        await self.cache.flush_server(key)
        return Applied(detail="every database emptied")
