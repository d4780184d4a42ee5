"""Objectives measured on a real Prometheus whose last ninety days were filled in, beside the truth that they were made of."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from agent.analysis.slo import tally
from agent.domain.evidence import EvidenceStatus, Window
from agent.domain.results import PictureResult
from agent.domain.slo import Budgeting, Slo
from demo.shop.baseline import openmetrics as shops_past
from tests.support.alerts import shipped_policies
from tests.support.backends import prometheus_with_past
from tests.support.slo_history import DAY, Shop, Trouble, availability, joined, openmetrics
from tools.charts import ChartSpec
from tools.connectors.prometheus import PrometheusMetrics
from tools.pictures import Pictures
from tools.sla_tracker.judge import Judge
from tools.sla_tracker.measure import Course, Meter
from tools.sla_tracker.objective_reads import (
    BudgetChartParams,
    BudgetChartRead,
    ObjectiveParams,
    ObjectiveRead,
)
from tools.sla_tracker.promises import Promises
from tools.sla_tracker.reads import BudgetParams, BudgetRead

pytestmark = [pytest.mark.backend, pytest.mark.asyncio(loop_scope="module")]
SCRAPE = 120
HUNDREDTH_OF_A_POINT = 0.0001


@dataclass(frozen=True, slots=True)
class Stand:
    """The store, what is in it, and when it was filled."""

    metrics: PrometheusMetrics
    shops: dict[str, Shop]
    now: datetime

    def judge(self, *slos: Slo) -> Judge:
        return Judge(Meter(self.metrics), Promises(lambda: slos))

    async def course(self, slo: Slo, days: float) -> Course:
        return await Meter(self.metrics).course(slo, self.now - timedelta(days=days), self.now, self.now)

    def truth(self, course: Course, service: str) -> tuple[float, float]:
        first, last = course.counts[0].start.timestamp(), course.until.timestamp()
        return self.shops[service].truth(first, last)


def _shops(now: float) -> dict[str, Shop]:
    made = (
        Shop("steady", 5.0, pods=1),
        Shop(
            "shaky",
            5.0,
            troubles=[
                Trouble(now - 80 * DAY, now - 80 * DAY + 7200, 0.5),
                Trouble(now - 12 * DAY, now - 12 * DAY + 180, 1.0),
                Trouble(now - 2 * DAY, now - 2 * DAY + 2400, 0.3),
            ],
            resets=[now - day * DAY + 1234 for day in range(3, 88, 4)],
            gaps=[(now - 40 * DAY, now - 30 * DAY), (now - 5 * DAY, now - 5 * DAY + 900)],
        ),
        Shop("burning", 20.0, pods=1, days=2, troubles=[Trouble(now - 2400, now, 0.2)]),
        Shop("idle", 0.0, pods=1, days=2),
    )
    return {shop.service: shop for shop in made}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stand(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stand]:
    now = int(time.time()) // SCRAPE * SCRAPE
    shops = _shops(now)
    text = joined(openmetrics(shops.values(), now - 91 * DAY, now, SCRAPE), shops_past(now, rate=12.0))
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
    course = await stand.course(availability(service, days), days)

    (good, total), (true_good, true_total) = _sums(course), stand.truth(course, service)
    assert abs(good / total - true_good / true_total) < HUNDREDTH_OF_A_POINT
    assert total == pytest.approx(true_total, rel=0.005)


async def test_what_nobody_scraped_is_no_data_and_the_rest_is_judged(stand: Stand) -> None:
    slo = availability("shaky", 90)
    state = await stand.judge(slo).state(slo, stand.now, stand.now)
    inside = Window(start=stand.now - timedelta(days=39), end=stand.now - timedelta(days=31))
    gap = await stand.judge(slo).over(slo, inside, stand.now)

    assert state.covered == pytest.approx(80 / 90, abs=0.002)
    assert (EvidenceStatus.NO_DATA, None, 0.0) == (gap.status, gap.sli, gap.covered)


@pytest.mark.parametrize("service", ["idle", "nobody"])
async def test_no_traffic_and_no_service_are_no_data(stand: Stand, service: str) -> None:
    slo = availability(service, 30)
    state = await stand.judge(slo).state(slo, stand.now, stand.now)

    assert (EvidenceStatus.NO_DATA, None, None) == (state.status, state.sli, state.left)
    assert all(one.rate is None for one in state.burn)


async def test_the_budget_and_its_burn_are_those_of_the_truth(stand: Stand) -> None:
    slo = availability("burning", 30)
    state = await stand.judge(slo).state(slo, stand.now, stand.now)
    course = await stand.course(slo, 30)
    good, total = stand.truth(course, "burning")

    assert state.spent == pytest.approx((total - good) / (total * 0.001), rel=0.05)
    assert state.exhausted_at == stand.now
    burns = {one.seconds: one.rate for one in state.burn}
    assert burns[300] == pytest.approx(200, rel=0.05)
    assert burns[3600] == pytest.approx(0.2 * 1000 * 39 / 59, rel=0.05)


async def test_slices_of_time_are_bad_where_the_truth_says_so(stand: Stand) -> None:
    more: dict[str, Any] = {"budgeting": Budgeting.TIMESLICES, "slice_seconds": 300, "slice_target": 0.95}
    slo = availability("shaky", 30, **more)
    state = await stand.judge(slo).state(slo, stand.now, stand.now)
    window = Window(start=stand.now - timedelta(days=30), end=stand.now)
    course = await stand.course(slo, 30)

    bad = 0
    for count in course.counts:
        good, total = stand.shops["shaky"].truth(count.start.timestamp(), count.end.timestamp())
        bad += total > 0 and good / total < 0.95
    assert bad >= 8
    # A slice at the very edge of a trouble may fall to either side.
    assert state.bad == pytest.approx(bad, abs=2)
    assert "slices" == state.unit
    assert tally(slo, course.counts, window, stand.now, ()).total == state.total


class Easel:
    """Keeps what it is asked to draw."""

    def __init__(self) -> None:
        self.specs: list[ChartSpec] = []

    async def draw(self, spec: ChartSpec) -> bytes:
        self.specs.append(spec)
        return b"png"

    async def close(self) -> None:
        return None


async def test_the_reads_tell_and_draw_the_same(stand: Stand) -> None:
    slo = availability("steady", 30, target=0.99)
    judge, easel = stand.judge(slo), Easel()
    name = slo.name
    budget = await BudgetRead(stand.metrics, judge).run(BudgetParams(service="steady"), stand.now)
    one = await ObjectiveRead(judge).run(ObjectiveParams(objective=name), stand.now)
    chart = await BudgetChartRead(judge, easel, Pictures()).run(BudgetChartParams(objective=name), stand.now)

    assert budget.value is not None
    assert one.value is not None
    assert chart.value is not None
    assert budget.value.value == pytest.approx(0.97, abs=0.005)
    assert one.value.value == pytest.approx(0.9997, abs=HUNDREDTH_OF_A_POINT)
    assert chart.value.value == pytest.approx(budget.value.value, abs=1e-4)
    assert isinstance(chart.result, PictureResult)
    assert len(easel.specs[0].lines[0].points) > 100
    assert await stand.metrics.instant(chart.query, stand.now)


# The past that the demo invents for itself.


async def test_the_demos_budgets_read_sensibly(stand: Stand) -> None:
    slos = shipped_policies().slos.objectives
    judge = stand.judge(*slos)
    names = ("payment", "checkout", "tutor", "catalog", "storefront", "textbook")
    left = {}
    for name in names:
        slo = judge.promises.of_service(name)
        assert slo is not None
        state = await judge.state(slo, stand.now, stand.now)
        left[name] = state.left
        assert state.covered > 0.95

    known = {name: value for name, value in left.items() if value is not None}
    assert set(names) == set(known)
    assert known["tutor"] < 0 < known["payment"] < known["checkout"] < known["catalog"] < 1


async def test_rates_know_no_seam_between_the_coarse_and_the_fine_past(stand: Stand) -> None:
    start, end = stand.now - timedelta(minutes=110), stand.now - timedelta(minutes=1)
    query = 'sum(rate(http_requests_total{service="payment"}[5m]))'
    fine = await stand.metrics.range(query, start, end, 60)
    day = await stand.metrics.range(query, stand.now - timedelta(hours=23), start - timedelta(minutes=30), 60)
    before = await stand.metrics.range(query, start - timedelta(days=3), stand.now - timedelta(hours=25), 60)
    hourly = await stand.metrics.range(
        'sum(increase(http_requests_total{service="payment"}[1h]))', stand.now - timedelta(hours=10), end, 600
    )

    assert all(2.3 < value < 4.3 for _, value in fine[0].points)
    assert 100 < len(fine[0].points)
    # The last day is counted in small steps, and goes at the same pace.
    assert [] == [(at, value) for at, value in day[0].points if not 2.3 < value < 4.3]
    # Live rates must not mix with samples of every half hour.
    assert () == before
    # Only across the seam an hour is not whole: an increase is stretched by no more than its usual distance of samples.
    shares = [value / (12 * 0.27 * 3600) for _, value in hourly[0].points]
    assert all(0.45 < share < 1.15 for share in shares)
    assert sum(share > 0.85 for share in shares) > 0.8 * len(shares)
