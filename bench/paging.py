"""A P0's page: from the webhook that tells of it to the moment the pager has accepted it.

Method: the product runs in a process of its own and is told of P0s (a payment service that is down, each in a cluster of its
own) over HTTP; a double of PagerDuty, written from its public documentation, notes when it accepts the Events v2 trigger of
each. Three rounds, each with a fresh bot that has been ready for 5 s (2 s with --quick):
`idle` (nothing else happens), `storm` (the P0s are
spread over a storm of 10,000 alerts of 40 faults in 60 s; 1,000 of 10 in 5 s with --quick) and `model_down` (the same storm
while the model's endpoint accepts connections and never answers). `p95_s` is the 95th percentile of the worst round; a page
that never came counts as infinite. `double` counts P0s whose pager was triggered more than once, `lost` those never paged.
"""

import asyncio
import json
import sqlite3
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import aiohttp

from bench.bot import Bot, send
from bench.figures import options, percentile, report
from bench.payloads import alert, delivery, storm
from demo.vendors.door import VendorServer
from demo.vendors.pagerduty import PagerDutyDouble

ROUTING_KEY = "0123456789abcdef0123456789abcdef"
BATCH = 20
VICTIM = "payment"
_PATIENCE = 30.0


class TimedPager(PagerDutyDouble):
    """Notes when the trigger of each deduplication key was accepted."""

    def __init__(self) -> None:
        super().__init__(ROUTING_KEY, "bench-api-key")
        self.accepted: dict[str, float] = {}
        self.triggers: Counter[str] = Counter()

    async def _apply(self, event: dict[str, Any], key: str) -> None:
        await super()._apply(event, key)
        if event["event_action"] == "trigger":
            self.accepted.setdefault(key, time.time())
            self.triggers[key] += 1


async def _p0(http: aiohttp.ClientSession, bot: Bot, number: int) -> float:
    """Tell of a P0 in a cluster of its own, and return when."""
    one = alert(VICTIM, "ServiceDown", number)
    one["labels"] |= {"cluster": _cluster(number), "namespace": _cluster(number)}
    one["fingerprint"] = f"{number:016x}"
    payload = delivery(VICTIM, "ServiceDown", [one])
    payload["groupKey"] = f"p0-{number}"
    sent = time.time()
    while (await send(http, bot, payload))[0] == 503:
        await asyncio.sleep(1)
    return sent


def _cluster(number: int) -> str:
    return f"cluster-{number}"


async def _storm(http: aiohttp.ClientSession, bot: Bot, alerts: int, faults: int, seconds: float) -> None:
    started, pause = time.perf_counter(), seconds / (alerts / BATCH)
    for number, payload in enumerate(storm(alerts, faults, BATCH)):
        await asyncio.sleep(max(0.0, started + number * pause - time.perf_counter()))
        while (await send(http, bot, payload))[0] == 503:
            await asyncio.sleep(1)


async def _tell(http: aiohttp.ClientSession, bot: Bot, count: int, pause: float) -> dict[int, float]:
    told: dict[int, float] = {}
    for number in range(count):
        await asyncio.sleep(pause)
        told[number] = await _p0(http, bot, number)
    return told


def _keys(bot: Bot) -> dict[str, str]:
    """Return the pager's key of each P0's incident, by its cluster."""
    with sqlite3.connect(f"file:{bot.database}?mode=ro", uri=True) as db:
        bodies = [json.loads(row[0]) for row in db.execute("select body from incidents")]
    return {body["cluster"]: f"ops-monitor-{body['id']}" for body in bodies}


async def _round(
    pauses: tuple[int, float],
    crowd: tuple[int, int, float] | None,
    settings: dict[str, str],
    settle: float,
) -> tuple[list[float], int]:
    """Return the seconds of each P0's page, and how many were triggered more than once."""
    count, pause = pauses
    pager = TimedPager()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        async with VendorServer(pager) as server:
            told = settings | {"pagerduty_routing_key": ROUTING_KEY, "pagerduty_events_url": server.url}
            async with Bot(Path(folder), told, settle=settle) as bot, aiohttp.ClientSession() as http:
                storming = asyncio.create_task(_storm(http, bot, *crowd)) if crowd is not None else None
                sent = await _tell(http, bot, count, pause)
                until = time.monotonic() + _PATIENCE
                while len(pager.accepted) < count and time.monotonic() < until:
                    await asyncio.sleep(0.1)
                if storming is not None:
                    await storming
                keys = _keys(bot)
    took = [
        pager.accepted.get(keys.get(_cluster(number), ""), float("inf")) - at for number, at in sent.items()
    ]
    return took, sum(many > 1 for many in pager.triggers.values())


async def _hanging() -> tuple[asyncio.Server, str]:
    """Open a door behind which nobody ever answers."""

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.read(65_536):
                pass
        finally:
            writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    return server, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def _run(quick: bool) -> dict[str, float | int]:
    count, idle_pause = (4, 0.3) if quick else (20, 1.0)
    crowd = (1_000, 10, 5.0) if quick else (10_000, 40, 60.0)
    pause = crowd[2] / (count + 1)
    settle = 2.0 if quick else 5.0
    server, url = await _hanging()
    async with server:
        model = {"anthropic_api_key": "bench-key", "anthropic_base_url": url, "shutdown_grace_seconds": "1"}
        rounds = {
            "idle": await _round((count, idle_pause), None, {}, settle),
            "storm": await _round((count, pause), crowd, {}, settle),
            "model_down": await _round((count, pause), crowd, model, settle),
        }
    figures: dict[str, float | int] = {"pages": sum(len(took) for took, _ in rounds.values())}
    for name, (took, _) in rounds.items():
        figures[f"{name}_p50_s"] = percentile(took, 0.5)
        figures[f"{name}_p95_s"] = percentile(took, 0.95)
    figures["p95_s"] = max(percentile(took, 0.95) for took, _ in rounds.values())
    figures["double"] = sum(double for _, double in rounds.values())
    figures["lost"] = sum(one == float("inf") for took, _ in rounds.values() for one in took)
    return figures


def main() -> None:
    """Run the benchmark."""
    chosen = options(__doc__ or "")
    report(asyncio.run(_run(chosen.quick)), only_json=chosen.json)


if __name__ == "__main__":
    main()
