"""A Redis server whose keys may be counted and deleted; the deletion and its marker stand in one transaction."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from redis import exceptions as vendor
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from agent.errors import BackendError, BadAnswer, Misconfigured, Overloaded, Refused, TimedOut, Unavailable
from tools.connectors.http_json import excerpt
from tools.connectors.writers import CacheServer

BACKEND = "redis"
MARKER = "ops-monitor:action:"
MARKER_SECONDS = 24 * 3600
_BATCH = 500
# What counting, deleting, flushing and the marker take.
_COMMANDS = (
    ("SCAN", "0"),
    ("UNLINK", "any"),
    ("SELECT", "0"),
    ("MULTI",),
    ("EXEC",),
    ("FLUSHDB",),
    ("FLUSHALL",),
    ("SET", MARKER + "any", "1"),
    ("EXISTS", MARKER + "any"),
)
_GLOB = re.compile(r"([*?\[\]\\^])")


class RedisCache:
    """A CacheWriter. Markers live in the database that the URL names, whichever database is emptied."""

    def __init__(self, url: str, *, timeout_seconds: float) -> None:
        self._base, self._home = _split(url)
        self._timeout = timeout_seconds
        self._clients: dict[int, Redis] = {}

    async def close(self) -> None:
        """Close the connections."""
        clients, self._clients = self._clients, {}
        for client in clients.values():
            await client.aclose()

    async def version(self) -> str:
        """Return the server's version."""
        return (await self.look()).version

    async def look(self) -> CacheServer:
        """Return what the server holds; a member of a Redis Cluster is refused, because it holds only a part."""
        async with self._client(self._home) as client:
            server, keys = await client.info("server"), await client.info("keyspace")
        try:
            if server.get("redis_mode") == "cluster":
                raise Refused("A Redis Cluster cannot be flushed as one server.", backend=BACKEND)
            return CacheServer(
                version=excerpt(str(server["redis_version"]), 40),
                run_id=excerpt(str(server["run_id"]), 80),
                keys=tuple(sorted((int(name[2:]), int(db["keys"])) for name, db in keys.items())),
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise BadAnswer("Redis answered INFO with something unexpected.", backend=BACKEND) from error

    async def count(self, database: int, prefix: str) -> int:
        """Count the keys that begin with a literal prefix; our own markers are no keys of anybody."""
        async with self._client(database) as client:
            return len({key async for batch in _batches(client, prefix) for key in batch})

    async def delete_prefix(self, database: int, prefix: str, key: str) -> int:
        """Delete the keys that begin with a literal prefix, batch by batch, and return how many there were.

        The marker follows the last batch: after a crash in between the deletion counts as not happened, and to begin
        it again deletes the rest, which harms nobody.
        """
        deleted = 0
        async with self._client(database) as client:
            async for batch in _batches(client, prefix):
                deleted += int(await client.unlink(*batch))
        async with self._client(self._home) as client:
            await client.set(MARKER + key, deleted, ex=MARKER_SECONDS)
        return deleted

    async def flush_database(self, database: int, key: str) -> None:
        """Empty one database and leave the marker, both or neither."""
        await self._transaction([("SELECT", database), ("FLUSHDB",), ("SELECT", self._home)], key)

    async def flush_server(self, key: str) -> None:
        """Empty every database and leave the marker, both or neither."""
        await self._transaction([("FLUSHALL",)], key)

    async def marked(self, key: str) -> bool:
        """Say whether the marker of an action is there."""
        async with self._client(self._home) as client:
            return bool(await client.exists(MARKER + key))

    async def lacks(self) -> tuple[str, ...]:
        """Return the commands that our account may not use; none where the server does not tell."""
        async with self._client(self._home) as client:
            try:
                user = _word(await client.acl_whoami())
                said = [_word(await client.acl_dryrun(user, *command)) for command in _COMMANDS]
            except vendor.ResponseError:
                # An older server, or an account that may not ask: then only the first use tells.
                return ()
        return tuple(command[0] for command, one in zip(_COMMANDS, said, strict=True) if one != "OK")

    async def _transaction(self, commands: list[tuple[str | int, ...]], key: str) -> None:
        async with self._client(self._home) as client, client.pipeline(transaction=True) as together:
            for command in commands:
                together.execute_command(*command)
            together.set(MARKER + key, 1, ex=MARKER_SECONDS)
            await together.execute()

    @asynccontextmanager
    async def _client(self, database: int) -> AsyncIterator[Redis]:
        with _translated():
            yield self._clients.get(database) or self._connect(database)

    def _connect(self, database: int) -> Redis:
        client = Redis.from_url(
            self._base,
            db=database,
            socket_timeout=self._timeout,
            socket_connect_timeout=min(self._timeout, 3.0),
            # Sending a flush again by itself would be a second effect; the engine asks the world instead.
            retry=Retry(NoBackoff(), 0),
        )
        self._clients[database] = client
        return client


async def _batches(client: Redis, prefix: str) -> AsyncIterator[list[bytes]]:
    """Yield the keys of a prefix; SCAN sees every key that is there from its beginning to its end."""
    cursor = 0
    while True:
        cursor, found = await client.scan(cursor, match=literal(prefix) + "*", count=_BATCH)
        keys = (key if isinstance(key, bytes) else key.encode() for key in found)
        batch = [key for key in keys if not key.startswith(MARKER.encode())]
        if batch:
            yield batch
        if cursor == 0:
            return


def _word(answer: object) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)


def literal(prefix: str) -> str:
    """Return text as it stands inside a Redis glob pattern."""
    return _GLOB.sub(r"\\\1", prefix)


def _split(url: str) -> tuple[str, int]:
    """Return the URL without its database, and the database; the driver would let the URL's win over ours."""
    try:
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query))
        path = "" if parts.scheme == "unix" else parts.path.strip("/")
        home = int(query.pop("db", path) or 0)
        kept = parts.path if parts.scheme == "unix" else ""
        base = urlunsplit((parts.scheme, parts.netloc, kept, urlencode(query), ""))
        Redis.from_url(base)
    except (ValueError, TypeError) as error:
        # The address may hold a password, so it is not repeated.
        raise Misconfigured("The address of Redis must look like redis://host:port/0.") from error
    return base, home


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except vendor.RedisError as error:
        raise _ours(error) from error
    except OSError as error:
        raise Unavailable("Redis cannot be reached.", backend=BACKEND) from error


def _ours(error: vendor.RedisError) -> BackendError:
    said = excerpt(str(error), 160)
    refusals: tuple[Any, ...] = (
        vendor.AuthenticationError,
        vendor.AuthorizationError,
        vendor.NoPermissionError,
    )
    match error:
        case vendor.TimeoutError():
            return TimedOut("Redis did not answer in time.", backend=BACKEND)
        case vendor.BusyLoadingError():
            return Unavailable("Redis is still loading its data.", backend=BACKEND)
        case vendor.MaxConnectionsError() | vendor.OutOfMemoryError():
            return Overloaded(f"Redis takes no more: {said}", backend=BACKEND)
        case _ if isinstance(error, refusals):
            return Refused("Redis refuses our account or a right that it needs.", backend=BACKEND)
        case vendor.ConnectionError():
            return Unavailable("Redis cannot be reached.", backend=BACKEND)
        case vendor.ResponseError():
            return Refused(f"Redis refused the request: {said}", backend=BACKEND)
        case _:
            return BadAnswer("Redis answered something that cannot be read.", backend=BACKEND)
