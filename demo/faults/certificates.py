"""Faults of the model gateway's certificate: renewals have failed, and the time that is left runs out."""

import asyncio
import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from demo.faults.fault import NAMESPACE, Stage
from demo.shop.kube import CUSTOM_MERGE
from demo.shop.model_gateway import NAME

GATEWAY = f"/apis/gateway.networking.k8s.io/v1/namespaces/{NAMESPACE}/gateways/{NAME}"
CERTIFICATES = f"/apis/cert-manager.io/v1/namespaces/{NAMESPACE}/certificates"
SECRETS = f"/api/v1/namespaces/{NAMESPACE}/secrets"
# After so many failures cert-manager waits for more than a day before it tries again on its own.
FAILED_ATTEMPTS = 6
ISSUED_AGO = timedelta(days=85)
SERVED_WITHIN = 10.0


@dataclass(frozen=True, slots=True)
class RunDownCertificate:
    """What the gateway presents ends soon, or has ended, and nobody renews it; a renewal by hand mends it."""

    name: str
    title: str
    description: str
    ends: timedelta
    # Between which remaining times the fault counts as there.
    least: timedelta
    most: timedelta

    async def inject(self, stage: Stage) -> None:
        """Let renewals have failed, and put an old chain in place of the good one."""
        certificate = await _certificate(stage)
        now = datetime.now(UTC)
        # The failures come first: they keep cert-manager from renewing the old chain at once.
        failures = {"failedIssuanceAttempts": FAILED_ATTEMPTS, "lastFailureTime": _stamp(now)}
        path = f"{CERTIFICATES}/{certificate['metadata']['name']}/status"
        await stage.kube.call("PATCH", path, {"status": failures}, media=CUSTOM_MERGE)
        made = await stage.gateway.authority.issue(NAME, starts=-ISSUED_AGO, ends=self.ends)
        chain = {
            "tls.crt": await asyncio.to_thread(made.certificate.read_bytes),
            "tls.key": await asyncio.to_thread(made.key.read_bytes),
        }
        data = {name: base64.b64encode(content).decode() for name, content in chain.items()}
        secret = f"{SECRETS}/{certificate['spec']['secretName']}"
        await stage.kube.call("PATCH", secret, {"data": data}, media=CUSTOM_MERGE)
        await self._until(stage, present=True)

    async def clear(self, stage: Stage) -> None:
        """Ask for a renewal as a person would."""
        if not await self.active(stage):
            return
        certificate = await _certificate(stage)
        conditions = certificate.get("status", {}).get("conditions") or []
        asked = {
            "type": "Issuing",
            "status": "True",
            "reason": "ManuallyTriggered",
            "message": "Certificate re-issuance manually triggered",
            "lastTransitionTime": _stamp(datetime.now(UTC)),
        }
        rest = [item for item in conditions if item["type"] != "Issuing"]
        path = f"{CERTIFICATES}/{certificate['metadata']['name']}/status"
        await stage.kube.call("PATCH", path, {"status": {"conditions": [*rest, asked]}}, media=CUSTOM_MERGE)
        await self._until(stage, present=False)

    async def active(self, stage: Stage) -> bool:
        """Tell whether the presented certificate is so near its end."""
        return self.least <= stage.gateway.expires - datetime.now(UTC) < self.most

    async def _until(self, stage: Stage, *, present: bool) -> None:
        async with asyncio.timeout(SERVED_WITHIN):
            while await self.active(stage) != present:
                await asyncio.sleep(0.05)


async def _certificate(stage: Stage) -> dict[str, Any]:
    """Return the Certificate behind the Secret that the gateway presents now."""
    gateway = await stage.kube.call("GET", GATEWAY)
    secret = gateway["spec"]["listeners"][0]["tls"]["certificateRefs"][0]["name"]
    found: list[dict[str, Any]] = (await stage.kube.call("GET", CERTIFICATES))["items"]
    return next(item for item in found if item["spec"]["secretName"] == secret)


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


EXPIRED_CERTIFICATE = RunDownCertificate(
    name="expired-certificate",
    title="Expired certificate of the model gateway",
    description="The TLS certificate that tutor relies on expires; every answer of tutor fails.",
    ends=timedelta(hours=-1),
    least=timedelta(days=-3650),
    most=timedelta(0),
)
EXPIRING_CERTIFICATE = RunDownCertificate(
    name="expiring-certificate",
    title="Certificate of the model gateway ends in 5 days",
    description="Renewals of the TLS certificate that tutor relies on have failed; it ends in 5 days. Nothing fails yet.",
    ends=timedelta(days=5),
    least=timedelta(0),
    most=timedelta(days=7),
)
