"""The same app over Slack's signed HTTP requests."""

from pathlib import Path

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
