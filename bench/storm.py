"""An alert storm against a Slack that rations: few cards, nothing lost, P0 first, and people still get their ack.

Method: 10,000 alerts of 40 faults (one service each) arrive in 60 s in deliveries of 20 (2,000 of 10 faults in 12 s
with --quick); the local workspace applies its own rate limits and answers every tenth Web API call with 429. Half-way
a P0 arrives (a payment service that is down); `p0_card_s` is from its webhook to its root message. All along somebody
types `/ops help` every half second; `slack_ack_p99_ms` is the time until the workspace has the bot's ack.
`root_messages` are the cards in all channels two minutes after the storm at most, without the P0's, so that their floor is
`faults`; `lost` = alerts answered 2xx that the database does not know. The bot has been ready for 5 s when it begins.
"""

import asyncio
import sqlite3
import tempfile
import time
from pathlib import Path

import aiohttp

from bench.bot import Bot, send
from bench.figures import options, percentile, report
from bench.payloads import alert, delivery, storm
from bench.slack import new_workspace, roots, settings_for
from demo.workspace.faults import Fault
from demo.workspace.server import WorkspaceServer

BATCH = 20
VICTIM = "payment"


async def _send_storm(
    http: aiohttp.ClientSession, bot: Bot, alerts: int, seconds: float, faults: int
) -> set[str]:
    started, sent = time.perf_counter(), set()
    pause = seconds / (alerts / BATCH)
    for number, payload in enumerate(storm(alerts, faults, BATCH)):
        await asyncio.sleep(max(0.0, started + number * pause - time.perf_counter()))
        while (await send(http, bot, payload))[0] == 503:
            await asyncio.sleep(1)
        sent |= {a["fingerprint"] for a in payload["alerts"]}
    return sent


async def _send_p0(http: aiohttp.ClientSession, bot: Bot, server: WorkspaceServer, after: float) -> float:
    await asyncio.sleep(after)
    sent = time.time()
    await send(http, bot, delivery(VICTIM, "ServiceDown", [alert(VICTIM, "ServiceDown", 0)]))
    for _ in range(600):
        for card in roots(server):
            if VICTIM in str(card.get("text", "")):
                return float(card["ts"]) - sent
        await asyncio.sleep(0.1)
    return float("inf")


async def _type_commands(server: WorkspaceServer) -> None:
    while True:
        await server.workspace.slash("mina", "general", "/ops help")
        await asyncio.sleep(0.5)


def _unknown(bot: Bot, sent: set[str]) -> int:
    with sqlite3.connect(f"file:{bot.database}?mode=ro", uri=True) as db:
        return len(sent - {row[0] for row in db.execute("select fingerprint from alerts")})


async def _settled(bot: Bot, server: WorkspaceServer) -> None:
    with sqlite3.connect(f"file:{bot.database}?mode=ro", uri=True) as db:
        for _ in range(240):
            waiting = db.execute("select count(*) from inbox where processed_at is null").fetchone()[0]
            incidents = db.execute("select count(*) from incidents").fetchone()[0]
            if not waiting and len(roots(server)) >= incidents:
                return
            await asyncio.sleep(0.5)


async def _run(alerts: int, seconds: float, faults: int) -> dict[str, float | int]:
    with tempfile.TemporaryDirectory() as folder:
        async with new_workspace() as server, Bot(Path(folder), settings_for(server)) as bot:
            server.workspace.faults.add(Fault("ratelimited", method="chat.*", every=10))
            async with aiohttp.ClientSession() as http:
                typing = asyncio.create_task(_type_commands(server))
                sent, p0 = await asyncio.gather(
                    _send_storm(http, bot, alerts, seconds, faults), _send_p0(http, bot, server, seconds / 2)
                )
                await _settled(bot, server)
                typing.cancel()
            acks = [r.ms for r in server.workspace.recorder.deliveries("slash")]
            return {
                "alerts": alerts,
                "faults": faults,
                "root_messages": len(roots(server)) - 1,
                "lost": _unknown(bot, sent),
                "p0_card_s": p0,
                "slack_ack_p99_ms": percentile(acks, 0.99),
                "slack_acks": len(acks),
            }


def main() -> None:
    """Run the benchmark."""
    chosen = options(__doc__ or "")
    figures = asyncio.run(_run(2_000, 12, 10) if chosen.quick else _run(10_000, 60, 40))
    report(figures, only_json=chosen.json)


if __name__ == "__main__":
    main()
