"""Objectives measured on a real Prometheus whose last ninety days were filled in, beside what they were made of."""

import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.backends import prometheus_with_past
from tests.support.slo_history import DAY, Shop, Trouble, availability, openmetrics
from tools.connectors.prometheus import PrometheusMetrics
from tools.sla_tracker.judge import Judge
from tools.sla_tracker.measure import Meter
from tools.sla_tracker.promises import Promises

SCRAPE = 60
_DAYS = (90.0, 30.0, 7.0, 1.0)


async def furthest(folder: Path, services: int) -> tuple[float, int]:
    """Return by how many percentage points a measured SLI is off at most, and how many were measured."""
    now = int(time.time()) // SCRAPE * SCRAPE
    shops = [_shop(number, now) for number in range(services)]
    text = openmetrics(shops, now - 91 * DAY, now, SCRAPE)
    worst, measured = 0.0, 0
    async with await prometheus_with_past(folder, text, retention="120d") as server:
        reader = PrometheusMetrics(server.url, timeout_seconds=60)
        judge, moment = Judge(Meter(reader), Promises()), datetime.fromtimestamp(now, UTC)
        for shop in shops:
            for days in _DAYS:
                found = await judge.state(availability(shop.service, days), moment, moment)
                start = (moment - timedelta(days=days)).timestamp()
                good, total = shop.truth(start, now)
                if found.sli is None or total == 0:
                    raise RuntimeError(f"{shop.service} was not measured over {days:g} days")
                worst = max(worst, abs(found.sli - good / total) * 100)
                measured += 1
        await reader.close()
    return worst, measured


def _shop(number: int, now: float) -> Shop:
    """Return a service with outages, restarts and gaps of its own."""
    rng = random.Random(number)
    troubles = [
        Trouble(begin, begin + rng.randint(60, 7200), rng.choice((0.02, 0.2, 1.0)))
        for begin in (now - rng.uniform(0.5, 85) * DAY for _ in range(4))
    ]
    resets = [now - rng.uniform(1, 88) * DAY for _ in range(20)]
    gaps = [
        (begin, begin + rng.randint(300, 20_000))
        for begin in (now - rng.uniform(2, 85) * DAY for _ in range(3))
    ]
    return Shop(
        f"service-{number}", rng.choice((2.0, 20.0, 200.0)), troubles=troubles, resets=resets, gaps=gaps
    )
