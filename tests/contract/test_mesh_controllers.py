"""What the demo plays of gateways, cert-manager and the Job controllers, as their own users see it in the objects."""

import copy
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from demo.cluster.status import ApiError
from demo.mesh.certmanager import backoff_of
from demo.mesh.objects import decoded
from tests.support.backends import eventually
from tests.support.street import ROUTE, Street, manifest, standby, street
from tools.connectors.writers import CERTIFICATES, GATEWAYS, PODS

CERTIFICATE = ("cert-manager.io", "certificates", "model-gateway")
GATEWAY = ("gateway.networking.k8s.io", "gateways", "model-gateway")


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Street]:
    gateways = [item for item in manifest("traffic") if item["kind"] == "Gateway"]
    async with street(tmp_path, *manifest("certificate"), *gateways) as found:
        yield found


def condition(item: dict[str, Any] | None, kind: str) -> dict[str, Any]:
    """Return a condition of an object or of a part of its status."""
    found = (item or {}).get("status", item or {}).get("conditions") or []
    return next((entry for entry in found if entry["type"] == kind), {})


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


async def test_a_certificate_gets_its_secret_and_says_until_when_it_is_valid(town: Street) -> None:
    certificate, secret = town.object(*CERTIFICATE), town.object("", "secrets", "model-gateway-tls")
    assert certificate is not None
    assert secret is not None
    status = certificate["status"]
    ends, due = (datetime.fromisoformat(status[name]) for name in ("notAfter", "renewalTime"))
    assert condition(certificate, "Ready")["status"] == "True"
    assert status["revision"] == 1
    assert ends - due == timedelta(hours=360)
    assert secret["type"] == "kubernetes.io/tls"
    assert secret["metadata"]["annotations"]["cert-manager.io/certificate-name"] == "model-gateway"
    assert decoded(secret, "tls.crt").startswith("-----BEGIN CERTIFICATE-----")


async def change_status(town: Street, status: dict[str, Any]) -> None:
    await town.admin.patch(
        CERTIFICATES, "shop", "model-gateway", {"status": status}, kind="merge", subresource="status"
    )


async def put_old_chain(town: Street, ends: timedelta) -> None:
    made = await town.gateway.authority.issue("model-gateway", starts=timedelta(days=-89), ends=ends)
    secret = copy.deepcopy(town.object("", "secrets", "model-gateway-tls"))
    assert secret is not None
    await town.apply(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "model-gateway-tls", "namespace": "shop"},
            "type": "kubernetes.io/tls",
            "stringData": {"tls.crt": made.certificate.read_text(), "tls.key": made.key.read_text()},
        }
    )


async def test_what_is_due_is_renewed_by_itself(town: Street) -> None:
    await put_old_chain(town, timedelta(days=3))

    def renewed() -> bool:
        found = town.object(*CERTIFICATE)
        return bool(found and found["status"]["revision"] == 2)

    await eventually(renewed, every=0.05)
    assert condition(town.object(*CERTIFICATE), "Issuing") == {}


async def test_after_failed_attempts_it_waits_and_says_that_it_has_expired(town: Street) -> None:
    await change_status(
        town, {"failedIssuanceAttempts": 3, "lastFailureTime": stamp(datetime.now(UTC) - timedelta(hours=3))}
    )
    await put_old_chain(town, timedelta(hours=-1))
    ready = await eventually(
        lambda: (found := condition(town.object(*CERTIFICATE), "Ready"))["status"] == "False" and found
    )
    assert ready["reason"] == "Expired"
    assert town.object(*CERTIFICATE)["status"]["revision"] == 1  # type: ignore[index]
    long_ago = stamp(datetime.now(UTC) - timedelta(hours=5))
    await change_status(town, {"lastFailureTime": long_ago})
    await eventually(lambda: town.object(*CERTIFICATE)["status"]["revision"] == 2)  # type: ignore[index]


def test_the_wait_doubles_up_to_its_bound() -> None:
    hours = [backoff_of(number) / timedelta(hours=1) for number in range(1, 9)]
    assert hours == [1, 2, 4, 8, 16, 32, 32, 32]


