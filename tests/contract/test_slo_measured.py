"""Objectives measured on a real Prometheus whose last ninety days were filled in, beside the truth that they were made of."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from tests.support.backends import prometheus_with_past
from tests.support.slo_history import DAY, Shop, Trouble, availability, openmetrics
from tools.connectors.prometheus import PrometheusMetrics
from tools.sla_tracker.measure import Course, Meter

pytestmark = [pytest.mark.backend, pytest.mark.asyncio(loop_scope="module")]
SCRAPE = 60
HUNDREDTH_OF_A_POINT = 0.0001


@dataclass(frozen=True, slots=True)
class Stand:
    """The store, what is in it, and when it was filled."""

    metrics: PrometheusMetrics
    shops: dict[str, Shop]
    now: datetime

    async def course(self, service: str, days: float, **more: object) -> Course:
        slo = availability(service, days, **more)
        return await Meter(self.metrics).course(slo, self.now - timedelta(days=days), self.now, self.now)

    def truth(self, course: Course, service: str, days: float) -> tuple[float, float]:
        end = course.until.timestamp()
        return self.shops[service].truth(self.now.timestamp() - days * DAY, end)


def _shops(now: float) -> dict[str, Shop]:
    made = (
        Shop("steady", 5.0),
        Shop(
            "shaky",
            5.0,
            troubles=[
                Trouble(now - 80 * DAY, now - 80 * DAY + 7200, 0.5),
                Trouble(now - 12 * DAY, now - 12 * DAY + 180, 1.0),
                Trouble(now - 2 * DAY, now - 2 * DAY + 2400, 0.3),
            ],
            resets=[now - day * DAY + 1234 for day in range(3, 88, 4)],
            gaps=[(now - 40 * DAY, now - 40 * DAY + 21_600), (now - 5 * DAY, now - 5 * DAY + 900)],
        ),
        Shop("idle", 0.0, pods=1),
    )
    return {shop.service: shop for shop in made}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stand(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stand]:
    now = int(time.time()) // SCRAPE * SCRAPE
    shops = _shops(now)
    text = openmetrics(shops.values(), now - 91 * DAY, now, SCRAPE)
    home = tmp_path_factory.mktemp("prometheus")
    async with await prometheus_with_past(home, text, retention="120d") as server:
        reader = PrometheusMetrics(server.url, timeout_seconds=20)
        yield Stand(reader, shops, datetime.fromtimestamp(now, UTC))
        await reader.close()


def _sums(course: Course) -> tuple[float, float]:
    total = sum(one.total or 0.0 for one in course.counts)
    return total - sum(one.bad or 0.0 for one in course.counts), total


@pytest.mark.parametrize("days", [90, 30, 7, 1])
@pytest.mark.parametrize("service", ["steady", "shaky"])
async def test_within_a_hundredth_of_a_point_of_the_truth(stand: Stand, service: str, days: int) -> None:
    course = await stand.course(service, days)

    good, total = _sums(course)
    true_good, true_total = stand.truth(course, service, days)
    print(service, days, good / total, true_good / true_total, total / true_total)
    assert abs(good / total - true_good / true_total) < HUNDREDTH_OF_A_POINT
    assert total == pytest.approx(true_total, rel=0.005)
