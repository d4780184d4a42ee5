"""The demo's delivery pipeline: tells the bot of a release as a real one would, by a signed webhook, and when it is out."""

import argparse
import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

from demo.faults.door import write_private
from demo.settings import DemoSettings
from demo.shop.kube import KubeApi

SECRET_FILE = "deployment-secret"
_LOOK_SECONDS = 0.5
_PATIENCE_SECONDS = 120.0


def deployment_secret(home: Path) -> str:
    """Return the secret that the pipeline shares with the bot; it is made once and readable by its owner only."""
    file = home / SECRET_FILE
    if not file.exists():
        write_private(file, secrets.token_urlsafe(24))
    return file.read_text().strip()


@dataclass(frozen=True, slots=True)
class Deployer:
    """Signs and posts to one bot; `kube` says when a roll-out is done, without it one is done when it is told."""

    bot_url: str
    secret: str
    kube: KubeApi | None = None
    environment: str = "demo"

    async def release(self, namespace: str, service: str, version: str, *, actor: str) -> bool:
        """Tell that a roll-out has begun, wait until it is done, and tell how it ended; say whether it is out."""
        told = {"id": secrets.token_hex(8), "service": service, "namespace": namespace, "version": version}
        told |= {"environment": self.environment, "actor": actor, "started_at": _now()}
        await self.tell({**told, "status": "started"})
        out = await self._followed(namespace, service, version)
        status = "succeeded" if out else "failed"
        await self.tell({**told, "status": status, "finished_at": _now()})
        return out

    async def tell(self, given: dict[str, Any]) -> int:
        """Post one delivery, signed as Standard Webhooks says, and return the answer's status."""
        body = json.dumps(given).encode()
        delivery, stamp = f"msg_{secrets.token_hex(8)}", str(int(datetime.now(UTC).timestamp()))
        signed = hmac.new(self.secret.encode(), f"{delivery}.{stamp}.".encode() + body, hashlib.sha256)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": delivery,
            "webhook-timestamp": stamp,
            "webhook-signature": f"v1,{base64.b64encode(signed.digest()).decode()}",
        }
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{self.bot_url}/webhooks/deployments", data=body, headers=headers) as answer,
        ):
            return answer.status

    async def _followed(self, namespace: str, service: str, version: str) -> bool:
        if self.kube is None:
            return True
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                while not done(await self.kube.deployment(namespace, service), version):
                    await asyncio.sleep(_LOOK_SECONDS)
        except TimeoutError:
            return False
        return True


def done(deployment: dict[str, Any], version: str) -> bool:
    """Say whether a Deployment runs a version on every replica, as `kubectl rollout status` would."""
    spec, status = deployment["spec"], deployment.get("status", {})
    image = str(spec["template"]["spec"]["containers"][0]["image"])
    wanted = spec.get("replicas", 1)
    counts = (status.get(name, 0) for name in ("updatedReplicas", "replicas", "availableReplicas"))
    seen = status.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 0)
    return image.rpartition(":")[2] == version and seen and all(count == wanted for count in counts)


def _now() -> str:
    return datetime.now(UTC).isoformat()


def main(argv: list[str] | None = None) -> int:
    """Tell the running demo's bot that a release is out: `python -m demo.deployer checkout 1.8.2 --by Mina`."""
    parser = argparse.ArgumentParser(
        prog="python -m demo.deployer", description="Tell the demo's bot of a release."
    )
    parser.add_argument("service")
    parser.add_argument("version")
    parser.add_argument("--by", default="", help="who released it")
    parser.add_argument("--home", type=Path, default=Path(".demo"), help="directory of the demo's data")
    parser.add_argument(
        "--bot", default=f"http://127.0.0.1:{DemoSettings().bot_port}", help="the bot's address"
    )
    wish = parser.parse_args(argv)
    pipeline = Deployer(wish.bot, deployment_secret(wish.home))
    try:
        asyncio.run(pipeline.release("shop", wish.service, wish.version, actor=wish.by))
    except aiohttp.ClientError as error:
        print(f"the bot at {wish.bot} does not answer: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
