"""The demo's world, whole and with real backends: calm when healthy, and each fault raises its own alert."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from demo.faults.catalogue import FAULTS
from demo.faults.door import DoorClosed, ask_door
from demo.shop.kube import KubeApi, KubeRefused
from tests.support.backends import eventually
from tests.support.stand import Named, Stand, standing

pytestmark = [
    pytest.mark.backend,
    pytest.mark.demo,
    pytest.mark.slow(110),
    pytest.mark.timeout(400),
    pytest.mark.asyncio(loop_scope="module"),
]

DEPLOYMENTS = "/apis/apps/v1/namespaces/shop/deployments"
# Injected together because their alerts cannot be mistaken for each other's.
FIRST_ROUND: dict[str, set[Named]] = {
    "expired-certificate": {("CertificateExpired", "tutor"), ("HighErrorRate", "tutor")},
    "crash-loop": {("PodCrashLooping", "textbook"), ("ServiceDown", "textbook")},
    "pool-exhaustion": {("ConnectionPoolNearlyExhausted", "payment"), ("HighErrorRate", "checkout")},
    "memory-leak": {("ContainerMemoryNearLimit", "catalog"), ("ContainerOOMKilled", "catalog")},
    "noisy-neighbour": {("HighCPUUsage", "node-2")},
}
# These are broken, and mended, by people in demos of their own; where the name of the fault stands.
ELSEWHERE = {
    "bad-deployment": "test_recovery_workloads.py",
    "slow-dependency": "../support/traffic.py",
    "cache-stampede": "test_recovery_cache.py",
    "front-page-rush": "test_recovery_cache.py",
    "expiring-certificate": "test_recovery_outages.py",
    "service-down": "test_recovery_outages.py",
    "bad-instance": "test_recovery_instance.py",
    "payment-outage": "../support/story.py",
    "falco-alert": "test_standing.py",
    "third-party-outage": "test_standing.py",
    "credential-stuffing": "test_standing.py",
    "token-burn": "test_standing.py",
    # Its rule waits for minutes even here: promtool has its cases, a unit the fault.
    "no-textbooks": "../unit/test_shop_matters.py",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stand(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stand]:
    async with standing(tmp_path_factory.mktemp("world")) as running:
        yield running


async def test_a_healthy_world_serves_its_users_and_raises_no_alert(stand: Stand) -> None:
    await eventually(lambda: sum(stand.world.users.answers.values()) > 100, within=60)
    answers = stand.world.users.answers
    assert set() == await stand.firing()
    assert answers[200] > 0.9 * sum(answers.values())


async def test_every_scrape_target_is_up_and_carries_the_labels(stand: Stand) -> None:
    expected = {"storefront", "checkout", "payment", "ledger-db", "catalog", "textbook", "tutor"}

    async def scraped() -> list[dict[str, Any]]:
        """Return every target once each of them has been scraped."""
        found = await stand.world.prometheus.query('up{job=~"ai-textbook-.*"}')
        answered = {"1"} == {sample["value"][1] for sample in found}
        return found if answered and expected == {one["metric"]["service"] for one in found} else []

    up = await eventually(scraped)
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


@pytest.mark.parametrize("fault", [fault.name for fault in FAULTS])
async def test_each_fault_is_broken_in_some_scenario(fault: str) -> None:
    if fault not in FIRST_ROUND:
        assert f'"{fault}"' in (Path(__file__).parent / ELSEWHERE[fault]).read_text("utf-8")


@pytest.mark.parametrize("name", FIRST_ROUND)
async def test_a_fault_of_the_first_round_raises_its_alerts(stand: Stand, name: str) -> None:
    await stand.inject(FIRST_ROUND)
    await stand.raises(FIRST_ROUND[name], within=180)


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
    await stand.calms(within=360)

    def resolved() -> set[str]:
        return {b["groupLabels"]["alertname"] for b in stand.sink.bodies if b["status"] == "resolved"}

    expected = {alert for alerts in FIRST_ROUND.values() for alert, _ in alerts}
    await eventually(lambda: expected <= resolved(), within=60)
