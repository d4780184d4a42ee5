"""Objectives measured on a real VictoriaMetrics, beside the truth and beside what Prometheus says of the same samples."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from agent.domain.evidence import EvidenceStatus, Window
from agent.domain.slo import Budgeting, Slo, SloState
from tests.support.backends import prometheus_with_past
from tests.support.metric_stores import VictoriaMetricsServer
from tests.support.slo_history import DAY, Shop, Trouble, availability, openmetrics
from tools.connectors.prometheus import PrometheusMetrics
from tools.sla_tracker.judge import Judge
from tools.sla_tracker.measure import Meter
from tools.sla_tracker.promises import Promises

pytestmark = [pytest.mark.backend, pytest.mark.asyncio(loop_scope="module")]
SCRAPE = 120
HUNDREDTH_OF_A_POINT = 0.0001


@dataclass(frozen=True, slots=True)
class Pair:
    """The two stores with the same samples in them."""

    victoria: PrometheusMetrics
    prometheus: PrometheusMetrics
    shops: dict[str, Shop]
    now: datetime

    async def states(self, slo: Slo) -> tuple[SloState, SloState]:
        """Judge an objective in the one and the other."""
        judges = (Judge(Meter(store), Promises()) for store in (self.victoria, self.prometheus))
        first, second = [await judge.state(slo, self.now, self.now) for judge in judges]
        return first, second

    def truth(self, service: str, days: float) -> float:
        """Return the share of good requests that the samples were made of."""
        good, total = self.shops[service].truth(self.now.timestamp() - days * DAY, self.now.timestamp())
        return good / total


def _shops(now: float) -> dict[str, Shop]:
    made = (
        Shop("steady", 20.0, pods=1, days=31),
        Shop(
            "shaky",
            5.0,
            days=31,
            troubles=[
                Trouble(now - 12 * DAY, now - 12 * DAY + 180, 1.0),
                Trouble(now - 2 * DAY, now - 2 * DAY + 2400, 0.3),
            ],
            resets=[now - day * DAY + 1234 for day in range(3, 30, 4)],
            gaps=[(now - 22 * DAY, now - 20 * DAY), (now - 5 * DAY, now - 5 * DAY + 900)],
        ),
        Shop("idle", 0.0, pods=1, days=2),
    )
    return {shop.service: shop for shop in made}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    now = int(time.time()) // SCRAPE * SCRAPE
    shops = _shops(now)
    text = openmetrics(shops.values(), now - 31 * DAY, now, SCRAPE)
    home = tmp_path_factory.mktemp("stores")
    async with (
        VictoriaMetricsServer(home / "victoria") as victoria,
        await prometheus_with_past(home / "prometheus", text, retention="60d") as prometheus,
    ):
        await victoria.fill(text)
        stores = [PrometheusMetrics(url, timeout_seconds=20) for url in (victoria.url, prometheus.url)]
        yield Pair(stores[0], stores[1], shops, datetime.fromtimestamp(now, UTC))
        for store in stores:
            await store.close()


@pytest.mark.parametrize("days", [30, 7, 1])
@pytest.mark.parametrize("service", ["steady", "shaky"])
async def test_both_stores_agree_within_a_hundredth_of_a_point(pair: Pair, service: str, days: int) -> None:
    victoria, prometheus = await pair.states(availability(service, days))

    assert victoria.sli is not None
    assert prometheus.sli is not None
    assert abs(victoria.sli - prometheus.sli) < HUNDREDTH_OF_A_POINT
    assert abs(victoria.sli - pair.truth(service, days)) < HUNDREDTH_OF_A_POINT
    assert prometheus.covered == pytest.approx(victoria.covered, abs=0.002)
    assert [one.seconds for one in prometheus.burn] == [one.seconds for one in victoria.burn]
    assert all(one.rate is not None for one in victoria.burn)


async def test_both_stores_agree_on_slices_of_time(pair: Pair) -> None:
    more: dict[str, Any] = {"budgeting": Budgeting.TIMESLICES, "slice_seconds": 300, "slice_target": 0.95}
    victoria, prometheus = await pair.states(availability("shaky", 30, **more))

    assert victoria.bad is not None
    assert victoria.bad >= 8
    assert prometheus.bad == pytest.approx(victoria.bad, abs=2)
    assert prometheus.total == pytest.approx(victoria.total, abs=3)


@pytest.mark.parametrize("service", ["idle", "nobody"])
async def test_no_traffic_and_no_service_are_no_data(pair: Pair, service: str) -> None:
    victoria, _ = await pair.states(availability(service, 30))

    assert (EvidenceStatus.NO_DATA, None, None) == (victoria.status, victoria.sli, victoria.left)


async def test_a_gap_is_no_data_and_what_it_hid_is_counted_where_it_ends(pair: Pair) -> None:
    slo = availability("shaky", 30)
    inside = Window(start=pair.now - timedelta(days=21.9), end=pair.now - timedelta(days=20.1))
    gap = await Judge(Meter(pair.victoria), Promises()).over(slo, inside, pair.now)
    victoria, prometheus = await pair.states(slo)

    assert (EvidenceStatus.NO_DATA, None) == (gap.status, gap.sli)
    assert victoria.total is not None
    assert prometheus.total is not None
    # This store knows the sample before a gap, so the requests in it are not lost; Prometheus leaves them out.
    assert 1.0 <= victoria.total / prometheus.total < 1.1
