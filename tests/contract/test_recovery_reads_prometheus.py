"""An alert's own expression and the error budget, asked of a real Prometheus that evaluates the shipped rules' shapes."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from agent.domain.evidence import Reading
from agent.domain.results import TableResult
from tests.support.backends import MetricsPage, PrometheusServer, ScrapeJob, Target, eventually, metrics_page
from tools.connectors.prometheus import PrometheusMetrics
from tools.metrics_collector.expression_reads import ExpressionParams, ExpressionRead
from tools.sla_tracker.reads import BudgetParams, BudgetRead

pytestmark = [pytest.mark.slow(16), pytest.mark.backend, pytest.mark.asyncio(loop_scope="module")]
RATIO = (
    '(sum(rate(http_requests_total{status=~"5.."}[10s])) by (service)'
    " / sum(rate(http_requests_total[10s])) by (service)) > 0.05"
)
RULES = {
    "g": {
        "groups": [
            {
                "name": "g",
                "rules": [
                    {"alert": "HighErrorRate", "expr": RATIO, "labels": {"severity": "critical"}},
                    {"alert": "PoolFull", "expr": "max by (service) (in_use / size) > 0.9", "labels": {}},
                    {
                        "alert": "Renamed",
                        "expr": 'label_replace(in_use >= 5, "owner", "$1", "service", "(.*)")',
                        "labels": {},
                    },
                    {"alert": "EndsSoon", "expr": "ends_at - time() < 7 * 86400 and ends_at - time() > 0"},
                ],
            }
        ]
    }
}


class Shop:
    """Counts requests of two services, one of which fails."""

    def __init__(self, page: MetricsPage) -> None:
        self.page = page
        self.good = self.bad = 0
        self.failing = True
        self.in_use = 19

    def tick(self) -> None:
        self.good += 20
        self.bad += 20 if self.failing else 0
        soon = datetime.now(UTC).timestamp() + 86_400
        failures = f'http_requests_total{{service="payment",status="500"}} {self.bad}' if self.failing else ""
        self.page.text = "\n".join(
            (
                "# TYPE http_requests_total counter",
                f'http_requests_total{{service="payment",status="200"}} {self.good}',
                f'http_requests_total{{service="checkout",status="200"}} {self.good}',
                failures,
                f'in_use{{service="payment"}} {self.in_use}',
                'size{service="payment"} 20',
                f'ends_at{{service="tutor",target="gateway"}} {soon}',
                "",
            )
        )

    async def run(self) -> None:
        while True:
            self.tick()
            await asyncio.sleep(0.5)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page() -> AsyncIterator[MetricsPage]:
    async with metrics_page() as served:
        yield served


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(page: MetricsPage) -> AsyncIterator[Shop]:
    made = Shop(page)
    task = asyncio.create_task(made.run())
    yield made
    task.cancel()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def metrics(
    tmp_path_factory: pytest.TempPathFactory, page: MetricsPage, shop: Shop
) -> AsyncIterator[PrometheusMetrics]:
    home: Path = tmp_path_factory.mktemp("prometheus")
    drop = ({"regex": "job|instance", "action": "labeldrop"},)
    server = PrometheusServer(
        home, jobs=[ScrapeJob("shop", metric_relabel=drop)], rules=RULES, interval="500ms", lookback="3s"
    )
    async with server:
        server.set_targets("shop", [Target(page.address)])
        reader = PrometheusMetrics(server.url, timeout_seconds=30)
        yield reader
        await reader.close()


async def asked(metrics: PrometheusMetrics, rule: str, **labels: str) -> dict[str, str]:
    reading = await look(metrics, rule, **labels)
    return {row[0]: row[1] for row in reading.result.rows} if isinstance(reading.result, TableResult) else {}


async def look(metrics: PrometheusMetrics, rule: str, **labels: str) -> Reading:
    params = ExpressionParams(rule=rule, labels={"alertname": rule, "severity": "critical", **labels})
    return await ExpressionRead(metrics).run(params, datetime.now(UTC))


async def test_the_expression_of_a_failing_service_holds_and_that_of_its_neighbour_does_not(
    metrics: PrometheusMetrics, shop: Shop
) -> None:
    async def failing() -> bool:
        told = await asked(metrics, "HighErrorRate", service="payment")
        return told.get("holds") == "yes" and float(told["value"]) > 0.4

    await eventually(failing, within=60)
    neighbour = await asked(metrics, "HighErrorRate", service="checkout")

    assert ("no", "0.0") == (neighbour["holds"], neighbour["value"])
    assert "10 s" == neighbour["looks back"]


async def test_aggregations_renamed_labels_and_dates_have_values_too(
    metrics: PrometheusMetrics, shop: Shop
) -> None:
    pool = await asked(metrics, "PoolFull", service="payment")
    renamed = await asked(metrics, "Renamed", service="payment", owner="payment")
    certificate = await asked(metrics, "EndsSoon", service="tutor", target="gateway")

    assert ("yes", 0.95) == (pool["holds"], float(pool["value"]))
    assert ("yes", 19.0, 5.0) == (
        renamed["holds"],
        float(renamed["value"]),
        float(renamed["threshold"]),
    )
    assert "yes" == certificate["holds"]
    assert 80_000 < float(certificate["value"]) < 86_500


async def test_the_budget_counts_what_failed(metrics: PrometheusMetrics, shop: Shop) -> None:
    read, now = BudgetRead(metrics), datetime.now(UTC)
    spent = await read.run(BudgetParams(service="payment"), now)
    whole = await read.run(BudgetParams(service="checkout"), now)

    assert spent.value is not None
    assert whole.value is not None
    assert (0.0, 1.0) == (spent.value.value, whole.value.value)


async def test_when_the_failures_vanish_the_expression_reads_zero(
    metrics: PrometheusMetrics, shop: Shop
) -> None:
    shop.failing = False

    async def well() -> bool:
        told = await asked(metrics, "HighErrorRate", service="payment")
        return (told.get("holds"), told.get("value")) == ("no", "0.0")

    await eventually(well, within=60)


async def test_a_service_that_is_gone_has_no_value(metrics: PrometheusMetrics) -> None:
    told = await asked(metrics, "HighErrorRate", service="nobody")

    assert "no" == told["holds"]
    assert "value" not in told
