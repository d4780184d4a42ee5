"""The demo's mesh with a real fault: one bad copy of a service, and the circuit breaker that takes it out."""

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
async def test_one_bad_instance_raises_its_alert_and_a_circuit_breaker_ends_what_users_see(
    stand: Stand,
) -> None:
    await stand.inject(["bad-instance"])

    async def seen() -> bool:
        return ("HighErrorRate", "checkout") in await stand.firing()

    await eventually(seen, within=120, every=0.5)
    await stand.world.cluster.apply(BREAKER)
    await stand.calms(within=200)
    ejected = await stand.world.prometheus.query("envoy_cluster_outlier_detection_ejections_active > 0")

    assert {sample["metric"]["cluster_name"] for sample in ejected} == {
        "outbound|80||checkout.shop.svc.cluster.local"
    }
    assert [item.id for item in (await stand.world.panel.describe()).items if item.active] == ["bad-instance"]
