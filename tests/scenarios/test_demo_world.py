"""The demo's world, whole and with real backends: calm when healthy, and each fault raises its own alert."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from elasticsearch import AsyncElasticsearch

from demo.faults.catalogue import FAULTS
from demo.faults.door import DoorClosed, ask_door
from demo.shop.kube import KubeApi, KubeRefused
from tests.support.backends import eventually
from tests.support.stand import Named, Stand, standing

pytestmark = [pytest.mark.backend, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

DEPLOYMENTS = "/apis/apps/v1/namespaces/shop/deployments"
# Faults that are injected together because their alerts cannot be mistaken for each other's.
FIRST_ROUND: dict[str, set[Named]] = {
    "expired-certificate": {("CertificateExpired", "tutor"), ("HighErrorRate", "tutor")},
    "crash-loop": {("PodCrashLooping", "textbook"), ("ServiceDown", "textbook")},
    "pool-exhaustion": {("ConnectionPoolNearlyExhausted", "payment"), ("HighErrorRate", "checkout")},
    "memory-leak": {("ContainerMemoryNearLimit", "catalog"), ("ContainerOOMKilled", "catalog")},
    "noisy-neighbour": {("HighCPUUsage", "node-2")},
}
SECOND_ROUND: dict[str, set[Named]] = {
    "bad-deployment": {("HighErrorRate", name) for name in ("payment", "checkout", "storefront")},
    "slow-dependency": {("HighResponseTime", "ledger-db")},
    "cache-stampede": {("CacheHitRateLow", "catalog"), ("HighResponseTime", "catalog")},
    "expiring-certificate": {("CertificateExpiresSoon", "tutor")},
}
# These have worlds of their own: test_demo_mesh.py, and test_story_p0.py.
THIRD_ROUND = {"bad-instance", "front-page-rush", "service-down", "payment-outage"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stand(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stand]:
    async with standing(tmp_path_factory.mktemp("world")) as running:
        yield running


async def test_a_healthy_world_serves_its_users_and_raises_no_alert(stand: Stand) -> None:
    await eventually(lambda: sum(stand.world.users.answers.values()) > 100, within=30)
    answers = stand.world.users.answers
    assert await stand.calm()
    assert answers[200] > 0.9 * sum(answers.values())


async def test_every_scrape_target_is_up_and_carries_the_labels(stand: Stand) -> None:
    up = await stand.world.prometheus.query('up{job=~"ai-textbook-.*"}')
    services = {sample["metric"]["service"] for sample in up}
    assert services == {"storefront", "checkout", "payment", "ledger-db", "catalog", "textbook", "tutor"}
    assert {sample["value"][1] for sample in up} == {"1"}
    assert all({"namespace", "pod", "version", "node"} <= sample["metric"].keys() for sample in up)


async def test_two_hours_of_past_join_up_with_the_present(stand: Stand) -> None:
    rate = "sum by (service) (rate(http_requests_total[1m]{}))"
    then = await stand.world.prometheus.query(rate.replace("{}", " offset 1h"))
    now = await stand.world.prometheus.query(rate.replace("{}", ""))
    assert {s["metric"]["service"] for s in then} == {s["metric"]["service"] for s in now}


async def test_the_door_wants_its_token_and_knows_its_faults(stand: Stand) -> None:
    file = stand.world.settings.control_file
    listed = await ask_door(file, "GET", "/faults")
    with pytest.raises(DoorClosed, match="no fault is called"):
        await ask_door(file, "POST", "/faults/nonsense")
    forged = file.with_name("forged.json")
    forged.write_text(file.read_text().replace('"token": "', '"token": "x'))
    with pytest.raises(DoorClosed, match=r"control\.json"):
        await ask_door(forged, "GET", "/faults")

    assert [item["id"] for item in listed["faults"]] == [fault.name for fault in FAULTS]  # type: ignore[attr-defined]
    assert file.stat().st_mode & 0o777 == 0o600


async def test_the_bot_may_read_the_cluster_but_neither_change_it_nor_look_at_secrets(stand: Stand) -> None:
    touch = {"metadata": {"annotations": {"ops-monitor/looked": "yes"}}}
    async with KubeApi(stand.world.cluster.url, stand.world.bot_token) as bot:
        pods = await bot.pods("shop")
        with pytest.raises(KubeRefused, match="403"):
            await bot.call(
                "PATCH", f"{DEPLOYMENTS}/payment?dryRun=All", touch, media="application/merge-patch+json"
            )
        with pytest.raises(KubeRefused, match="403"):
            await bot.call("GET", "/api/v1/namespaces/shop/secrets")
        with pytest.raises(KubeRefused, match="403"):
            await bot.call("DELETE", f"{DEPLOYMENTS}/payment")

    assert len(pods) == 15
    assert stand.world.kubeconfig_file.stat().st_mode & 0o777 == 0o600


async def test_each_fault_has_its_round() -> None:
    assert {fault.name for fault in FAULTS} == FIRST_ROUND.keys() | SECOND_ROUND.keys() | THIRD_ROUND


@pytest.mark.parametrize("name", FIRST_ROUND)
async def test_a_fault_of_the_first_round_raises_its_alerts(stand: Stand, name: str) -> None:
    await stand.inject(FIRST_ROUND)
    missing = set(FIRST_ROUND[name])

    async def all_seen() -> bool:
        missing.difference_update(await stand.firing())
        return not missing

    await eventually(all_seen, within=100, every=0.5)


async def test_alerts_reach_the_webhook_grouped_and_with_the_token(stand: Stand) -> None:
    token = stand.world.alert_token_file.read_text()
    bodies = await eventually(
        lambda: [b for b in stand.sink.bodies if b["groupLabels"].get("alertname") == "CertificateExpired"]
    )
    assert bodies[0]["groupLabels"] == {
        "alertname": "CertificateExpired",
        "cluster": "demo",
        "service": "tutor",
    }
    assert set(stand.sink.authorizations) == {f"Bearer {token}"}


async def test_clearing_the_first_round_brings_calm_and_resolved_webhooks(stand: Stand) -> None:
    for name in FIRST_ROUND:
        await stand.world.panel.turn(name, on=False)
    await stand.calms(within=90)

    def resolved() -> set[str]:
        return {b["groupLabels"]["alertname"] for b in stand.sink.bodies if b["status"] == "resolved"}

    expected = {alert for alerts in FIRST_ROUND.values() for alert, _ in alerts}
    await eventually(lambda: expected <= resolved(), within=20)


@pytest.mark.parametrize("name", SECOND_ROUND)
async def test_a_fault_of_the_second_round_raises_its_alerts(stand: Stand, name: str) -> None:
    await stand.inject(SECOND_ROUND)
    missing = set(SECOND_ROUND[name])

    async def all_seen() -> bool:
        missing.difference_update(await stand.firing())
        return not missing

    await eventually(all_seen, within=75, every=0.5)


async def test_the_bad_release_can_be_read_in_the_logs_and_in_the_cluster(stand: Stand) -> None:
    async with AsyncElasticsearch(stand.world.logstore_url) as client:
        found = await client.search(
            index="ai-textbook-*",
            query={
                "bool": {
                    "filter": [
                        {"term": {"level.keyword": "error"}},
                        {"term": {"service.keyword": "payment"}},
                        {"match_phrase": {"message": "Unhandled exception"}},
                    ]
                }
            },
            aggs={"versions": {"terms": {"field": "version.keyword"}}},
            size=1,
        )
    deployment = await stand.world.kube.deployment("shop", "payment")
    assert [bucket["key"] for bucket in found["aggregations"]["versions"]["buckets"]] == ["v2"]
    assert found["hits"]["hits"][0]["_source"]["kubernetes"]["labels"]["version"] == "v2"
    assert deployment["spec"]["template"]["spec"]["containers"][0]["image"] == "registry.example/payment:v2"


async def test_a_fault_is_over_when_its_cause_is_mended_by_other_hands(stand: Stand) -> None:
    rolled = {
        "spec": {
            "template": {
                "spec": {"containers": [{"name": "payment", "image": "registry.example/payment:v1"}]}
            }
        }
    }
    await stand.world.kube.patch_deployment("shop", "payment", rolled)
    for pod in await stand.world.kube.pods("shop"):
        if pod["metadata"]["labels"]["app"] in ("catalog", "ledger-db"):
            await stand.world.kube.call("DELETE", f"/api/v1/namespaces/shop/pods/{pod['metadata']['name']}")
    await stand.world.panel.turn("expiring-certificate", on=False)

    async def none_active() -> bool:
        return not [item for item in (await stand.world.panel.describe()).items if item.active]

    await eventually(none_active, within=30)
    await stand.calms(within=60)
