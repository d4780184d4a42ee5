"""The same app over Slack's signed HTTP requests."""

import hashlib
import hmac
import json
import time
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from agent.store.engine import open_store
from demo.workspace.server import WorkspaceServer
from tests.support.slackbot import Bot, bot_seed, started_bot
from tests.support.workspace import MINA


async def serve(bot: Bot) -> tuple[web.AppRunner, str]:
    app = web.Application()
    app.router.add_post("/slack/events", bot.door.handle_http)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"


def signed(body: str, secret: str, at: float) -> dict[str, str]:
    """Return the headers with which Slack signs a request."""
    stamp = str(int(at))
    digest = hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    form = "application/x-www-form-urlencoded"
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}", "Content-Type": form}


async def test_an_old_or_forged_signature_is_refused_and_a_repeat_counts_once(tmp_path: Path) -> None:
    """Whoever has recorded a click may send it again; nothing more must come of it."""
    async with WorkspaceServer(bot_seed(), strict=True, rate_limits=None) as server:
        store = await open_store(f"sqlite:///{tmp_path / 'bot.db'}")
        async with started_bot(server, store, slack_mode="http", guarded=True) as bot:
            runner, url = await serve(bot)
            await server.use_http(url)
            incident = await bot.card(await bot.declare())
            action = await bot.recovery.waiting(incident.id)
            payload = {
                "type": "block_actions",
                "team": {"id": "T0DEMO0001"},
                "user": {"id": MINA, "team_id": "T0DEMO0001"},
                "trigger_id": "1.2.abc",
                "container": {
                    "type": "message",
                    "message_ts": "1.1",
                    "channel_id": incident.conversation.channel,
                },
                "channel": {"id": incident.conversation.channel, "name": "alerts"},
                "actions": [
                    {"type": "button", "action_id": "action.approve", "value": action.id, "action_ts": "1.3"}
                ],
            }
            body = urlencode({"payload": json.dumps(payload)})
            secret, now = server.workspace.state.app.seed.signing_secret, time.time()
            refused = [
                signed(body, secret, now - 301),
                signed(body, "another", now),
                signed("x", secret, now),
            ]
            async with aiohttp.ClientSession() as http:

                async def sent(headers: dict[str, str]) -> int:
                    async with http.post(url, data=body, headers=headers) as answer:
                        return answer.status

                turned_away = [await sent(headers) for headers in refused]
                votes = bot.recovery.asked("vote")
                taken = [await sent(signed(body, secret, now)) for _ in range(3)]
                await server.workspace.wait_for(lambda _: 3 == len(bot.recovery.asked("vote")))
            keys = {vote["key"] for vote in bot.recovery.asked("vote")}
            await runner.cleanup()
        await store.close()

    assert [401, 401, 401] == turned_away
    assert [] == votes
    assert [200, 200, 200] == taken
    assert 1 == len(keys)


async def test_signed_requests_are_answered_and_unsigned_ones_refused(tmp_path: Path) -> None:
    async with WorkspaceServer(bot_seed(), strict=True, rate_limits=None) as server:
        store = await open_store(f"sqlite:///{tmp_path / 'bot.db'}")
        async with started_bot(server, store, slack_mode="http") as bot:
            runner, url = await serve(bot)
            verified = await server.use_http(url)
            await server.workspace.slash(MINA, "#general", "/ops status")
            await server.workspace.wait_for(lambda ws: ws.whispers(MINA, "#general"))
            incident = await bot.card(await bot.declare())
            channel, ts = incident.conversation.channel, incident.conversation.ts or ""
            await server.workspace.click(MINA, channel, ts, "incident.acknowledge")
            await server.workspace.wait_for(lambda _: "is on it" in str(bot.message(channel, ts)["blocks"]))
            async with (
                aiohttp.ClientSession() as session,
                session.post(url, json={"type": "event_callback"}) as answer,
            ):
                refused = answer.status
            await runner.cleanup()
        await store.close()

    assert verified
    assert refused == 401
    assert bot.desk.lines == ["status"]
