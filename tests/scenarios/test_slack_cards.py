"""Cards and their buttons on the real wire: one root message per incident, edited in place."""

from pathlib import Path

from agent.domain.incident import IncidentStatus
from tests.support.slackbot import running_bot
from tests.support.workspace import MINA


async def test_an_incident_becomes_one_card_with_a_thread(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        incident = await bot.card(await bot.declare())
        place = incident.conversation
        await bot.server.workspace.wait_for(lambda ws: ws.replies(place.channel, place.ts or ""))

        root = bot.message(place.channel, place.ts or "")
        [details] = bot.server.workspace.replies(place.channel, place.ts or "")

    assert root["blocks"][0]["text"]["text"] == "🔴 P1 · payment — high error rate"
    assert details["blocks"][0]["text"]["text"] == f"*Details of {incident.name}*"


async def test_acknowledge_and_resolve_edit_the_same_message(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        incident = await bot.card(await bot.declare())
        channel, ts = incident.conversation.channel, incident.conversation.ts or ""

        clicked = await bot.server.workspace.click(MINA, channel, ts, "incident.acknowledge")
        await bot.server.workspace.wait_for(lambda _: "is on it" in str(bot.message(channel, ts)["blocks"]))
        await bot.server.workspace.click(MINA, channel, ts, "incident.resolve")
        await bot.server.workspace.wait_for(lambda _: "🟢" in str(bot.message(channel, ts)["blocks"]))
        async with bot.store.read() as tx:
            after = await tx.incidents.get(incident.id)
        roots = [m for m in bot.server.workspace.history(channel) if m.get("thread_ts", m["ts"]) == m["ts"]]

    assert clicked.ok
    assert after is not None
    assert (after.status, after.acknowledged_by) == (IncidentStatus.RESOLVED, MINA)
    assert len(roots) == 1
