"""The demo's mesh with a real fault: one bad copy of a service, and the circuit breaker that takes it out.

A service that hangs and a rush raise their alerts beside it: they have to do with other services.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.backends import eventually
from tests.support.stand import Stand, standing

pytestmark = [pytest.mark.backend, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

BREAKER = {
    "apiVersion": "networking.istio.io/v1",
    "kind": "DestinationRule",
    "metadata": {"name": "checkout", "namespace": "shop"},
    "spec": {
        "host": "checkout",
        "trafficPolicy": {
            "outlierDetection": {
                "consecutive5xxErrors": 3,
                "interval": "5s",
                "baseEjectionTime": "120s",
                "maxEjectionPercent": 50,
            }
        },
    },
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stand(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stand]:
    async with standing(tmp_path_factory.mktemp("mesh")) as running:
        yield running


@pytest.mark.timeout(400)
async def test_each_fault_of_the_third_round_raises_its_alert_and_a_breaker_ends_what_users_see_of_the_first(
    stand: Stand,
) -> None:
    missing = {
        ("HighErrorRate", "checkout"),
        ("ServiceDown", "textbook"),
        ("HighResponseTime", "storefront"),
    }
    await stand.inject(["bad-instance", "service-down", "front-page-rush"])

    async def seen() -> bool:
        missing.difference_update(await stand.firing())
        return not missing

    await eventually(seen, within=120, every=0.5)
    for name in ("service-down", "front-page-rush"):
        await stand.world.panel.turn(name, on=False)
    await stand.world.cluster.apply(BREAKER)
    await stand.calms(within=200)
    ejected = await stand.world.prometheus.query("envoy_cluster_outlier_detection_ejections_active > 0")

    assert {sample["metric"]["cluster_name"] for sample in ejected} == {
        "outbound|80||checkout.shop.svc.cluster.local"
    }
    assert [item.id for item in (await stand.world.panel.describe()).items if item.active] == ["bad-instance"]
