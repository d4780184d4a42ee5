"""Renewing a certificate and changing a gateway's, seen where it counts: in real TLS handshakes."""

import asyncio
import contextlib
import copy
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from agent.errors import BadInput, Conflict, NotFound
from demo.faults.certificates import EXPIRED_CERTIFICATE, EXPIRING_CERTIFICATE
from demo.faults.fault import Stage
from demo.shop.kube import KubeApi
from tests.support.backends import eventually
from tests.support.cluster_data import TOKENS
from tests.support.street import Street, manifest, settled, street
from tools.base import CheckState, Happened
from tools.connectors.writers import CERTIFICATES, GATEWAYS
from tools.incident_responder.writes.certificates import RenewCertificate
from tools.incident_responder.writes.gateways import GatewayParams, UpdateGatewayCertificate
from tools.incident_responder.writes.marks import ACTION
from tools.incident_responder.writes.naming import Named

NAME = Named(namespace="shop", name="model-gateway")
SPARE = GatewayParams(namespace="shop", gateway="model-gateway", secret="model-gateway-standby-tls")
CERTIFICATE = ("cert-manager.io", "certificates", "model-gateway")


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Street]:
    gateway = [item for item in manifest("traffic") if item["kind"] == "Gateway"]
    async with street(tmp_path, *manifest("certificate"), *gateway) as found:
        yield found


@contextlib.asynccontextmanager
async def stage(town: Street) -> AsyncIterator[Stage]:
    async with KubeApi(town.cluster.url, TOKENS["admin"]) as kube:
        yield Stage(kube, town.runtime, town.gateway)


async def served(town: Street) -> str:
    """Return the certificate that a handshake shows."""
    host, port = town.gateway.url.removeprefix("https://").split(":")
    return await asyncio.to_thread(ssl.get_server_certificate, (host, int(port)), timeout=30)


async def handshake(town: Street) -> str:
    """Return "ok", or why a client that checks refuses."""
    host, port = town.gateway.url.removeprefix("https://").split(":")
    trust = ssl.create_default_context(cafile=str(town.gateway.authority_file))
    try:
        _, writer = await asyncio.open_connection(host, int(port), ssl=trust, server_hostname="model-gateway")
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    writer.close()
    with contextlib.suppress(ssl.SSLError, OSError):
        await writer.wait_closed()
    return "ok"


def now() -> datetime:
    return datetime.now(UTC)


async def test_a_renewed_certificate_is_really_served_after_an_expired_one(town: Street) -> None:
    async with stage(town) as world:
        await EXPIRED_CERTIFICATE.inject(world)
        broken = await handshake(town)
        status = town.object(*CERTIFICATE)["status"]  # type: ignore[index]
        write = RenewCertificate(town.writer, ("shop",))
        plan = await write.plan(NAME, now())
        untouched = town.object(*CERTIFICATE)["status"]  # type: ignore[index]
        await write.apply(NAME, plan, "act-1")
        state = await settled(write, NAME, plan, "act-1")
        await eventually(lambda: not town.gateway.expired, every=0.02)
        mended = await handshake(town)
        still_active = await EXPIRED_CERTIFICATE.active(world)

    assert broken == "certificate has expired"
    assert status["failedIssuanceAttempts"] == 6
    assert [c["type"] for c in untouched["conditions"] if c["status"] == "True"] == []
    assert plan.facts["ready"] is False
    assert plan.args["days"].startswith("-0")
    assert state is CheckState.DONE
    assert (mended, still_active) == ("ok", False)
    after = town.object(*CERTIFICATE)["status"]  # type: ignore[index]
    assert after["revision"] == 2
    assert "failedIssuanceAttempts" not in after


async def test_a_certificate_that_ends_soon_works_until_then_and_is_renewed_before(town: Street) -> None:
    async with stage(town) as world:
        await EXPIRING_CERTIFICATE.inject(world)
        soon = await handshake(town)
        left = town.gateway.expires - now()
        write = RenewCertificate(town.writer, ("shop",))
        plan = await write.plan(NAME, now())
        await write.apply(NAME, plan, "act-1")
        state = await settled(write, NAME, plan, "act-1")
        await eventually(lambda: town.gateway.expires - now() > timedelta(days=80), every=0.02)

    assert soon == "ok"
    assert timedelta(days=4) < left < timedelta(days=6)
    assert plan.args["days"] == "5"
    assert state is CheckState.DONE


async def test_clearing_a_certificate_fault_renews_as_a_person_would(town: Street) -> None:
    async with stage(town) as world:
        await EXPIRED_CERTIFICATE.inject(world)
        assert await EXPIRED_CERTIFICATE.active(world)
        await EXPIRED_CERTIFICATE.clear(world)
        assert not await EXPIRED_CERTIFICATE.active(world)
    assert await handshake(town) == "ok"


async def test_a_renewal_is_asked_for_once_and_is_known_afterwards_without_its_trigger(town: Street) -> None:
    write = RenewCertificate(town.writer, ("shop",))
    plan = await write.plan(NAME, now())
    assert await write.happened(NAME, plan, "act-1") is Happened.NO
    await write.apply(NAME, plan, "act-1")
    assert await write.happened(NAME, plan, "act-1") is Happened.YES
    assert await settled(write, NAME, plan, "act-1") is CheckState.DONE
    assert await write.happened(NAME, plan, "act-1") is Happened.YES
    with pytest.raises(Conflict, match="renewed since"):
        await write.apply(NAME, plan, "act-2")
    assert town.object(*CERTIFICATE)["status"]["revision"] == 2  # type: ignore[index]
    with pytest.raises(BadInput, match="cannot be taken back"):
        await write.undo(NAME, plan, "undo-1")


