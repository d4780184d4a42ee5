"""Backends and Slack that are down, slow or lie: the card still comes and says what is missing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from demo.backends.process import free_port
from demo.workspace.faults import Fault
from demo.workspace.server import WorkspaceServer
from tests.support import liar
from tests.support.backends import eventually
from tests.support.product import (
    Product,
    alert,
    delivery,
    details,
    key_of,
    refusals,
    roots,
    shown,
    slack_settings,
    workspace,
)
from tests.support.slackbot import bot_seed
from tests.support.workspace import MINA

pytestmark = [pytest.mark.slow, pytest.mark.alone]
Json = dict[str, Any]


def backends(url: str) -> Json:
    """Return settings in which every backend is the same address."""
    return {
        "prometheus_url": url,
        "alertmanager_url": url,
        "elasticsearch_url": url,
        "kubernetes_url": url,
        "kubernetes_token": "a-token",
        "kubernetes_namespaces": "shop",
        "read_timeout_seconds": 2.0,
        "investigate_timeout_seconds": 12.0,
    }


@asynccontextmanager
async def seen(folder: Path, **settings: Any) -> AsyncIterator[tuple[Product, WorkspaceServer]]:
    async with workspace() as server, Product(folder, **(slack_settings(server) | settings)) as bot:
        yield bot, server


def diagnosed(bot: Product) -> bool:
    return bool(bot.rows("select seq from timeline where kind = 'diagnosed'")) and bot.idle()


async def judged(bot: Product, server: WorkspaceServer) -> str:
    """Deliver an alert and return the card once the bot has looked as far as it can."""
    assert await bot.deliver(delivery(alert())) == 200
    await eventually(lambda: roots(server), within=60)
    await eventually(lambda: diagnosed(bot), within=60)
    assert len(roots(server)) == 1
    assert refusals(server) == []
    return shown(roots(server)[0])


async def asked(server: WorkspaceServer, command: str) -> str:
    ws = server.workspace
    before = len(ws.whispers(MINA, "#general"))
    assert (await ws.slash(MINA, "#general", command)).ok
    await ws.wait_for(lambda w: len(w.whispers(MINA, "#general")) > before, timeout=60)
    return shown(ws.whispers(MINA, "#general")[-1])


def names_what_is_missing(card: str) -> bool:
    gaps = card.partition("*Missing:*")[2]
    return all(name in gaps for name in ("Prometheus", "Elasticsearch", "Kubernetes"))


async def test_backends_that_are_down(tmp_path: Path) -> None:
    async with seen(tmp_path, **backends(f"http://127.0.0.1:{free_port()}")) as (bot, server):
        card = await judged(bot, server)
        alerts = await asked(server, "/ops alerts")
        status = await asked(server, "/ops status")
    assert names_what_is_missing(card), card
    assert "No cause found yet" in card
    assert "Alertmanager" in alerts
    assert "HighErrorRate" in alerts
    assert all(name in status for name in ("Prometheus", "Alertmanager", "Elasticsearch", "Kubernetes"))


@pytest.mark.parametrize(
    "answer",
    [liar.nothing, liar.html, liar.cut_off, liar.broken, liar.wrong_shape, liar.flood],
    ids=lambda answer: str(answer.__name__),
)
async def test_backends_that_do_not_answer_or_lie(tmp_path: Path, answer: liar.Answer) -> None:
    async with (
        liar.lying_server(answer) as lying,
        seen(tmp_path, **backends(lying.url)) as (bot, server),
    ):
        card = await judged(bot, server)
        alerts = await asked(server, "/ops alerts payment")
    assert names_what_is_missing(card), card
    assert "HighErrorRate" in alerts
    assert "Traceback" not in bot.said


@pytest.mark.parametrize("name", ["prometheus_url", "elasticsearch_url", "kubernetes_url"])
async def test_one_slow_backend_alone(tmp_path: Path, name: str) -> None:
    async with liar.lying_server(liar.nothing) as lying:
        absent: Json = dict.fromkeys(
            ("prometheus_url", "alertmanager_url", "elasticsearch_url", "kubernetes_url")
        )
        settings = {
            k: v for k, v in (backends(lying.url) | absent | {name: lying.url}).items() if v is not None
        }
        # The first read also loads its client, which alone takes a second on a busy machine.
        settings |= {"read_timeout_seconds": 3.0, "investigate_timeout_seconds": 20.0}
        async with seen(tmp_path, **settings) as (bot, server):
            card = await judged(bot, server)
            assert lying.asked
    assert names_what_is_missing(card), card


async def test_slack_is_down_at_the_start_and_comes_up_later(tmp_path: Path) -> None:
    port, seed = free_port(), bot_seed()
    app = seed.apps[0]
    settings = {
        "slack_api_url": f"http://127.0.0.1:{port}/api/",
        "slack_bot_token": app.bot_token,
        "slack_app_token": app.app_token,
    }
    async with Product(tmp_path, **settings) as bot:
        assert await bot.deliver(delivery(alert())) == 200
        await eventually(lambda: bot.rows("select key from outbox where attempts > 0"), within=60)
        async with WorkspaceServer(seed, port=port, strict=True, rate_limits=None) as server:
            await eventually(lambda: len(details(server)) == 1, within=60)
            await server.workspace.wait_for(lambda _: server.gate.connected, timeout=60)
            assert "INC-1" in await asked(server, "/ops incidents")
            assert [key_of(one).partition(":")[0] for one in roots(server)] == ["card"]


@pytest.mark.slow(20)
async def test_slack_that_refuses_delays_and_loses_ends_in_one_root(tmp_path: Path) -> None:
    async with seen(tmp_path) as (bot, server):
        faults = server.workspace.faults
        faults.add(Fault("ratelimited", "chat.*", times=1))
        faults.add(Fault("server_error", "chat.*", times=1))
        faults.add(Fault("timeout", "chat.*", times=1, seconds=0.2))
        faults.add(Fault("lost_answer", "chat.*", times=1, seconds=0.2))
        faults.add(Fault("garbage", "chat.*", times=1))
        assert await bot.deliver(delivery(alert())) == 200
        await eventually(lambda: diagnosed(bot) and details(server), within=60)
        statuses = [
            call.status for call in server.workspace.recorder.calls() if call.name.startswith("chat.")
        ]
    assert len(roots(server)) == 1
    assert len(details(server)) == 1
    assert sum(status.startswith("fault") for status in statuses) == 5


async def test_without_a_webhook_token_nothing_gets_in_and_the_log_says_why(tmp_path: Path) -> None:
    async with Product(tmp_path, webhook_token="") as bot:
        guessed = await bot.deliver(delivery(alert()), token="")
        bare = await bot.deliver(delivery(alert()), token=None)
        assert {guessed, bare} <= {401, 403, 503}
        assert bot.rows("select count(*) from inbox") == [(0,)]


async def test_asked_to_end_in_the_middle_of_work_and_started_again(tmp_path: Path) -> None:
    async with (
        liar.lying_server(liar.nothing) as lying,
        seen(
            tmp_path,
            prometheus_url=lying.url,
            read_timeout_seconds=30,
            investigate_timeout_seconds=60,
            shutdown_grace_seconds=1,
        ) as (bot, server),
    ):
        assert await bot.deliver(delivery(alert())) == 200
        await eventually(lambda: lying.asked and roots(server), within=60)
        code = await bot.terminate()
        assert not diagnosed(bot)
        bot.settings |= {"read_timeout_seconds": 0.5, "investigate_timeout_seconds": 2}
        await bot.start()
        await eventually(lambda: diagnosed(bot), within=60)
        assert len(roots(server)) == len(details(server)) == 1
        assert await bot.broken_chains() == []
    assert code == 0


async def test_asked_to_end_while_slack_does_not_answer(tmp_path: Path) -> None:
    async with seen(tmp_path, shutdown_grace_seconds=1) as (bot, server):
        server.workspace.faults.add(Fault("lost_answer", "chat.postMessage", times=1, seconds=30))
        assert await bot.deliver(delivery(alert())) == 200
        await eventually(lambda: roots(server), within=60)
        assert await bot.terminate() == 0
        await bot.start()
        await eventually(lambda: diagnosed(bot) and details(server), within=60)
        await asyncio.sleep(0.2)
        assert len(roots(server)) == len(details(server)) == 1
