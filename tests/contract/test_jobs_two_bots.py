"""Two whole bots serve one PostgreSQL: each card is posted once, also when the one that posts dies."""

import asyncio
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from agent.store.engine import SqlStore
from agent.store.timeline import verify_chain
from tests.support.product import (
    Product,
    alert,
    delivery,
    key_of,
    posts,
    refusals,
    slack_settings,
    workspace,
)
from tests.support.store import opened

pytestmark = [pytest.mark.backend, pytest.mark.slow(17)]
SERVICES = ("payment", "catalog", "tutor")


async def until_calm(store: SqlStore) -> None:
    """Wait until no delivery, no message and no job that is due is left."""
    async with asyncio.timeout(60):
        while True:
            async with store.read() as tx:
                left = await tx.outbox.waiting() + await tx.inbox.waiting()
                rows = await tx.connection.exec_driver_sql("SELECT state, run_at FROM jobs")
                due = [row for row in rows if row.state == "running" or row.run_at <= time.time() * 1e6]
            if not left and not due:
                return
            await asyncio.sleep(0.1)


async def titles(store: SqlStore) -> list[str]:
    async with store.read() as tx:
        incidents = await tx.incidents.recent(100)
        assert [None] * len(incidents) == [verify_chain(await tx.timeline.of(i.id)) for i in incidents]
    return sorted(incident.title.split(":")[0] for incident in incidents)


def bots(folder: Path, url: str, settings: dict[str, Any]) -> list[Product]:
    for name in ("one", "two"):
        (folder / name).mkdir()
    return [Product(folder / name, database_url=url, **settings) for name in ("one", "two")]


async def test_two_bots_post_each_card_once_though_the_one_that_posts_is_killed(
    tmp_path: Path, postgres_database: str
) -> None:
    async with workspace() as server, opened(postgres_database) as store:
        one, two = bots(tmp_path, postgres_database, slack_settings(server))
        async with one, two:
            alerts = [alert(service=name) for name in SERVICES]
            answers = await asyncio.gather(
                *((one, two)[n % 2].deliver(delivery(found)) for n, found in enumerate(alerts * 3))
            )
            assert {200} == set(answers)
            await until_calm(store)
            assert sorted(SERVICES) == await titles(store)

            # The first one has the turn to post.
            await one.kill()
            assert 200 == await two.deliver(delivery(alert(service="newcomer")))
            await until_calm(store)
            assert sorted((*SERVICES, "newcomer")) == await titles(store)
            assert 0 == await two.terminate()
        counted = Counter(key_of(message) for message in posts(server))

    kinds = Counter(key.partition(":")[0] for key in counted)
    assert {4} == {kinds["card"], kinds["details"]}
    assert {1} == set(counted.values())
    assert [] == refusals(server)