async def test_a_certificate_that_was_changed_since_the_preview_is_not_renewed(town: Street) -> None:
    write = RenewCertificate(town.writer, ("shop",))
    plan = await write.plan(NAME, now())
    await town.admin.patch(
        CERTIFICATES, "shop", "model-gateway", {"spec": {"dnsNames": ["other"]}}, kind="merge"
    )
    with pytest.raises(Conflict):
        await write.apply(NAME, plan, "act-1")
    assert town.object(*CERTIFICATE)["status"]["revision"] == 1  # type: ignore[index]


async def test_a_failed_renewal_says_so(town: Street) -> None:
    write = RenewCertificate(town.writer, ("shop",))
    plan = await write.plan(NAME, now())
    refused = {"type": "Issuing", "status": "False", "reason": "Failed", "message": "the authority said no"}
    await town.admin.patch(
        CERTIFICATES,
        "shop",
        "model-gateway",
        {"status": {"conditions": [refused]}},
        kind="merge",
        subresource="status",
    )
    check = await write.check(NAME, plan, "act-1")
    assert check.state is CheckState.FAILED
    assert check.detail == "cert-manager could not issue it: the authority said no"


async def test_another_secret_is_really_served_and_the_undo_serves_the_old_one(town: Street) -> None:
    write = UpdateGatewayCertificate(town.writer, ("shop",))
    first = await served(town)
    plan = await write.plan(SPARE, now())
    await write.apply(SPARE, plan, "act-1")
    state = await settled(write, SPARE, plan, "act-1")
    second = await served(town)
    await write.undo(SPARE, plan, "undo-1")
    undone = await settled(write, SPARE, plan, "undo-1", undo=True)
    third = await served(town)

    assert [(c.path, c.before, c.after) for c in plan.changes] == [
        ("spec.listeners[https].tls.certificateRefs", "model-gateway-tls", "model-gateway-standby-tls")
    ]
    assert (plan.args["old"], plan.args["secret"]) == ("model-gateway-tls", "model-gateway-standby-tls")
    assert (state, undone) == (CheckState.DONE, CheckState.DONE)
    assert second != first
    assert third == first
    assert await write.happened(SPARE, plan, "act-1") is Happened.YES
    assert await write.undone(SPARE, plan, "undo-1") is Happened.YES


async def test_an_expired_certificate_is_left_behind_by_switching_to_the_spare_one(town: Street) -> None:
    async with stage(town) as world:
        await EXPIRED_CERTIFICATE.inject(world)
        write = UpdateGatewayCertificate(town.writer, ("shop",))
        plan = await write.plan(SPARE, now())
        await write.apply(SPARE, plan, "act-1")
        await settled(write, SPARE, plan, "act-1")
        mended = await handshake(town)
        back = GatewayParams(namespace="shop", gateway="model-gateway", secret="model-gateway-tls")
        with pytest.raises(BadInput, match="is not ready, or has expired"):
            await write.plan(back, now())
    assert mended == "ok"


async def test_only_a_ready_certificate_for_the_listeners_name_may_be_presented(town: Street) -> None:
    write = UpdateGatewayCertificate(town.writer, ("shop",))
    other = copy.deepcopy(manifest("certificate")[0])
    other["metadata"]["name"] = other["spec"]["secretName"] = "other"
    other["spec"]["dnsNames"] = ["elsewhere.example"]
    await town.apply(other)
    await eventually(lambda: town.object("", "secrets", "other"), every=0.02)
    await eventually(
        lambda: (town.object("cert-manager.io", "certificates", "other") or {}).get("status"), every=0.02
    )
    for secret, why in (
        ("other", "no TLS listener of model-gateway serves that"),
        ("model-gateway-tls", "already"),
        ("nothing", "keeps a Secret nothing"),
    ):
        with pytest.raises(BadInput, match=why):
            await write.plan(GatewayParams(namespace="shop", gateway="model-gateway", secret=secret), now())
    with pytest.raises(BadInput, match="no TLS listener of edge"):
        await write.plan(SPARE.model_copy(update={"gateway": "edge"}), now())


async def test_a_gateway_that_was_changed_since_the_preview_is_left_alone(town: Street) -> None:
    write = UpdateGatewayCertificate(town.writer, ("shop",))
    plan = await write.plan(SPARE, now())
    gateway = await town.admin.get(GATEWAYS, "shop", "model-gateway")
    [listener] = gateway["spec"]["listeners"]
    changed = {"spec": {"listeners": [{**listener, "port": 8443}]}}
    await town.admin.patch(GATEWAYS, "shop", "model-gateway", changed, kind="merge")
    with pytest.raises(Conflict):
        await write.apply(SPARE, plan, "act-1")
    after = await town.admin.get(GATEWAYS, "shop", "model-gateway")
    assert ACTION not in after["metadata"].get("annotations", {})
    assert after["spec"]["listeners"][0]["port"] == 8443


async def test_what_is_not_there_or_not_ours_is_refused(town: Street) -> None:
    renew = RenewCertificate(town.writer, ("shop",))
    with pytest.raises(NotFound):
        await renew.plan(Named(namespace="shop", name="nothing"), now())
    with pytest.raises(BadInput, match="only in: shop"):
        await renew.plan(Named(namespace="kube-system", name="model-gateway"), now())


@pytest.mark.parametrize("name", ["../x", "a/b", "*", "", "A", "a" * 300])
def test_hostile_names_never_reach_the_cluster(name: str) -> None:
    with pytest.raises(ValidationError):
        GatewayParams(namespace="shop", gateway=name, secret="a")
    with pytest.raises(ValidationError):
        GatewayParams(namespace="shop", gateway="a", secret=name)
