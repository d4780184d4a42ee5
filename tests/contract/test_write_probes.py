"""What `doctor` says of the accounts that change things, against a real Redis, PostgreSQL and the shipped rights."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import pytest_asyncio
import yaml
from redis.asyncio import Redis

from agent.app.write_probes import probe_writers
from demo.backends.postgres import PostgresServer
from demo.backends.redis import RedisServer
from tests.support.writing_cluster import RIGHTS, WritingWorld, writing_world
from tools.connectors.kubernetes import ClusterAccess
from tools.connectors.kubernetes_rehearsal import RehearsingCluster
from tools.connectors.kubernetes_writer import KubernetesWriter
from tools.connectors.postgres_sessions import PostgresSessions
from tools.connectors.redis_cache import RedisCache
from tools.write_connections import WriteConnections


@pytest_asyncio.fixture
async def world() -> AsyncIterator[WritingWorld]:
    async with writing_world() as found:
        yield found


async def test_nothing_to_change_is_nothing_to_probe() -> None:
    assert [] == await probe_writers(None)


async def test_what_is_not_configured_is_said_with_its_setting() -> None:
    probes = await probe_writers(WriteConnections())

    assert [(True, False)] * 4 == [(probe.ok, probe.configured) for probe in probes]
    fixes = " ".join(probe.fix or "" for probe in probes)
    for setting in (
        "OPS_KUBERNETES_WRITE_TOKEN",
        "OPS_REDIS_URL",
        "OPS_POSTGRESQL_URL",
        "OPS_ELASTICSEARCH_WRITE_API_KEY",
    ):
        assert setting in fixes


async def test_the_shipped_write_account_may_do_everything(world: WritingWorld) -> None:
    probes = await probe_writers(WriteConnections(cluster=world.writer, namespaces=("shop",)))
    said = [probe.detail for probe in probes if probe.name == "Kubernetes (changes)"]

    assert all(probe.ok for probe in probes)
    assert "every action is allowed in shop" in said[0]
    assert "nodes may be cordoned and drained" in said[1]


async def test_another_namespace_is_refused_with_the_binding_that_is_missing(world: WritingWorld) -> None:
    probes = await probe_writers(WriteConnections(cluster=world.writer, namespaces=("shop", "batch")))
    [wrong] = [probe for probe in probes if not probe.ok]

    assert "in batch the cluster would refuse restart_workload" in wrong.detail
    assert "bind ops-monitor-write in batch" in (wrong.fix or "")
    assert "get/list/patch deployments.apps" in (wrong.fix or "")


async def test_the_account_that_reads_is_found_out_as_a_write_account(world: WritingWorld) -> None:
    probes = await probe_writers(WriteConnections(cluster=world.reader, namespaces=("shop",)))
    [wrong] = [probe for probe in probes if not probe.ok]
    [nodes] = [probe for probe in probes if "optional" in probe.detail]

    assert "delete/patch pods" in (wrong.fix or "")
    assert "drain_node" in nodes.detail


async def test_a_cluster_that_is_away_is_said(world: WritingWorld) -> None:
    cluster = KubernetesWriter(ClusterAccess("http://127.0.0.1:9", "t"), timeout_seconds=30)
    probes = await probe_writers(WriteConnections(cluster=cluster, namespaces=("shop",)))
    await cluster.close()
    [wrong] = [probe for probe in probes if not probe.ok]
    assert "cannot be reached" in wrong.detail


async def test_previews_need_the_second_role_of_the_account_that_reads(world: WritingWorld) -> None:
    cluster = RehearsingCluster(ClusterAccess(world.server.url, "reader"), timeout_seconds=30)
    writers = WriteConnections(cluster=cluster, namespaces=("shop",), rehearsed=True)
    [before] = await probe_writers(writers)
    await world.make(*yaml.safe_load_all((RIGHTS / "rbac-suggest.yaml").read_text("utf-8")))
    [after] = await probe_writers(writers)
    await cluster.close()

    assert (True, True) == (before.ok, after.ok)
    assert "rbac-suggest.yaml" in before.detail
    assert "every action can be suggested" == after.detail


@pytest.mark.backend
async def test_a_redis_account_is_asked_for_its_commands(tmp_path: Path) -> None:
    async with RedisServer(tmp_path) as server:
        full = RedisCache(server.url, timeout_seconds=30)
        admin: Any = Redis.from_url(server.url)
        rules = ("on", ">word", "~*", "+@all", "-flushall", "-flushdb")
        await admin.execute_command("ACL SETUSER", "limited", *rules)
        await admin.execute_command("ACL SETUSER", "silent", *rules, "-acl")
        await admin.aclose()
        at = urlsplit(server.url)
        limited, silent = (
            RedisCache(f"redis://{user}:word@{at.hostname}:{at.port}/0", timeout_seconds=30)
            for user in ("limited", "silent")
        )
        lacks = [await cache.lacks() for cache in (full, limited, silent)]
        probes = await probe_writers(WriteConnections(cache=limited))
        for cache in (full, limited, silent):
            await cache.close()
    [wrong] = [probe for probe in probes if not probe.ok]

    assert [(), ("FLUSHDB", "FLUSHALL"), ()] == lacks
    assert ("Redis (changes)", True) == (wrong.name, "FLUSHALL" in wrong.detail)


@pytest.mark.backend
async def test_a_postgresql_role_is_asked_for_its_rights(tmp_path: Path) -> None:
    async with PostgresServer(tmp_path, fsync=False) as server:
        url = await server.create_database("probed")
        async with await psycopg.AsyncConnection.connect(
            url.replace("+psycopg", ""), autocommit=True
        ) as admin:
            await admin.execute("CREATE ROLE partly LOGIN PASSWORD 'word'")
            await admin.execute("GRANT pg_monitor, pg_signal_backend TO partly")
        at = urlsplit(url)
        full = PostgresSessions(url, timeout_seconds=30)
        some = PostgresSessions(
            f"postgresql://partly:word@{at.hostname}:{at.port}/probed", timeout_seconds=30
        )
        lacks = [await full.lacks(), await some.lacks()]
        probes = await probe_writers(WriteConnections(database=some))
    [wrong] = [probe for probe in probes if not probe.ok]

    assert [(), ("CREATEROLE",)] == lacks
    assert ("PostgreSQL (changes)", True) == (wrong.name, "CREATEROLE" in wrong.detail)
