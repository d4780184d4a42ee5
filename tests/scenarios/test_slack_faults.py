"""Slack having a bad day: rate limits, errors, lost answers, refused channels, repeated deliveries, restarts."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from agent.domain.incident import IncidentStatus, Priority
from agent.store.engine import open_store
from agent.transport.outbox_pacing import OutboxLimits
from demo.workspace.faults import Fault
from demo.workspace.rate import RateLimits
from demo.workspace.server import WorkspaceServer
from tests.support.backends import eventually
from tests.support.slackbot import FAST, Bot, bot_seed, running_bot, started_bot
from tests.support.workspace import JUN, MINA

CRITICAL = "#alerts-critical"


def roots(bot: Bot, channel: str) -> list[dict[str, Any]]:
    return [m for m in bot.server.workspace.history(channel) if m.get("thread_ts", m["ts"]) == m["ts"]]


@pytest.mark.parametrize("kind", ["server_error", "garbage"])
async def test_errors_of_slack_delay_a_card_but_never_double_it(tmp_path: Path, kind: Any) -> None:
    async with running_bot(tmp_path) as bot:
        bot.server.workspace.faults.add(Fault(kind, "chat.postMessage", times=2))
        incident = await bot.card(await bot.declare())

    assert len(roots(bot, CRITICAL)) == 1
    assert incident.conversation.ts == roots(bot, CRITICAL)[0]["ts"]


async def test_a_rate_limit_is_waited_out(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        bot.server.workspace.faults.add(Fault("ratelimited", "chat.postMessage", times=1, retry_after=1))
        await bot.card(await bot.declare())
        posts = bot.calls("chat.postMessage")

    assert len(roots(bot, CRITICAL)) == 1
    assert bot.calls("conversations.history") == []
    assert len(posts) >= 2


async def test_a_lost_answer_is_found_again_in_the_channel(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        original = bot.door.chat.post
        lost: list[str] = []

        async def post_and_lose(*args: Any, **kwargs: Any) -> Any:
            posted = await original(*args, **kwargs)
            if not lost:
                lost.append(posted.ts)
                raise asyncio.CancelledError
            return posted

        bot.door.chat.post = post_and_lose  # type: ignore[method-assign]
        incident = await bot.declare()
        await bot.server.workspace.wait_for(lambda _: lost)
        await bot.outbox.stop()
        bot.door.chat.post = original  # type: ignore[method-assign]
        async with started_bot(bot.server, bot.store) as again:
            again.outbox.wake()
            found = await again.card(incident)

    assert found.conversation.ts == lost[0]
    assert len(roots(bot, CRITICAL)) == 1


async def test_a_missing_channel_is_named_with_its_fix_and_heals(tmp_path: Path) -> None:
    seed = bot_seed()
    kept = tuple(channel for channel in seed.channels if channel.name != "alerts-critical")
    ids = {channel.id for channel in kept}
    seed = seed.model_copy(
        update={"channels": kept, "bot_channels": tuple(c for c in seed.bot_channels if c in ids)}
    )
    async with running_bot(tmp_path, chosen=seed) as bot:
        await bot.declare()
        await bot.server.workspace.wait_for(lambda _: bot.calls("conversations.list"))
        await eventually(lambda: bot.outbox.trouble)

    assert list(bot.outbox.trouble) == [CRITICAL]
    assert "Create it" in bot.outbox.trouble[CRITICAL]


async def test_a_channel_the_bot_is_not_in_is_joined(tmp_path: Path) -> None:
    seed = bot_seed().model_copy(update={"bot_channels": ()})
    async with running_bot(tmp_path, chosen=seed) as bot:
        await bot.card(await bot.declare())

    assert len(roots(bot, CRITICAL)) == 1
    assert len(bot.calls("conversations.join")) == 1


async def test_a_double_click_and_a_repeated_delivery_change_once(tmp_path: Path) -> None:
    async with running_bot(tmp_path, ack_seconds=1.0) as bot:
        incident = await bot.card(await bot.declare())
        channel, ts = incident.conversation.channel, incident.conversation.ts or ""
        bot.server.workspace.faults.lose_acks(1)
        await asyncio.gather(
            bot.server.workspace.click(MINA, channel, ts, "incident.acknowledge"),
            bot.server.workspace.click(JUN, channel, ts, "incident.acknowledge"),
        )
        await bot.server.workspace.wait_for(lambda _: "is on it" in str(bot.message(channel, ts)["blocks"]))
        async with bot.store.read() as tx:
            kinds = [event.kind.value for event in await tx.timeline.of(incident.id)]

    assert kinds.count("acknowledged") == 1


async def test_what_waited_is_delivered_after_a_restart(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    async with WorkspaceServer(bot_seed(), strict=True, rate_limits=None) as server:
        store = await open_store(url)
        async with started_bot(server, store) as bot:
            server.workspace.faults.add(Fault("server_error", "chat.postMessage"))
            incident = await bot.declare()
            await server.workspace.wait_for(lambda _: bot.calls("chat.postMessage"))
        await store.close()
        server.workspace.faults.clear()

        store = await open_store(url)
        async with started_bot(server, store) as bot:
            await bot.card(incident)
        await store.close()

    assert len(roots(bot, CRITICAL)) == 1


async def test_a_storm_of_changes_under_real_limits_ends_in_the_newest_state(tmp_path: Path) -> None:
    limits = OutboxLimits(post_burst=20, edit_burst=5, edits_per_second=5, edit_gap_seconds=0.1)
    tight = RateLimits(scale=6, burst=0.1, posting_burst=20)
    async with running_bot(tmp_path, limits=limits, rate_limits=tight) as bot:
        from agent.lifecycle.changes import note, resolve

        incidents = [await bot.declare(title=f"payment: Fault{n}", priority=Priority.P2) for n in range(5)]
        cards = [await bot.card(incident) for incident in incidents]
        for number in range(20):
            for incident in incidents:
                async with bot.store.write() as tx:
                    now = bot.services.clock.now()
                    await note(tx, bot.services.policies, incident.id, text=f"line {number}", by=MINA, at=now)
                bot.outbox.wake()
        worst = await bot.card(await bot.declare(title="payment: ServiceDown", priority=Priority.P0))
        for incident in incidents:
            async with bot.store.write() as tx:
                await resolve(tx, bot.services.policies, incident.id, by=MINA, at=bot.services.clock.now())
        bot.outbox.wake()
        places = [(card.conversation.channel, card.conversation.ts or "") for card in cards]
        await bot.server.workspace.wait_for(
            lambda _: all("🟢" in str(bot.message(*place)["blocks"]) for place in places), timeout=60
        )
        edits = len(bot.calls("chat.update"))

    assert worst.status is IncidentStatus.TRIAGE
    assert len(roots(bot, "#alerts-warning")) == 5
    assert edits < 60


async def test_reconnects_after_the_socket_was_dropped(tmp_path: Path) -> None:
    async with running_bot(tmp_path, limits=FAST) as bot:
        await bot.server.gate.drop()
        await bot.server.workspace.wait_for(lambda _: bot.server.gate.connected, timeout=60)
        await bot.server.workspace.slash(MINA, "#general", "/ops status")
        await bot.server.workspace.wait_for(lambda ws: ws.whispers(MINA, "#general"))

    assert bot.desk.lines == ["status"]
