"""`kill -9` at any moment and started again: no alert is lost, no card doubled, no timeline torn."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from demo.workspace.faults import Fault
from demo.workspace.server import WorkspaceServer
from tests.support.backends import eventually
from tests.support.liar import lying_server, nothing
from tests.support.product import (
    Product,
    alert,
    delivery,
    details,
    key_of,
    refusals,
    resolved,
    roots,
    shown,
    slack_settings,
    workspace,
)

pytestmark = [pytest.mark.slow, pytest.mark.alone]
Json = dict[str, Any]
TURNS = 5
SERVICES = ("payment", "checkout", "catalog", "textbook")


def incident_of(service: str) -> Json:
    """Return an alert that makes an incident of its own."""
    return alert(service, labels={"namespace": f"team-{service}"})


async def settled(bot: Product, server: WorkspaceServer, incidents: int) -> None:
    """Wait until every incident has its card and nothing is left to do."""
    await eventually(lambda: len(bot.incidents()) >= incidents and bot.idle(), within=120)
    await eventually(lambda: len(details(server)) >= incidents, within=120)


async def whole(bot: Product, server: WorkspaceServer, incidents: int) -> None:
    """Check that exactly these incidents stand, each with one card, one thread and one unbroken timeline."""
    await settled(bot, server, incidents)
    cards = [key_of(message) for message in roots(server)]
    threads = {m["thread_ts"] for m in details(server)}
    assert len(bot.incidents()) == incidents
    assert sorted(cards) == sorted(f"card:{one['id']}" for one in bot.incidents())
    assert {one["conversation"]["ts"] for one in bot.incidents()} == {m["ts"] for m in roots(server)}
    assert len(details(server)) == incidents
    assert threads == {m["ts"] for m in roots(server)}
    assert await bot.broken_chains() == []
    posted = bot.rows(
        "select incident_id, count(*) from timeline where kind = 'card_posted' group by incident_id"
    )
    assert [count for _, count in posted] == [1] * incidents
    assert refusals(server) == []


@asynccontextmanager
async def stage(folder: Path, **settings: Any) -> AsyncIterator[tuple[Product, WorkspaceServer]]:
    # The lost acknowledgement of one of them is waited for.
    async with workspace(ack_seconds=3.0) as server:
        bot = Product(folder, **(slack_settings(server) | settings))
        try:
            yield bot, server
        finally:
            await bot.kill()


async def killed_when(bot: Product, fact: Callable[[], object], *, within: float = 120) -> None:
    """Kill the bot as soon as something is a fact, and start it again."""
    await eventually(fact, within=within, every=0.002)
    await bot.kill()
    await bot.start()


async def right_after_the_promise(folder: Path) -> None:
    async with stage(folder) as (bot, server):
        await bot.start()
        for service in SERVICES:
            assert await bot.deliver(delivery(incident_of(service))) == 200
        await bot.kill()
        assert len(bot.rows("select id from inbox")) == len(SERVICES)
        await bot.start()
        await whole(bot, server, len(SERVICES))
    known = {row[0] for row in bot.rows("select service from alerts")}
    assert known == set(SERVICES)


async def while_a_post_has_arrived_but_its_answer_has_not(folder: Path) -> None:
    async with stage(folder) as (bot, server):
        server.workspace.faults.add(Fault("lost_answer", "chat.postMessage", times=1, seconds=60))
        await bot.start()
        await bot.deliver(delivery(incident_of("payment")))
        await killed_when(bot, lambda: roots(server))
        await whole(bot, server, 1)


async def while_a_reply_has_arrived_but_its_answer_has_not(folder: Path) -> None:
    async with stage(folder) as (bot, server):
        server.workspace.faults.add(Fault("lost_answer", "chat.postMessage", every=2, times=1, seconds=60))
        await bot.start()
        await bot.deliver(delivery(incident_of("payment")))
        await killed_when(bot, lambda: details(server))
        await whole(bot, server, 1)


async def while_a_post_has_not_arrived_at_all(folder: Path) -> None:
    async with stage(folder) as (bot, server):
        server.workspace.faults.add(Fault("timeout", "chat.postMessage", times=1, seconds=60))
        await bot.start()
        await bot.deliver(delivery(incident_of("payment")))
        await killed_when(bot, lambda: server.workspace.recorder.calls("chat.postMessage"))
        await whole(bot, server, 1)


async def during_the_investigation(folder: Path) -> None:
    async with (
        lying_server(nothing) as prometheus,
        stage(folder, prometheus_url=prometheus.url) as (bot, server),
    ):
        await bot.start()
        await bot.deliver(delivery(incident_of("payment")))
        await killed_when(bot, lambda: prometheus.asked)
        await whole(bot, server, 1)
        query = (
            "select kind, json_extract(data, '$.run') from timeline where kind in ('triaged', 'diagnosed')"
        )
        steps = bot.rows(query)
    # A look that brought nothing is repeated later, as a run of its own; within a run each step happened once.
    assert ("diagnosed", 1) in steps
    assert len(steps) == len(set(steps))


@pytest.mark.slow(50)
async def test_at_chosen_moments(tmp_path: Path) -> None:
    # Side by side, because each waits most of its time for the dead process's lease to end.
    moments = (
        right_after_the_promise,
        while_a_post_has_arrived_but_its_answer_has_not,
        while_a_reply_has_arrived_but_its_answer_has_not,
        while_a_post_has_not_arrived_at_all,
        during_the_investigation,
    )
    async with asyncio.TaskGroup() as together:
        for moment in moments:
            folder = tmp_path / moment.__name__
            folder.mkdir()
            together.create_task(moment(folder), name=moment.__name__)


async def test_after_the_card_and_the_recovery_still_comes(tmp_path: Path) -> None:
    async with stage(tmp_path) as (bot, server):
        await bot.start()
        one = incident_of("payment")
        await bot.deliver(delivery(one))
        await settled(bot, server, 1)
        await bot.kill()
        await bot.start()
        await bot.deliver(delivery(one))
        await bot.deliver(delivery(resolved(one)))
        await eventually(lambda: "🟢" in shown(roots(server)[0]))
        await whole(bot, server, 1)


@pytest.mark.slow(40)
async def test_at_many_random_moments(tmp_path: Path) -> None:
    chance = random.Random(20_261_122)
    promised: list[Json] = []
    async with stage(tmp_path) as (bot, server):
        server.workspace.faults.add(Fault("lost_answer", "chat.postMessage", every=3, seconds=1.5))
        await bot.start()
        for turn in range(TURNS):
            one = incident_of(f"service-{turn}")
            if await bot.deliver(delivery(one)) == 200:
                promised.append(one)
            await asyncio.sleep(chance.uniform(0, 1.2))
            await bot.kill()
            await bot.start()
        server.workspace.faults.clear()
        await whole(bot, server, len(promised))
    known = {row[0] for row in bot.rows("select fingerprint from alerts")}
    assert known == {one["fingerprint"] for one in promised}
    assert len(promised) == TURNS


async def test_over_signed_http_as_well(tmp_path: Path) -> None:
    async with stage(tmp_path, slack_mode="http") as (bot, server):
        await bot.start()
        assert await server.use_http(f"{bot.url}/slack/events")
        server.workspace.faults.add(Fault("lost_answer", "chat.postMessage", times=1, seconds=60))
        await bot.deliver(delivery(incident_of("payment")))
        await killed_when(bot, lambda: roots(server))
        await whole(bot, server, 1)
        server.workspace.faults.lose_acks(1)
        root = roots(server)[0]
        await server.workspace.click("mina", "#alerts-critical", root["ts"], "incident.acknowledge")
        await eventually(lambda: "is on it" in shown(roots(server)[0]))
        acknowledged = bot.rows("select count(*) from timeline where kind = 'acknowledged'")
    assert acknowledged == [(1,)]
