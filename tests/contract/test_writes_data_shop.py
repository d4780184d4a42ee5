"""The demo's shop on a real Redis and a real PostgreSQL: its faults are real, and the data actions really cure them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from demo.backends import data as data_module
from demo.backends.data import DataBackends
from demo.backends.process import BackendMissing
from demo.faults.cache import CacheStampede
from demo.faults.fault import Stage
from demo.shop import service as service_frame
from demo.shop.item_cache import PREFIX, CacheMiss, RedisItems
from demo.shop.pod import ShopPod
from demo.shop.services import catalog as catalog_module
from demo.shop.services import payment as payment_module
from tests.support.backends import eventually
from tests.support.shop_launcher import ShopLauncher, call, shop
from tools.connectors.postgres_sessions import PostgresSessions
from tools.connectors.redis_cache import RedisCache
from tools.incident_responder.writes.cache import FlushCacheKeys, PrefixParams
from tools.incident_responder.writes.database import (
    Application,
    EndQueries,
    LongQueries,
    RaiseConnectionLimit,
    RestartDatabaseConnections,
    RoleLimit,
)

pytestmark = [pytest.mark.slow(16), pytest.mark.backend, pytest.mark.asyncio(loop_scope="module")]
NOW = datetime(2026, 1, 2, tzinfo=UTC)
CHARGE = {"order": "o-1", "amount": 5, "currency": "EUR"}


@pytest.fixture(autouse=True)
def _no_bad_luck(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_frame, "HICCUP", 0.0)
    monkeypatch.setattr(payment_module, "DECLINED", 0.0)
    monkeypatch.setattr(catalog_module, "ORIGIN_SECONDS", (0.01, 0.02))
    monkeypatch.setattr(catalog_module, "BULK_SECONDS", 0.01)
    monkeypatch.setattr(catalog_module, "EXPIRED_PER_SECOND", 0.0)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def data(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DataBackends]:
    async with DataBackends(tmp_path_factory.mktemp("data"), say=lambda _: None) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def database(data: DataBackends) -> PostgresSessions:
    assert data.postgresql_url is not None
    return PostgresSessions(data.postgresql_url, timeout_seconds=30)


def _stage(launcher: ShopLauncher) -> Stage:
    nothing: Any = None
    return Stage(nothing, launcher.runtime, nothing)


async def _reads(pod: ShopPod, count: int = 5) -> list[int]:
    return [(await call(pod, "GET", f"/items/item-{number}"))[0] for number in range(count)]


async def _metric(pod: ShopPod, name: str) -> float:
    _, page = await call(pod, "GET", "/metrics")
    return next(float(line.split()[-1]) for line in page.splitlines() if line.startswith(f"{name} "))


async def test_unreadable_entries_are_cured_by_flushing_their_prefix(data: DataBackends) -> None:
    assert data.redis_url is not None
    cache = RedisCache(data.redis_url, timeout_seconds=30)
    async with shop() as launcher:
        pods = [await launcher.start("catalog:v1", uid=f"c{n}", **data.environment) for n in range(2)]
        await _reads(pods[0])
        calm = await _metric(pods[0], "cache_misses_total")
        await CacheStampede().inject(_stage(launcher))
        broken = await CacheStampede().active(_stage(launcher))
        statuses = await _reads(pods[0]) + await _reads(pods[0])
        missed = await _metric(pods[0], "cache_misses_total")

        write, params = FlushCacheKeys(cache), PrefixParams(prefix="catalog:")
        plan = await write.plan(params, NOW)
        await write.apply(params, plan, "act-1")

        async def full() -> bool:
            return await cache.count(0, PREFIX) == 200

        await eventually(full)
        still = await CacheStampede().active(_stage(launcher))
        hits = await _metric(pods[1], "cache_hits_total")
        await _reads(pods[1])
        after = await _metric(pods[1], "cache_hits_total")
    await cache.close()

    assert (0, True, False) == (calm, broken, still)
    assert 200 == plan.radius.count
    assert [200] * 10 == statuses
    assert 10 == missed
    assert 5 == after - hits
    assert any("unexpected byte" in message for message in launcher.messages("warn"))


async def test_a_cache_into_which_reads_under_way_put_something_back_is_filled_too(
    data: DataBackends,
) -> None:
    assert data.redis_url is not None
    cache = RedisItems(data.redis_url)
    async with shop() as launcher:
        await launcher.start("catalog:v1", **data.environment)
        await cache.drop()
        await cache.put(7, {"item": "item-7"})

        async def full() -> bool:
            return await cache.count() == 200

        await eventually(full)
    await cache.close()


async def test_a_new_pod_fills_the_cache_and_so_cures_it_too(data: DataBackends) -> None:
    async with shop() as launcher:
        await launcher.start("catalog:v1", **data.environment)
        await CacheStampede().inject(_stage(launcher))
        before = await CacheStampede().active(_stage(launcher))
        await launcher.start("catalog:v1", **data.environment)
        after = await CacheStampede().active(_stage(launcher))
        await CacheStampede().inject(_stage(launcher))
        await CacheStampede().clear(_stage(launcher))
        cleared = await CacheStampede().active(_stage(launcher))

    assert (True, False, False) == (before, after, cleared)


async def test_catalog_serves_from_its_database_while_redis_is_away() -> None:
    async with shop() as launcher:
        pod = await launcher.start("catalog:v1", CATALOG_CACHE_URL="redis://127.0.0.1:9/0")
        statuses = await _reads(pod, 2)
        away = RedisItems("redis://127.0.0.1:9/0")
        with pytest.raises(CacheMiss, match="ECONNREFUSED"):
            await away.get(1)
        counts = await away.count(), await away.drop(), await away.spoiled()
        await away.close()

    assert [200, 200] == statuses
    assert (0, 0, 0) == counts


async def test_ending_the_runaway_queries_frees_the_pool(
    data: DataBackends, database: PostgresSessions
) -> None:
    async with shop() as launcher:
        await launcher.start("ledger-db:v1", **data.environment)
        payment = await launcher.start("payment:v1", uid="p", DB_POOL_MAX="3", **data.environment)
        calm, _ = await call(payment, "POST", "/charges", CHARGE)
        launcher.runtime.trouble("p").hold_connections = True
        write, params = EndQueries(database), LongQueries(longer_than_seconds=1, application="reconciliation")

        async def all_held() -> bool:
            every = await database.sessions(application="reconciliation")
            return [s.state for s in every if s.seconds > 1] == ["active"] * 3

        await eventually(all_held)
        held, _ = await call(payment, "POST", "/charges", CHARGE)
        plan = await write.plan(params, NOW)
        await write.apply(params, plan, "act-2")
        await eventually(lambda: not launcher.runtime.trouble("p").hold_connections)
        after, _ = await call(payment, "POST", "/charges", CHARGE)

    assert (200, 503, 200) == (calm, held, after)
    assert 3 == plan.radius.count
    assert all(
        "payment@ledger" in line.path and "pg_sleep(?)" in (line.before or "") for line in plan.changes
    )
    assert 3 == len([m for m in launcher.messages("warn") if "was ended: terminating connection" in m])


async def test_the_ledgers_page_counts_the_statements_of_the_real_database(
    data: DataBackends, database: PostgresSessions
) -> None:
    async with shop() as launcher:
        ledger = await launcher.start("ledger-db:v1", **data.environment)
        await launcher.start("payment:v1", uid="p", DB_POOL_MAX="2", **data.environment)
        launcher.runtime.trouble("p").hold_connections = True

        async def counted() -> bool:
            return await _metric(ledger, "db_active_queries") == 2

        await eventually(counted)
        oldest = await _metric(ledger, "db_longest_query_seconds")
        launcher.runtime.trouble("p").hold_connections = False

        async def over() -> bool:
            return not [s for s in await database.sessions() if s.application == "reconciliation"]

        await eventually(over)

    assert oldest > 0


async def test_a_restarted_connection_is_opened_again(data: DataBackends, database: PostgresSessions) -> None:
    async with shop() as launcher:
        await launcher.start("ledger-db:v1", **data.environment)
        payment = await launcher.start("payment:v1", **data.environment)
        await call(payment, "POST", "/charges", CHARGE)
        write, params = RestartDatabaseConnections(database), Application(application="payment")
        plan = await write.plan(params, NOW)
        await write.apply(params, plan, "act-3")
        after, _ = await call(payment, "POST", "/charges", CHARGE)
        pids = {s.pid for s in await database.sessions(application="payment")}

    assert 200 == after
    assert 1 == len(pids)
    assert not pids & {pid for pid, _ in plan.before["sessions"]}  # type: ignore[union-attr, misc, str-unpack]


async def test_raising_the_roles_limit_lets_the_pool_connect_again(
    data: DataBackends, database: PostgresSessions
) -> None:
    usual = await database.connection_limit("payment")
    await database.set_connection_limit("payment", 1, only_if=usual)
    async with shop() as launcher:
        await launcher.start("ledger-db:v1", **data.environment)
        payment = await launcher.start("payment:v1", uid="p", DB_POOL_MAX="1", **data.environment)
        launcher.runtime.trouble("p").hold_connections = True
        await eventually(lambda: any("part 0 started" in text for text in launcher.messages("info")))
        other = await launcher.start("payment:v1", uid="q", DB_POOL_MAX="1", **data.environment)
        refused, _ = await call(other, "POST", "/charges", CHARGE)
        write, params = RaiseConnectionLimit(database), RoleLimit(role="payment", limit=4)
        plan = await write.plan(params, NOW)
        await write.apply(params, plan, "act-4")
        after, _ = await call(other, "POST", "/charges", CHARGE)
        still, _ = await call(payment, "POST", "/charges", CHARGE)
        await write.undo(params, plan, "undo:act-4")
    await database.set_connection_limit("payment", usual, only_if=1)

    assert (503, 200, 503) == (refused, after, still)
    assert any("too many connections for role" in message for message in launcher.messages("error"))


async def test_the_pool_follows_the_mounted_settings_without_a_restart(data: DataBackends) -> None:
    settings = {"DB_POOL_MAX": "2"}
    async with shop() as launcher:
        launcher.runtime.mount(lambda namespace: settings if namespace == "shop" else {})
        await launcher.start("ledger-db:v1", **data.environment)
        payment = await launcher.start("payment:v1", uid="p", DB_POOL_MAX="1", **data.environment)
        sizes = []
        for wanted, size in (("2", 2), ("6", 6), ("zero", 1), ("-4", 1), ("5", 5)):
            settings["DB_POOL_MAX"] = wanted

            async def reached(expected: int = size) -> bool:
                return await _metric(payment, "db_connection_pool_max") == expected

            await eventually(reached)
            sizes.append(size)
        statuses = await asyncio.gather(*(call(payment, "POST", "/charges", CHARGE) for _ in range(8)))

    assert [2, 6, 1, 1, 5] == sizes
    assert {200} == {status for status, _ in statuses}


async def test_without_the_programs_the_shop_plays_its_data_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: object, **__: object) -> None:
        raise BackendMissing("it is not on PATH; install it with: apt-get install it")

    monkeypatch.setattr(data_module, "RedisServer", missing)
    monkeypatch.setattr("demo.backends.postgres.find_binaries", missing)
    said: list[str] = []
    async with DataBackends(tmp_path, say=said.append) as without:
        urls = (without.redis_url, without.postgresql_url, dict(without.environment))

    assert (None, None, {}) == urls
    assert {"no Redis", "no PostgreSQL"} == {line.strip().split(":")[0] for line in said}
    assert all("apt-get install" in line for line in said)