async def test_a_gateway_whose_secret_is_missing_says_so_and_goes_on_with_the_old_one(town: Street) -> None:
    before = town.gateway.expires
    [listener] = (await town.admin.get(GATEWAYS, "shop", "model-gateway"))["spec"]["listeners"]
    broken = {**listener, "tls": {"mode": "Terminate", "certificateRefs": [{"name": "nothing"}]}}
    await town.admin.patch(GATEWAYS, "shop", "model-gateway", {"spec": {"listeners": [broken]}}, kind="merge")

    def refused() -> dict[str, Any] | None:
        gateway = town.object(*GATEWAY)
        assert gateway is not None
        found = condition(gateway["status"]["listeners"][0], "ResolvedRefs")
        return found if found["status"] == "False" else None

    told = await eventually(refused, every=0.02)
    assert (told["reason"], told["message"]) == ("InvalidCertificateRef", "Secret nothing does not exist")
    assert told["observedGeneration"] == 2
    assert town.gateway.expires == before


async def test_a_route_is_accepted_and_misses_a_backend_that_does_not_exist(tmp_path: Path) -> None:
    async with street(tmp_path, *manifest("textbook"), ROUTE) as town:
        route = ("gateway.networking.k8s.io", "httproutes", "textbook")

        def parent() -> dict[str, Any]:
            found = town.object(*route)
            assert found is not None
            return dict(found["status"]["parents"][0])

        accepted, missing = condition(parent(), "Accepted"), condition(parent(), "ResolvedRefs")
        await town.apply(*standby("textbook"))
        await eventually(lambda: condition(parent(), "ResolvedRefs")["status"] == "True")

    assert accepted["status"] == "True"
    assert (missing["reason"], missing["message"]) == (
        "BackendNotFound",
        "Service textbook-standby does not exist",
    )


async def test_a_relabelled_pod_leaves_the_endpoints_and_comes_back_to_its_old_owner(tmp_path: Path) -> None:
    async with street(tmp_path, *manifest("textbook")) as town:
        one, _ = await town.open("textbook", 2)
        pod = town.pod(one)
        assert pod is not None
        owner = pod["metadata"]["ownerReferences"]
        town.cluster.halt("deployments")

        def listed() -> set[str]:
            subsets = (town.object("", "endpoints", "textbook") or {}).get("subsets") or []
            return {entry["targetRef"]["name"] for subset in subsets for entry in subset.get("addresses", [])}

        await eventually(lambda: len(listed()) == 2, every=0.02)
        await town.admin.patch(PODS, "shop", one, {"metadata": {"labels": {"app": "apart"}}})
        await eventually(lambda: one not in listed() and len(listed()) == 2, every=0.02)
        assert "ownerReferences" not in town.pod(one)["metadata"]  # type: ignore[index]
        await town.admin.patch(PODS, "shop", one, {"metadata": {"labels": {"app": "textbook"}}})

        def settled() -> bool:
            found = town.cluster.store.select(("", "pods"), "shop")
            return len(found) == 2 and all(item["metadata"]["ownerReferences"] == owner for item in found)

        await eventually(settled, every=0.02)


async def test_old_jobs_of_a_cron_job_are_cleared_away(tmp_path: Path) -> None:
    async with street(tmp_path, *manifest("jobs")) as town:
        cron = town.object("batch", "cronjobs", "shop-checks")
        assert cron is not None
        owner = {
            "apiVersion": "batch/v1",
            "kind": "CronJob",
            "name": "shop-checks",
            "uid": cron["metadata"]["uid"],
            "controller": True,
        }
        for number in range(3):
            # Without a storefront every check fails, and the CronJob keeps one failure.
            job = {**cron["spec"]["jobTemplate"], "apiVersion": "batch/v1", "kind": "Job"}
            job["metadata"] = {"name": f"run-{number}", "namespace": "shop", "ownerReferences": [owner]}
            await town.apply(job)

        def left() -> bool:
            jobs = town.cluster.store.select(("batch", "jobs"), "shop")
            return len(jobs) == 1 and condition(jobs[0], "Failed").get("status") == "True"

        await eventually(left, every=0.05)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"schedule": "every day"}, "expected exactly 5 fields"),
        ({"schedule": ""}, "Required value"),
    ],
)
async def test_a_cron_job_that_could_never_run_is_refused(
    town: Street, change: dict[str, Any], why: str
) -> None:
    cron = copy.deepcopy(manifest("jobs")[0])
    cron["spec"] |= change
    with pytest.raises(ApiError, match=why):
        await town.apply(cron)
