"""Webhook to card: from the moment a webhook is sent to the moment its root message stands in the local workspace.

Method: the product runs in a process of its own, connected to the local workspace over Socket Mode, with the
workspace's rate limits off. 120 incidents (30 with --quick), each of a service of its own, are delivered one every
0.5 s in turn to the three alert channels' priorities; the card's time is the `ts` that the workspace gave it, read on
the same clock. No backend is configured, so the figure is the bot's own path: HTTP, commit, stages, outbox, Slack
call. The bot has been ready for 5 s when it begins.
"""

import asyncio
import tempfile
import time
from pathlib import Path

import aiohttp

from bench.bot import Bot, send
from bench.figures import options, percentile, report
from bench.payloads import alert, delivery
from bench.slack import new_workspace, roots, settings_for

SEVERITIES = ("critical", "warning", "low")


async def _deliver(bot: Bot, incidents: int) -> dict[str, float]:
    sent = {}
    async with aiohttp.ClientSession() as http:
        for number in range(incidents):
            service = f"card-{number:03d}"
            body = alert(service, "HighErrorRate", 0, severity=SEVERITIES[number % len(SEVERITIES)])
            sent[service] = time.time()
            status, _ = await send(http, bot, delivery(service, "HighErrorRate", [body]))
            if status >= 300:
                raise RuntimeError(f"the bot answered {status}")
            await asyncio.sleep(0.5)
    return sent


async def _run(incidents: int) -> dict[str, float | int]:
    with tempfile.TemporaryDirectory() as folder:
        async with (
            new_workspace(rate_limits=None) as server,
            Bot(Path(folder), settings_for(server)) as bot,
        ):
            sent = await _deliver(bot, incidents)
            for _ in range(100):
                if len(roots(server)) >= incidents:
                    break
                await asyncio.sleep(0.1)
            cards = roots(server)
    times = {
        s: float(c["ts"])
        for c in cards
        for s in sent
        if s in str(c.get("text", "")) + str(c.get("blocks", ""))
    }
    took = [times[service] - at for service, at in sent.items() if service in times]
    return {
        "incidents": len(took),
        "missing": incidents - len(took),
        "p50_s": percentile(took, 0.5),
        "p95_s": percentile(took, 0.95),
        "p99_s": percentile(took, 0.99),
    }


def main() -> None:
    """Run the benchmark."""
    chosen = options(__doc__ or "")
    report(asyncio.run(_run(30 if chosen.quick else 120)), only_json=chosen.json)


if __name__ == "__main__":
    main()
