"""Durable intake: webhooks stored (committed) before they are answered, and worked off as fast as they come.

Method: the product runs in a process of its own on SQLite with synchronous=FULL. Four senders post deliveries of 20
alerts, each waiting for its answer, 100,000 alerts in all (12,000 with --quick) of 200 services; a 503 is sent again
after a second, as Alertmanager does. `alerts_per_s` counts until every delivery has passed all stages, not until it
was answered. `p50_ms` and `p99_ms` are of the HTTP answers. `lost` = alerts sent and answered 2xx that the database
does not know afterwards. `rss_mb` is the largest resident memory seen; `rss_growth_mb` = last fifth against second
fifth. The bot has been ready for 5 s when it begins.
"""

import asyncio
import sqlite3
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp

from bench.bot import Bot, rss_mb, send
from bench.figures import options, percentile, report
from bench.payloads import storm

SENDERS = 4
BATCH = 20
SERVICES = 200


async def _sender(
    queue: asyncio.Queue[dict[str, Any]], http: aiohttp.ClientSession, bot: Bot, took: list[float]
) -> None:
    while not queue.empty():
        payload = queue.get_nowait()
        while True:
            status, seconds = await send(http, bot, payload)
            took.append(seconds)
            if status != 503:
                break
            await asyncio.sleep(1)
        if status >= 300:
            raise RuntimeError(f"the bot answered {status}")


async def _watch_memory(bot: Bot, seen: list[float]) -> None:
    while True:
        seen.append(rss_mb(bot.pid))
        await asyncio.sleep(0.5)


async def _drained(bot: Bot) -> None:
    with sqlite3.connect(f"file:{bot.database}?mode=ro", uri=True) as db:
        while db.execute("select count(*) from inbox where processed_at is null").fetchone()[0]:
            await asyncio.sleep(0.1)


def _stored(bot: Bot) -> int:
    with sqlite3.connect(f"file:{bot.database}?mode=ro", uri=True) as db:
        return int(db.execute("select count(*) from alerts").fetchone()[0])


async def _run(alerts: int) -> dict[str, float | int]:
    queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    distinct = set()
    for payload in storm(alerts, SERVICES, BATCH):
        queue.put_nowait(payload)
        distinct |= {a["fingerprint"] for a in payload["alerts"]}
    took: list[float] = []
    memory: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        async with Bot(Path(folder)) as bot, aiohttp.ClientSession() as http:
            watcher = asyncio.create_task(_watch_memory(bot, memory))
            started = time.perf_counter()
            await asyncio.gather(*(_sender(queue, http, bot, took) for _ in range(SENDERS)))
            await _drained(bot)
            seconds = time.perf_counter() - started
            watcher.cancel()
            lost = len(distinct) - _stored(bot)
    fifth = max(1, len(memory) // 5)
    return {
        "alerts_per_s": alerts / seconds,
        "p50_ms": percentile(took, 0.5) * 1000,
        "p99_ms": percentile(took, 0.99) * 1000,
        "lost": lost,
        "rss_mb": max(memory),
        "rss_growth_mb": max(memory[-fifth:]) - max(memory[fifth : 2 * fifth]),
        "alerts": alerts,
    }


def main() -> None:
    """Run the benchmark."""
    chosen = options(__doc__ or "")
    report(asyncio.run(_run(12_000 if chosen.quick else 100_000)), only_json=chosen.json)


if __name__ == "__main__":
    main()
