"""The flushes against a real Redis: counted first, exact, marked with their effect, and honest after a crash."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from agent.domain.action import Risk
from agent.errors import (
    BackendError,
    BadInput,
    Conflict,
    NotFound,
    OpsError,
    Refused,
    TimedOut,
    Unavailable,
)
from demo.backends.redis import RedisServer
from tests.support.cut_wire import cut_wire
from tools.base import CheckState, Happened
from tools.connectors.redis_cache import RedisCache
from tools.incident_responder.writes.cache import (
    DatabaseParams,
    FlushCacheDatabase,
    FlushCacheKeys,
    FlushCacheServer,
    PrefixParams,
    ServerParams,
)

pytestmark = [pytest.mark.backend, pytest.mark.asyncio(loop_scope="module")]
NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RedisServer]:
    async with RedisServer(tmp_path_factory.mktemp("redis")) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def redis(server: RedisServer) -> AsyncIterator[Redis]:
    client = Redis.from_url(server.url)
    await client.flushall()
    yield client
    await client.aclose()


@pytest_asyncio.fixture(loop_scope="module")
async def cache(server: RedisServer) -> AsyncIterator[RedisCache]:
    connector = RedisCache(server.url, timeout_seconds=30)
    yield connector
    await connector.close()


def through(server: RedisServer, port: int) -> RedisCache:
    parts = urlsplit(server.url)
    return RedisCache(f"redis://:{parts.password}@127.0.0.1:{port}/0", timeout_seconds=30)


async def test_only_the_keys_of_the_prefix_are_deleted_and_the_marker_is_left(
    redis: Redis, cache: RedisCache
) -> None:
    await redis.mset({f"catalog:item:{n}": "x" for n in range(1203)} | {"catalogue": "x", "cart:1": "x"})
    write, params = FlushCacheKeys(cache), PrefixParams(prefix="catalog:")

    plan = await write.plan(params, NOW)
    before = await write.happened(params, plan, "a-1")
    applied = await write.apply(params, plan, "a-1")

    assert (1203, "keys") == (plan.radius.count, plan.radius.unit)
    assert 1203 / 1205 == plan.radius.share
    assert [("1203", "0")] == [(line.before, line.after) for line in plan.changes]
    assert {"keys": "1203", "database": "0", "prefix": "catalog:"} == plan.args
    assert 1203 == applied.facts["keys"]
    assert Happened.NO is before
    assert Happened.YES is await write.happened(params, plan, "a-1")
    assert Happened.NO is await write.happened(params, plan, "a-2")
    assert CheckState.DONE is (await write.check(params, plan, "a-1")).state
    assert CheckState.PENDING is (await write.check(params, plan, "a-2")).state
    assert {b"catalogue", b"cart:1", b"ops-monitor:action:a-1"} == set(await redis.keys())
    assert 0 < await redis.ttl("ops-monitor:action:a-1") <= 86400


@pytest.mark.parametrize("prefix", ["*", "?", "[a-z]", "\\", "a*", "[^x]", "^", "{a}", "a\\*"])
async def test_glob_characters_of_a_prefix_stand_for_themselves(
    redis: Redis, cache: RedisCache, prefix: str
) -> None:
    await redis.mset({"abc": "x", "b": "x", f"{prefix}1": "x", f"{prefix}": "x"})
    write, params = FlushCacheKeys(cache), PrefixParams(prefix=prefix)

    plan = await write.plan(params, NOW)
    await write.apply(params, plan, "a-1")

    assert 2 == plan.radius.count
    assert {b"abc", b"b"} == set(await redis.keys()) - {b"ops-monitor:action:a-1"}


async def test_a_prefix_without_keys_is_not_found(redis: Redis, cache: RedisCache) -> None:
    await redis.set("other", "x")
    with pytest.raises(NotFound, match="No key of database 0 begins with “catalog:”"):
        await FlushCacheKeys(cache).plan(PrefixParams(prefix="catalog:"), NOW)


async def test_markers_are_never_counted_or_deleted(redis: Redis, cache: RedisCache) -> None:
    await redis.mset({"ops-monitor:action:old": "1", "ops-monitor:other": "x"})
    write, params = FlushCacheKeys(cache), PrefixParams(prefix="ops-monitor:")

    plan = await write.plan(params, NOW)
    await write.apply(params, plan, "new")

    assert 1 == plan.radius.count
    assert {b"ops-monitor:action:old", b"ops-monitor:action:new"} == set(await redis.keys())


async def test_one_database_is_emptied_and_the_others_keep_what_they_hold(
    server: RedisServer, redis: Redis, cache: RedisCache
) -> None:
    await redis.set("kept", "x")
    three = Redis.from_url(server.url.removesuffix("/0"), db=3)
    await three.mset({"a": "1", "b": "2"})
    write, params = FlushCacheDatabase(cache), DatabaseParams(database=3)

    plan = await write.plan(params, NOW)
    await write.apply(params, plan, "a-3")
    left = await three.dbsize()
    await three.aclose()

    assert (2, Risk.HIGH, False) == (plan.radius.count, write.risk, plan.reversible)
    assert 0 == left
    assert {b"kept", b"ops-monitor:action:a-3"} == set(await redis.keys())
    assert Happened.YES is await write.happened(params, plan, "a-3")


async def test_the_home_database_keeps_only_the_marker(redis: Redis, cache: RedisCache) -> None:
    await redis.mset({"a": "1", "b": "2"})
    write, params = FlushCacheDatabase(cache), DatabaseParams(database=0)
    plan = await write.plan(params, NOW)
    await write.apply(params, plan, "a-4")
    assert [b"ops-monitor:action:a-4"] == await redis.keys()


async def test_the_whole_server_is_an_action_of_its_own(
    server: RedisServer, redis: Redis, cache: RedisCache
) -> None:
    await redis.set("a", "1")
    five = Redis.from_url(server.url.removesuffix("/0"), db=5)
    await five.mset({"b": "2", "c": "3"})
    write, params = FlushCacheServer(cache), ServerParams()

    plan = await write.plan(params, NOW)
    await write.apply(params, plan, "a-5")
    left = await five.dbsize()
    await five.aclose()

    assert {"keys": "3", "databases": "2"} == plan.args
    assert ["database 0: keys", "database 5: keys"] == [line.path for line in plan.changes]
    assert (0, [b"ops-monitor:action:a-5"]) == (left, await redis.keys())
    with pytest.raises(NotFound, match="Database 5 of the cache is empty"):
        await FlushCacheDatabase(cache).plan(DatabaseParams(database=5), NOW)


async def test_what_is_flushed_cannot_be_taken_back(redis: Redis, cache: RedisCache) -> None:
    await redis.set("a", "1")
    write, params = FlushCacheServer(cache), ServerParams()
    plan = await write.plan(params, NOW)
    with pytest.raises(BadInput, match="does not know what it held"):
        await write.undo(params, plan, "undo:a-6")
    assert Happened.NO is await write.undone(params, plan, "undo:a-6")
    assert CheckState.FAILED is (await write.undo_check(params, plan, "undo:a-6")).state
    assert b"1" == await redis.get("a")


@pytest.mark.parametrize("request_bytes", [b"FLUSHDB", b"EXEC"])
async def test_a_lost_answer_is_found_out_by_the_marker_and_never_sent_twice(
    server: RedisServer, redis: Redis, cache: RedisCache, request_bytes: bytes
) -> None:
    await redis.mset({"a": "1", "b": "2"})
    params = DatabaseParams(database=0)
    plan = await FlushCacheDatabase(cache).plan(params, NOW)
    async with cut_wire(server.port, request_bytes) as wire:
        far = through(server, wire.port)
        with pytest.raises(Unavailable):
            await FlushCacheDatabase(far).apply(params, plan, "a-7")
        await far.close()

    assert 1 == wire.cuts
    assert Happened.YES is await FlushCacheDatabase(cache).happened(params, plan, "a-7")
    flushes = (await redis.info("commandstats"))["cmdstat_flushdb"]["calls"]
    await redis.set("new", "x")
    assert flushes == (await redis.info("commandstats"))["cmdstat_flushdb"]["calls"]


async def test_a_deletion_that_broke_off_did_not_happen_and_may_begin_again(
    server: RedisServer, redis: Redis, cache: RedisCache
) -> None:
    await redis.mset({f"k:{n}": "x" for n in range(2000)} | {"other": "x"})
    params = PrefixParams(prefix="k:")
    plan = await FlushCacheKeys(cache).plan(params, NOW)
    async with cut_wire(server.port, b"UNLINK") as wire:
        far = through(server, wire.port)
        with pytest.raises(Unavailable):
            await FlushCacheKeys(far).apply(params, plan, "a-8")
        await far.close()
    half = await cache.count(0, "k:")
    between = await FlushCacheKeys(cache).happened(params, plan, "a-8")
    await FlushCacheKeys(cache).apply(params, plan, "a-8")

    assert 0 < half < 2000
    assert Happened.NO is between
    assert Happened.YES is await FlushCacheKeys(cache).happened(params, plan, "a-8")
    assert {b"other", b"ops-monitor:action:a-8"} == set(await redis.keys())


async def test_a_restarted_server_is_another_target_and_leaves_the_past_unknown(tmp_path: Path) -> None:
    async with RedisServer(tmp_path) as own:
        cache = RedisCache(own.url, timeout_seconds=30)
        client = Redis.from_url(own.url)
        await client.set("a", "1")
        write, params = FlushCacheServer(cache), ServerParams()
        plan = await write.plan(params, NOW)
        await cache.close()
        await client.aclose()
        await own.stop()
        with pytest.raises(Unavailable, match="cannot be reached"):
            await write.apply(params, plan, "a-9")
        await own.start()
        try:
            with pytest.raises(Conflict, match="restarted"):
                await write.apply(params, plan, "a-9")
            assert Happened.UNKNOWN is await write.happened(params, plan, "a-9")
        finally:
            await cache.close()


async def test_a_wrong_password_is_a_refusal_that_does_not_repeat_it(server: RedisServer) -> None:
    wrong = RedisCache(f"redis://:sesame-open@127.0.0.1:{server.port}/0", timeout_seconds=30)
    with pytest.raises(Refused) as refused:
        await wrong.look()
    await wrong.close()
    assert "sesame" not in refused.value.user_message


async def test_an_account_without_the_right_is_a_refusal_and_nothing_is_deleted(
    server: RedisServer, redis: Redis, cache: RedisCache
) -> None:
    await redis.set("a", "1")
    rules = ("ACL", "SETUSER", "reader", "on", ">pw", "~*", "+@all", "-flushall", "-flushdb")
    await redis.execute_command(*rules)
    limited = RedisCache(f"redis://reader:pw@127.0.0.1:{server.port}/0", timeout_seconds=30)
    plan = await FlushCacheServer(cache).plan(ServerParams(), NOW)
    try:
        with pytest.raises(Refused):
            await FlushCacheServer(limited).apply(ServerParams(), plan, "a-10")
    finally:
        await limited.close()
    assert [b"a"] == await redis.keys()
    assert Happened.NO is await FlushCacheServer(cache).happened(ServerParams(), plan, "a-10")


async def test_a_database_that_the_server_does_not_have_is_our_own_error(
    redis: Redis, cache: RedisCache
) -> None:
    await redis.set("a", "1")
    with pytest.raises(OpsError):
        await FlushCacheKeys(cache).plan(PrefixParams(database=99, prefix="a"), NOW)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [(None, TimedOut), (b"HTTP/1.1 400 Bad Request\r\n\r\n", BackendError), (b"+OK\r\n" * 20, BackendError)],
    ids=["silence", "another protocol", "nonsense"],
)
async def test_something_else_behind_the_port_is_our_own_error(
    answer: bytes | None, expected: type[OpsError]
) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1000):
            writer.write(answer or b"")
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        cache = RedisCache(f"redis://127.0.0.1:{port}/0", timeout_seconds=30 if answer else 0.3)
        with pytest.raises(expected):
            await cache.look()
        await cache.close()
